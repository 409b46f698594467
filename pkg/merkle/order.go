package merkle

import "iter"

// before says whether the node's item lies below b.
func (n *node) before(b *Bound) bool { return compare(n.time, &n.id, b.Time, &b.ID) < 0 }

// Nth returns the item that has i items before it; 0 if there is none.
func (t *Tree) Nth(i int) Ref {
	if i < 0 || i >= t.Len() {
		return 0
	}
	r := t.root
	for {
		n := t.node(r)
		l := int(t.node(n.left).count)
		switch {
		case i < l:
			r = n.left
		case i == l:
			return r
		default:
			i -= l + 1
			r = n.right
		}
	}
}

// Rank returns the number of items below b.
func (t *Tree) Rank(b Bound) int {
	rank := 0
	for r := t.root; r != 0; {
		n := t.node(r)
		if n.before(&b) {
			rank += int(t.node(n.left).count) + 1
			r = n.right
		} else {
			r = n.left
		}
	}
	return rank
}

// Below sums up the items below b, O(log n).
func (t *Tree) Below(b Bound) Sum {
	var s Sum
	for r := t.root; r != 0; {
		n := t.node(r)
		if n.before(&b) {
			s.take(t.node(n.left), n)
			r = n.right
		} else {
			r = n.left
		}
	}
	return s
}

// First sums up the first i items, O(log n).
func (t *Tree) First(i int) Sum {
	var s Sum
	for r := t.root; r != 0 && s.Count < i; {
		n := t.node(r)
		l := t.node(n.left)
		if s.Count+int(l.count) < i {
			s.take(l, n)
			r = n.right
		} else {
			r = n.left
		}
	}
	return s
}

// take adds the left subtree of a node and the node itself.
func (s *Sum) take(left, n *node) {
	id := sumOf(&n.id)
	s.Count += int(left.count) + 1
	s.ids.add(&left.sum)
	s.ids.add(&id)
}

// Fingerprint returns the Negentropy fingerprint and the number of the items
// from lo to hi, in O(log n). A range whose hi lies before its lo is empty.
func (t *Tree) Fingerprint(lo, hi Bound) (fp [16]byte, n int) {
	var s Sum
	if lo.Compare(hi) < 0 {
		s = t.Below(hi).Sub(t.Below(lo))
	}
	return s.Fingerprint(), s.Count
}

// Ascend iterates over the items from lo to hi in order.
func (t *Tree) Ascend(lo, hi Bound) iter.Seq2[Ref, Item] {
	return func(yield func(Ref, Item) bool) { t.walk(t.root, &lo, &hi, yield) }
}

// walk reports whether the iteration shall go on behind the subtree r.
func (t *Tree) walk(r Ref, lo, hi *Bound, yield func(Ref, Item) bool) bool {
	if r == 0 {
		return true
	}
	n := t.node(r)
	if !n.before(lo) {
		if !t.walk(n.left, lo, hi, yield) || !n.before(hi) || !yield(r, n.item()) {
			return false
		}
	}
	return t.walk(n.right, lo, hi, yield)
}
