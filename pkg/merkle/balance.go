package merkle

// pull derives what a node says of its subtree from its children.
func (t *Tree) pull(n *node) {
	l, r := t.node(n.left), t.node(n.right)
	n.count = l.count + r.count + 1
	n.height = max(l.height, r.height) + 1
	n.sum = sumOf(&n.id)
	n.sum.add(&l.sum)
	n.sum.add(&r.sum)
}

// balance restores the order of heights at r, whose subtrees are balanced and
// differ in height by 2 at most, and pulls. It returns the subtree's root.
func (t *Tree) balance(r Ref) Ref {
	n := t.node(r)
	hl, hr := t.node(n.left).height, t.node(n.right).height
	switch {
	case hl > hr+1:
		u := t.node(n.left)
		if t.node(u.left).height < t.node(u.right).height {
			n.left = t.rotateLeft(n.left)
		}
		return t.rotateRight(r)
	case hr > hl+1:
		u := t.node(n.right)
		if t.node(u.right).height < t.node(u.left).height {
			n.right = t.rotateRight(n.right)
		}
		return t.rotateLeft(r)
	}
	t.pull(n)
	return r
}

func (t *Tree) rotateLeft(r Ref) Ref {
	n := t.node(r)
	up := n.right
	u := t.node(up)
	n.right, u.left = u.left, r
	t.pull(n)
	t.pull(u)
	return up
}

func (t *Tree) rotateRight(r Ref) Ref {
	n := t.node(r)
	up := n.left
	u := t.node(up)
	n.left, u.right = u.right, r
	t.pull(n)
	t.pull(u)
	return up
}

// join makes one tree of l, the single node mid and r, whose items ascend in
// this order. It costs O(|height(l) - height(r)|).
func (t *Tree) join(l, mid, r Ref) Ref {
	hl, hr := t.node(l).height, t.node(r).height
	switch {
	case hl > hr+1:
		n := t.node(l)
		n.right = t.join(n.right, mid, r)
		return t.balance(l)
	case hr > hl+1:
		n := t.node(r)
		n.left = t.join(l, mid, n.left)
		return t.balance(r)
	}
	n := t.node(mid)
	n.left, n.right = l, r
	t.pull(n)
	return mid
}

// split takes the tree r apart into the items below b and the rest, O(log n).
func (t *Tree) split(r Ref, b Bound) (below, rest Ref) {
	if r == 0 {
		return 0, 0
	}
	n := t.node(r)
	if n.before(&b) {
		mid, rest := t.split(n.right, b)
		return t.join(n.left, r, mid), rest
	}
	below, mid := t.split(n.left, b)
	return below, t.join(mid, r, n.right)
}
