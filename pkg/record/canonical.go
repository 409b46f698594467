package record

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// hashBuffer holds the canonical form of most records on the stack.
const hashBuffer = 2 << 10

// AppendCanonical appends the array of NIP-01 whose hash is the event's id. It
// is defined for every event; for one that Check refuses, other implementations
// may write another one.
func (e *Event) AppendCanonical(dst []byte) []byte {
	dst = append(dst, `[0,"`...)
	dst = hex.AppendEncode(dst, e.Author[:])
	dst = append(dst, `",`...)
	dst = strconv.AppendInt(dst, e.CreatedAt, 10)
	dst = append(dst, ',')
	dst = strconv.AppendInt(dst, int64(e.Kind), 10)
	dst = append(dst, ',')
	dst = appendTags(dst, e.Tags)
	dst = append(dst, ',')
	dst = appendString(dst, e.Content)
	return append(dst, ']')
}

// Hash returns the SHA-256 of the canonical form.
func (e *Event) Hash() ID {
	var stack [hashBuffer]byte
	buf := stack[:0]
	// Escapes lengthen JSON in JSON by about an eighth. Where this guess is too
	// low, append grows the buffer.
	if n := len(e.Content) + len(e.Content)/8 + 512; n > hashBuffer {
		buf = make([]byte, 0, n)
	}
	return sha256.Sum256(e.AppendCanonical(buf))
}

func appendTags(dst []byte, tags [][]string) []byte {
	dst = append(dst, '[')
	for i, tag := range tags {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		for j, item := range tag {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, item)
		}
		dst = append(dst, ']')
	}
	return append(dst, ']')
}

// appendString appends s as a JSON string with the escapes of NIP-01. Other
// control characters become \u00xx as in JavaScript; all else stands for
// itself. (encoding/json escapes more, whatever its options.)
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
