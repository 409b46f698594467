package record

import (
	"sync"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// Widths of the digits of scalars. A table has 2^(width-2) odd multiples.
const (
	widthBase = 10 // of G, whose table is made once
	widthKey  = 5  // of a public key; a table for 6 costs more than it saves
)

// multiple is a point (x, y), and lambda times the point (lambdaX, y).
type multiple struct{ x, y, lambdaX field }

// multiples are a point, three times the point, and so on.
type multiples []multiple

// makeMultiples returns the table for digits of width w.
func makeMultiples(p *affine, w uint) multiples {
	ps := make([]point, 1<<(w-2))
	oddMultiples(ps, p)
	ms := make(multiples, len(ps))
	for i, a := range toAffine(ps) {
		ms[i] = multiple{x: a.x, y: a.y}
		ms[i].lambdaX.Mul2(&a.x, &beta).Normalize()
	}
	return ms
}

// baseMultiples are those of G: 30 KB, made in the time of three checks.
var baseMultiples = sync.OnceValue(func() multiples { return makeMultiples(&generator, widthBase) })

// at returns the coordinates of digit times the point, or of digit·lambda
// times the point. They are of magnitude 2 at most.
func (ms multiples) at(digit int16, lambda bool) (x, y field) {
	i := max(digit, -digit) >> 1
	x, y = ms[i].x, ms[i].y
	if lambda {
		x = ms[i].lambdaX
	}
	if digit < 0 {
		y.Negate(1)
	}
	return x, y
}

// mulAdd returns s·G + e·P, the multiples of P being given. The doublings are
// shared by all (Straus). Its time tells s, e and P, which must not be secret.
// Z is normalized.
func mulAdd(s, e *scalar, key multiples) point {
	base := baseMultiples()
	s1, s2 := split(s)
	e1, e2 := split(e)
	terms := [...]struct {
		digits
		multiples
		lambda bool
	}{
		{s1.wnaf(widthBase), base, false},
		{s2.wnaf(widthBase), base, true},
		{e1.wnaf(widthKey), key, false},
		{e2.wnaf(widthKey), key, true},
	}
	var sum point
	empty := true
	for i := len(digits{}) - 1; i >= 0; i-- {
		if !empty {
			double(&sum)
		}
		for j := range terms {
			t := &terms[j]
			if t.digits[i] == 0 {
				continue
			}
			x, y := t.at(t.digits[i], t.lambda)
			if empty {
				setAffine(&sum, &x, &y)
				empty = false
			} else {
				add(&sum, &x, &y)
			}
		}
	}
	if sum.Z.Normalize().IsZero() {
		return mulAddSlow(s, e, key)
	}
	return sum
}

// mulAddSlow is mulAdd for the special cases.
func mulAddSlow(s, e *scalar, key multiples) (sum point) {
	var p, sG, eP point
	setAffine(&p, &generator.x, &generator.y)
	secp256k1.ScalarMultNonConst(s, &p, &sG)
	setAffine(&p, &key[0].x, &key[0].y)
	secp256k1.ScalarMultNonConst(e, &p, &eP)
	secp256k1.AddNonConst(&sG, &eP, &sum)
	return sum
}
