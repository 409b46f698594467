package links

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

type sample struct {
	line int
	link bool
	text string
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
		label, text, ok := strings.Cut(line, " ")
		if !ok || label != "+" && label != "-" {
			t.Fatalf("line %d: %q", n, line)
		}
		if strings.Contains(text, `\`) {
			if text, err = strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`); err != nil {
				t.Fatalf("line %d: %v", n, err)
			}
		}
		all = append(all, sample{n, label == "+", text})
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// A sentence in which a link is found in vain costs precision, a link that is not found costs
// recall.
func TestSample(t *testing.T) {
	const wantPrecision, wantRecall = 0.98, 0.95
	var found, missed, vain, passed float64
	for _, s := range samples(t) {
		m, ok := Find(s.text)
		switch {
		case ok && s.link:
			found++
		case ok:
			vain++
			t.Logf("line %d: found in vain: %q in %q", s.line, s.text[m.Start:m.End], s.text)
		case s.link:
			missed++
			t.Logf("line %d: missed: %q", s.line, s.text)
		default:
			passed++
		}
	}
	total := found + missed + vain + passed
	precision, recall := found/(found+vain), found/(found+missed)
	t.Logf("%.0f sentences: precision %.4f, recall %.4f", total, precision, recall)
	if total < 300 {
		t.Errorf("%.0f sentences are too few to say anything", total)
	}
	if precision < wantPrecision || recall < wantRecall {
		t.Errorf("precision %.4f, recall %.4f; want %v, %v", precision, recall, wantPrecision, wantRecall)
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		text, want string
		kind       Kind
	}{
		{"see https://example.com/a?b=c now", "https://example.com/a?b=c", URL},
		{"see example.com/a now", "example.com/a", Domain},
		{"see example.com.", "example.com", Domain},
		{"mail me@example.com!", "me@example.com", Email},
		{"mail me (at) gmail!", "me (at) gmail", Email},
		{"go to example dot com!", "example dot com", Domain},
		{"go to ｅｘａｍｐｌｅ．ｃｏｍ!", "ｅｘａｍｐｌｅ．ｃｏｍ", Domain},
		{"go to exam\u200bple.com\u200b!", "exam\u200bple.com\u200b", Domain},
	}
	for _, tt := range tests {
		m, ok := Find(tt.text)
		if !ok || tt.text[m.Start:m.End] != tt.want || m.Kind != tt.kind {
			t.Errorf("%q: %v %q, %v; want %v %q", tt.text, m.Kind, tt.text[m.Start:m.End], ok, tt.kind, tt.want)
		}
	}
}

func TestTopLevelDomains(t *testing.T) {
	for name, want := range map[string]class{
		"com": sure, "aaa": unsure, "zw": sure, "aero": unsure, "it": unsure, "info": likely, "рф": likely, "中国": unsure,
		"xn--p1ai": sure, "한국": likely, "": unknown, "c": unknown, "comm": unknown, "co": sure, "js": unknown, "txt": unknown, "zzz": unknown, "+": unknown, "~": unknown,
	} {
		if got := classOf(name); got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
	last := ""
	for line := range strings.Lines(tlds) {
		name := strings.TrimRight(line, "+~\n")
		if classOf(name) == unknown {
			t.Errorf("%q is not found", name)
		}
		if name <= last {
			t.Errorf("%q stands behind %q", name, last)
		}
		last = name
	}
}

// Ten times the length must not take a hundred times as long, whatever the text. The fastest of
// several runs counts, since the machine may be busy.
func TestPathologicalTexts(t *testing.T) {
	for _, pattern := range []string{
		"a.", "a.it ", "a.it?", ".", "..", "(", "[.", "(dot", " dot ", "@", "a@", ":", "a:/", "dd", "d", "p.", "ｅ", "\u200b", "é.", "\xff", "точка ", "hxx", "1.", "a-", "ä", "(at) ",
	} {
		fastest := func(n, runs int) time.Duration {
			text := strings.Repeat(" ", n) + strings.Repeat(pattern, n/len(pattern))
			least := time.Hour
			for range runs {
				start := time.Now()
				if m, ok := Find(text); ok {
					t.Errorf("%q: found %q", pattern, text[m.Start:m.End])
				}
				least = min(least, time.Since(start))
			}
			return least
		}
		if small, large := fastest(5_000, 20), fastest(50_000, 10); large > 40*small && large > 20*time.Millisecond {
			t.Errorf("%q: %v for 5,000 bytes, %v for 50,000", pattern, small, large)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"", "https://example.com", "a.b.c.d", "x@y.z", "example[.]com", "a dot com", "(((((", "....", "ｅ．ｃ\u200b", "\xff.\xfe", "http[:]//", "@", "hxxp", "точка", "a . com", "[dot", ". ", "1.2.3.4/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, ok := Find(text)
		if again, ok2 := Find(text); again != m || ok2 != ok {
			t.Fatalf("%q: %v, then %v", text, m, again)
		}
		if !ok {
			if m != (Match{}) {
				t.Fatalf("%q: nothing found, at %v", text, m)
			}
			return
		}
		if m.Start < 0 || m.Start >= m.End || m.End > len(text) || m.Kind < URL || m.Kind > Email {
			t.Fatalf("%q: %+v", text, m)
		}
		if utf8.ValidString(text) && !utf8.ValidString(text[m.Start:m.End]) {
			t.Fatalf("%q: %+v cuts a rune", text, m)
		}
	})
}
