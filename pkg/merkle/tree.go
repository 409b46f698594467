package merkle

import "math"

// maxHeight is the height that no AVL tree of fewer than 2^32 nodes exceeds:
// 1.4405·log2(n+2).
const maxHeight = 47

// Tree is a set of items. New makes one.
type Tree struct {
	arena
	all     part
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
func (t *Tree) Len() int { return t.all.total.Count }

// At returns the item that r stands for.
func (t *Tree) At(r Ref) Item { return t.item(r) }

// Find returns the handle of an item, and whether it is in the tree.
func (t *Tree) Find(it Item) (Ref, bool) {
	for r := t.all.root; r != 0; {
		switch c := t.compare(it.Time, &it.ID, r); {
		case c == 0:
			return r, true
		case c < 0:
			r = t.node(r).left
		default:
			r = t.node(r).right
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
	p := path{}
	for r := t.all.root; r != 0; {
		c := t.compare(it.Time, &it.ID, r)
		if c == 0 {
			return r, false
		}
		r = p.step(r, t.node(r), c < 0)
	}
	added := t.alloc(it)
	id := sumOf(&it.ID)
	t.all.total = t.all.total.plus(Sum{1, id})
	t.relink(&p, p.depth, added)
	taller := true
	for i := p.depth - 1; i >= 0; i-- {
		if !taller && !p.wentLeft(i) {
			continue
		}
		n := t.node(p.refs[i])
		side := int8(1)
		if p.wentLeft(i) {
			side = -1
			n.count++
			t.digest(p.refs[i]).sum.add(&id)
		}
		if !taller {
			continue
		}
		switch n.lean += side; n.lean {
		case 0:
			taller = false
		case side:
			n.height++
		default:
			t.relink(&p, i, t.rotate(p.refs[i]))
			taller = false // the rotation has restored the former height
		}
	}
	t.buckets.add(it.Time, 1)
	return added, true
}

// Delete removes an item and reports whether it was there.
func (t *Tree) Delete(it Item) bool {
	p := path{}
	r := t.all.root
	for r != 0 {
		c := t.compare(it.Time, &it.ID, r)
		if c == 0 {
			break
		}
		r = p.step(r, t.node(r), c < 0)
	}
	if r == 0 {
		return false
	}
	gone, id := t.node(r), sumOf(&it.ID)
	t.all.total = t.all.total.Sub(Sum{1, id})
	for i := range p.depth {
		if p.wentLeft(i) {
			t.node(p.refs[i]).count--
			t.digest(p.refs[i]).sum.sub(&id)
		}
	}
	if gone.left == 0 || gone.right == 0 {
		t.relink(&p, p.depth, gone.left|gone.right)
	} else {
		t.replace(&p, r, gone)
	}
	t.shrunk(&p)
	gone.left, gone.right = 0, 0
	t.release(r)
	t.buckets.add(it.Time, -1)
	return true
}

// replace puts the item that is next in order in the place of r, to which p
// leads, and leads p on to where that item was. The item is relinked, not
// copied, so that its Ref stays.
func (t *Tree) replace(p *path, r Ref, gone *node) {
	at := p.depth
	s := p.step(r, gone, false)
	next := t.node(s)
	for next.left != 0 {
		s = p.step(s, next, true)
		next = t.node(s)
	}
	id := sumOf(&t.digest(s).id)
	for _, x := range p.refs[at+1 : p.depth] {
		t.node(x).count--
		t.digest(x).sum.sub(&id)
	}
	t.relink(p, p.depth, next.right)
	next.left, next.right = gone.left, gone.right
	next.height, next.lean = gone.height, gone.lean
	t.setBefore(s, t.before(r))
	t.relink(p, at, s)
	p.refs[at] = s
}

// shrunk restores the balance after the subtree at the end of the path has
// lost a level.
func (t *Tree) shrunk(p *path) {
	for i := p.depth - 1; i >= 0; i-- {
		n := t.node(p.refs[i])
		if p.wentLeft(i) {
			n.lean++
		} else {
			n.lean--
		}
		switch n.lean {
		case 0:
			n.height--
		case -1, 1:
			return
		default:
			height := n.height
			top := t.rotate(p.refs[i])
			t.relink(p, i, top)
			if t.node(top).height == height {
				return
			}
		}
	}
}

// path is the way from the root down to a place in the tree.
type path struct {
	refs  [maxHeight]Ref
	depth int
	lefts uint64 // bit i is set if the way goes left at refs[i]
}

// step adds r to the path and returns the child where it goes on.
func (p *path) step(r Ref, n *node, left bool) Ref {
	p.refs[p.depth] = r
	p.depth++
	if left {
		p.lefts |= 1 << (p.depth - 1)
		return n.left
	}
	return n.right
}

func (p *path) wentLeft(i int) bool { return p.lefts>>i&1 != 0 }

// relink makes r the subtree at depth i of the path.
func (t *Tree) relink(p *path, i int, r Ref) {
	switch {
	case i == 0:
		t.all.root = r
	case p.wentLeft(i - 1):
		t.node(p.refs[i-1]).left = r
	default:
		t.node(p.refs[i-1]).right = r
	}
}
