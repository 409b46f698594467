package record

import (
	"math/rand/v2"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// lambda belongs to beta: the one root of 1 times a point is the other times
// its x.
var lambda = scalarOf(0x5363ad4cc05c30e0, 0xa5261c028812645a, 0x122e22ea20816678, 0xdf02967c1b23bd72)

// newRand is seeded, so that failures repeat.
func newRand() *rand.Rand { return rand.New(rand.NewPCG(340, 1)) }

func randomBytes(r *rand.Rand) []byte {
	return bigEndian([]uint64{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()})
}

func randomScalar(r *rand.Rand) (s scalar) {
	s.SetByteSlice(randomBytes(r))
	return s
}

// times returns k·p by decred's arithmetic. It is normalized, and X, Y and Z
// are 0 for infinity.
func times(k *scalar, p *affine) (kp point) {
	var q point
	setAffine(&q, &p.x, &p.y)
	secp256k1.ScalarMultNonConst(k, &q, &kp)
	normalize(&kp)
	return kp
}

func timesG(k *scalar) affine {
	p := times(k, &generator)
	return affine{p.X, p.Y}
}

func normalize(p *point) {
	if p.Z.Normalize().IsZero() {
		*p = point{}
		return
	}
	p.ToAffine()
}

// sparseScalars are 0 and numbers of few bits, and what makes them 0.
func sparseScalars() (ks []scalar) {
	add := func(k scalar) {
		minus := k
		ks = append(ks, k, *minus.Negate())
	}
	add(scalar{})
	for _, n := range []uint32{1, 2, 3, 4, 15, 16, 17, 511, 512, 513, 1023} {
		var k scalar
		add(*k.SetInt(n))
		add(*k.Mul(&lambda))
	}
	for i := range 4 {
		limbs := make([]uint64, 4)
		limbs[i] = 1 << 63
		add(scalarOf(limbs...))
		limbs[i] = 1
		add(scalarOf(limbs...))
	}
	add(lambda)
	add(combHalf)
	add(combOffset)
	return ks
}

func TestInvert(t *testing.T) {
	r := newRand()
	for range 1000 {
		var f field
		f.SetByteSlice(randomBytes(r))
		g := invert(&f)
		if !g.Mul(&f).Normalize().IsOne() {
			t.Fatalf("%v has no inverse", f)
		}
	}
}

// The chain has every order of doublings, additions and subtractions, so that
// magnitudes become as large as they can.
func TestAddAndDouble(t *testing.T) {
	r := newRand()
	var p, want point
	setAffine(&p, &generator.x, &generator.y)
	want = p
	for i := range 500 {
		if r.IntN(2) == 0 {
			double(&p)
			secp256k1.DoubleNonConst(&want, &want)
		} else {
			k := randomScalar(r)
			a := timesG(&k)
			y := a.y
			if r.IntN(2) == 0 {
				y.Negate(1)
			}
			add(&p, &a.x, &y)
			y.Normalize()
			var q point
			setAffine(&q, &a.x, &y)
			secp256k1.AddNonConst(&want, &q, &want)
		}
		got, again := p, want
		normalize(&got)
		normalize(&again)
		if got != again {
			t.Fatalf("wrong after step %d", i)
		}
	}
}

func TestAddTheSame(t *testing.T) {
	for _, negate := range []bool{false, true} {
		k := scalarOf(7)
		a := timesG(&k)
		var p, q point
		setAffine(&p, &a.x, &a.y)
		double(&p)
		q = p
		q.ToAffine()
		if negate {
			q.Y.Negate(1).Normalize()
		}
		add(&p, &q.X, &q.Y)
		for range 3 {
			if !p.Z.Normalize().IsZero() {
				t.Fatal("Z is not 0")
			}
			double(&p)
			add(&p, &generator.x, &generator.y)
		}
	}
}

func TestMultiples(t *testing.T) {
	r := newRand()
	for _, width := range []uint{2, widthKey, widthBase} {
		k := randomScalar(r)
		p := timesG(&k)
		ms := makeMultiples(&p, width)
		for i := range ms {
			n := scalarOf(uint64(2*i + 1))
			for _, minus := range []bool{false, true} {
				digit := int16(2*i + 1)
				if minus {
					digit = -digit
					n.Negate()
				}
				m := n
				for _, withLambda := range []bool{false, true} {
					if withLambda {
						m.Mul(&lambda)
					}
					var got point
					x, y := ms.at(digit, withLambda)
					setAffine(&got, &x, &y)
					normalize(&got)
					if got != times(&m, &p) {
						t.Fatalf("width %d: %d times the point (and lambda: %v) is wrong", width, digit, withLambda)
					}
				}
			}
		}
	}
}

func TestMulAdd(t *testing.T) {
	check := func(s, e *scalar, p *affine) (special bool) {
		t.Helper()
		ms := makeMultiples(p, widthKey)
		got, slow := mulAdd(s, e, ms), mulAddSlow(s, e, ms)
		sG, want := times(s, &generator), times(e, p)
		secp256k1.AddNonConst(&sG, &want, &want)
		normalize(&got)
		normalize(&slow)
		normalize(&want)
		if got != want || slow != want {
			t.Fatalf("%v·G + %v·%v is wrong", s, e, *p)
		}
		return want == point{}
	}
	r := newRand()
	for range 50 {
		s, e, k := randomScalar(r), randomScalar(r), randomScalar(r)
		p := timesG(&k)
		check(&s, &e, &p)
	}
	// Multiples of G meet those of a point that is itself a multiple k of G, at
	// the latest where s = e·k, and cancel each other where s = -e·k.
	for _, n := range []uint32{1, 3} {
		for _, withLambda := range []bool{false, true} {
			k := scalarOf(uint64(n))
			if withLambda {
				k.Mul(&lambda)
			}
			p := timesG(&k)
			ks := sparseScalars()
			es := append(ks, randomScalar(r), randomScalar(r))
			for _, e := range es {
				s := e
				check(s.Mul(&k), &e, &p)
				if !check(s.Negate(), &e, &p) {
					t.Errorf("the sum is not infinity")
				}
				check(&ks[r.IntN(len(ks))], &e, &p)
			}
		}
	}
}
