package words

import (
	"slices"
	"sync"
)

// matcher is a list, made ready.
type matcher struct {
	starts trie // what begins where a word begins
	parts  trie // what is found anywhere in a word
	clean  trie // ordinary words that contain a bad one

	buffers sync.Pool // of *[bufferSize]sym: 8 KB for every text would be most of the garbage
}

func newMatcher(l *List) *matcher {
	f := &folder{runes: make([]rune, 0, 24<<10)}
	starts := make([]entry, 0, 4<<10)
	var parts, clean []entry
	put := func(e entry) {
		if e.form == anywhere {
			parts = append(parts, e)
		} else {
			starts = append(starts, e)
		}
	}
	removed := make(map[string]bool, len(l.remove))
	for _, word := range l.remove {
		if e, ok := f.own(word); ok {
			removed[string(e.folded)] = true
			clean = append(clean, e)
		}
	}
	for _, s := range f.load(builtin, l.languages) {
		for _, e := range s.bad {
			if len(removed) > 0 && removed[string(e.folded)] {
				continue
			}
			put(e)
			if e.form == whole {
				starts = f.inflect(starts, e, s.suffixes)
			}
		}
		clean = append(clean, s.clean...)
	}
	for _, word := range l.add {
		if e, ok := f.own(word); ok {
			put(e)
		}
	}
	return &matcher{starts: *newTrie(starts), parts: *newTrie(parts), clean: *newTrie(clean)}
}

// inflect adds a word with the endings that it may have.
func (f *folder) inflect(to []entry, e entry, suffixes []string) []entry {
	for _, suffix := range suffixes {
		if suffix == "es" && !sibilant(e.folded[len(e.folded)-1]) {
			continue
		}
		with := e
		from := len(f.runes)
		f.runes = append(append(f.runes, e.folded...), []rune(suffix)...)
		with.folded = f.runes[from:len(f.runes):len(f.runes)]
		if e.exact {
			with.raws = [][]rune{append(slices.Clip(e.raws[0]), []rune(suffix)...)}
		}
		with.letters += len(suffix)
		to = append(to, with)
	}
	return to
}

// sibilant tells the letters behind which plurals have an e.
func sibilant(r rune) bool {
	return r == 's' || r == 'x' || r == 'z' || r == 'h' || r == 'n' || r == 'r'
}

func (m *matcher) find(text string) (Match, bool) {
	buf, _ := m.buffers.Get().(*[bufferSize]sym)
	if buf == nil {
		buf = new([bufferSize]sym)
	}
	defer m.buffers.Put(buf)
	text = maskHex(text)
	w := walk{matcher: m, text: text, syms: scan(text, buf[:])}
	return w.find()
}
