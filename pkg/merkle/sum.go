package merkle

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// sum is a number modulo 2^256, least significant word first.
type sum [4]uint64

// sumOf reads an id as a little-endian number.
func sumOf(id *ID) sum {
	return sum{
		binary.LittleEndian.Uint64(id[0:]),
		binary.LittleEndian.Uint64(id[8:]),
		binary.LittleEndian.Uint64(id[16:]),
		binary.LittleEndian.Uint64(id[24:]),
	}
}

func (s *sum) add(o *sum) {
	var c uint64
	s[0], c = bits.Add64(s[0], o[0], 0)
	s[1], c = bits.Add64(s[1], o[1], c)
	s[2], c = bits.Add64(s[2], o[2], c)
	s[3], _ = bits.Add64(s[3], o[3], c)
}

func (s *sum) sub(o *sum) {
	var c uint64
	s[0], c = bits.Sub64(s[0], o[0], 0)
	s[1], c = bits.Sub64(s[1], o[1], c)
	s[2], c = bits.Sub64(s[2], o[2], c)
	s[3], _ = bits.Sub64(s[3], o[3], c)
}

// Sum stands for a set of items: how many they are, and the sum of their ids
// modulo 2^256. The zero value is the empty set.
type Sum struct {
	Count int
	ids   sum
}

// Sub takes away o, a part of the set.
func (s Sum) Sub(o Sum) Sum {
	s.Count -= o.Count
	s.ids.sub(&o.ids)
	return s
}

// Fingerprint is the first half of SHA-256 over the sum, as 32 bytes in
// little-endian order, and the count, as a Negentropy varint.
func (s Sum) Fingerprint() [16]byte {
	if sumBits < 64 {
		s.ids = sum{s.ids[0] & (1<<(sumBits%64) - 1)}
	}
	var buf [32 + 10]byte // a varint of 64 bits has 10 bytes at most
	for i, w := range s.ids {
		binary.LittleEndian.PutUint64(buf[8*i:], w)
	}
	// Base 128, most significant digit first, bit 8 on all digits but the last.
	n := uint64(s.Count)
	digits := max(1, (bits.Len64(n)+6)/7)
	for i := digits - 1; i >= 0; i-- {
		buf[32+i] = byte(n)&0x7f | 0x80
		n >>= 7
	}
	buf[32+digits-1] &= 0x7f
	h := sha256.Sum256(buf[:32+digits])
	return [16]byte(h[:16])
}
