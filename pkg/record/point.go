package record

import (
	"encoding/binary"
	"math/big"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// The group law of secp256k1, on decred's field. Its own additions and
// doublings normalize every coordinate and look for the special cases. Those
// here do neither, and are faster for it:
//
//   - Between normalizations a field value has a magnitude, by which it may
//     exceed the prime. Mul and Square take magnitudes up to 8 and return 1.
//     The comments give the magnitude in parentheses.
//   - The formula of add does not hold for p ± p, and gives Z = 0 there, as it
//     does for every later sum. So one look at the end finds the special cases,
//     and they are computed again by decred's functions.
type (
	field  = secp256k1.FieldVal
	scalar = secp256k1.ModNScalar
	// point is (X/Z², Y/Z³), or infinity if Z = 0. Here X is of magnitude 5 at
	// most, Y of 4, Z of 2.
	point = secp256k1.JacobianPoint
)

// affine is a point that is not infinity. Both coordinates are normalized.
type affine struct{ x, y field }

// generator is G.
var generator = affine{
	x: fieldOf(0x79be667ef9dcbbac, 0x55a06295ce870b07, 0x029bfcdb2dce28d9, 0x59f2815b16f81798),
	y: fieldOf(0x483ada7726a3c465, 0x5da4fbfc0e1108a8, 0xfd17b448a6855419, 0x9c47d08ffb10d4b8),
}

// fieldOf takes the 64-bit limbs of a number, the highest first.
func fieldOf(limbs ...uint64) (f field) {
	f.SetByteSlice(bigEndian(limbs))
	return f
}

// scalarOf is fieldOf for scalars.
func scalarOf(limbs ...uint64) (s scalar) {
	s.SetByteSlice(bigEndian(limbs))
	return s
}

func bigEndian(limbs []uint64) (b []byte) {
	for _, limb := range limbs {
		b = binary.BigEndian.AppendUint64(b, limb)
	}
	return b
}

// setAffine makes p the point (x, y).
func setAffine(p *point, x, y *field) {
	p.X.Set(x)
	p.Y.Set(y)
	p.Z.SetInt(1)
}

// double sets p to 2p, with X and Y of magnitude 4, Z of 2.
func double(p *point) {
	var b, c, d, e field
	e.SquareVal(&p.X).MulInt(3)         // E = 3·X² (3)
	b.SquareVal(&p.Y).MulInt(2)         // 2·Y² (2)
	c.SquareVal(&b).MulInt(2).Negate(2) // -8·Y⁴ (3)
	d.Mul2(b.MulInt(2), &p.X)           // D = 4·X·Y² (1)
	p.Z.Mul(&p.Y).MulInt(2)             // 2·Y·Z (2)
	b.Set(&d).MulInt(2).Negate(2)       // -2·D (3)
	p.X.SquareVal(&e).Add(&b)           // E² - 2·D (4)
	b.NegateVal(&p.X, 4)                // (5)
	p.Y.Mul2(d.Add(&b), &e).Add(&c)     // E·(D - X3) - 8·Y⁴ (4)
}

// add sets p to p + (x, y), with X of magnitude 5, Y of 3, Z of 1, and Z = 0
// if p is plus or minus (x, y). x and y have magnitudes of at most 2.
func add(p *point, x, y *field) {
	var h, hh, r, t, v field
	t.SquareVal(&p.Z)                           // Z² (1)
	h.Mul2(&t, x)                               // (1)
	r.Mul2(&t, y).Mul(&p.Z)                     // (1)
	h.Add(t.NegateVal(&p.X, 5))                 // H = x·Z² - X (7)
	r.Add(t.NegateVal(&p.Y, 4))                 // R = y·Z³ - Y (6)
	p.Z.Mul(&h)                                 // Z·H (1)
	hh.SquareVal(&h)                            // H² (1)
	h.Mul(&hh)                                  // H³ (1)
	v.Mul2(&hh, &p.X)                           // V = X·H² (1)
	p.Y.Mul(&h).Negate(1)                       // -Y·H³ (2)
	t.Set(&v).MulInt(2).Add(&h).Negate(3)       // -H³ - 2·V (4)
	p.X.SquareVal(&r).Add(&t)                   // R² - H³ - 2·V (5)
	p.Y.Add(r.Mul(v.Add(t.NegateVal(&p.X, 5)))) // R·(V - X3) - Y·H³ (3)
}

// oddMultiples fills dst with p, 3p, 5p and so on.
func oddMultiples(dst []point, p *affine) {
	// The formula of add holds on every curve y² = x³ + b. On the one on which
	// 2p, with its Z left out, is an affine point, each step is such an
	// addition; multiplying Z leads back.
	var two point
	setAffine(&two, &p.x, &p.y)
	double(&two)
	var zz, zzz, x, y field
	zz.SquareVal(&two.Z)
	zzz.Mul2(&zz, &two.Z)
	x.Mul2(&zz, &p.x)
	y.Mul2(&zzz, &p.y)
	setAffine(&dst[0], &x, &y)
	two.X.Normalize()
	two.Y.Normalize()
	for i := range dst[1:] {
		dst[i+1] = dst[i]
		add(&dst[i+1], &two.X, &two.Y)
	}
	for i := range dst {
		dst[i].Z.Mul(&two.Z)
	}
}

// toAffine converts points of which none is infinity, at the price of one
// inversion for all.
func toAffine(ps []point) []affine {
	as := make([]affine, len(ps))
	var product field
	product.SetInt(1)
	for i := range ps {
		as[i].x = product // of the Z before this one
		product.Mul(&ps[i].Z)
	}
	inverse := invert(&product)
	for i := len(ps) - 1; i >= 0; i-- {
		var z, zz field
		z.Mul2(&inverse, &as[i].x) // 1/Z
		inverse.Mul(&ps[i].Z)
		zz.SquareVal(&z)
		as[i].x.Mul2(&zz, &ps[i].X).Normalize()
		as[i].y.Mul2(&zz, &ps[i].Y).Mul(&z).Normalize()
	}
	return as
}

// prime is that of the field.
var prime = new(big.Int).SetBytes(bigEndian([]uint64{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1<<32 - 977}))

// invert returns 1/f for an f that is not 0. It takes a third of the time of
// FieldVal.Inverse, but a time that tells f, which must not be secret.
func invert(f *field) (inverse field) {
	inverse.Set(f).Normalize()
	n := new(big.Int).SetBytes(inverse.Bytes()[:])
	n.ModInverse(n, prime)
	inverse.SetByteSlice(n.Bytes())
	return inverse
}
