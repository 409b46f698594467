package moderation

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/peersetdb/peerset/pkg/record"
)

// cursor walks over JSON that record.ParseBody has checked. On anything else it stops
// with ok false at some place, in linear time; it does not check the grammar again.
type cursor struct {
	s string
	i int
}

// kindOf is the type of a JSON value by its first byte.
type kindOf byte

const (
	isString kindOf = '"'
	isObject kindOf = '{'
	isArray  kindOf = '['
	isNumber kindOf = '0'
	isBool   kindOf = 't'
	isNull   kindOf = 'n'
)

// kind returns the type of the value that comes next, 0 for none.
func (c *cursor) kind() kindOf {
	c.space()
	if c.i >= len(c.s) {
		return 0
	}
	switch b := c.s[c.i]; b {
	case '"', '{', '[', 't', 'n':
		return kindOf(b)
	case 'f':
		return isBool
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return isNumber
	}
	return 0
}

func (c *cursor) space() {
	for c.i < len(c.s) && (c.s[c.i] == ' ' || c.s[c.i] == '\t' || c.s[c.i] == '\n' || c.s[c.i] == '\r') {
		c.i++
	}
}

// enter steps into an object or array.
func (c *cursor) enter() { c.i++ }

// next steps to the next element; more is false behind the closing bracket.
func (c *cursor) next(first bool) (more, ok bool) {
	c.space()
	if c.i >= len(c.s) {
		return false, false
	}
	switch b := c.s[c.i]; {
	case b == '}' || b == ']':
		c.i++
		return false, true
	case first:
		return true, true
	case b == ',':
		c.i++
		return true, true
	}
	return false, false
}

// member reads the name of a member and its colon.
func (c *cursor) member() (name string, ok bool) {
	if c.kind() != isString {
		return "", false
	}
	if name, ok = c.text(); !ok {
		return "", false
	}
	c.space()
	if c.i >= len(c.s) || c.s[c.i] != ':' {
		return "", false
	}
	c.i++
	return name, true
}

// text reads a string and returns what it stands for, a part of the input where it
// can be.
func (c *cursor) text() (string, bool) {
	start, escaped := c.i+1, false
	for i := start; i < len(c.s); i++ {
		switch c.s[i] {
		case '"':
			c.i = i + 1
			if escaped {
				return unescape(c.s[start:i]), true
			}
			return c.s[start:i], true
		case '\\':
			escaped = true
			i++
		}
	}
	return "", false
}

// literal reads a number, true, false or null as it stands.
func (c *cursor) literal() string {
	start := c.i
	for c.i < len(c.s) && !strings.ContainsRune(" \t\r\n,]}", rune(c.s[c.i])) {
		c.i++
	}
	return c.s[start:c.i]
}

// skip reads a value of any type that nests at most depth deep.
func (c *cursor) skip(depth int) bool {
	switch k := c.kind(); k {
	case 0:
		return false
	case isString:
		_, ok := c.text()
		return ok
	case isObject, isArray:
		if depth == 0 {
			return false
		}
		c.enter()
		for first := true; ; first = false {
			more, ok := c.next(first)
			if !more {
				return ok
			}
			if k == isObject {
				if _, ok := c.member(); !ok {
					return false
				}
			}
			if !c.skip(depth - 1) {
				return false
			}
		}
	}
	return c.literal() != ""
}

// unescape resolves the escapes of a JSON string. One that is none stays as it is.
func unescape(raw string) string {
	out := make([]byte, 0, len(raw))
	for {
		at := strings.IndexByte(raw, '\\')
		if at < 0 || at+1 == len(raw) {
			return string(append(out, raw...))
		}
		out = append(out, raw[:at]...)
		c := raw[at+1]
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r, n := unicodeEscape(raw[at:])
			out = utf8.AppendRune(out, r)
			raw = raw[at+n:]
			continue
		}
		out = append(out, c)
		raw = raw[at+2:]
	}
}

// unicodeEscape returns what the \uXXXX, or the pair of them, that s begins with stands for,
// and its length.
func unicodeEscape(s string) (rune, int) {
	r, ok := codeUnit(s)
	if !ok {
		return utf8.RuneError, 2
	}
	if utf16.IsSurrogate(r) {
		if low, ok := codeUnit(s[6:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 12
			}
		}
		return utf8.RuneError, 6
	}
	return r, 6
}

func codeUnit(s string) (r rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for _, c := range []byte(s[2:6]) {
		switch {
		case c-'0' < 10:
			r = r<<4 | rune(c-'0')
		case c|0x20-'a' < 6:
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// found is a string in a record.
type found struct {
	// field is the name of the member that the string belongs to, arrays passed
	// through: "text" in {"text":"x"}, in {"text":["x"]} and in {"a":{"text":"x"}}.
	// A content that is nothing but a string counts as text.
	field string
	text  string
	name  bool // text is itself the name of a member
}

// contents is what rules look at, collected in one walk. It is used again for the next
// record.
type contents struct {
	strings []found
	members []member // of the outermost object
	depth   int      // 0 for a string or a number, 1 for an object of such
}

type member struct {
	name string
	kind kindOf
}

// read collects the contents of a body. It reports false for what is not JSON.
func (t *contents) read(b *record.Body) bool {
	t.strings, t.members, t.depth = t.strings[:0], t.members[:0], 0
	c := cursor{s: b.Content}
	if !t.walk(&c, "text", 0) {
		return false
	}
	c.space()
	return c.i == len(c.s)
}

func (t *contents) walk(c *cursor, field string, depth int) bool {
	t.depth = max(t.depth, depth)
	k := c.kind()
	switch k {
	case 0:
		return false
	case isString:
		s, ok := c.text()
		t.strings = append(t.strings, found{field: field, text: s})
		return ok
	case isObject, isArray:
	default:
		return c.literal() != ""
	}
	if depth == record.MaxDepth {
		return false
	}
	t.depth = max(t.depth, depth+1)
	c.enter()
	for first := true; ; first = false {
		more, ok := c.next(first)
		if !more {
			return ok
		}
		if k == isObject {
			if field, ok = c.member(); !ok {
				return false
			}
			t.strings = append(t.strings, found{field: field, text: field, name: true})
			if depth == 0 {
				t.members = append(t.members, member{field, c.kind()})
			}
		}
		if !t.walk(c, field, depth+1) {
			return false
		}
	}
}
