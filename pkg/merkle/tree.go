package merkle

import "math"

// maxHeight is the height that no AVL tree of fewer than 2^32 nodes exceeds:
// 1.4405·log2(n+2).
const maxHeight = 47

// Tree is a set of items. New makes one.
type Tree struct {
	arena
	root    Ref
	buckets buckets
}

// New returns an empty tree whose buckets are width seconds wide. It panics
// if width is not positive.
func New(width int64) *Tree {
	if width <= 0 {
		panic("merkle: bucket width must be positive")
	}
	t := &Tree{buckets: buckets{width: width}}
	t.reserve(1) // node 0, the empty tree
	t.next = 1
	return t
}

// Len returns the number of items.
func (t *Tree) Len() int { return int(t.node(t.root).count) }

// At returns the item that r stands for.
func (t *Tree) At(r Ref) Item { return t.node(r).item() }

// Find returns the handle of an item, and whether it is in the tree.
func (t *Tree) Find(it Item) (Ref, bool) {
	for r := t.root; r != 0; {
		n := t.node(r)
		switch c := compare(it.Time, &it.ID, n.time, &n.id); {
		case c == 0:
			return r, true
		case c < 0:
			r = n.left
		default:
			r = n.right
		}
	}
	return 0, false
}

// Insert adds an item and returns its handle; false if it was there before.
// A time that is negative or means infinity is refused: 0 and false.
func (t *Tree) Insert(it Item) (Ref, bool) {
	if it.Time < 0 || it.Time == math.MaxInt64 {
		return 0, false
	}
	var path [maxHeight]Ref
	depth, c := 0, 0
	for r := t.root; r != 0; depth++ {
		n := t.node(r)
		path[depth] = r
		if c = compare(it.Time, &it.ID, n.time, &n.id); c == 0 {
			return r, false
		} else if c < 0 {
			r = n.left
		} else {
			r = n.right
		}
	}
	added := t.alloc(it)
	switch {
	case depth == 0:
		t.root = added
	case c < 0:
		t.node(path[depth-1]).left = added
	default:
		t.node(path[depth-1]).right = added
	}
	t.grown(path[:depth], added)
	t.buckets.add(it.Time, 1)
	return added, true
}

// grown accounts for a new leaf on all nodes of the path to it. Sums are kept
// at once, not when they are asked for: the path is in the cache, and an
// insertion without them is hardly faster. Siblings of the path are looked at
// only as far up as heights change, for each is a likely cache miss.
func (t *Tree) grown(path []Ref, leaf Ref) {
	id := t.node(leaf).sum
	below, taller := leaf, true
	for i := len(path) - 1; i >= 0; i-- {
		r := path[i]
		n := t.node(r)
		n.count++
		n.sum.add(&id)
		if !taller {
			continue
		}
		h := t.node(below).height
		if h < n.height {
			taller = false
			continue
		}
		sibling := n.left
		if sibling == below {
			sibling = n.right
		}
		if t.node(sibling).height+1 >= h {
			n.height = h + 1
			below = r
			continue
		}
		t.relink(path[:i], r, t.balance(r))
		taller = false // the rotation has restored the former height
	}
}

// Delete removes an item and reports whether it was there.
func (t *Tree) Delete(it Item) bool {
	var path [maxHeight]Ref
	depth := 0
	r := t.root
	for r != 0 {
		n := t.node(r)
		c := compare(it.Time, &it.ID, n.time, &n.id)
		if c == 0 {
			break
		}
		path[depth] = r
		depth++
		if c < 0 {
			r = n.left
		} else {
			r = n.right
		}
	}
	if r == 0 {
		return false
	}
	gone, id := t.node(r), sumOf(&it.ID)
	at := depth // where the removed node was on the path
	if gone.left == 0 || gone.right == 0 {
		t.relink(path[:at], r, gone.left|gone.right)
	} else {
		// The next item in order takes the place. It is relinked, not
		// copied, so that its Ref stays.
		depth++
		s := gone.right
		for l := t.node(s).left; l != 0; l = t.node(l).left {
			path[depth] = s
			depth++
			s = l
		}
		next := t.node(s)
		nextID := sumOf(&next.id)
		path[at] = s
		for _, p := range path[at+1 : depth] {
			n := t.node(p)
			n.count--
			n.sum.sub(&nextID)
		}
		if depth == at+1 {
			gone.right = next.right
		} else {
			t.node(path[depth-1]).left = next.right
		}
		next.left, next.right = gone.left, gone.right
		next.count, next.height, next.sum = gone.count-1, gone.height, gone.sum
		next.sum.sub(&id)
		t.relink(path[:at], r, s)
	}
	for _, p := range path[:at] {
		n := t.node(p)
		n.count--
		n.sum.sub(&id)
	}
	for i := depth - 1; i >= 0; i-- {
		h := t.node(path[i]).height
		b := t.balance(path[i])
		t.relink(path[:i], path[i], b)
		if t.node(b).height == h {
			break
		}
	}
	gone.left, gone.right = 0, 0
	t.release(r)
	t.buckets.add(it.Time, -1)
	return true
}

// relink puts subtree now in the place of was, whose ancestors path lists.
func (t *Tree) relink(path []Ref, was, now Ref) {
	if len(path) == 0 {
		t.root = now
		return
	}
	n := t.node(path[len(path)-1])
	if n.left == was {
		n.left = now
	} else {
		n.right = now
	}
}
