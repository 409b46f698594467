package moderation

import (
	"crypto/sha256"
	"encoding/binary"
	"io"

	"github.com/peersetdb/peerset/pkg/record"
)

// Facts are what set rules need to know of a record besides created_at, id and
// uuid. They lie in the key of the store, so that a Ledger can be built
// without reading bodies:
//
//	author 8 | content 5 | collection 3
//
// each the beginning of a hash or key; that of the content covers the names of record and collection, too. Who makes two of his own contents or
// collections look the same (2^20 and 2^12 tries for some pair) loses one of his own
// records by it; the beginning of another's key takes 2^64 tries.
//
// content is zero where it is unknown (the record is sealed to others, or a deletion),
// collection where there is none.
type Facts [16]byte

// FactsOf returns the facts of a record; b is nil for a deletion and for what
// not everybody in the room can read. They depend on nothing but the record, so that all peers have
// the same.
func FactsOf(r *record.Record, b *record.Body) Facts {
	var f Facts
	copy(f[:8], r.Author[:])
	if b == nil {
		return f
	}
	h := sha256.New()
	// Two records that the author gave names are not copies of each other, nor are those of
	// two collections.
	for _, part := range [...]string{b.Key, b.Collection, b.Content} {
		h.Write(binary.AppendUvarint(nil, uint64(len(part))))
		io.WriteString(h, part)
	}
	sum := h.Sum(nil)
	if copy(f[8:13], sum[:]); f.content() == 0 {
		f[12] = 1 // zero says unknown
	}
	copy(f[13:], collectionFact(b.Collection))
	return f
}

func collectionFact(name string) []byte {
	if name == "" {
		return make([]byte, 3)
	}
	sum := sha256.Sum256([]byte(name))
	return sum[:3]
}

func (f Facts) author() uint64 { return binary.BigEndian.Uint64(f[:8]) }

func (f Facts) content() uint64 {
	return uint64(f[8])<<32 | uint64(binary.BigEndian.Uint32(f[9:]))
}

func (f Facts) collection() uint64 { return uint64(f[13])<<16 | uint64(f[14])<<8 | uint64(f[15]) }
