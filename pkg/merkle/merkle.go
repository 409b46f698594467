// Package merkle keeps a set of items ordered by (time, id) and digests any
// part of it.
//
// The set is an AVL tree. Every node carries the number of items in its
// subtree and the sum of their ids, so that the fingerprint of an arbitrary
// range and the rank of an item cost O(log n), and cutting off the past costs
// O(log n) as well, however much is cut:
//
//	            (time, id)
//	          count, Σ ids mod 2²⁵⁶
//	         /                     \
//	items before it          items after it
//
// Two kinds of digest come of it, neither of which shows the tree's shape:
//
//   - Fingerprint: the first 16 bytes of SHA-256(Σ ids ‖ count) of a range, as
//     defined by version 1 of the Negentropy protocol (Fingerprint Algorithm in
//     negentropy-protocol-v1.md of github.com/hoytech/negentropy). It is cheap,
//     but who grinds ids for long can forge a sum.
//   - Buckets and Root: time is cut into buckets of equal width; a bucket's hash
//     is SHA-256 over the ids of its items, concatenated in the order of the
//     tree, that is by (time, id). The root is the Merkle tree hash of RFC 6962,
//     section 2.1, over the non-empty buckets. They cannot be forged, and are
//     computed on demand and only where something changed.
//
// # Duties of the caller
//
// A Tree is not safe for concurrent use, and must not be changed while it is
// iterated. The number of buckets should stay in the thousands: a new bucket
// costs time in proportion to their number.
package merkle

import (
	"bytes"
	"encoding/hex"
	"math"
)

// ID identifies an item; it is a SHA-256 of the item's content.
type ID [32]byte

// String returns the id in hex.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Item is a member of the set.
type Item struct {
	Time int64 // seconds since 1970, at least 0 and below math.MaxInt64
	ID   ID
}

// Compare orders items by time, then by the bytes of their ids.
func (a Item) Compare(b Item) int { return compare(a.Time, &a.ID, b.Time, &b.ID) }

// Bound is a place in the order of items: the inclusive lower or exclusive
// upper end of a range. An id prefix is padded with zeros.
type Bound struct {
	Time int64
	ID   ID
}

// Compare orders bounds as Item.Compare orders items. The bound of an item is
// Bound(item); it lies right before the item.
func (a Bound) Compare(b Bound) int { return compare(a.Time, &a.ID, b.Time, &b.ID) }

// Min lies before every item.
var Min = Bound{}

// Max lies after every item; it means infinity.
var Max = Bound{Time: math.MaxInt64, ID: ID(bytes.Repeat([]byte{0xff}, len(ID{})))}

func compare(aTime int64, aID *ID, bTime int64, bID *ID) int {
	switch {
	case aTime < bTime:
		return -1
	case aTime > bTime:
		return 1
	}
	return bytes.Compare(aID[:], bID[:])
}
