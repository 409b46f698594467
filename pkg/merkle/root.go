package merkle

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// rootCache is the last root that was computed.
type rootCache struct {
	valid bool
	from  int64 // index of the first bucket
	root  [32]byte
}

// Root returns the Merkle tree hash (RFC 6962, section 2.1) over the buckets
// that are not empty, beginning with the one that holds from. A leaf is
// SHA-256(0x00 ‖ index ‖ bucket hash), the index in 8 bytes, most significant
// first; an inner node is SHA-256(0x01 ‖ left ‖ right); the root of nothing is
// SHA-256 of nothing. While nothing changes, asking for the same root again
// costs nothing.
func (t *Tree) Root(from int64) [32]byte {
	c := &t.buckets.cached
	index := t.BucketOf(from)
	if !c.valid || c.from != index {
		*c = rootCache{valid: true, from: index, root: treeHash(t.hashed(from))}
	}
	return c.root
}

func treeHash(list []bucket) [32]byte {
	switch len(list) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		var leaf [1 + 8 + 32]byte
		binary.BigEndian.PutUint64(leaf[1:], uint64(list[0].Index))
		copy(leaf[9:], list[0].Hash[:])
		return sha256.Sum256(leaf[:])
	}
	k := 1 << (bits.Len(uint(len(list)-1)) - 1) // the largest power of two below
	var inner [1 + 32 + 32]byte
	l, r := treeHash(list[:k]), treeHash(list[k:])
	inner[0] = 1
	copy(inner[1:], l[:])
	copy(inner[33:], r[:])
	return sha256.Sum256(inner[:])
}
