package merkle

// part is a tree with the sum of all of its items, which nodes do not keep.
type part struct {
	root  Ref
	total Sum
}

// heights returns those of the subtrees of a node that is balanced.
func (n *node) heights() (left, right int8) {
	left, right = int8(n.height)-1, int8(n.height)-1
	if n.lean > 0 {
		left -= n.lean
	} else {
		right += n.lean
	}
	return left, right
}

func (n *node) setHeights(left, right int8) {
	n.height, n.lean = uint8(max(left, right))+1, right-left
}

// balance accounts for the heights of the children, which differ by 2 at most,
// and returns the root of what is now balanced.
func (t *Tree) balance(r Ref) Ref {
	n := t.node(r)
	n.setHeights(int8(t.node(n.left).height), int8(t.node(n.right).height))
	if n.lean < -1 || n.lean > 1 {
		return t.rotate(r)
	}
	return r
}

// rotate balances a node that leans by 2, whose height need not be right.
func (t *Tree) rotate(r Ref) Ref {
	n := t.node(r)
	if n.lean > 0 {
		if t.node(n.right).lean < 0 {
			n.right = t.rotateRight(n.right)
		}
		return t.rotateLeft(r)
	}
	if t.node(n.left).lean > 0 {
		n.left = t.rotateLeft(n.left)
	}
	return t.rotateRight(r)
}

func (t *Tree) rotateLeft(r Ref) Ref {
	n := t.node(r)
	up := n.right
	u := t.node(up)
	inner, outer := u.heights()
	n.setHeights(int8(u.height)-n.lean, inner)
	u.setHeights(int8(n.height), outer)
	t.setBefore(up, t.upTo(r).plus(t.before(up)))
	n.right, u.left = u.left, r
	return up
}

func (t *Tree) rotateRight(r Ref) Ref {
	n := t.node(r)
	up := n.left
	u := t.node(up)
	outer, inner := u.heights()
	n.setHeights(inner, int8(u.height)+n.lean)
	u.setHeights(outer, int8(n.height))
	t.setBefore(r, t.before(r).Sub(t.upTo(up)))
	n.left, u.right = u.right, r
	return up
}

// join makes one tree of l, the single node mid and r, whose items ascend in
// this order. It costs O(|height(l) - height(r)|).
func (t *Tree) join(l part, mid Ref, r part) part {
	total := l.total.plus(t.self(mid)).plus(r.total)
	return part{t.link(l, mid, r), total}
}

func (t *Tree) link(l part, mid Ref, r part) Ref {
	hl, hr := t.node(l.root).height, t.node(r.root).height
	switch {
	case hl > hr+1:
		n := t.node(l.root)
		n.right = t.link(t.after(l), mid, r)
		return t.balance(l.root)
	case hr > hl+1:
		n := t.node(r.root)
		left := part{n.left, t.before(r.root)}
		t.setBefore(r.root, l.total.plus(t.self(mid)).plus(left.total))
		n.left = t.link(l, mid, left)
		return t.balance(r.root)
	}
	n := t.node(mid)
	n.left, n.right = l.root, r.root
	t.setBefore(mid, l.total)
	n.setHeights(int8(hl), int8(hr))
	return mid
}

// after is the right subtree of p's root.
func (t *Tree) after(p part) part {
	return part{t.node(p.root).right, p.total.Sub(t.upTo(p.root))}
}

// split takes a tree apart into the items below b and the rest, O(log n).
func (t *Tree) split(p part, b Bound) (below, rest part) {
	if p.root == 0 {
		return part{}, part{}
	}
	left, right := part{t.node(p.root).left, t.before(p.root)}, t.after(p)
	if t.below(p.root, &b) {
		mid, rest := t.split(right, b)
		return t.join(left, p.root, mid), rest
	}
	below, mid := t.split(left, b)
	return below, t.join(mid, p.root, right)
}
