package record

import (
	"encoding/binary"
	"testing"
)

func TestLambda(t *testing.T) {
	x := generator.x
	want := affine{*x.Mul(&beta).Normalize(), generator.y}
	if got := timesG(&lambda); got != want {
		t.Errorf("lambda·G is %v", got)
	}
}

// value returns h modulo n.
func (h half) value() scalar {
	s := scalarOf(0, 0, h.hi, h.lo)
	if h.negative {
		s.Negate()
	}
	return s
}

func TestSplit(t *testing.T) {
	check := func(k *scalar) {
		t.Helper()
		k1, k2 := split(k)
		got, high := k1.value(), k2.value()
		if !got.Add(high.Mul(&lambda)).Equals(k) {
			t.Fatalf("%v was split into %v and %v", k, k1, k2)
		}
	}
	for _, k := range sparseScalars() {
		check(&k)
	}
	r := newRand()
	for range 5000 {
		k := randomScalar(r)
		check(&k)
	}
}

func TestWNAF(t *testing.T) {
	check := func(h half, w uint) {
		t.Helper()
		ds := h.wnaf(w)
		var sum scalar
		last := len(ds) + int(w)
		for i := len(ds) - 1; i >= 0; i-- {
			sum.Add2(&sum, &sum)
			d := int(ds[i])
			if d == 0 {
				continue
			}
			if d&1 == 0 || max(d, -d) >= 1<<(w-1) || last-i < int(w) {
				t.Fatalf("%v, width %d: digit %d at %d", h, w, d, i)
			}
			last = i
			sum.Add(new(half{lo: uint64(max(d, -d)), negative: d < 0}.value()))
		}
		if want := h.value(); !sum.Equals(&want) {
			t.Fatalf("%v, width %d: digits %v", h, w, ds)
		}
	}
	r := newRand()
	for _, w := range []uint{2, widthKey, widthBase} {
		for _, negative := range []bool{false, true} {
			for _, limb := range []uint64{0, 1, 2, 1 << 63, 1<<63 - 1, ^uint64(0)} {
				check(half{limb, 0, negative}, w)
				check(half{0, limb, negative}, w)
				check(half{limb, limb, negative}, w)
				check(half{limb, ^limb, negative}, w)
			}
			for range 1000 {
				b := randomBytes(r)
				check(half{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:]), negative}, w)
			}
		}
	}
}
