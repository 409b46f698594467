package merkle

// Ref is the handle of an item while it is in the tree; 0 is none. Insertions
// and deletions of other items never change it. After the item has left the
// tree its Ref may be given to another.
type Ref uint32

// node is a member of the tree: 88 bytes without pointers, so that the garbage
// collector never looks into a slab. Node 0 is the empty tree: its height,
// count and sum are 0 and never change.
type node struct {
	time        int64
	left, right Ref
	count       uint32 // of items in the subtree; in a free node the next free one
	height      uint8  // 1 for a leaf; those of two siblings differ by 1 at most
	sum         sum    // of the ids in the subtree
	id          ID     // last, for only items of one second are told apart by it
}

func (n *node) item() Item { return Item{Time: n.time, ID: n.id} }

const (
	slabBits = 10
	slabLen  = 1 << slabBits // 1,024 nodes fill eleven pages of 8 KiB exactly
	slabMin  = 16            // first length of the first slab
)

// arena holds the nodes in slabs of equal length, so that growing neither
// copies nor doubles. Only the first slab starts small, for the sake of the
// many small trees of a simulation.
type arena struct {
	slabs [][]node
	next  Ref // lowest that was never used
	free  Ref // list of free nodes, each with all of its subtree
}

func (a *arena) node(r Ref) *node { return &a.slabs[r>>slabBits][r&(slabLen-1)] }

// reserve makes room for n nodes from a.next on. Pointers into the first slab
// do not outlive it.
func (a *arena) reserve(n int) {
	last := int(a.next) + n - 1
	if len(a.slabs) == 0 || (last >= len(a.slabs[0]) && len(a.slabs[0]) < slabLen) {
		first := make([]node, min(max(slabMin, 2*int(a.next), last+1), slabLen))
		if len(a.slabs) == 0 {
			a.slabs = append(a.slabs, first)
		} else {
			copy(first, a.slabs[0])
			a.slabs[0] = first
		}
	}
	for last>>slabBits >= len(a.slabs) {
		a.slabs = append(a.slabs, make([]node, slabLen))
	}
}

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
	*a.node(r) = node{time: it.Time, id: it.ID, count: 1, height: 1, sum: sumOf(&it.ID)}
}

// release frees a whole subtree at once; alloc takes it apart as it needs nodes.
func (a *arena) release(r Ref) {
	if r != 0 {
		a.node(r).count = uint32(a.free)
		a.free = r
	}
}
