package record

import (
	"errors"
	"fmt"

	"github.com/btcsuite/btcd/btcutil/bech32"
)

// Prefixes of NIP-19.
const (
	prefixPub = "npub"
	prefixSec = "nsec"
)

// errBech32 hides what the bech32 package reports: it quotes the input and the
// checksum it expected, and the input may be a mistyped secret.
var errBech32 = errors.New("not bech32: wrong characters, length or checksum")

// Npub returns the key in the form that people know (NIP-19).
func (p PubKey) Npub() string { return encodeKey(prefixPub, p) }

// Nsec returns the secret in the form that people know (NIP-19).
func (k *SecretKey) Nsec() string { return encodeKey(prefixSec, k.Bytes()) }

// ParseNpub parses an npub. The error wraps ErrKey.
func ParseNpub(s string) (PubKey, error) {
	return decodeKey(prefixPub, s)
}

// ParseNsec parses an nsec. The error wraps ErrKey and quotes nothing of s.
func ParseNsec(s string) (*SecretKey, error) {
	b, err := decodeKey(prefixSec, s)
	if err != nil {
		return nil, err
	}
	defer clear(b[:])
	return SecretKeyFromBytes(b[:])
}

func encodeKey(prefix string, key [32]byte) string {
	text, _ := bech32.EncodeFromBase256(prefix, key[:]) // fails for no bytes
	return text
}

func decodeKey(prefix, s string) ([32]byte, error) {
	got, five, err := decodeBech32(s)
	if err != nil {
		return [32]byte{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if got != prefix {
		return [32]byte{}, fmt.Errorf("%w: %s, where an %s is wanted", ErrKey, prefixName(got), prefix)
	}
	key, err := bech32.ConvertBits(five, 5, 8, false)
	if err != nil || len(key) != 32 {
		return [32]byte{}, fmt.Errorf("%w: an %s has 32 bytes", ErrKey, prefix)
	}
	return [32]byte(key), nil
}

// decodeBech32 returns the prefix and the data in groups of five bits. It
// refuses bech32m, whose checksum differs.
func decodeBech32(s string) (prefix string, five []byte, err error) {
	if len(s) > maxBech32 {
		return "", nil, errBech32
	}
	prefix, five, version, err := bech32.DecodeNoLimitWithVersion(s)
	if err != nil || version != bech32.Version0 {
		return "", nil, errBech32
	}
	return prefix, five, nil
}

// prefixName names the known forms of NIP-19; others may be anything and are
// not quoted.
func prefixName(prefix string) string {
	switch prefix {
	case prefixPub, prefixSec, "nprofile", "nevent", "naddr", "nrelay":
		return "this is an " + prefix
	case "note", "ncryptsec":
		return "this is a " + prefix
	}
	return "this is no key of NIP-19"
}
