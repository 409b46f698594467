package pattern

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// class is a set of characters.
type class struct {
	items []item
	not   bool
}

// item is a range, or, where perl is set, what \d, \w or \s stand for.
type item struct {
	lo, hi rune
	perl   byte // d, w, s
	not    bool // \D, \W, \S
}

// has reports whether a class has a character, or with fold any that differs from it only by
// case.
func (c *class) has(r rune, fold bool) bool {
	for i := range c.items {
		if c.items[i].has(r, fold) {
			return !c.not
		}
	}
	return c.not
}

func (it *item) has(r rune, fold bool) bool {
	if it.hasOne(r) {
		return !it.not
	}
	if fold {
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			if it.hasOne(f) {
				return !it.not
			}
		}
	}
	return it.not
}

func (it *item) hasOne(r rune) bool {
	switch it.perl {
	case 'd':
		return '0' <= r && r <= '9'
	case 's':
		return r == ' ' || r == '\t' || r == '\n' || r == '\f' || r == '\r'
	case 'w':
		return isWord(r)
	}
	return it.lo <= r && r <= it.hi
}

func isWord(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_'
}

// class reads what follows an opening bracket.
func (p *parser) class() (*class, error) {
	c := &class{not: p.take("^")}
	for n := 0; ; n++ {
		if p.s == "" {
			return nil, errors.New("missing ]")
		}
		if n > 0 && p.take("]") {
			return c, nil
		}
		if strings.HasPrefix(p.s, "[:") {
			return nil, errors.New("[: is not known here")
		}
		if len(p.s) > 1 && p.s[0] == '\\' {
			rest := p.s
			p.s = p.s[1:]
			if g, ok := p.perl(); ok {
				c.items = append(c.items, g)
				continue
			}
			p.s = rest
		}
		lo, err := p.classChar()
		if err != nil {
			return nil, err
		}
		hi := lo
		if len(p.s) > 1 && p.s[0] == '-' && p.s[1] != ']' {
			p.s = p.s[1:]
			if hi, err = p.classChar(); err != nil {
				return nil, err
			}
			if hi < lo {
				return nil, errors.New("a range that is empty")
			}
		}
		c.items = append(c.items, item{lo: lo, hi: hi})
	}
}

func (p *parser) classChar() (rune, error) {
	if p.s == "" {
		return 0, errors.New("missing ]")
	}
	if r := p.rune(); r != '\\' {
		return r, nil
	}
	return p.escape()
}

// perl reads d, w, s or their negations, after a backslash.
func (p *parser) perl() (item, bool) {
	c := first(p.s)
	if c == 0 || !strings.Contains("dwsDWS", string(rune(c))) {
		return item{}, false
	}
	p.s = p.s[1:]
	return item{perl: c | 0x20, not: c < 'a'}, true
}

// escape reads what stands for one character, after a backslash.
func (p *parser) escape() (rune, error) {
	if p.s == "" {
		return 0, errors.New("a backslash at the end")
	}
	r := p.rune()
	if i := strings.IndexRune("tnrfva", r); i >= 0 {
		return rune("\t\n\r\f\v\a"[i]), nil
	}
	switch {
	case r == 'x':
		return p.hex()
	case r < utf8.RuneSelf && !isWord(r) || r == '_':
		return r, nil
	}
	return 0, fmt.Errorf("\\%c is not known here", r)
}

// hex reads HH or {H…} after \x.
func (p *parser) hex() (rune, error) {
	digits := ""
	if p.take("{") {
		end := strings.IndexByte(p.s, '}')
		if end < 1 || end > 8 {
			return 0, errors.New("wrong \\x{}")
		}
		digits, p.s = p.s[:end], p.s[end+1:]
	} else {
		if len(p.s) < 2 {
			return 0, errors.New("wrong \\x")
		}
		digits, p.s = p.s[:2], p.s[2:]
	}
	var r rune
	for i := range len(digits) {
		d := strings.IndexByte("0123456789abcdef", digits[i]|0x20)
		if digits[i] < '0' || d < 0 || r > unicode.MaxRune {
			return 0, errors.New("wrong hexadecimal digits")
		}
		r = r<<4 | rune(d)
	}
	if r > unicode.MaxRune {
		return 0, errors.New("wrong hexadecimal digits")
	}
	return r, nil
}
