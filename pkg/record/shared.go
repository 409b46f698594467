package record

import (
	"fmt"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// SharedX returns the x coordinate of k times the point that pub stands for,
// as it is (ECDH without a hash, for NIP-44). Both sides get the same: its own
// secret key with the other's public key. The error wraps ErrKey: pub stands
// for no point, or k is zeroed.
func (k *SecretKey) SharedX(pub PubKey) ([32]byte, error) {
	if k.key.IsZero() {
		return [32]byte{}, fmt.Errorf("%w: the secret key is zeroed", ErrKey)
	}
	// The sign of the point does not matter: a point and its negative have the
	// same x, and so have their multiples.
	var p affine
	if p.x.SetByteSlice(pub[:]) || !secp256k1.DecompressY(&p.x, false, &p.y) {
		return [32]byte{}, fmt.Errorf("%w: the public key is no point of secp256k1", ErrKey)
	}
	q := mulSecret(&k.key, &p)
	defer func() { q.x.Zero(); q.y.Zero() }()
	return *q.x.Bytes(), nil
}

// mulSecret returns k·p for a secret k that is not 0. The digits of k are those
// of mulBase, with the same promise: the steps and the places that are read in
// memory are the same for every k. (decred's ScalarMultNonConst promises
// nothing.)
func mulSecret(k *scalar, p *affine) affine {
	ps := make([]point, combRow)
	oddMultiples(ps, p)
	row := comb(toAffine(ps))

	var v scalar
	v.Mul2(k, &combHalf).Add(&combOffset)
	b := v.Bytes()
	var sum point
	defer func() { clear(b[:]); v.Zero(); sum = point{} }()
	for i := range combRows {
		if i > 0 {
			for range 4 {
				double(&sum)
			}
		}
		d := b[i/2] >> (4 * (1 - i&1)) & 15 // the highest first
		x, y := row.lookup(0, d)
		if i == 0 {
			setAffine(&sum, &x, &y)
		} else {
			add(&sum, &x, &y)
		}
	}
	if sum.Z.Normalize().IsZero() {
		// No digit is 0, so the sum before a step is more than what the step
		// adds, and modulo n the two meet in the last step only, for one secret:
		// -30, which is written as -15-n and -15.
		var q point
		setAffine(&q, &p.x, &p.y)
		secp256k1.ScalarMultNonConst(k, &q, &sum)
	}
	sum.ToAffine()
	return affine{sum.X, sum.Y}
}
