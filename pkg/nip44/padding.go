package nip44

import (
	"encoding/binary"
	"math/bits"
)

// What is encrypted is the length of the plaintext, the plaintext, and zeros,
// so that the length of the payload tells that of the plaintext roughly only.
// The length takes 2 bytes, big-endian; from longLength on it takes 4, after
// two zeros.
const (
	shortPrefix = 2
	longPrefix  = 6
	longLength  = 1 << 16

	minPadded = 32
)

// paddedLen returns the length of a plaintext of n bytes with its zeros: the
// next multiple of an eighth of the next power of two, 32 at least.
func paddedLen(n int) int {
	if n <= minPadded {
		return minPadded
	}
	chunk := max(32, 1<<bits.Len(uint(n-1))/8)
	return (n + chunk - 1) / chunk * chunk
}

func prefixLen(n int) int {
	if n < longLength {
		return shortPrefix
	}
	return longPrefix
}

// framedLen returns how many bytes are encrypted for a plaintext of n bytes.
func framedLen(n int) int { return prefixLen(n) + paddedLen(n) }

// frame writes length and plaintext to dst, which has framedLen zeros.
func frame(dst []byte, plaintext string) {
	n := len(plaintext)
	if n < longLength {
		binary.BigEndian.PutUint16(dst, uint16(n))
	} else {
		binary.BigEndian.PutUint32(dst[longPrefix-4:], uint32(n))
	}
	copy(dst[prefixLen(n):], plaintext)
}

// unframe returns the plaintext, a part of src. It takes what frame makes and
// nothing else.
func unframe(src []byte) (plaintext []byte, ok bool) {
	if len(src) < shortPrefix+minPadded { // room for either prefix
		return nil, false
	}
	n := int(binary.BigEndian.Uint16(src))
	if n == 0 {
		long := binary.BigEndian.Uint32(src[longPrefix-4:])
		if long < longLength || long > MaxPlaintext {
			return nil, false
		}
		n = int(long)
	}
	if len(src) != framedLen(n) {
		return nil, false
	}
	text, zeros := src[prefixLen(n):][:n], src[prefixLen(n)+n:]
	var rest byte
	for _, b := range zeros {
		rest |= b
	}
	return text, rest == 0
}
