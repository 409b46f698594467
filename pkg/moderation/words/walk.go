package words

import (
	"unicode"
	"unicode/utf8"
)

// maxSteps bounds the search from one letter of a text.
const maxSteps = 200

// maxBack is how many letters before a match an ordinary word that covers it may begin.
const maxBack = 32

// walk searches the tries for what a text says.
type walk struct {
	*matcher
	text string
	syms []sym

	trie  *trie
	start int
	apart bool // letters are set apart from each other
	steps int  // that are left from this letter
	taken int  // in all

	end   int // of the match
	entry *entry
}

// trail is what was passed on the way to a node.
type trail struct {
	letters, literal, wild uint8
	digits                 uint8 // that stand for letters
	stretched              bool  // a doubled letter stands for a single one
	apart                  bool  // something was skipped between two letters
	single                 bool  // a letter stands alone
	digit                  bool  // the last letter is a digit
	odd                    bool  // a consonant is starred out
}

// find searches the whole text.
func (w *walk) find() (Match, bool) {
	head := -1 // where the word begins
	next := w.code(0)<<8 | w.code(1)
	for i := range w.syms {
		next = next<<8 | w.code(i+2) // the codes of three letters
		if w.syms[i].sep() {
			if head >= 0 && w.joins(i) && (w.from(&w.starts, head, true) || w.from(&w.parts, head, true)) {
				return w.match(), true
			}
			head = -1
			continue
		}
		first := head < 0
		if first {
			head = i
		}
		// "@dick" and "1dick" may begin with their second letter.
		lead := first || i == head+1 && w.syms[head].flags&sign != 0
		codes := next>>16&(codeForeign|codeMask)<<10 | next>>8&codeMask<<5 | next&codeMask
		unknown := next&(codeUnknown<<16|codeUnknown<<8|codeUnknown) != 0
		if (unknown || w.parts.begins(codes)) && w.from(&w.parts, i, false) ||
			lead && (unknown || w.starts.begins(codes)) && w.from(&w.starts, i, false) {
			return w.match(), true
		}
	}
	return Match{}, false
}

func (w *walk) code(i int) uint32 {
	if i < len(w.syms) {
		return uint32(w.syms[i].code)
	}
	return 0
}

// from searches from a letter, and sets end and entry where it finds a word.
func (w *walk) from(t *trie, start int, apart bool) bool {
	w.trie, w.start, w.apart, w.steps = t, start, apart, maxSteps
	ok := w.step(start, 0, trail{})
	w.taken += maxSteps - w.steps
	return ok
}

func (w *walk) step(i int, at int32, tr trail) bool {
	if w.steps--; w.steps < 0 {
		return false
	}
	if e := w.trie.nodes[at].entry; e >= 0 && w.accept(i, &w.trie.entries[e], tr) {
		w.end, w.entry = i, &w.trie.entries[e]
		return true
	}
	if i >= len(w.syms) {
		return false
	}
	s := &w.syms[i]
	switch {
	case s.sep():
		return w.stepSeparator(i, at, tr)
	case s.flags&wild != 0:
		return tr.letters > 0 && (w.hidden(i, at, tr, int(min(s.n, 4))) || w.step(i+1, at, tr))
	}
	tr.digit = digit(s.r)
	if w.letter(i, at, tr, s.r, true) {
		return true
	}
	if s.flags&mixed != 0 || s.flags&sign != 0 && !w.apart {
		a, b := alike(s.r)
		if a != 0 && w.letter(i, at, tr, a, s.flags&sign == 0) || b != 0 && w.letter(i, at, tr, b, s.flags&sign == 0) {
			return true
		}
	}
	if w.apart && i >= w.start+2 && w.syms[i-1].sep() && w.syms[i-2].r == s.r { // f u u c k
		return w.step(i+1, at, tr)
	}
	return false
}

// letter goes on by a letter, that stands there n times: the word may have it as often, or
// less often.
func (w *walk) letter(i int, at int32, tr trail, r rune, literal bool) bool {
	s := &w.syms[i]
	for k := uint8(1); k <= min(s.n, 3); k++ {
		if at = w.trie.next(at, r); at == 0 {
			return false
		}
		tr.letters++
		switch {
		case literal:
			tr.literal++
		case tr.digit:
			tr.digits++
		}
		next := tr
		next.stretched = tr.stretched || s.n == 2 && k == 1
		if w.step(i+1, at, next) {
			return true
		}
	}
	return false
}

// hidden goes on by n letters that are starred out. The first is a vowel mostly; where it is
// not, a**e and b*d may be anything.
func (w *walk) hidden(i int, at int32, tr trail, n int) bool {
	if n == 0 {
		return w.step(i+1, at, tr)
	}
	if w.steps--; w.steps < 0 {
		return false
	}
	tr.letters++
	tr.wild++
	nd := &w.trie.nodes[at]
	for c := nd.child; c < nd.child+nd.count; c++ {
		r := w.trie.nodes[c].r
		next := tr
		if tr.wild == 1 && !vowel(r) && !(r == 'h' && n > 1) {
			next.odd = true
		}
		if r != ' ' && !(next.odd && w.apart) && w.hidden(i, c, next, n-1) {
			return true
		}
	}
	return false
}

func vowel(r rune) bool { return r == 'a' || r == 'e' || r == 'i' || r == 'o' || r == 'u' }

func (w *walk) stepSeparator(i int, at int32, tr trail) bool {
	s := &w.syms[i]
	if s.flags&separator == 0 {
		if c := w.trie.next(at, ' '); c != 0 && w.step(i+1, c, tr) {
			return true
		}
	}
	if !w.apart || tr.letters == 0 || !w.joins(i) {
		return false
	}
	if s.r == '-' && s.n == 1 && tr.wild == 0 { // f-ck
		hidden := tr
		hidden.single = true
		if w.hidden(i, at, hidden, 1) {
			return true
		}
	}
	tr.apart = true
	tr.single = tr.single || w.alone(i-1) || w.alone(i+1)
	return w.step(i+1, at, tr)
}

// joins tells whether the words on both sides of a separator may be one: between single
// letters stands white space or a sign; between others, one that is used to break words.
func (w *walk) joins(i int) bool {
	s := &w.syms[i]
	if i == 0 || i+1 >= len(w.syms) || s.n > 3 && s.flags&space == 0 {
		return false
	}
	breaks, brackets := false, false
	switch s.r {
	case '-', '_', '*', '~', '.':
		breaks = true
	case '(', ')', '[', ']', '{', '}', '<', '>', '%', '=', '&', '\\', '^', '"':
		brackets = true
	}
	return s.flags&soft != 0 && breaks || s.flags&separator == 0 && !brackets && w.alone(i-1) && w.alone(i+1)
}

// alone tells whether a letter is a word by itself.
func (w *walk) alone(i int) bool {
	return (i == 0 || w.syms[i-1].sep()) && (i+1 == len(w.syms) || w.syms[i+1].sep())
}

// accept decides whether a word of the trie is what the text says, up to i.
func (w *walk) accept(i int, e *entry, tr trail) bool {
	switch {
	case w.apart != (tr.apart || tr.single):
		return false
	case tr.wild > 0 && (tr.letters < 4 || 2*tr.wild > tr.letters):
		return false
	case tr.odd && e.letters < 6 && e.form != anywhere:
		return false
	case tr.stretched && (e.letters < 4 || e.letters < 6 && e.form == whole):
		return false
	case e.exact && !w.accented(i, e):
		return false
	case e.name && w.named(i):
		return false
	case e.form == whole && !w.ends(i), w.apart && e.form != anywhere && !w.bounded(i):
		return false
	case w.apart && !tr.single && e.form != anywhere:
		return false
	case tr.digit && e.form != anywhere && i < len(w.syms) && digit(w.syms[i].r): // cu101
		return false
	case !e.spelled(tr):
		return false
	}
	return w.trie == &w.clean || !w.covered(i)
}

// spelled tells whether enough letters are themselves: else every number is a word.
func (e *entry) spelled(tr trail) bool {
	switch {
	case tr.literal == 0:
		return false
	case tr.digit && tr.digits == 1 && e.form != anywhere: // Put3 is a name with a number
		return false
	case tr.letters <= 3:
		return tr.digits <= 1
	}
	return 5*tr.digits <= 3*tr.letters
}

// accented tells whether the letters have the accents that the word has, no more and no less.
func (w *walk) accented(end int, e *entry) bool {
	for _, raw := range e.raws {
		if w.reads(end, raw) {
			return true
		}
	}
	return false
}

func (w *walk) reads(end int, raw []rune) bool {
	for i := w.start; i < end && len(raw) > 0; i++ {
		s := &w.syms[i]
		if s.sep() {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(w.text[s.start:]); s.flags&(mixed|sign|wild) == 0 && unicode.ToLower(r) != raw[0] && !fancy(r) {
			return false
		}
		raw = raw[1:]
	}
	return true
}

func (w *walk) bounded(i int) bool { return i >= len(w.syms) || w.syms[i].sep() }

// ends tells whether a word ends before i. Digits behind it do not count.
func (w *walk) ends(i int) bool {
	for i < len(w.syms) && digit(w.syms[i].r) {
		i++
	}
	return w.bounded(i)
}

func digit(r rune) bool { return r >= '0' && r <= '9' }

// named tells whether a word is written as a name: with a capital letter inside a sentence,
// or before another such word.
func (w *walk) named(i int) bool {
	if !w.title(w.start) {
		return false
	}
	if i+1 < len(w.syms) && w.syms[i].flags&(space|soft) != 0 && w.title(i+1) {
		return true
	}
	s := w.start
	return s >= 2 && w.syms[s-1].flags&space != 0
}

// title tells whether a word has a capital letter first, and no other.
func (w *walk) title(i int) bool {
	return w.syms[i].flags&upper != 0 && w.syms[i].n == 1 && i+1 < len(w.syms) && !w.syms[i+1].sep() && w.syms[i+1].flags&upper == 0
}

// covered tells whether the match is part of an ordinary word or phrase.
func (w *walk) covered(end int) bool {
	c := walk{matcher: w.matcher, text: w.text, syms: w.syms}
	spaces := 0
	for i := w.start; i >= 0 && i > w.start-maxBack; i-- {
		if w.syms[i].sep() {
			if spaces++; spaces > 3 {
				break
			}
			continue
		}
		head := i == 0 || w.syms[i-1].sep()
		if c.from(&w.clean, i, false) && c.end >= end && (head || c.entry.form == anywhere) {
			w.taken += c.taken
			return true
		}
	}
	w.taken += c.taken
	return false
}

func (w *walk) match() Match {
	end := len(w.text)
	if w.end < len(w.syms) {
		end = int(w.syms[w.end].start)
	}
	return Match{Start: int(w.syms[w.start].start), End: end, Word: w.entry.word}
}
