package nip49

import (
	"fmt"

	"github.com/btcsuite/btcd/btcutil/bech32"
)

const (
	prefix = "ncryptsec"

	// textSize is the length of every ncryptsec: the prefix, a 1, the bytes in
	// groups of five bits, a checksum of six.
	textSize = len(prefix) + 1 + (size*8+4)/5 + 6
)

func encode(b []byte) string {
	text, _ := bech32.EncodeFromBase256(prefix, b) // fails for no bytes
	return text
}

// decode returns the bytes of an ncryptsec whose version and cost are known.
// The error wraps ErrFormat and quotes nothing of s.
func decode(s string) ([]byte, error) {
	if len(s) != textSize {
		return nil, fmt.Errorf("%w: an ncryptsec has %d characters, not %d", ErrFormat, textSize, len(s))
	}
	got, five, checksum, err := bech32.DecodeNoLimitWithVersion(s)
	if err != nil || checksum != bech32.Version0 || got != prefix {
		return nil, fmt.Errorf("%w: wrong prefix, characters or checksum", ErrFormat)
	}
	b, err := bech32.ConvertBits(five, 5, 8, false)
	if err != nil || len(b) != size {
		return nil, fmt.Errorf("%w: wrong prefix, characters or checksum", ErrFormat)
	}
	if b[0] != version {
		return nil, fmt.Errorf("%w: version %d, where %d is known", ErrFormat, b[0], version)
	}
	if b[atLogN] < 1 || b[atLogN] > maxLogN {
		return nil, fmt.Errorf("%w: cost 2^%d is outside 2^1 to 2^%d", ErrFormat, b[atLogN], maxLogN)
	}
	return b, nil
}
