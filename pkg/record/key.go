package record

import (
	"fmt"
	"io"
)

// SecretKey signs. Formatting one prints no secret.
type SecretKey struct {
	key scalar
	pub PubKey // x of key·G; a point multiplication, so computed once
	odd bool   // whether y of key·G is odd; BIP-340 then signs with -key
}

// GenerateKey makes a key from 32 bytes of rand, which must be a
// cryptographically secure source.
func GenerateKey(rand io.Reader) (*SecretKey, error) {
	var b [32]byte
	defer clear(b[:])
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		return nil, fmt.Errorf("record: generate key: %w", err)
	}
	// A random number is out of range once in 2^128 times, so an error here
	// means that the source is broken: trying again would hide it.
	return SecretKeyFromBytes(b[:])
}

// SecretKeyFromBytes takes a big-endian number of 32 bytes from 1 to n-1, n
// being the order of the curve.
func SecretKeyFromBytes(b []byte) (*SecretKey, error) {
	if len(b) != 32 {
		return nil, fmt.Errorf("%w: a secret key has 32 bytes, not %d", ErrKey, len(b))
	}
	k := new(SecretKey)
	if overflow := k.key.SetByteSlice(b); overflow || k.key.IsZero() {
		k.Zero()
		return nil, fmt.Errorf("%w: the number is not a secret key of secp256k1", ErrKey)
	}
	p := mulBase(&k.key)
	p.x.PutBytesUnchecked(k.pub[:])
	k.odd = p.y.IsOdd()
	return k, nil
}

// PubKey returns the public key.
func (k *SecretKey) PubKey() PubKey { return k.pub }

// Bytes returns the secret itself.
func (k *SecretKey) Bytes() [32]byte { return k.key.Bytes() }

// Zero overwrites the secret. After that k no longer signs.
func (k *SecretKey) Zero() { k.key.Zero() }

// Format keeps the secret out of logs and messages, whatever the verb.
func (SecretKey) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "SecretKey(hidden)")
}

// SignHash signs by the default signing of BIP-340 with an aux_rand of zeros,
// so that the same key and hash give the same signature. After Zero it returns
// a signature of zeros, which verifies under no key.
//
// The check of the fresh signature that BIP-340 recommends is left out: it
// guards against faults that are provoked in hardware, costs more than the
// signing, and every peer verifies anyway.
func (k *SecretKey) SignHash(hash [32]byte) Sig {
	sig, _ := schnorrSign(k, hash, [32]byte{})
	return sig
}

// VerifyHash checks a BIP-340 signature. The error is ErrSignature.
func VerifyHash(pub PubKey, hash [32]byte, sig Sig) error {
	if !schnorrVerify(pub, hash, sig) {
		return ErrSignature
	}
	return nil
}
