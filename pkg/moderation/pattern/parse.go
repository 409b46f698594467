package pattern

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrSyntax says that an expression is not of the syntax of this package.
var ErrSyntax = errors.New("pattern: invalid expression")

const (
	// maxDepth is how deep groups nest: the parser recurses.
	maxDepth = 50
	// maxRepeat is the greatest count of a repetition, those around it multiplied, as in RE2.
	maxRepeat = 1000
	// maxProgram bounds the program, and so what a character of the text costs.
	maxProgram = 4096
)

// op is what a node of the tree, and an instruction of the program, does.
type op uint8

const (
	opEmpty  op = iota
	opChar      // one character: r
	opAny       // any character
	opLine      // any character but a line feed
	opClass     // a character of a class
	opAssert    // a place in the text
	opCat       // all of the children in a row
	opAlt       // one of the children
	opRepeat    // the child, least to most times
)

// place is what an assertion asserts.
type place uint8

const (
	beginText place = iota
	endText
	beginLine
	endLine
	wordBoundary
	noWordBoundary
)

type node struct {
	op          op
	fold        bool // of opChar and opClass: upper and lower case are alike
	r           rune
	class       *class
	place       place
	children    []node
	least, most int // of opRepeat; most -1 for any number
	repeats     int // the product of the repetitions within
}

type parser struct {
	s     string
	flags flags
}

type flags struct{ fold, dotAll, lines bool }

func parse(s string) (node, error) {
	if !utf8.ValidString(s) {
		return node{}, fmt.Errorf("%w: not UTF-8", ErrSyntax)
	}
	p := parser{s: s}
	n, err := p.alternatives(maxDepth)
	if err == nil && p.s != "" { // an alternative ends at a bracket
		err = errors.New("unexpected )")
	}
	if err != nil {
		return node{}, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	return n, nil
}

// alternatives reads up to the end or to a closing bracket, which it leaves.
func (p *parser) alternatives(depth int) (node, error) {
	if depth == 0 {
		return node{}, errors.New("nested too deep")
	}
	alt := node{op: opAlt, repeats: 1}
	for {
		n, err := p.row(depth)
		if err != nil {
			return node{}, err
		}
		alt.children = append(alt.children, n)
		alt.repeats = max(alt.repeats, n.repeats)
		if !p.take("|") {
			break
		}
	}
	if len(alt.children) == 1 {
		return alt.children[0], nil
	}
	return alt, nil
}

func (p *parser) row(depth int) (node, error) {
	cat := node{op: opCat, repeats: 1}
	for p.s != "" && p.s[0] != '|' && p.s[0] != ')' {
		n, ok, err := p.atom(depth)
		if err != nil {
			return node{}, err
		}
		if !ok {
			continue // flags
		}
		if n, err = p.repeat(n); err != nil {
			return node{}, err
		}
		cat.children = append(cat.children, n)
		cat.repeats = max(cat.repeats, n.repeats)
	}
	return cat, nil
}

func (p *parser) take(prefix string) bool {
	if !strings.HasPrefix(p.s, prefix) {
		return false
	}
	p.s = p.s[len(prefix):]
	return true
}

func (p *parser) rune() rune {
	r, n := utf8.DecodeRuneInString(p.s)
	p.s = p.s[n:]
	return r
}

// atom reads what can be repeated. It reports false where it read flags for what follows.
func (p *parser) atom(depth int) (node, bool, error) {
	n := node{fold: p.flags.fold, repeats: 1}
	switch r := p.rune(); r {
	case '(':
		return p.group(depth)
	case '[':
		c, err := p.class()
		n.op, n.class = opClass, c
		return n, true, err
	case '.':
		n.op = opLine
		if p.flags.dotAll {
			n.op = opAny
		}
	case '^':
		n.op, n.place = opAssert, beginText
		if p.flags.lines {
			n.place = beginLine
		}
	case '$':
		n.op, n.place = opAssert, endText
		if p.flags.lines {
			n.place = endLine
		}
	case '*', '+', '?':
		return n, false, fmt.Errorf("nothing to repeat before %c", r)
	case '{':
		if _, _, ok := counts(p.s); ok {
			return n, false, errors.New("nothing to repeat before {")
		}
		n.op, n.r = opChar, r
	case '\\':
		return p.escaped(n)
	default:
		n.op, n.r = opChar, r
	}
	return n, true, nil
}

// escaped reads what follows a backslash outside of a class.
func (p *parser) escaped(n node) (node, bool, error) {
	if i := strings.IndexByte("AzbB", first(p.s)); i >= 0 && p.s != "" {
		p.s = p.s[1:]
		n.op, n.place = opAssert, [...]place{beginText, endText, wordBoundary, noWordBoundary}[i]
		return n, true, nil
	}
	if g, ok := p.perl(); ok {
		n.op, n.class = opClass, &class{items: []item{g}}
		return n, true, nil
	}
	r, err := p.escape()
	n.op, n.r = opChar, r
	return n, true, err
}

func (p *parser) group(depth int) (node, bool, error) {
	outer := p.flags
	if p.take("?") {
		ended, err := p.readFlags()
		if err != nil {
			return node{}, false, err
		}
		if ended { // to the end of the group around
			if c := first(p.s); c == '*' || c == '+' || c == '?' || c == '{' {
				return node{}, false, errors.New("flags cannot be repeated")
			}
			return node{}, false, nil
		}
	}
	n, err := p.alternatives(depth - 1)
	if err != nil {
		return node{}, false, err
	}
	if !p.take(")") {
		return node{}, false, errors.New("missing )")
	}
	p.flags = outer
	return n, true, nil
}

// readFlags reads the flags after "(?", and reports whether a bracket ends them, else a colon.
func (p *parser) readFlags() (ended bool, err error) {
	on, some := true, false
	for p.s != "" {
		switch c := p.rune(); c {
		case 'i':
			p.flags.fold, some = on, true
		case 's':
			p.flags.dotAll, some = on, true
		case 'm':
			p.flags.lines, some = on, true
		case '-':
			if !on {
				return false, errors.New("wrong flags")
			}
			on, some = false, false
		case ':', ')':
			if (!on || c == ')') && !some {
				return false, errors.New("no flag")
			}
			return c == ')', nil
		default:
			return false, fmt.Errorf("(?%c is not known here", c)
		}
	}
	return false, errors.New("missing )")
}

// repeat reads what may follow an atom.
func (p *parser) repeat(n node) (node, error) {
	least, most := 0, -1
	switch {
	case p.take("*"):
	case p.take("+"):
		least = 1
	case p.take("?"):
		most = 1
	default:
		c, length, ok := counts(strings.TrimPrefix(p.s, "{"))
		if !ok || first(p.s) != '{' {
			return n, nil
		}
		p.s = p.s[1+length:]
		if least, most = c[0], c[1]; least > maxRepeat || most > maxRepeat || most >= 0 && least > most {
			return n, errors.New("wrong counts of a repetition")
		}
	}
	p.take("?") // what is preferred does not matter to whether something is found
	switch c := first(p.s); c {
	case '*', '+', '?':
		return n, errors.New("a repetition is repeated")
	case '{':
		if _, _, ok := counts(p.s[1:]); ok {
			return n, errors.New("a repetition is repeated")
		}
	}
	times := max(1, most, least)
	if n.repeats*times > maxRepeat {
		return n, fmt.Errorf("repeated more than %d times", maxRepeat)
	}
	return node{op: opRepeat, children: []node{n}, least: least, most: most, repeats: n.repeats * times}, nil
}

// counts reads n}, n,} or n,m} and returns its length. Anything else after a brace makes the brace a
// character.
func counts(s string) (c [2]int, length int, ok bool) {
	rest, c0, ok := number(s)
	if !ok {
		return c, 0, false
	}
	c = [2]int{c0, c0}
	if strings.HasPrefix(rest, ",") {
		if c[1] = -1; !strings.HasPrefix(rest[1:], "}") {
			rest, c[1], ok = number(rest[1:])
		} else {
			rest = rest[1:]
		}
	}
	if !ok || !strings.HasPrefix(rest, "}") {
		return c, 0, false
	}
	return c, len(s) - len(rest) + 1, true
}

// number reads digits; what is too large comes out as more than maxRepeat.
func number(s string) (rest string, n int, ok bool) {
	i := 0
	for ; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
		n = min(n*10+int(s[i]-'0'), maxRepeat+1)
	}
	if i == 0 || i > 1 && s[0] == '0' {
		return s, 0, false
	}
	return s[i:], n, true
}

// first returns the first byte, 0 for none.
func first(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}
