package record

import (
	"sync"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
)

// otherVerify is VerifyHash by another implementation.
func otherVerify(key PubKey, hash [32]byte, sig Sig) bool {
	var s scalar
	if s.SetByteSlice(sig[32:]) {
		return false // BIP-340 has this fail; btcec v2.5.0 takes it modulo n
	}
	parsed, err := schnorr.ParseSignature(sig[:])
	if err != nil {
		return false
	}
	pub, err := schnorr.ParsePubKey(key[:])
	return err == nil && parsed.Verify(hash[:], pub)
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
	for bit := range 1024 {
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
	for n := range byte(40) {
		for range 8 {
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

func TestVerifyConcurrently(t *testing.T) {
	type signed struct {
		key  PubKey
		hash [32]byte
		sig  Sig
	}
	var all []signed
	r := newRand()
	for len(all) < 60 {
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
