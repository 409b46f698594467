package record

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON (RFC 8259) once from front to back. It refuses everything
// that the grammar does not have, invalid UTF-8, and escapes of lone
// surrogates. Its methods begin at a token, never at white space.
type scanner struct {
	s string
	i int // of the next byte; at most len(s)
}

func (p *scanner) fail(reason string) error {
	return fmt.Errorf("%s at byte %d", reason, p.i)
}

// peek returns the next byte, or 0, which begins no token, at the end.
func (p *scanner) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *scanner) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

// token reads one byte that is required, and the white space after it.
func (p *scanner) token(c byte) error {
	if p.peek() != c {
		return p.fail("no " + strconv.QuoteRune(rune(c)))
	}
	p.i++
	p.space()
	return nil
}

// end requires that nothing but white space is left.
func (p *scanner) end() error {
	p.space()
	if p.i != len(p.s) {
		return p.fail("text after the end")
	}
	return nil
}

// next steps to the next element of an array or object, whose first it is when
// first is true. It reports false after it has read the closing bracket.
func (p *scanner) next(first bool, closing byte) (bool, error) {
	p.space()
	switch c := p.peek(); {
	case c == closing:
		p.i++
		return false, nil
	case first:
		return true, nil
	case c != ',':
		return false, p.fail("no comma or bracket")
	}
	p.i++
	p.space()
	return true, nil
}

// member reads a key of an object and its colon.
func (p *scanner) member() (key string, err error) {
	if key, err = p.text(); err != nil {
		return "", err
	}
	p.space()
	return key, p.token(':')
}

// value reads any value that nests at most depth deep.
func (p *scanner) value(depth int) error {
	switch c := p.peek(); c {
	case '"':
		_, _, err := p.quoted()
		return err
	case '{', '[':
		if depth == 0 {
			return p.fail("nested too deep")
		}
		p.i++
		return p.elements(c, depth-1)
	case 't':
		return p.literal("true")
	case 'f':
		return p.literal("false")
	case 'n':
		return p.literal("null")
	default:
		return p.number()
	}
}

// elements reads what follows the opening bracket of an array or object.
func (p *scanner) elements(opening byte, depth int) error {
	closing := opening + 2 // '[' and ']', '{' and '}' are two apart
	for first := true; ; first = false {
		more, err := p.next(first, closing)
		if err != nil || !more {
			return err
		}
		if opening == '{' {
			if _, _, err := p.quoted(); err != nil {
				return err
			}
			p.space()
			if err := p.token(':'); err != nil {
				return err
			}
		}
		if err := p.value(depth); err != nil {
			return err
		}
	}
}

func (p *scanner) literal(word string) error {
	if !strings.HasPrefix(p.s[p.i:], word) {
		return p.fail("no value")
	}
	p.i += len(word)
	return nil
}

// number reads a number.
func (p *scanner) number() error {
	if p.peek() == '-' {
		p.i++
	}
	if p.peek() == '0' {
		p.i++
	} else if !p.digits() {
		return p.fail("no value")
	}
	if p.peek() == '.' {
		p.i++
		if !p.digits() {
			return p.fail("no digit")
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.i++
		if c := p.peek(); c == '+' || c == '-' {
			p.i++
		}
		if !p.digits() {
			return p.fail("no digit")
		}
	}
	return nil
}

// digits reads digits and reports whether there was one.
func (p *scanner) digits() bool {
	start := p.i
	for p.i < len(p.s) && p.s[p.i]-'0' < 10 {
		p.i++
	}
	return p.i > start
}

// integer reads an integer from 0 to limit that is written as such: no sign, no
// fraction, no exponent.
func (p *scanner) integer(limit int64) (int64, error) {
	start := p.i
	if err := p.number(); err != nil {
		return 0, err
	}
	n, ok := parseDecimal(p.s[start:p.i])
	if !ok || n > limit {
		p.i = start
		return 0, p.fail("no integer from 0 to " + strconv.FormatInt(limit, 10))
	}
	return n, nil
}

// parseDecimal parses an integer from 0 to MaxInteger in its only form.
func parseDecimal(s string) (int64, bool) {
	if s == "" || len(s) > 16 || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	var n int64
	for i := 0; i < len(s); i++ {
		d := s[i] - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + int64(d)
	}
	return n, n <= MaxInteger
}

// text reads a string and returns what it stands for.
func (p *scanner) text() (string, error) {
	raw, escaped, err := p.quoted()
	if err != nil || !escaped {
		return raw, err
	}
	return unescape(raw), nil
}

// quoted reads a string and returns what is between its quotes as it stands.
func (p *scanner) quoted() (raw string, escaped bool, err error) {
	if p.peek() != '"' {
		return "", false, p.fail("no string")
	}
	s, i := p.s, p.i+1
	start := i
	for i < len(s) {
		c := s[i]
		switch {
		case c == '"':
			p.i = i + 1
			return s[start:i], escaped, nil
		case c == '\\':
			n := escapeLength(s[i:])
			if n == 0 {
				p.i = i
				return "", false, p.fail("wrong escape")
			}
			escaped = true
			i += n
		case c < ' ':
			p.i = i
			return "", false, p.fail("control character in a string")
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				p.i = i
				return "", false, p.fail("invalid UTF-8")
			}
			i += n
		}
	}
	p.i = i
	return "", false, p.fail("unfinished string")
}

// escapeLength returns the length of the escape that s begins with, of both
// halves for a surrogate pair, or 0 if there is none.
func escapeLength(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		r := hexEscape(s)
		switch {
		case r < 0:
			return 0
		case !utf16.IsSurrogate(r):
			return 6
		case utf16.DecodeRune(r, hexEscape(s[6:])) != utf8.RuneError:
			return 12
		}
	}
	return 0
}

// hexEscape returns the code unit of the \uXXXX that s begins with, or -1.
func hexEscape(s string) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	var r rune
	for i := 2; i < 6; i++ {
		v := hexValue(s[i])
		if c := s[i]; c >= 'A' && c <= 'F' {
			v = c - 'A' + 10
		}
		if v > 15 {
			return -1
		}
		r = r<<4 | rune(v)
	}
	return r
}

// unescape resolves the escapes of a string that quoted has read.
func unescape(raw string) string {
	out := make([]byte, 0, len(raw))
	for {
		at := strings.IndexByte(raw, '\\')
		if at < 0 {
			return string(append(out, raw...))
		}
		out = append(out, raw[:at]...)
		raw = raw[at:]
		n := escapeLength(raw)
		switch c := raw[1]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := hexEscape(raw)
			if n == 12 {
				r = utf16.DecodeRune(r, hexEscape(raw[6:]))
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
		}
		raw = raw[n:]
	}
}
