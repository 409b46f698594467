package record

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
)

// otherVerify is VerifyHash by another implementation.
func otherVerify(key PubKey, hash [32]byte, sig Sig) bool {
	var x, y, r btcec.FieldVal
	var s btcec.ModNScalar
	// ParseSignature of btcec v2.5.0 takes an s of n or more, modulo n, where
	// BIP-340 has it fail.
	if x.SetByteSlice(key[:]) || r.SetByteSlice(sig[:32]) || s.SetByteSlice(sig[32:]) {
		return false
	}
	// Verify finds y by itself.
	return schnorr.NewSignature(&r, &s).Verify(hash[:], btcec.NewPublicKey(&x, &y))
}

// otherSign is schnorrSign by another implementation.
func otherSign(t testing.TB, k *SecretKey, hash, aux [32]byte) Sig {
	secret := k.Bytes()
	other, _ := btcec.PrivKeyFromBytes(secret[:])
	sig, err := schnorr.Sign(other, hash[:], schnorr.CustomNonce(aux), schnorr.FastSign())
	if err != nil {
		t.Fatal(err)
	}
	return Sig(sig.Serialize())
}

// compare has both implementations sign, and check the signature, and then what
// comes of it, of the hash or of the key when a bit is flipped.
func compare(t testing.TB, k *SecretKey, hash, aux [32]byte, bit int) {
	t.Helper()
	key := k.PubKey()
	sig, ok := schnorrSign(k, hash, aux)
	if other := otherSign(t, k, hash, aux); !ok || sig != other {
		t.Fatalf("signature %v, want %v", sig, other)
	}
	if err := VerifyHash(key, hash, sig); err != nil {
		t.Fatalf("%v by %v of %x: %v", sig, key, hash, err)
	}
	bytes := make([]byte, 0, 128)
	bytes = append(append(append(bytes, key[:]...), hash[:]...), sig[:]...)
	bytes[bit/8%128] ^= 1 << (bit % 8)
	key, hash, sig = PubKey(bytes[:32]), [32]byte(bytes[32:64]), Sig(bytes[64:])
	if VerifyHash(key, hash, sig) == nil {
		t.Fatalf("%v by %v of %x is taken", sig, key, hash)
	}
	if otherVerify(key, hash, sig) {
		t.Fatalf("%v by %v of %x is taken by the other", sig, key, hash)
	}
}

func TestAgainstBtcec(t *testing.T) {
	r := newRand()
	for bit := 0; bit < 1024; bit += 5 {
		k, err := SecretKeyFromBytes(randomBytes(r))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, k, [32]byte(randomBytes(r)), [32]byte(randomBytes(r)), bit)
	}
}

// Small keys make sums meet multiples of the same points.
func TestSmallKeys(t *testing.T) {
	r := newRand()
	for n := range byte(24) {
		for range 4 {
			compare(t, testKey(t, n+1), [32]byte(randomBytes(r)), [32]byte{}, r.IntN(1024))
		}
	}
}

// A signature whose sum is infinity must fail, whatever r is.
func TestInfinity(t *testing.T) {
	r := newRand()
	for n := range byte(8) {
		k := testKey(t, n+1)
		d := k.key
		if k.odd {
			d.Negate()
		}
		sig := Sig(append(randomBytes(r), make([]byte, 32)...))
		sig[0] = 0 // r is in the field
		hash := [32]byte(randomBytes(r))
		challenge := tagChallenge.hash3(sig[:32], k.pub[:], hash[:])
		var s scalar
		s.SetBytes(&challenge)
		s.Mul(&d).PutBytesUnchecked(sig[32:])
		if VerifyHash(k.pub, hash, sig) == nil || otherVerify(k.pub, hash, sig) {
			t.Errorf("key %d: infinity is taken", n+1)
		}
	}
}

// No known signature has numbers that would be right if they were reduced; so
// the ranges are tested apart.
func TestRanges(t *testing.T) {
	const (
		ff = 1<<64 - 1
		p  = 1<<64 - 1<<32 - 977 // the lowest limb of the prime
		n2 = 0xbaaedce6af48a03b  // the lower limbs of n
		n3 = 0xbfd25e8cd0364141
		n1 = ff - 1
	)
	for _, c := range []struct {
		r, s []uint64
		ok   bool
	}{
		{[]uint64{0, 0, 0, 0}, []uint64{0, 0, 0, 0}, true},
		{[]uint64{ff, ff, ff, p - 1}, []uint64{ff, n1, n2, n3 - 1}, true},
		{[]uint64{ff, ff, ff, p}, []uint64{0, 0, 0, 1}, false},
		{[]uint64{ff, ff, ff, ff}, []uint64{0, 0, 0, 1}, false},
		{[]uint64{0, 0, 0, 1}, []uint64{ff, n1, n2, n3}, false},
		{[]uint64{0, 0, 0, 1}, []uint64{ff, n1, n2, n3 + 1}, false},
		{[]uint64{0, 0, 0, 1}, []uint64{ff, ff, ff, ff}, false},
	} {
		if _, _, ok := numbers(Sig(bigEndian(append(c.r, c.s...)))); ok != c.ok {
			t.Errorf("%x, %x: %v", c.r, c.s, ok)
		}
	}
	on := 0
	for x := range uint64(16) {
		if _, ok := authors.multiplesOf(PubKey(bigEndian([]uint64{0, 0, 0, x}))); ok {
			on++
		}
		if _, ok := authors.multiplesOf(PubKey(bigEndian([]uint64{ff, ff, ff, p + x}))); ok {
			t.Errorf("the prime and %d is a key", x)
		}
	}
	if on == 0 {
		t.Error("no small number is a key")
	}
}

func TestVerifyConcurrently(t *testing.T) {
	type signed struct {
		key  PubKey
		hash [32]byte
		sig  Sig
	}
	var all []signed
	r := newRand()
	for len(all) < 24 {
		k, err := SecretKeyFromBytes(randomBytes(r))
		if err != nil {
			t.Fatal(err)
		}
		if k.pub[31] > 7 {
			continue // so that they have to share eight places of the cache
		}
		hash := [32]byte(randomBytes(r))
		all = append(all, signed{k.pub, hash, k.SignHash(hash)})
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, s := range all {
				if err := VerifyHash(s.key, s.hash, s.sig); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// FuzzVerify takes key, hash and r, s as a signature; and then key, hash, aux
// as a secret key, a hash and an aux_rand to sign with, and a bit to flip.
func FuzzVerify(f *testing.F) {
	forEachBIP340(f, func(v bip340) {
		f.Add(v.key[:], v.hash[:], v.sig[:32], v.sig[32:], uint16(0))
		f.Add(v.secret[:], v.hash[:], v.aux[:], v.sig[32:], uint16(700))
	})
	f.Fuzz(func(t *testing.T, key, hash, aux, s []byte, bit uint16) {
		for _, b := range []*[]byte{&key, &hash, &aux, &s} {
			*b = append(*b, make([]byte, 32)...)[:32]
		}
		sig := Sig(append(append([]byte(nil), aux...), s...))
		err := VerifyHash(PubKey(key), [32]byte(hash), sig)
		if want := otherVerify(PubKey(key), [32]byte(hash), sig); want != (err == nil) {
			t.Fatalf("VerifyHash: %v, the other: %v", err, want)
		}
		if k, err := SecretKeyFromBytes(key); err == nil {
			compare(t, k, [32]byte(hash), [32]byte(aux), int(bit))
		}
	})
}

// BenchmarkAgainstBtcec takes turns, so that other load hits both alike, and
// reports the medians.
func BenchmarkAgainstBtcec(b *testing.B) {
	k := testKey(b, 3)
	hash := [32]byte{1}
	sig := k.SignHash(hash)
	turns := []struct {
		unit string
		f    func()
	}{
		{"ns/verify", func() { VerifyHash(k.pub, hash, sig) }},
		{"ns/verify-first", func() {
			authors = authorCache{}
			VerifyHash(k.pub, hash, sig)
		}},
		{"ns/verify-btcec", func() { otherVerify(k.pub, hash, sig) }},
		{"ns/sign", func() { k.SignHash(hash) }},
		{"ns/sign-btcec", func() { otherSign(b, k, hash, [32]byte{}) }},
	}
	took := make([][]time.Duration, len(turns))
	for b.Loop() {
		for i, turn := range turns {
			start := time.Now()
			turn.f()
			took[i] = append(took[i], time.Since(start))
		}
	}
	for i, turn := range turns {
		slices.Sort(took[i])
		b.ReportMetric(float64(took[i][len(took[i])/2]), turn.unit)
	}
}
