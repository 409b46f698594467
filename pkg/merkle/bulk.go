package merkle

import "math"

// Cut removes all items below a bound and returns their number, in O(log n). If
// visit is not nil it is called with each of them in order, when they have left
// the tree; it must not change the tree.
func (t *Tree) Cut(to Bound, visit func(Ref, Item)) int {
	below, rest := t.split(t.root, to)
	if below == 0 {
		t.root = rest
		return 0
	}
	n := int(t.node(below).count)
	t.root = rest
	// Of the bucket that is cut in two, the rest begins the tree.
	t.buckets.cut(to.Time, t.Rank(Bound{Time: t.buckets.end(to.Time)}))
	if visit != nil {
		t.walk(below, &Min, &Max, func(r Ref, it Item) bool {
			visit(r, it)
			return true
		})
	}
	t.release(below)
	return n
}

// Load appends items that ascend strictly and lie after all that are in the
// tree, in O(len(items)); item i gets the handle first+i. If they do not it
// returns 0 and changes nothing. It is meant for loading a sorted store in
// large slices.
func (t *Tree) Load(items []Item) (first Ref) {
	if len(items) == 0 {
		return 0
	}
	last := Item{Time: -1, ID: Max.ID}
	if n := t.Len(); n > 0 {
		last = t.At(t.Nth(n - 1))
	}
	for i := range items {
		if last.Compare(items[i]) >= 0 {
			return 0
		}
		last = items[i]
	}
	if last.Time == math.MaxInt64 {
		return 0
	}
	t.reserve(len(items))
	first = t.next
	t.next += Ref(len(items))
	for i, it := range items {
		t.init(first+Ref(i), it)
	}
	for i := 0; i < len(items); {
		end, n := t.buckets.end(items[i].Time), i
		for n < len(items) && items[n].Time < end {
			n++
		}
		t.buckets.add(items[i].Time, n-i)
		i = n
	}
	t.root = t.join(t.root, first, t.build(first+1, len(items)-1))
	return first
}

// build makes a tree of n leaves in the order of their handles.
func (t *Tree) build(first Ref, n int) Ref {
	if n == 0 {
		return 0
	}
	half := n / 2
	mid := first + Ref(half)
	m := t.node(mid)
	m.left = t.build(first, half)
	m.right = t.build(mid+1, n-half-1)
	t.pull(m)
	return mid
}
