package words

import "unicode/utf8"

// bufferSize is the length of texts, in bytes, up to which folding allocates nothing.
const bufferSize = 640

// sym is a letter of a text as it was folded, with its repetitions, or what separates words.
type sym struct {
	r     rune  // ' ' does not tell separators: their flags do
	start int32 // byte of the text
	n     uint8 // how often it stands there, up to 255
	flags uint8
	code  uint8
}

// A code has the lower five bits of the letter, 0 for a separator, and perhaps one of these.
const (
	codeMask    = 1<<5 - 1
	codeForeign = 1 << 5
	codeUnknown = 1 << 6 // may be one of several letters
)

const (
	marked    = 1 << iota // had an accent
	upper                 // was upper case
	sign                  // a digit or a sign that may stand for a letter
	wild                  // a sign that may stand for any letter
	mixed                 // in a word of several scripts: letters may be there for their looks
	space                 // separates words: white space only
	soft                  // separates words: one sign, perhaps repeated
	separator             // separates words: anything else
)

func (s *sym) sep() bool { return s.flags&(space|soft|separator) != 0 }

// scan folds a text. Two separators never follow each other. The syms are put into buf if
// they are few enough.
func scan(text string, buf []sym) []sym {
	if len(buf) < len(text) {
		buf = make([]sym, len(text))
	}
	n := 0 // how many there are
	foreign := false
	for i := 0; i < len(text); {
		c := text[i]
		if r := rune(c | 0x20); isLatin(r) {
			s := sym{r: r, start: int32(i), n: 1, code: uint8(r) & codeMask}
			if c == 'I' && n > 0 && buf[n-1].flags == 0 && int(buf[n-1].start)+1 == i {
				s.r, s.flags, s.code = '|', sign, codeUnknown // a small letter, an I: that is an l
			} else if c <= 'Z' {
				s.flags = upper
			}
			i++
			if n > 0 && buf[n-1].r == s.r {
				buf[n-1].repeat()
				continue
			}
			buf[n] = s
			n++
			continue
		}
		s, size := scanOther(text, i, n > 0 && !buf[n-1].sep())
		i += size
		switch {
		case s.n == 0:
			if n > 0 && !buf[n-1].sep() {
				buf[n-1].decorate(s.r)
			}
		case n > 0 && buf[n-1].repeats(&s):
		default:
			foreign = foreign || s.r >= 0x370 && s.r < 0x590
			buf[n] = s
			n++
		}
	}
	if foreign {
		markMixed(buf[:n])
	}
	return buf[:n]
}

// scanOther folds what is not a plain letter. n is 0 where it does not show, or decorates the
// letter before it.
func scanOther(text string, i int, inWord bool) (s sym, size int) {
	s, size = sym{start: int32(i), n: 1}, 1
	if c := text[i]; c == ' ' {
		s.r, s.flags = ' ', space
	} else if c < utf8.RuneSelf {
		s.r, s.flags = scanSign(text, i, inWord)
	} else {
		var r rune
		r, size = utf8.DecodeRuneInString(text[i:])
		if invisible(r) || accent(r) {
			return sym{r: r}, size
		}
		s.r, s.flags = scanRune(r)
	}
	s.code = s.encode()
	return s, size
}

func (s *sym) encode() uint8 {
	switch {
	case s.sep():
		return 0
	case s.flags&(sign|wild|mixed) != 0:
		return codeUnknown
	case s.r >= utf8.RuneSelf:
		return uint8(s.r)&codeMask | codeForeign
	}
	return uint8(s.r) & codeMask
}

func (s *sym) repeat() {
	if s.n < 255 {
		s.n++
	}
}

// repeats tells whether s is what the sym before it is, which then counts for both.
func (last *sym) repeats(s *sym) bool {
	switch {
	case s.sep() && last.sep():
		if s.flags != last.flags || s.r != last.r && s.flags != space {
			last.flags = separator
		}
	case s.r != last.r || s.sep() != last.sep():
		return false
	}
	last.repeat()
	return true
}

// decorate adds a combining rune to a letter.
func (s *sym) decorate(r rune) {
	if !accent(r) {
		return
	}
	s.flags |= marked
	if s.r == 'и' && r == 0x306 {
		s.r = 'й'
		s.code = s.encode()
	}
}

// scanRune folds a rune beyond ASCII.
func scanRune(r rune) (rune, uint8) {
	base, mark := foldRune(r)
	switch {
	case base == 0 && (r == '\u3000' || r == '\u00a0' || r >= 0x2000 && r <= 0x200a):
		return ' ', space
	case base == 0:
		return r, soft
	case base < 0x80 && !isLatin(base):
		return base, sign
	case mark:
		return base, marked
	}
	return base, 0
}

// scanSign reads an ASCII character that is no letter. Digits count as letters; so do @ and $
// at the beginning of a word, and others within one.
func scanSign(text string, i int, inWord bool) (rune, uint8) {
	c := text[i]
	switch c {
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return rune(c), sign
	case '\t', '\n', '\r':
		return ' ', space
	case '@', '$', '!', '|', '+':
		follows := i+1 < len(text) && letterlike(text[i+1])
		if follows && (c == '@' || c == '$') || inWord && (follows || c == '$') {
			return rune(c), sign
		}
	case '*', '#':
		next := i + 1
		for next < len(text) && text[next] == c && next < i+4 {
			next++
		}
		if inWord && next < len(text) && letterlike(text[next]) {
			return rune(c), wild
		}
	}
	return rune(c), soft
}

func letterlike(c byte) bool {
	return c >= utf8.RuneSelf || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '@' || c == '$'
}

// markMixed finds the words in which letters may be there for their looks: where scripts
// are mixed in a word; and words all of whose letters look like Latin ones, unless their
// script is at home in the text.
func markMixed(syms []sym) {
	latin, other := 0, 0 // letters that can only be what they are
	for i := range syms {
		s := &syms[i]
		if isLatin(s.r) {
			latin++
		} else if s.r >= 0x370 && !twin(s.r) {
			other++
		}
	}
	for i := 0; i < len(syms); {
		if syms[i].sep() {
			i++
			continue
		}
		j, hasLatin, hasOther, twins := i, false, false, true
		for ; j < len(syms) && !syms[j].sep(); j++ {
			hasLatin = hasLatin || isLatin(syms[j].r) || syms[j].flags&sign != 0
			hasOther = hasOther || syms[j].r >= 0x370
			twins = twins && (syms[j].r < 0x370 || twin(syms[j].r))
		}
		if hasOther && (hasLatin || twins && latin >= 4*other) {
			for k := i; k < j; k++ {
				syms[k].flags |= mixed
				syms[k].code = codeUnknown
			}
		}
		i = j
	}
}

func isLatin(r rune) bool { return r >= 'a' && r <= 'z' }
