package negentropy

import "github.com/peersetdb/peerset/pkg/merkle"

// AskList returns a client's message that asks for the ids of a range, whatever
// their fingerprint: a list with no ids, which a server answers with its own. It
// is for ranges whose fingerprints are equal although their hashes differ, as
// forged sums are.
func AskList(r Range) []byte {
	enc := encoder{buf: []byte{version}}
	if r.Lo != merkle.Min {
		enc.head(wireBound(r.Lo), modeSkip)
	}
	enc.head(wireBound(r.Hi), modeIDList)
	enc.varint(0)
	return enc.buf
}

// ReadList takes the answer to AskList(r). It returns the ids that only one side
// has, as far as the answer tells, and what is left to be asked: an empty range
// (Lo == Hi) if nothing is.
func (v View) ReadList(r Range, msg []byte) (left Range, have, need []merkle.ID, err error) {
	d, _, err := open(msg)
	if err == nil {
		err = d.validate()
	}
	if err != nil {
		return r, nil, nil, err
	}
	at := merkle.Min
	for len(d.rest) > 0 {
		next, _ := d.next()
		if next.mode == modeIDList && at.Compare(r.Lo) <= 0 && next.hi.Compare(r.Lo) > 0 {
			if next.hi.Compare(r.Hi) > 0 {
				next.hi = wireBound(r.Hi)
			}
			have, need = v.difference(r.Lo, next, nil, nil)
			return Range{next.hi.Bound, r.Hi}, have, need, nil
		}
		at = next.hi.Bound
	}
	// The server has nothing there.
	have, need = v.difference(r.Lo, wireRange{hi: wireBound(r.Hi)}, nil, nil)
	return Range{r.Hi, r.Hi}, have, need, nil
}
