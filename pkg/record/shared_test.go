package record

import (
	"errors"
	"testing"
)

func TestMulSecret(t *testing.T) {
	r := newRand()
	ks := sparseScalars()
	for n := range uint32(64) {
		var k scalar
		k.SetInt(n + 1)
		minus := k
		ks = append(ks, k, *minus.Negate())
	}
	for range 200 {
		ks = append(ks, randomScalar(r))
	}
	var n scalar
	points := []affine{generator, timesG(n.SetInt(7))}
	for range 3 {
		k := randomScalar(r)
		points = append(points, timesG(&k))
	}
	for _, p := range points {
		for _, k := range ks {
			if k.IsZero() {
				continue
			}
			want := times(&k, &p)
			got := mulSecret(&k, &p)
			if !got.x.Equals(&want.X) || !got.y.Equals(&want.Y) {
				t.Fatalf("%x times a point", k.Bytes())
			}
		}
	}
}

func TestSharedX(t *testing.T) {
	for a := byte(1); a < 8; a++ {
		for b := a; b < 8; b++ {
			one, other := testKey(t, a), testKey(t, b)
			x, err := one.SharedX(other.PubKey())
			if err != nil {
				t.Fatal(err)
			}
			y, err := other.SharedX(one.PubKey())
			if err != nil || x != y {
				t.Errorf("keys %d and %d share %x and %x, %v", a, b, x, y, err)
			}
			if want := testKey(t, a*b).PubKey(); x != want {
				t.Errorf("keys %d and %d share %x, want %x", a, b, x, want)
			}
		}
	}
}

func TestSharedXRefuses(t *testing.T) {
	k := testKey(t, 3)
	for _, c := range []struct{ name, hex string }{
		{"no square root", "1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef"},
		{"beyond the field", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
		{"a point of the twist", "0000000000000000000000000000000000000000000000000000000000000000"},
		{"the prime", "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"},
	} {
		if x, err := k.SharedX(PubKey(unhex(t, c.hex))); !errors.Is(err, ErrKey) || x != [32]byte{} {
			t.Errorf("%s: %x, %v, want ErrKey", c.name, x, err)
		}
	}
	k.Zero()
	if x, err := k.SharedX(testKey(t, 5).PubKey()); !errors.Is(err, ErrKey) || x != [32]byte{} {
		t.Errorf("zeroed key: %x, %v, want ErrKey", x, err)
	}
}
