package words

import (
	"bufio"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

type sample struct {
	line     int
	bad      bool
	language string
	text     string
}

func samples(t *testing.T) (all []sample) {
	f, err := os.Open("testdata/sample.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	for n := 1; in.Scan(); n++ {
		line := in.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		label, rest, ok1 := strings.Cut(line, " ")
		language, text, ok2 := strings.Cut(rest, " ")
		if !ok1 || !ok2 || label != "+" && label != "-" {
			t.Fatalf("line %d: %q", n, line)
		}
		if strings.Contains(text, `\`) {
			if text, err = strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`); err != nil {
				t.Fatalf("line %d: %v", n, err)
			}
		}
		all = append(all, sample{n, label == "+", language, text})
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func mustNew(t testing.TB, o Options) *List {
	t.Helper()
	l, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// The list of all languages, on the labelled sample. A word that is found in an ordinary
// sentence costs precision, one that is not found costs recall.
func TestSample(t *testing.T) {
	const wantPrecision, wantRecall = 0.98, 0.95
	l := mustNew(t, Options{})
	languages := make(map[string]bool)
	var found, missed, vain, passed float64
	for _, s := range samples(t) {
		languages[s.language] = true
		m, ok := l.Find(s.text)
		switch {
		case ok && s.bad:
			found++
		case ok:
			vain++
			t.Logf("line %d: found in vain: %q in %q", s.line, m.Word, s.text)
		case s.bad:
			missed++
			t.Logf("line %d: missed: %q", s.line, s.text)
		default:
			passed++
		}
	}
	total := found + missed + vain + passed
	precision, recall := found/(found+vain), found/(found+missed)
	t.Logf("%.0f sentences in %d languages: precision %.4f, recall %.4f", total, len(languages), precision, recall)
	if total < 300 {
		t.Errorf("%.0f sentences are too few to say anything", total)
	}
	if precision < wantPrecision || recall < wantRecall {
		t.Errorf("precision %.4f, recall %.4f; want %v, %v", precision, recall, wantPrecision, wantRecall)
	}
}

func TestOwnWords(t *testing.T) {
	tests := []struct {
		options Options
		text    string
		want    string // the word that is found, "" for none
	}{
		{Options{}, "what the fuck", "fuck"},
		{Options{Add: []string{"flurb"}}, "a Flürb!", "flurb"},
		{Options{Add: []string{"flurb"}}, "flurbing", ""},
		{Options{Add: []string{"flurb*"}}, "flurbing", "flurb"},
		{Options{Add: []string{"flurb*"}}, "unflurbed", ""},
		{Options{Add: []string{"*flurb*"}}, "unflurbed", "flurb"},
		{Options{Add: []string{"green flurb"}}, "no green  flurb", "green flurb"},
		{Options{Add: []string{"green flurb"}}, "no green. Flurb", ""},
		{Options{Add: []string{"щука"}}, "это щука", "щука"},
		{Options{Remove: []string{"fuck"}}, "what the fuck", ""},
		{Options{Remove: []string{"fuck"}}, "shit", "shit"},
		{Options{Remove: []string{"Fuckeroo"}}, "the band Fuckeroo plays", ""},
		{Options{Remove: []string{"Fuckeroo"}}, "the band fucks", "fuck"},
		{Options{Add: []string{"flurb"}, Remove: []string{"flurb"}}, "flurb", ""},
		{Options{Languages: []string{"de"}}, "what the fuck", ""},
		{Options{Languages: []string{"de"}}, "du Arschloch", "arschloch"},
		{Options{Languages: []string{"es", "it"}}, "du Arschloch", ""},
		// Harmless in some language: the one that is chosen decides.
		{Options{}, "le pagine slet ikke", ""},
		{Options{Languages: []string{"nl"}}, "wat een slet", "slet"},
		{Options{Languages: []string{"nl", "da"}}, "wat een slet", ""},
		{Options{Languages: []string{"fr"}}, "de la merde", "merde"},
	}
	for _, tt := range tests {
		m, ok := mustNew(t, tt.options).Find(tt.text)
		if ok != (tt.want != "") || m.Word != tt.want {
			t.Errorf("%+v: %q: found %q, %v; want %q", tt.options, tt.text, m.Word, ok, tt.want)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	tests := []struct {
		options Options
		want    error
	}{
		{Options{Languages: []string{"en", "xx"}}, ErrLanguage},
		{Options{Languages: []string{""}}, ErrLanguage},
		{Options{Add: []string{""}}, ErrWord},
		{Options{Add: []string{"a"}}, ErrWord},
		{Options{Add: []string{"*"}}, ErrWord},
		{Options{Add: []string{"*end"}}, ErrWord},
		{Options{Add: []string{"..."}}, ErrWord},
		{Options{Remove: []string{strings.Repeat("a", MaxWord+1)}}, ErrWord},
		{Options{Add: make([]string, MaxOwn+1)}, ErrWord},
	}
	for _, tt := range tests {
		if _, err := New(tt.options); !errors.Is(err, tt.want) {
			t.Errorf("%.80v: %v, want %v", tt.options, err, tt.want)
		}
	}
	if _, err := New(Options{Languages: []string{"xx"}}); !strings.Contains(err.Error(), "xx") {
		t.Errorf("%v does not name the language", err)
	}
}

func TestHash(t *testing.T) {
	same := [][2]Options{
		{{}, {Languages: []string{}}},
		{{Languages: []string{"de", "en"}}, {Languages: []string{"en", "de", "en"}}},
		{{Add: []string{"abc", "def"}}, {Add: []string{"def", "abc", "abc"}}},
	}
	for _, p := range same {
		if mustNew(t, p[0]).Hash() != mustNew(t, p[1]).Hash() {
			t.Errorf("%+v and %+v are the same list", p[0], p[1])
		}
	}
	seen := make(map[[32]byte]int)
	for i, o := range []Options{
		{}, {Languages: []string{"en"}}, {Add: []string{"en"}}, {Remove: []string{"en"}},
		{Add: []string{"ab", "cd"}}, {Add: []string{"ab2:cd"}}, {Add: []string{"ab"}, Remove: []string{"cd"}},
	} {
		h := mustNew(t, o).Hash()
		if j, ok := seen[h]; ok {
			t.Errorf("options %d and %d have the same hash", i, j)
		}
		seen[h] = i
	}
}

func TestLanguages(t *testing.T) {
	codes := Languages()
	if len(codes) < 25 {
		t.Errorf("only %v", codes)
	}
	for i, code := range codes {
		if i > 0 && codes[i-1] >= code {
			t.Errorf("%q stands behind %q", code, codes[i-1])
		}
		mustNew(t, Options{Languages: []string{code}}).Find("x")
	}
}

func TestPosition(t *testing.T) {
	l := mustNew(t, Options{})
	for text, want := range map[string]string{
		"what the ｆu\u0308ck, then": "ｆu\u0308ck",
		"so: f.u.c.k!":              "f.u.c.k",
		"Hurensöhne allesamt":       "Hurensöhn",
	} {
		m, ok := l.Find(text)
		if !ok || text[m.Start:m.End] != want {
			t.Errorf("%q: found %q, want %q", text, text[m.Start:m.End], want)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	l := mustNew(t, Options{Languages: []string{"en"}})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, ok := l.Find("oh shit"); !ok {
				t.Error("not found")
			}
		})
	}
	all.Wait()
}

// No text makes the search take more than a bounded number of steps for each letter.
func TestPathologicalTexts(t *testing.T) {
	l := mustNew(t, Options{})
	m := l.build()
	for _, pattern := range []string{
		"scunthorpe", "scunthorpe ", "f***", "f*", "a*b*", "*", "s.", "s ", "1", "1!", "а", "fа", "ffuu", "as-", "e\u0301", "\xff", "snigger", "f-u-", "A", "Il", "@", "ニ", "死ねば",
	} {
		text := strings.Repeat(pattern, 4_000/len(pattern))
		w := walk{matcher: m, text: text, syms: scan(text, nil)}
		if match, ok := w.find(); ok {
			t.Errorf("%q: found %q", pattern, match.Word)
		}
		// Starts, parts, both once more for letters apart, and what covers a match.
		if most := len(w.syms) * maxSteps * 2; w.taken > most {
			t.Errorf("%q: %d steps for %d letters", pattern, w.taken, len(w.syms))
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"", "fuck", "f.u.c.k", "f**k", "ｆ\u200bu\u0308ck", "\xff\xfef", "а55hоle", "Scunthorpe", "死ねば死ね", "🖕🏽", "шhit", "s-h-i-t-", "****", "a\u0301\u0301"} {
		f.Add(s)
	}
	l := mustNew(f, Options{Add: []string{"*qzx*", "one two"}})
	f.Fuzz(func(t *testing.T, text string) {
		m, ok := l.Find(text)
		if again, ok2 := l.Find(text); again != m || ok2 != ok {
			t.Fatalf("%q: %v, then %v", text, m, again)
		}
		if !ok {
			if m != (Match{}) {
				t.Fatalf("%q: nothing found, at %v", text, m)
			}
			return
		}
		if m.Start < 0 || m.Start >= m.End || m.End > len(text) || m.Word == "" {
			t.Fatalf("%q: %+v", text, m)
		}
		if utf8.ValidString(text) && !utf8.ValidString(text[m.Start:m.End]) {
			t.Fatalf("%q: %+v cuts a rune", text, m)
		}
	})
}

// What numbers, hashes and uuids spell nobody has said.
func TestHexIsNoWord(t *testing.T) {
	l, err := New(Options{Add: []string{"*cac*"}})
	if err != nil {
		t.Fatal(err)
	}
	for text, found := range map[string]bool{
		"9b1deb4d-3b7d-4cac-9bdd-2b0d7b3dcb6d":                              false,
		"see 5cac0cac5cac0cac5cac0cac there":                                false,
		"sha256:ffcac0cac00cac000cac0000cac00000cac000000cac0000000cac0000": false,
		"cac":                true,
		"cac-cac-cac-cac":    true,
		"12345678901234 cac": true,
	} {
		if _, got := l.Find(text); got != found {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// Lists without a choice of their own have one matcher, which costs memory, in common; others have theirs.
func TestMatcherIsShared(t *testing.T) {
	a, b, own := mustNew(t, Options{}), mustNew(t, Options{}), mustNew(t, Options{Add: []string{"zorglub"}})
	if a.build() != b.build() || a.build() == own.build() {
		t.Error("the wrong ones are the same")
	}
	if _, found := a.Find("zorglub"); found {
		t.Error("a word of one list is found by another")
	}
}
