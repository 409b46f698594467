package record

import (
	"encoding/binary"
	"math/bits"
)

// beta is a cube root of 1 in the field, and lambda one modulo n, such that
// lambda·(x, y) = (beta·x, y) (Gallant, Lambert and Vanstone, CRYPTO 2001).
var beta = fieldOf(0x7ae96a2b657c0710, 0x6e64479eac3434e9, 0x9cf0497512f58995, 0xc1396c28719501ee)

// half is a number of sign and magnitude.
type half struct {
	hi, lo   uint64
	negative bool
}

// The pairs (a, b) with a + b·lambda = 0 (mod n) form a lattice, of which
// (a1, b1) and (a2, b2) are a short basis. g1 and g2 are b2·2^384/n and
// -b1·2^384/n, rounded. The numbers are those of libsecp256k1, modulo 2^192 or
// 2^256, the lowest limb first.
var (
	latticeA1 = [3]uint64{0xe86c90e49284eb15, 0x3086d221a7d46bcd, 0}
	latticeB1 = [3]uint64{^uint64(0x6f547fa90abfe4c3) + 1, ^uint64(0xe4437ed6010e8828), ^uint64(0)}
	latticeA2 = [3]uint64{0x57c1108d9d44cfd8, 0x14ca50f7a8e2f3f6, 1}
	latticeB2 = latticeA1
	latticeG1 = [4]uint64{0xe893209a45dbb031, 0x3daa8a1471e8ca7f, 0xe86c90e49284eb15, 0x3086d221a7d46bcd}
	latticeG2 = [4]uint64{0x1571b4ae8ac47f71, 0x221208ac9df506c6, 0x6f547fa90abfe4c4, 0xe4437ed6010e8828}
)

// split returns k1 and k2, both shorter than 2^128, with k = k1 + k2·lambda
// (mod n). So k·p = k1·p + k2·(lambda·p), which takes half the doublings.
func split(k *scalar) (k1, k2 half) {
	b := k.Bytes()
	limbs := [4]uint64{
		binary.BigEndian.Uint64(b[24:]), binary.BigEndian.Uint64(b[16:]),
		binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[:]),
	}
	// c1 and c2 are the rounded coordinates of (k, 0) in that basis; so
	// (k, 0) - c1·(a1, b1) - c2·(a2, b2) is short. Its low 192 bits tell all of
	// it.
	c1, c2 := mulShift384(&limbs, &latticeG1), mulShift384(&limbs, &latticeG2)
	r1 := [3]uint64(limbs[:3])
	subMul(&r1, &c1, &latticeA1)
	subMul(&r1, &c2, &latticeA2)
	var r2 [3]uint64
	subMul(&r2, &c1, &latticeB1)
	subMul(&r2, &c2, &latticeB2)
	return toHalf(&r1), toHalf(&r2)
}

// mulShift384 returns x·y/2^384, rounded.
func mulShift384(x, y *[4]uint64) [2]uint64 {
	var t [8]uint64
	for i, a := range x {
		var carry uint64
		for j, b := range y {
			hi, lo := bits.Mul64(a, b)
			var c uint64
			lo, c = bits.Add64(lo, t[i+j], 0)
			hi += c
			t[i+j], c = bits.Add64(lo, carry, 0)
			carry = hi + c
		}
		t[i+4] = carry
	}
	lo, c := bits.Add64(t[6], t[5]>>63, 0)
	return [2]uint64{lo, t[7] + c}
}

// subMul subtracts x·y from r, modulo 2^192.
func subMul(r *[3]uint64, x *[2]uint64, y *[3]uint64) {
	for i, a := range x {
		var borrow uint64
		for j, b := range y[:3-i] {
			hi, lo := bits.Mul64(a, b)
			var c uint64
			lo, c = bits.Add64(lo, borrow, 0)
			hi += c
			r[i+j], c = bits.Sub64(r[i+j], lo, 0)
			borrow = hi + c
		}
	}
}

// toHalf takes a number in two's complement.
func toHalf(r *[3]uint64) half {
	if r[2]>>63 == 0 {
		return half{r[1], r[0], false}
	}
	lo, b := bits.Sub64(0, r[0], 0)
	hi, _ := bits.Sub64(0, r[1], b)
	return half{hi, lo, true}
}

// digits are those of a half in a signed binary form, the lowest first.
type digits [129]int16

// wnaf returns the non-adjacent form of width w: digits are 0, or odd and
// shorter than 2^(w-1), and of w neighbours one at most is not 0.
func (k half) wnaf(w uint) (ds digits) {
	for i := uint(0); k.hi|k.lo != 0; {
		if zeros := uint(bits.TrailingZeros64(k.lo)); zeros > 0 {
			k.shift(zeros)
			i += zeros
			continue
		}
		d := int16(k.lo & (1<<w - 1))
		k.shift(w)
		if d >= 1<<(w-1) {
			d -= 1 << w
			var c uint64
			k.lo, c = bits.Add64(k.lo, 1, 0)
			k.hi += c
		}
		if k.negative {
			d = -d
		}
		ds[i] = d
		i += w
	}
	return ds
}

// shift divides the magnitude by 2^n, n being 64 at most.
func (k *half) shift(n uint) {
	k.lo = k.lo>>n | k.hi<<(64-n)
	k.hi >>= n
}
