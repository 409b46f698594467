package record

import (
	"crypto/sha256"
	"crypto/subtle"
)

// hashTag is the beginning of all that is hashed for one purpose (BIP-340,
// "Tagged Hashes").
type hashTag [2 * sha256.Size]byte

var (
	tagAux       = makeTag("BIP0340/aux")
	tagNonce     = makeTag("BIP0340/nonce")
	tagChallenge = makeTag("BIP0340/challenge")
)

func makeTag(name string) (t hashTag) {
	sum := sha256.Sum256([]byte(name))
	copy(t[copy(t[:], sum[:]):], sum[:])
	return t
}

// hash3 hashes three strings of 32 bytes.
func (t *hashTag) hash3(a, b, c []byte) [32]byte {
	var in [len(hashTag{}) + 3*32]byte
	rest := in[copy(in[:], t[:]):]
	copy(rest, a)
	copy(rest[32:], b)
	copy(rest[64:], c)
	return sha256.Sum256(in[:])
}

// schnorrSign is "Default Signing" of BIP-340 without its last step; see
// SignHash. It returns false for a key that is 0, and for one nonce in 2^256.
func schnorrSign(k *SecretKey, hash, aux [32]byte) (sig Sig, ok bool) {
	var d, nonce, e scalar
	defer func() { d.Zero(); nonce.Zero() }()
	d.Set(&k.key)
	if k.odd {
		d.Negate()
	}
	secret := d.Bytes()
	defer clear(secret[:])
	mask := sha256.Sum256(append(tagAux[:], aux[:]...))
	subtle.XORBytes(mask[:], mask[:], secret[:])
	random := tagNonce.hash3(mask[:], k.pub[:], hash[:])
	nonce.SetBytes(&random)
	clear(random[:])
	if d.IsZero() || nonce.IsZero() {
		return Sig{}, false
	}
	r := mulBase(&nonce)
	if r.y.IsOdd() {
		nonce.Negate()
	}
	r.x.PutBytesUnchecked(sig[:32])
	challenge := tagChallenge.hash3(sig[:32], k.pub[:], hash[:])
	e.SetBytes(&challenge)
	e.Mul(&d).Add(&nonce).PutBytesUnchecked(sig[32:])
	return sig, true
}

// numbers returns the two numbers that a signature is, or false if one is out
// of range.
func numbers(sig Sig) (r field, s scalar, ok bool) {
	ok = !r.SetByteSlice(sig[:32]) && !s.SetByteSlice(sig[32:])
	return r, s, ok
}

// schnorrVerify is "Verification" of BIP-340.
func schnorrVerify(key PubKey, hash [32]byte, sig Sig) bool {
	r, s, ok := numbers(sig)
	if !ok {
		return false
	}
	multiples, ok := authors.multiplesOf(key)
	if !ok {
		return false
	}
	challenge := tagChallenge.hash3(sig[:32], key[:], hash[:])
	var e scalar
	e.SetBytes(&challenge)
	p := mulAdd(&s, e.Negate(), multiples)
	if p.Z.IsZero() {
		return false
	}
	// Most forgeries fail here, before the inversion.
	var zz field
	zz.SquareVal(&p.Z)
	if !r.Mul(&zz).Negate(1).Add(&p.X).Normalize().IsZero() {
		return false
	}
	z := invert(&p.Z)
	y := zz.SquareVal(&z).Mul(&z).Mul(&p.Y).Normalize()
	return !y.IsOdd()
}
