package negentropy

import "github.com/peersetdb/peerset/pkg/merkle"

// writer composes a message range by range. Ranges that need no answer are
// gathered, and written as one skip only when another follows.
type writer struct {
	view  View
	limit int
	enc   encoder
	at    bound      // where the next range begins
	sum   merkle.Sum // of the items before at, if known
	known bool
	sent  bound // where the ranges written so far end; before at if some are skipped
}

func newWriter(v View, limit int) *writer {
	return &writer{view: v, limit: limit, enc: encoder{buf: []byte{version}}}
}

// before sums up the items before the next range.
func (w *writer) before() merkle.Sum {
	if !w.known {
		w.sum, w.known = w.view.below(w.at.Bound), true
	}
	return w.sum
}

// skip passes over a range.
func (w *writer) skip(hi bound) {
	w.at, w.known = hi, false
}

// passed moves to hi, before which the sum is known.
func (w *writer) passed(hi bound, sum merkle.Sum) {
	w.at, w.sum, w.known = hi, sum, true
}

func (w *writer) full(n int) bool { return w.limit != 0 && n > w.limit-reserve }

// flush writes what was skipped.
func (w *writer) flush() {
	if w.sent != w.at {
		w.enc.head(w.at, modeSkip)
		w.sent = w.at
	}
}

// compare answers their fingerprint: with nothing if ours is the same, else by
// a split. It reports whether more fits into the message.
func (w *writer) compare(r wireRange) bool {
	lo, hi := w.before(), w.view.below(r.hi.Bound)
	ours := hi.Sub(lo).Fingerprint()
	if ours == [fingerprintSize]byte(r.fingerprint) {
		w.passed(r.hi, hi)
		return true
	}
	return w.split(r.hi, r.fingerprint)
}

// split writes the range up to hi in parts, or as a list if it is small. If it
// does not fit, it ends the message instead and returns false. Theirs is the
// other side's fingerprint of the range, nil if it is not known.
func (w *writer) split(hi bound, theirs []byte) bool {
	sent, length := w.sent, len(w.enc.buf)
	lo, end := w.before(), w.view.below(hi.Bound)
	w.flush()
	if n := end.Count - lo.Count; n < 2*parts {
		w.enc.idList(w.view, w.at.Bound, hi, n)
	} else {
		w.fingerprints(lo, end, hi)
	}
	w.passed(hi, end)
	if !w.full(len(w.enc.buf)) {
		w.sent = hi
		return true
	}
	w.enc.buf = w.enc.buf[:length]
	// The last range begins at sent. The reference's fingerprint of it leaves
	// out all items before hi. That only costs a round trip as long as the other
	// side has some there, for then it finds a difference in any case. A side
	// that has none might find none, and never learn of ours.
	none := merkle.Sum{}.Fingerprint()
	if theirs == nil || none == [fingerprintSize]byte(theirs) {
		end = w.view.below(sent.Bound)
	}
	w.finish(end)
	return false
}

// fingerprints writes a range as fingerprints of parts that are equally large;
// the first ones take the remainder.
func (w *writer) fingerprints(lo, end merkle.Sum, hi bound) {
	n := end.Count - lo.Count
	size, extra := n/parts, n%parts
	at := lo
	for i := range parts {
		next, upper := end, hi
		if i < parts-1 {
			k := at.Count + size
			if i < extra {
				k++
			}
			t := w.view.Tree
			next, upper = t.First(k), between(t.At(t.Nth(k-1)), t.At(t.Nth(k)))
		}
		w.enc.fingerprint(upper, next.Sub(at))
		at = next
	}
}

// list answers a list of ids with ours, as many as fit. It reports whether
// more fits into the message.
func (w *writer) list(hi bound) bool {
	lo, end := w.before(), w.view.below(hi.Bound)
	n := end.Count - lo.Count
	if w.limit != 0 {
		// The reference stops at the id before which the frame is full,
		// without regard to the skip and the head that come before the ids.
		if most := (w.limit-reserve-len(w.enc.buf))/idSize + 1; n > most {
			n = most
			t := w.view.Tree
			hi = bound{merkle.Bound(t.At(t.Nth(lo.Count + n))), idSize}
			end = t.First(lo.Count + n)
		}
	}
	w.flush()
	w.enc.idList(w.view, w.at.Bound, hi, n)
	w.passed(hi, end)
	w.sent = hi
	if !w.full(len(w.enc.buf)) {
		return true
	}
	w.finish(end)
	return false
}

// finish ends a message that is full with a fingerprint of the items that from
// does not cover.
func (w *writer) finish(from merkle.Sum) {
	all := w.view.below(merkle.Max)
	w.enc.fingerprint(infinity, all.Sub(from))
}
