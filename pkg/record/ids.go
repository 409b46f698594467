package record

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// ID is the SHA-256 of an event's canonical form.
type ID [32]byte

// PubKey is an x-only public key of secp256k1 (BIP-340). It need not be on the
// curve; under one that is not, no signature verifies.
type PubKey [32]byte

// Sig is a BIP-340 signature.
type Sig [64]byte

// RoomTag is what a room's records bear in public.
type RoomTag [16]byte

// UUID is the name of a record through all its versions: a UUIDv8 (RFC 9562)
// that follows from the author and the d tag.
type UUID [16]byte

// String returns 64 lowercase hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// String returns 64 lowercase hexadecimal digits.
func (p PubKey) String() string { return hex.EncodeToString(p[:]) }

// String returns 128 lowercase hexadecimal digits.
func (s Sig) String() string { return hex.EncodeToString(s[:]) }

// String returns 32 lowercase hexadecimal digits.
func (t RoomTag) String() string { return hex.EncodeToString(t[:]) }

// uuidHyphens are the places of the hyphens in the text of a UUID.
var uuidHyphens = [...]int{8, 13, 18, 23}

// String returns the form 8-4-4-4-12 in lowercase.
func (u UUID) String() string {
	text := make([]byte, 0, 36)
	for i, b := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text = append(text, '-')
		}
		text = append(text, hexDigits[b>>4], hexDigits[b&15])
	}
	return string(text)
}

// ParseID parses what ID.String returns, and nothing else.
func ParseID(s string) (ID, error) {
	var id ID
	if !parseHex(id[:], s) {
		return ID{}, fmt.Errorf("%w: an id is 64 lowercase hexadecimal digits", ErrHex)
	}
	return id, nil
}

// ParseUUID parses what UUID.String returns, and nothing else.
func ParseUUID(s string) (UUID, error) {
	var u UUID
	if len(s) == 36 {
		digits := make([]byte, 0, 32)
		start := 0
		for _, at := range uuidHyphens {
			if s[at] != '-' {
				break
			}
			digits = append(digits, s[start:at]...)
			start = at + 1
		}
		digits = append(digits, s[start:]...)
		if parseHex(u[:], string(digits)) {
			return u, nil
		}
	}
	return UUID{}, fmt.Errorf("%w: a uuid is lowercase hexadecimal digits in groups of 8-4-4-4-12", ErrHex)
}

// UUIDOf names the record that author addresses by d. Nobody else can get the
// same name, because the author's key is in the hash.
func UUIDOf(author PubKey, d [16]byte) UUID {
	var in [48]byte
	copy(in[:], author[:])
	copy(in[32:], d[:])
	sum := sha256.Sum256(in[:])
	u := UUID(sum[:16])
	u[6] = u[6]&0x0f | 0x80 // version 8
	u[8] = u[8]&0x3f | 0x80 // variant of RFC 9562
	return u
}

const hexDigits = "0123456789abcdef"

// parseHex fills dst from exactly as many lowercase digits as it takes.
// encoding/hex would accept uppercase, and so a second form of the same value.
func parseHex(dst []byte, s string) bool {
	if len(s) != 2*len(dst) {
		return false
	}
	for i := range dst {
		hi, lo := hexValue(s[2*i]), hexValue(s[2*i+1])
		if hi|lo > 15 {
			return false
		}
		dst[i] = hi<<4 | lo
	}
	return true
}

// hexValue returns the value of a lowercase digit, or 255.
func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}
