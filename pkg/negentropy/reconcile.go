package negentropy

import "github.com/peersetdb/peerset/pkg/merkle"

const (
	// parts is how many ranges a differing one is split into; one of fewer
	// than 2·parts items is listed. The reference's numbers.
	parts = 16

	// reserve is what a frame keeps free: as soon as a message is longer
	// than limit - reserve, it ends with a fingerprint of all that is left.
	// The excess of the list of ids that went over, a skip and that
	// fingerprint together take less.
	reserve = 200
)

// Initiate returns a client's first message, which asks about the given ranges,
// or everything if ranges is nil. They ascend and do not overlap; what is
// between them is skipped. The message is at most limit bytes long if limit is
// not 0; ranges that do not fit become one range that reaches to the end, and
// so do the ranges of later messages that do not fit. So differences
// outside of the given ranges may be found, which hurts nobody.
func (v View) Initiate(ranges []Range, limit int) []byte {
	checkLimit(limit)
	w := newWriter(v, limit)
	if ranges == nil {
		ranges = []Range{{merkle.Min, merkle.Max}}
	}
	for _, r := range ranges {
		lo, hi := wireBound(r.Lo), wireBound(r.Hi)
		if v.clip(lo.Bound) != v.clip(w.at.Bound) {
			w.skip(lo)
		}
		if !w.split(hi, nil) {
			break
		}
	}
	return w.enc.buf
}

// Respond returns a server's answer to a client's message, at most limit bytes
// if limit is not 0. To a version that it does not know it answers with its own
// and no ranges.
func (v View) Respond(msg []byte, limit int) ([]byte, error) {
	checkLimit(limit)
	d, known, err := open(msg)
	if err != nil {
		if known {
			return []byte{version}, nil
		}
		return nil, err
	}
	if err := d.validate(); err != nil {
		return nil, err
	}
	w := newWriter(v, limit)
	for len(d.rest) > 0 {
		r, _ := d.next()
		fits := true
		switch r.mode {
		case modeSkip:
			w.skip(r.hi)
		case modeFingerprint:
			fits = w.compare(r)
		case modeIDList:
			fits = w.list(r.hi)
		}
		if !fits {
			break
		}
	}
	return w.enc.buf, nil
}

// Reconcile takes a server's answer and returns the client's next message, at
// most limit bytes if limit is not 0, and the ids that only the client and
// only the server has, as far as this answer tells. A nil message means that
// all is known. Have is as long as the difference: all items if the server has
// none.
func (v View) Reconcile(msg []byte, limit int) (out []byte, have, need []merkle.ID, err error) {
	checkLimit(limit)
	d, _, err := open(msg)
	if err == nil {
		err = d.validate()
	}
	if err != nil {
		return nil, nil, nil, err
	}
	w := newWriter(v, limit)
	for len(d.rest) > 0 {
		r, _ := d.next()
		fits := true
		switch r.mode {
		case modeSkip:
			w.skip(r.hi)
		case modeFingerprint:
			fits = w.compare(r)
		case modeIDList:
			have, need = v.difference(w.at.Bound, r, have, need)
			w.skip(r.hi)
		}
		if !fits {
			break
		}
	}
	if len(w.enc.buf) == 1 {
		return nil, have, need, nil
	}
	return w.enc.buf, have, need, nil
}

// difference compares our items with their list and appends what only one
// side has.
func (v View) difference(lo merkle.Bound, r wireRange, have, need []merkle.ID) ([]merkle.ID, []merkle.ID) {
	theirs := make(map[merkle.ID]bool, len(r.ids)/idSize) // true: we have it
	for ids := r.ids; len(ids) > 0; ids = ids[idSize:] {
		theirs[merkle.ID(ids[:idSize])] = false
	}
	for _, it := range v.Tree.Ascend(v.clip(lo), r.hi.Bound) {
		if _, ok := theirs[it.ID]; ok {
			theirs[it.ID] = true
		} else {
			have = append(have, it.ID)
		}
	}
	for ids := r.ids; len(ids) > 0; ids = ids[idSize:] {
		id := merkle.ID(ids[:idSize])
		if !theirs[id] {
			need = append(need, id)
			theirs[id] = true // once, however often it is listed
		}
	}
	return have, need
}
