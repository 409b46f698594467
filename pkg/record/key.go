package record

import (
	"fmt"
	"io"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
)

// SecretKey signs. Formatting one prints no secret.
type SecretKey struct {
	key btcec.PrivateKey
	pub PubKey // of key; a point multiplication, so computed once
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
	if overflow := k.key.Key.SetByteSlice(b); overflow || k.key.Key.IsZero() {
		k.Zero()
		return nil, fmt.Errorf("%w: the number is not a secret key of secp256k1", ErrKey)
	}
	k.pub = PubKey(schnorr.SerializePubKey(k.key.PubKey()))
	return k, nil
}

// PubKey returns the public key.
func (k *SecretKey) PubKey() PubKey { return k.pub }

// Bytes returns the secret itself.
func (k *SecretKey) Bytes() [32]byte { return k.key.Key.Bytes() }

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
// guards against faults that are provoked in hardware, costs three times the
// signing, and every peer verifies anyway.
func (k *SecretKey) SignHash(hash [32]byte) Sig {
	sig, err := schnorr.Sign(&k.key, hash[:], schnorr.CustomNonce([32]byte{}), schnorr.FastSign())
	if err != nil {
		// Apart from a zeroed key this takes a hash that is hit once in 2^128
		// times.
		return Sig{}
	}
	return Sig(sig.Serialize())
}

// VerifyHash checks a BIP-340 signature. The error is ErrSignature or wraps it.
func VerifyHash(pub PubKey, hash [32]byte, sig Sig) error {
	var x, r btcec.FieldVal
	var s btcec.ModNScalar
	// The ranges are checked here because schnorr.ParseSignature (v2.5.0)
	// reduces an s of n or more and accepts it, where BIP-340 has it fail.
	if x.SetByteSlice(pub[:]) || r.SetByteSlice(sig[:32]) || s.SetByteSlice(sig[32:]) {
		return fmt.Errorf("%w: a number is out of range", ErrSignature)
	}
	// Verify takes the x of the key only and finds its y by itself, a square
	// root, and fails if there is none. schnorr.ParsePubKey would do the same
	// work a second time; so y is left 0.
	var y btcec.FieldVal
	if !schnorr.NewSignature(&r, &s).Verify(hash[:], btcec.NewPublicKey(&x, &y)) {
		return ErrSignature
	}
	return nil
}
