package negentropy

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/peersetdb/peerset/pkg/merkle"
)

// Modes of a range.
const (
	modeSkip        = 0
	modeFingerprint = 1
	modeIDList      = 2
)

const (
	idSize          = len(merkle.ID{})
	fingerprintSize = 16

	// maxTime bounds a bound's timestamp. Later ones could not be told
	// from infinity; no item is that late.
	maxTime = math.MaxInt64 - 1
)

// bound is a merkle.Bound as it stands in a message. The length of the prefix
// is kept because the reference repeats bounds with the length in which they
// came, even if zeros end them.
type bound struct {
	merkle.Bound
	prefix int // bytes of the id that are written
}

var infinity = bound{Bound: merkle.Max}

// wireBound returns the shortest form of a bound.
func wireBound(b merkle.Bound) bound {
	if b.Time == math.MaxInt64 {
		return infinity
	}
	n := idSize
	for n > 0 && b.ID[n-1] == 0 {
		n--
	}
	return bound{b, n}
}

// between returns the shortest bound that separates two neighbours.
func between(prev, next merkle.Item) bound {
	b := bound{Bound: merkle.Bound{Time: next.Time}}
	if prev.Time != next.Time {
		return b
	}
	for prev.ID[b.prefix] == next.ID[b.prefix] {
		b.prefix++
	}
	b.prefix++
	copy(b.ID[:b.prefix], next.ID[:])
	return b
}

// A message is the version, then ranges. Each range is an upper bound, a mode
// and what the mode demands; it begins where the one before it ended.
type decoder struct {
	rest   []byte
	last   bound // the upper bound of the range before
	ranges int
}

// wireRange is one range of a message. Its slices are parts of the message.
type wireRange struct {
	hi          bound
	mode        uint64
	fingerprint []byte // if mode is modeFingerprint
	ids         []byte // if mode is modeIDList: 32 bytes each
}

// open checks the first byte of a message. If the message is of another
// version the error wraps ErrVersion, and known says whether the byte denotes
// a version at all.
func open(msg []byte) (d decoder, known bool, err error) {
	switch {
	case len(msg) == 0:
		return d, false, fmt.Errorf("%w: it is empty", ErrTruncated)
	case msg[0] != version:
		known = versionFirst <= msg[0] && msg[0] <= versionLast
		return d, known, fmt.Errorf("%w: %#x", ErrVersion, msg[0])
	}
	return decoder{rest: msg[1:]}, true, nil
}

// validate reads a message to its end. Whether a message is in order does so
// not depend on the tree, nor on how much of it fits into an answer.
func (d decoder) validate() error {
	for len(d.rest) > 0 {
		if _, err := d.next(); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) next() (r wireRange, err error) {
	if d.ranges++; d.ranges > MaxRanges {
		return r, ErrRanges
	}
	if r.hi, err = d.bound(); err != nil {
		return r, err
	}
	if r.mode, err = d.varint(); err != nil {
		return r, err
	}
	switch r.mode {
	case modeSkip:
	case modeFingerprint:
		r.fingerprint, err = d.bytes(fingerprintSize)
	case modeIDList:
		var n uint64
		if n, err = d.varint(); err != nil {
			return r, err
		}
		if n > uint64(len(d.rest)/idSize) {
			return r, fmt.Errorf("%w: %d ids", ErrTruncated, n)
		}
		r.ids, err = d.bytes(int(n) * idSize)
	default:
		err = fmt.Errorf("%w: %d", ErrMode, r.mode)
	}
	return r, err
}

// bound reads a timestamp, 0 for infinity, else 1 more than the distance from
// the one before, and a prefix of an id. Bounds never descend. Infinity has no
// prefix, and may come twice: a list of ids that just fits into a frame reaches
// to it, and so does the fingerprint of the rest.
func (d *decoder) bound() (b bound, err error) {
	delta, err := d.varint()
	if err != nil {
		return b, err
	}
	n, err := d.varint()
	if err != nil {
		return b, err
	}
	if n > uint64(idSize) {
		return b, fmt.Errorf("%w: prefix of %d bytes", ErrBound, n)
	}
	prefix, err := d.bytes(int(n))
	if err != nil {
		return b, err
	}
	if delta == 0 {
		if n > 0 {
			return b, fmt.Errorf("%w: infinity with a prefix", ErrBound)
		}
		d.last = infinity
		return infinity, nil
	}
	if delta--; d.last.Time > maxTime || delta > uint64(maxTime-d.last.Time) {
		return b, fmt.Errorf("%w: time out of range", ErrBound)
	}
	b = bound{merkle.Bound{Time: d.last.Time + int64(delta)}, int(n)}
	copy(b.ID[:], prefix)
	if b.Compare(d.last.Bound) < 0 {
		return b, fmt.Errorf("%w: it is before the last one", ErrBound)
	}
	d.last = b
	return b, nil
}

func (d *decoder) bytes(n int) ([]byte, error) {
	if n > len(d.rest) {
		return nil, ErrTruncated
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b, nil
}

// varint reads a number in base 128, most significant digit first, in as few
// digits as possible. The reference takes leading zeros and wraps at 64 bits,
// but it never writes such numbers, and the specification rules them out.
func (d *decoder) varint() (v uint64, err error) {
	for i, c := range d.rest {
		if (i == 0 && c == 0x80) || v > math.MaxUint64>>7 {
			return 0, ErrVarint
		}
		if v = v<<7 | uint64(c&0x7f); c < 0x80 {
			d.rest = d.rest[i+1:]
			return v, nil
		}
	}
	return 0, fmt.Errorf("%w: in a varint", ErrTruncated)
}

// encoder writes a message.
type encoder struct {
	buf  []byte
	time int64 // of the bound before
}

func (e *encoder) varint(v uint64) {
	var tmp [binary.MaxVarintLen64]byte
	i := len(tmp) - 1
	tmp[i] = byte(v & 0x7f)
	for v >>= 7; v > 0; v >>= 7 {
		i--
		tmp[i] = byte(v) | 0x80
	}
	e.buf = append(e.buf, tmp[i:]...)
}

// head writes the upper bound and the mode of a range.
func (e *encoder) head(hi bound, mode uint64) {
	if hi.Time == math.MaxInt64 {
		e.varint(0)
	} else {
		e.varint(uint64(hi.Time-e.time) + 1)
		e.time = hi.Time
	}
	e.varint(uint64(hi.prefix))
	e.buf = append(e.buf, hi.ID[:hi.prefix]...)
	e.varint(mode)
}

func (e *encoder) fingerprint(hi bound, s merkle.Sum) {
	e.head(hi, modeFingerprint)
	fp := s.Fingerprint()
	e.buf = append(e.buf, fp[:]...)
}

// idList writes the n items between two bounds, whose number the caller knows.
func (e *encoder) idList(v View, lo merkle.Bound, hi bound, n int) {
	e.head(hi, modeIDList)
	e.varint(uint64(n))
	if n == 0 {
		return
	}
	for _, it := range v.Tree.Ascend(v.clip(lo), hi.Bound) {
		e.buf = append(e.buf, it.ID[:]...)
	}
}
