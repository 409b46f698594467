package words

import (
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// What the options may hold: they come from a page, and are read on every start.
const (
	MaxOwn  = 10_000 // words to add, and words to take away
	MaxWord = 64     // bytes of one of them
)

var (
	ErrLanguage = errors.New("words: unknown language")
	ErrWord     = errors.New("words: not a word")
)

// foldVersion changes with the code of this package, wherever its verdicts may change.
const foldVersion = "peerset words 1\n"

//go:embed list.txt
var builtin string

// Options choose what is on a list.
type Options struct {
	// Languages are codes as Languages gives them. None means all.
	Languages []string
	// Add holds words of the page's own: "word" is a whole word, "stem*" the beginning of
	// one, "*part*" any part; it may be two words, or more.
	Add []string
	// Remove holds words that pass, even where one of the list is a part of them.
	Remove []string
}

// Match is a bad word in a text.
type Match struct {
	Start, End int    // bytes of the text
	Word       string // the word of the list, as the list has it
}

// List finds bad words. It is safe for concurrent use.
type List struct {
	languages   []string // sorted; empty: all
	add, remove []string // sorted, without doubles
	build       func() *matcher
}

// standard is what finds the words of the whole built-in list. It is made when it is first needed, and never
// changes: all lists that ask for nothing else have it in common.
var standard = sync.OnceValue(func() *matcher { return newMatcher(&List{}) })

// New returns a list. It is cheap: what takes time is done when the first text comes, for lists of no
// own choice once for all of them.
func New(o Options) (*List, error) {
	l := &List{languages: tidy(o.Languages), add: tidy(o.Add), remove: tidy(o.Remove)}
	known := Languages()
	for _, code := range l.languages {
		if !slices.Contains(known, code) {
			return nil, fmt.Errorf("%w %q", ErrLanguage, code)
		}
	}
	for _, own := range [][]string{l.add, l.remove} {
		if len(own) > MaxOwn {
			return nil, fmt.Errorf("%w: %d of them, the most is %d", ErrWord, len(own), MaxOwn)
		}
		for _, word := range own {
			if err := checkOwn(word); err != nil {
				return nil, err
			}
		}
	}
	l.build = standard
	if len(l.languages)+len(l.add)+len(l.remove) > 0 {
		l.build = sync.OnceValue(func() *matcher { return newMatcher(l) })
	}
	return l, nil
}

// checkOwn refuses what could never be found, or would be found in every text.
func checkOwn(word string) error {
	e, ok := new(folder).own(word)
	if len(word) > MaxWord || !ok || e.letters < 2 {
		return fmt.Errorf("%w: %q (2 letters or more, %d bytes or less)", ErrWord, word, MaxWord)
	}
	return nil
}

func tidy(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}

// Languages returns the codes of the languages there is a list for, sorted.
func Languages() []string {
	var codes []string
	for line, rest := "", builtin; rest != ""; {
		if line, rest, _ = strings.Cut(rest, "\n"); line[0] == '@' {
			code, _, _ := strings.Cut(line[1:], " ")
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return codes
}

// Hash says which list this is: equal hashes, equal verdicts.
func (l *List) Hash() [32]byte {
	h := sha256.New()
	h.Write([]byte(foldVersion))
	h.Write([]byte(builtin))
	for _, part := range [][]string{l.languages, l.add, l.remove} {
		for _, s := range part {
			fmt.Fprintf(h, "%d:%s", len(s), s)
		}
		h.Write([]byte{'\n'})
	}
	return [32]byte(h.Sum(nil))
}

// Find returns the first bad word of a text, whatever bytes that is.
func (l *List) Find(text string) (Match, bool) {
	return l.build().find(text)
}
