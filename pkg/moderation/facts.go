package moderation

import (
	"encoding/binary"

	"github.com/peersetdb/peerset/pkg/record"
)

// Facts are what set rules need to know of a record besides created_at, id and
// uuid. They lie in the key of the store, so that a Ledger can be built
// without reading bodies:
//
//	author 8 | content 5 | collection 3
//
// each the beginning of a fingerprint or key; that of the content covers the names of record and collection, too. Who makes two of his own contents or
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
	// Two records that the author gave names are not copies of each other, nor are those of
	// two collections.
	var sum [8]byte
	binary.BigEndian.PutUint64(sum[:], fingerprint(b.Key, b.Collection, b.Content))
	if copy(f[8:13], sum[:]); f.content() == 0 {
		f[12] = 1 // zero says unknown
	}
	copy(f[13:], collectionFact(b.Collection))
	return f
}

func collectionFact(name string) []byte {
	var sum [8]byte
	if name != "" {
		binary.BigEndian.PutUint64(sum[:], fingerprint(name))
	}
	return sum[:3]
}

// fingerprint hashes texts (FNV-1a, finished as MurmurHash3 is). It need not withstand
// anybody: who finds two contents with one fingerprint has two copies of his own.
func fingerprint(texts ...string) uint64 {
	h := uint64(14695981039346656037)
	for _, text := range texts {
		for i := range len(text) {
			h = (h ^ uint64(text[i])) * 1099511628211
		}
		h = (h ^ 256) * 1099511628211 // ends the text
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	return h ^ h>>33
}

func (f Facts) author() uint64 { return binary.BigEndian.Uint64(f[:8]) }

func (f Facts) content() uint64 {
	return uint64(f[8])<<32 | uint64(binary.BigEndian.Uint32(f[9:]))
}

func (f Facts) collection() uint64 { return uint64(f[13])<<16 | uint64(f[14])<<8 | uint64(f[15]) }
