package record

import (
	"math/bits"
	"strconv"
)

// Work is a proof of work (NIP-13): the nonce that was found, and the difficulty
// that it was searched for, 1 to 255. A record without one has Bits 0.
type Work struct {
	Nonce int64 // 0 to MaxInteger
	Bits  uint8
}

// Tag returns the nonce tag of NIP-13.
func (w Work) Tag() []string {
	return []string{"nonce", strconv.FormatInt(w.Nonce, 10), strconv.Itoa(int(w.Bits))}
}

// parseWork parses what Tag returns, and nothing else.
func parseWork(tag []string) (Work, bool) {
	if len(tag) != 3 || tag[0] != "nonce" {
		return Work{}, false
	}
	nonce, ok := parseDecimal(tag[1])
	target, ok2 := parseDecimal(tag[2])
	if !ok || !ok2 || target == 0 || target > 255 {
		return Work{}, false
	}
	return Work{nonce, uint8(target)}, true
}

// Difficulty returns the number of leading zero bits of the id (NIP-13).
func (id ID) Difficulty() int {
	n := 0
	for _, b := range id {
		if b != 0 {
			return n + bits.LeadingZeros8(b)
		}
		n += 8
	}
	return n
}
