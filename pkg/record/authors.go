package record

import (
	"sync/atomic"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// cachedAuthors is one for every value of a byte. They take 1 KB each.
const cachedAuthors = 1 << 8

// authorCache keeps what is computed of a public key before any check: its y
// and its multiples, a quarter of the time of a check. A key has one place, by
// its last byte, and takes it from the one before.
//
// One cache serves all databases of a process, and all goroutines. They share
// nothing by it but arithmetic: an entry follows from the key alone and never
// changes.
type authorCache [cachedAuthors]atomic.Pointer[author]

type author struct {
	key PubKey
	multiples
}

var authors authorCache

// multiplesOf returns the multiples of the point that the key stands for, or
// false if there is no such point.
func (c *authorCache) multiplesOf(key PubKey) (multiples, bool) {
	place := &c[key[len(key)-1]] // people choose first bytes that look nice
	if a := place.Load(); a != nil && a.key == key {
		return a.multiples, true
	}
	var p affine
	if p.x.SetByteSlice(key[:]) || !secp256k1.DecompressY(&p.x, false, &p.y) {
		return nil, false
	}
	a := &author{key, makeMultiples(&p, widthKey)}
	place.Store(a)
	return a.multiples, true
}
