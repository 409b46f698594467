package words

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// form says where in a text an entry is looked for.
type form uint8

const (
	whole    form = iota // a whole word, or some
	stem                 // the beginning of a word
	anywhere             // any part of a word
)

// entry is a word of a list.
type entry struct {
	word    string // as it is written in the list
	folded  []rune
	letters int
	form    form
	raws    [][]rune // where exact: its letters with accents, each once where it is repeated
	exact   bool     // its accents count
	name    bool     // not where it is a name
}

// section is the list of a language.
type section struct {
	suffixes []string
	bad      []entry
	clean    []entry
}

// folder folds words; it keeps memory from one to the next.
type folder struct {
	buf   [128]sym
	runes []rune
}

// parse reads a line of a list: see curated.txt for what it may hold. ok is false where the
// line is empty, or its word does not count with these languages.
func (f *folder) parse(line string, languages []string) (e entry, ok bool) {
	line, except, found := strings.Cut(line, "!")
	if found && (len(languages) == 0 || anyOf(languages, except)) {
		return entry{}, false
	}
	line, except, found = strings.Cut(line, "?")
	if found && anyOf(languages, except) {
		return entry{}, false
	}
	line, e.name = strings.CutSuffix(line, "^")
	line, e.exact = strings.CutSuffix(line, "=")
	return f.fold(e, line)
}

// own reads a word of the page's own.
func (f *folder) own(word string) (entry, bool) { return f.fold(entry{}, word) }

func anyOf(languages []string, codes string) bool {
	return slices.ContainsFunc(strings.Split(codes, ","), func(code string) bool {
		return slices.Contains(languages, code)
	})
}

// fold fills in the rest of an entry from its written form.
func (f *folder) fold(e entry, written string) (entry, bool) {
	s, end := strings.CutSuffix(written, "*")
	s, start := strings.CutPrefix(s, "*")
	switch {
	case start && end:
		e.form = anywhere
	case end:
		e.form = stem
	case start:
		return e, false
	}
	e.word = s
	syms := scan(s, f.buf[:])
	from := len(f.runes)
	for i := range syms {
		y := &syms[i]
		if y.sep() {
			f.runes = append(f.runes, ' ')
			continue
		}
		for range y.n {
			e.letters++
			f.runes = append(f.runes, y.r)
		}
	}
	for len(f.runes) > from && f.runes[len(f.runes)-1] == ' ' {
		f.runes = f.runes[:len(f.runes)-1]
	}
	for len(f.runes) > from && f.runes[from] == ' ' {
		from++
	}
	if e.folded = f.runes[from:len(f.runes):len(f.runes)]; e.letters == 0 {
		return e, false
	}
	if e.form == whole && slices.ContainsFunc(e.folded, spaceless) {
		e.form = anywhere
	}
	if e.exact = e.exact || e.letters <= 3 && isLatin(e.folded[0]); e.exact {
		var raw []rune
		for i := range syms {
			if !syms[i].sep() {
				r, _ := utf8.DecodeRuneInString(s[syms[i].start:])
				raw = append(raw, unicode.ToLower(r))
			}
		}
		e.raws = [][]rune{raw}
	}
	return e, true
}

// spaceless tells letters of scripts that are written without spaces between words.
func spaceless(r rune) bool {
	return r >= 0x0e00 && r < 0x0f00 || r >= 0x3041 && r <= 0x9fff || r >= 0x20000 && r < 0x30000 || r == middleFinger
}

// load reads the lists of the chosen languages; of all, where none is.
func (f *folder) load(text string, languages []string) []section {
	var sections []section
	var at *section
	for line := ""; text != ""; {
		line, text, _ = strings.Cut(text, "\n")
		if line[0] == '#' {
			continue
		}
		if header, ok := strings.CutPrefix(line, "@"); ok {
			fields := strings.Fields(header)
			at = nil
			if len(languages) == 0 || slices.Contains(languages, fields[0]) {
				sections = append(sections, section{suffixes: fields[1:]})
				at = &sections[len(sections)-1]
			}
			continue
		}
		// Ordinary words are ordinary whatever languages are chosen, but count for little
		// outside their own: they are kept with the list that they mend.
		if at == nil {
			continue
		}
		clean, isClean := strings.CutPrefix(line, "-")
		if e, ok := f.parse(clean, languages); ok && isClean {
			at.clean = append(at.clean, e)
		} else if ok {
			at.bad = append(at.bad, e)
		}
	}
	return sections
}
