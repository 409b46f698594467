package seal

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/peersetdb/peerset/pkg/nip44"
	"github.com/peersetdb/peerset/pkg/record"
)

// The parts of a private content. What stands between them is hexadecimal
// digits and base64, neither of which JSON escapes; so there is one form, and
// it is read without a JSON parser.
const (
	beforeSender    = `{"e":"`
	beforeSlots     = `","p":[`
	beforeRecipient = `["`
	beforeSlot      = `","`
	afterSlot       = `"]`
	betweenSlots    = `,`
	beforePayload   = `],"s":"`
	afterPayload    = `"}`
)

// encode returns the content.
func (p *Private) encode() string {
	out := make([]byte, 0, framing+len(p.slots)*(slotText+len(betweenSlots))+len(p.payload))
	out = append(out, beforeSender...)
	out = hex.AppendEncode(out, p.sender[:])
	out = append(out, beforeSlots...)
	for i := range p.slots {
		if i > 0 {
			out = append(out, betweenSlots...)
		}
		out = append(out, beforeRecipient...)
		out = hex.AppendEncode(out, p.slots[i].recipient[:])
		out = append(out, beforeSlot...)
		out = append(out, p.slots[i].payload...)
		out = append(out, afterSlot...)
	}
	out = append(out, beforePayload...)
	out = append(out, p.payload...)
	out = append(out, afterPayload...)
	return string(out)
}

// parsePrivate reads what encode writes and nothing else, once from front to
// back. The error wraps ErrForm. The result holds parts of content.
func parsePrivate(content string) (*Private, error) {
	if len(content) > record.MaxContent {
		return nil, fmt.Errorf("%w: longer than a record", ErrForm)
	}
	r := reader{rest: content}
	p := new(Private)
	r.literal(beforeSender)
	p.sender = r.key()
	r.literal(beforeSlots)
	for {
		r.literal(beforeRecipient)
		s := slot{recipient: r.key()}
		r.literal(beforeSlot)
		s.payload = r.payload(slotPayload)
		r.literal(afterSlot)
		if n := len(p.slots); n > 0 && compare(p.slots[n-1], s.recipient) >= 0 {
			r.fail("recipients are not in ascending order")
		}
		p.slots = append(p.slots, s)
		if r.err != nil || !strings.HasPrefix(r.rest, betweenSlots) {
			break
		}
		if len(p.slots) == MaxRecipients {
			r.fail("too many recipients")
		}
		r.literal(betweenSlots)
	}
	r.literal(beforePayload)
	p.payload = r.payload(len(r.rest) - len(afterPayload))
	r.literal(afterPayload)
	if r.err != nil {
		return nil, r.err
	}
	return p, nil
}

// reader reads a content from front to back. After the first error it reads
// nothing more.
type reader struct {
	rest string
	err  error
}

func (r *reader) fail(reason string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrForm, reason)
	}
	r.rest = ""
}

func (r *reader) literal(text string) {
	rest, ok := strings.CutPrefix(r.rest, text)
	if !ok {
		r.fail("no " + text)
		return
	}
	r.rest = rest
}

func (r *reader) take(n int) string {
	if n < 0 || n > len(r.rest) {
		r.fail("cut")
		return ""
	}
	text := r.rest[:n]
	r.rest = r.rest[n:]
	return text
}

func (r *reader) key() record.PubKey {
	key, ok := parseKey([]byte(r.take(keyDigits)))
	if !ok {
		r.fail("a key is not 64 lowercase hexadecimal digits")
	}
	return key
}

// payload reads a NIP-44 payload of n characters.
func (r *reader) payload(n int) string {
	text := r.take(n)
	if len(text) < nip44.SealedLen(1) || len(text)%4 != 0 || !strings.HasPrefix(text, payloadBegin) || !isBase64(text) {
		r.fail("a payload is none")
		return ""
	}
	return text
}

// isBase64 reports whether the characters are those of base64, with at most two
// of its padding at the end.
func isBase64(text string) bool {
	padding := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '=':
			padding++
		case padding > 0:
			return false
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '+', c == '/':
		default:
			return false
		}
	}
	return padding <= 2
}

// parseKey reads 64 lowercase hexadecimal digits.
func parseKey(digits []byte) (key [32]byte, ok bool) {
	if len(digits) != keyDigits || bytes.ContainsAny(digits, "ABCDEF") {
		return key, false
	}
	_, err := hex.Decode(key[:], digits)
	return key, err == nil
}
