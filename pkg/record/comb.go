package record

import (
	"crypto/subtle"
	"sync"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// comb holds, at 8·i+j, the point (2j+1)·16^i·G.
type comb []affine

const (
	combRows = 64
	combRow  = 8
)

// baseComb is made at the first use of a secret: 40 KB, in the time of ten
// checks.
var baseComb = sync.OnceValue(makeComb)

func makeComb() comb {
	var p point
	setAffine(&p, &generator.x, &generator.y)
	powers := make([]point, combRows)
	for i := range powers {
		powers[i] = p
		for range 4 {
			double(&p)
		}
	}
	ps := make([]point, combRows*combRow)
	for i, power := range toAffine(powers) {
		oddMultiples(ps[combRow*i:][:combRow], &power)
	}
	return toAffine(ps)
}

// A secret k is written with the digits -15, -13, … 15 at each power of 16.
// None is 0, and so all secrets take the same steps. The digits are 2·d-15, d
// being the hexadecimal digits of (k + 2^256-1)/2 mod n, which is
// k·combHalf + combOffset.
var (
	combHalf   = scalarOf(0x7fffffffffffffff, 0xffffffffffffffff, 0x5d576e7357a4501d, 0xdfe92f46681b20a1)
	combOffset = scalarOf(0, 0, 0xa2a8918ca85bafe2, 0x2016d0b997e4df5f)
)

// mulBase returns k·G for a secret k that is not 0. The steps and the places
// that are read in memory are the same for every k, as far as Go can promise.
// (decred's ScalarBaseMultNonConst promises nothing, and needs a table that is
// half a megabyte of wasm.)
func mulBase(k *scalar) affine {
	var v scalar
	v.Mul2(k, &combHalf).Add(&combOffset)
	b := v.Bytes()
	defer func() { clear(b[:]); v.Zero() }()
	var sum point
	table := baseComb()
	for i := range combRows {
		d := b[31-i/2] >> (4 * (i & 1)) & 15
		x, y := table.lookup(i, d)
		if i == 0 {
			setAffine(&sum, &x, &y)
		} else {
			add(&sum, &x, &y)
		}
	}
	if sum.Z.Normalize().IsZero() {
		// Two secrets meet a special case of add, in the last step: 15·16^63
		// plus itself, modulo n, and its negative.
		var g point
		setAffine(&g, &generator.x, &generator.y)
		secp256k1.ScalarMultNonConst(k, &g, &sum)
	}
	sum.ToAffine()
	return affine{sum.X, sum.Y}
}

// lookup returns (2d-15)·16^i·G, of magnitude 2, d being less than 16. It reads
// the whole row.
func (c comb) lookup(i int, d byte) (x, y field) {
	minus := 1 - d>>3     // 1 if the digit is negative
	j := (d ^ -minus) & 7 // d-8, or 7-d
	var t field
	for k := range byte(combRow) {
		p := &c[combRow*i+int(k)]
		hit := uint8(subtle.ConstantTimeByteEq(j, k)) // 1 for one of them
		x.Add(t.Set(&p.x).MulInt(hit))
		y.Add(t.Set(&p.y).MulInt(hit))
	}
	t.NegateVal(&y, 1).MulInt(minus)
	y.MulInt(1 - minus).Add(&t)
	return x, y
}
