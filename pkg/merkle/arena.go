package merkle

import "bytes"

// Ref is the handle of an item while it is in the tree; 0 is none. Insertions
// and deletions of other items never change it. After the item has left the
// tree its Ref may be given to another.
type Ref uint32

// node is a member of the tree: its place in order and its links. What it says
// of items concerns those of its left subtree only: so prefix sums are read off
// the path from the root alone, and neither rotations nor insertions touch a
// node that is not on the path. In a large tree each such node would be a
// cache miss.
//
// Node 0 is the empty tree; it stays zero.
type node struct {
	time        int64
	left, right Ref
	count       uint32 // of the items in the left subtree; in a free node the next free one
	height      uint8  // 1 for a leaf
	lean        int8   // height of the right subtree less that of the left: -1, 0 or 1
}

// digest is what a search of the tree does without, unless two items are of
// one second. It fills a cache line.
type digest struct {
	id  ID
	sum sum // of the ids in the left subtree
}

const (
	slabBits = 10
	slabLen  = 1 << slabBits // 1,024 of both fill eleven pages of 8 KiB exactly
	slabMin  = 16            // first length of the first slab
)

// slab holds neighbours apart in two arrays, so that a search finds as
// many nodes as possible in the cache. Neither has pointers, so that the
// garbage collector never looks into it: 88 bytes an item.
type slab struct {
	nodes   []node
	digests []digest
}

func newSlab(n int) slab { return slab{make([]node, n), make([]digest, n)} }

// arena holds the nodes in slabs of equal length, so that growing neither
// copies nor doubles. Only the first slab starts small, for the sake of the
// many small trees of a simulation.
type arena struct {
	slabs []slab
	next  Ref // lowest that was never used
	free  Ref // list of free nodes, each with all of its subtree
}

func (a *arena) node(r Ref) *node { return &a.slabs[r>>slabBits].nodes[r&(slabLen-1)] }

func (a *arena) digest(r Ref) *digest { return &a.slabs[r>>slabBits].digests[r&(slabLen-1)] }

// reserve makes room for n nodes from a.next on. Pointers into the first slab
// do not outlive it.
func (a *arena) reserve(n int) {
	last := int(a.next) + n - 1
	if len(a.slabs) == 0 {
		a.slabs = append(a.slabs, newSlab(slabMin))
	}
	if old := a.slabs[0]; last >= len(old.nodes) && len(old.nodes) < slabLen {
		a.slabs[0] = newSlab(min(max(2*len(old.nodes), last+1), slabLen))
		copy(a.slabs[0].nodes, old.nodes)
		copy(a.slabs[0].digests, old.digests)
	}
	for last>>slabBits >= len(a.slabs) {
		a.slabs = append(a.slabs, newSlab(slabLen))
	}
}

func (a *arena) item(r Ref) Item { return Item{a.node(r).time, a.digest(r).id} }

// compare orders an item or bound against the item of a node.
func (a *arena) compare(time int64, id *ID, r Ref) int {
	switch t := a.node(r).time; {
	case time < t:
		return -1
	case time > t:
		return 1
	}
	return bytes.Compare(id[:], a.digest(r).id[:])
}

// below says whether the item of a node lies below b.
func (a *arena) below(r Ref, b *Bound) bool { return a.compare(b.Time, &b.ID, r) > 0 }

// before sums up a node's left subtree.
func (a *arena) before(r Ref) Sum { return Sum{int(a.node(r).count), a.digest(r).sum} }

// self is the sum of the node's own item.
func (a *arena) self(r Ref) Sum { return Sum{1, sumOf(&a.digest(r).id)} }

func (a *arena) setBefore(r Ref, s Sum) {
	a.node(r).count, a.digest(r).sum = uint32(s.Count), s.ids
}

// upTo sums up a node's left subtree and the node.
func (a *arena) upTo(r Ref) Sum { return a.before(r).plus(a.self(r)) }

// alloc returns a leaf with the given item.
func (a *arena) alloc(it Item) Ref {
	r := a.free
	if r != 0 {
		n := a.node(r)
		a.free = Ref(n.count)
		a.release(n.left)
		a.release(n.right)
	} else {
		a.reserve(1)
		r = a.next
		a.next++
	}
	a.init(r, it)
	return r
}

func (a *arena) init(r Ref, it Item) {
	*a.node(r) = node{time: it.Time, height: 1}
	*a.digest(r) = digest{id: it.ID}
}

// release frees a whole subtree at once; alloc takes it apart as it needs nodes.
func (a *arena) release(r Ref) {
	if r != 0 {
		a.node(r).count = uint32(a.free)
		a.free = r
	}
}
