package moderation

// forest holds many small ordered sets of entries: AVL trees that share one array of nodes. A tree
// is the number of its root, 0 for the empty one. An entry is known by its number too.
type forest struct {
	nodes []node
	free  int32 // a list of unused nodes, linked by left
	less  func(a, b int32) bool
}

// node takes 20 bytes: a ledger has up to five for every entry.
type node struct {
	left, right int32
	size        int32
	entry       int32
	height      int8
}

func newForest(less func(a, b int32) bool) *forest {
	return &forest{nodes: make([]node, 1), less: less} // node 0 is the empty tree
}

func (f *forest) size(root int32) int { return int(f.nodes[root].size) }

// insert puts an entry that is not there yet into the tree and returns the new root.
func (f *forest) insert(root, entry int32) int32 {
	if root == 0 {
		return f.alloc(entry)
	}
	if f.less(entry, f.nodes[root].entry) {
		left := f.insert(f.nodes[root].left, entry) // may move the nodes
		f.nodes[root].left = left
	} else {
		right := f.insert(f.nodes[root].right, entry)
		f.nodes[root].right = right
	}
	return f.balance(root)
}

// remove takes out an entry that is there and returns the new root.
func (f *forest) remove(root, entry int32) int32 {
	n := &f.nodes[root]
	switch {
	case root == 0:
		return 0
	case n.entry == entry:
		left, right := n.left, n.right
		f.release(root)
		if left == 0 || right == 0 {
			return left + right
		}
		var next int32
		next, right = f.removeFirst(right)
		f.nodes[next].left, f.nodes[next].right = left, right
		return f.balance(next)
	case f.less(entry, n.entry):
		n.left = f.remove(n.left, entry)
	default:
		n.right = f.remove(n.right, entry)
	}
	return f.balance(root)
}

// removeFirst takes the first node out of a tree that is not empty.
func (f *forest) removeFirst(root int32) (first, rest int32) {
	n := &f.nodes[root]
	if n.left == 0 {
		return root, n.right
	}
	first, n.left = f.removeFirst(n.left)
	return first, f.balance(root)
}

// rank returns how many entries of the tree are before an entry.
func (f *forest) rank(root, entry int32) int {
	rank := 0
	for root != 0 {
		n := &f.nodes[root]
		if f.less(n.entry, entry) {
			rank += 1 + f.size(n.left)
			root = n.right
		} else {
			root = n.left
		}
	}
	return rank
}

// at returns the entry of a rank from 0 on; the rank is below the size.
func (f *forest) at(root int32, rank int) int32 {
	for {
		n := &f.nodes[root]
		switch left := f.size(n.left); {
		case rank < left:
			root = n.left
		case rank == left:
			return n.entry
		default:
			rank -= left + 1
			root = n.right
		}
	}
}

// each calls fn with all entries of the tree in order.
func (f *forest) each(root int32, fn func(entry int32)) {
	if root == 0 {
		return
	}
	f.each(f.nodes[root].left, fn)
	fn(f.nodes[root].entry)
	f.each(f.nodes[root].right, fn)
}

func (f *forest) alloc(entry int32) int32 {
	fresh := node{size: 1, entry: entry, height: 1}
	if i := f.free; i != 0 {
		f.free = f.nodes[i].left
		f.nodes[i] = fresh
		return i
	}
	f.nodes = append(f.nodes, fresh)
	return int32(len(f.nodes) - 1)
}

func (f *forest) release(i int32) {
	f.nodes[i] = node{left: f.free}
	f.free = i
}

// balance restores height, size and balance of a node whose subtrees are balanced, and
// returns the root that takes its place.
func (f *forest) balance(root int32) int32 {
	n := &f.nodes[root]
	switch d := f.nodes[n.left].height - f.nodes[n.right].height; {
	case d > 1:
		if l := &f.nodes[n.left]; f.nodes[l.left].height < f.nodes[l.right].height {
			n.left = f.rotateLeft(n.left)
		}
		return f.rotateRight(root)
	case d < -1:
		if r := &f.nodes[n.right]; f.nodes[r.right].height < f.nodes[r.left].height {
			n.right = f.rotateRight(n.right)
		}
		return f.rotateLeft(root)
	}
	f.measure(root)
	return root
}

func (f *forest) measure(i int32) {
	n := &f.nodes[i]
	l, r := &f.nodes[n.left], &f.nodes[n.right]
	n.size = 1 + l.size + r.size
	n.height = 1 + max(l.height, r.height)
}

func (f *forest) rotateLeft(root int32) int32 {
	up := f.nodes[root].right
	f.nodes[root].right = f.nodes[up].left
	f.nodes[up].left = root
	f.measure(root)
	f.measure(up)
	return up
}

func (f *forest) rotateRight(root int32) int32 {
	up := f.nodes[root].left
	f.nodes[root].left = f.nodes[up].right
	f.nodes[up].right = root
	f.measure(root)
	f.measure(up)
	return up
}
