package pattern

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Go's regexp is the reference: what is accepted here is accepted there, and finds the same.
func compare(t *testing.T, expression string, texts ...string) {
	t.Helper()
	p, err := Compile(expression)
	if err != nil {
		if !errors.Is(err, ErrSyntax) {
			t.Fatalf("%q: another error: %v", expression, err)
		}
		return
	}
	want, err := regexp.Compile(expression)
	if err != nil {
		t.Fatalf("%q is accepted: %v", expression, err)
	}
	for _, text := range texts {
		if got := p.Find(text); got != want.MatchString(text) {
			t.Fatalf("%q in %q: %v", expression, text, got)
		}
	}
}

var expressions = []string{
	``, `a`, `abc`, `a|b|`, `(a|b)*c`, `a+b?c{2}d{1,}e{0,3}`, `a{0}`, `(?:ab){2,3}?`, `x*?y+?z??`, `^a$`, `^$`, `^`, `$`, `a^b`, `\Aab\z`,
	`(?m)^a$`, `(?s).`, `.`, `(?i)straße|K`, `(?i)[a-f]k`, `(?i)[^k]`, `(?i:a)b`, `(?i-s:a.)`, `(a(?i)b)c`, `[]a]`, `[^]a]`, `[a-]`, `[-a]`, `[a\-z]`, `[\d-z]`, `[^\w\s]`,
	`\d+\.\d{2}`, `\D\W\S`, `[\D]`, `[^\D]`, `(?i)\w`, `(?i)\W`, `(?i)[\W]`, `\bfoo\b`, `\Boo`, `\t\n\r\f\v\a`, `\x41\x{1F600}`, `\.\*\[\_`, `{`, `a{`, `a{,2}`, `a{1,x}`, `a{01}`, `}`, `]`, `a]`,
	`()`, `()*`, `(|a)*b`, `(a*)*b`, `(a|a)*$`, `^https://([a-z0-9-]+\.)*example\.com(/|$)`, `[é-ü]+`, `日本?語`, `^*`, `(^a)*`, `\b*x`, `((((a))))`, `a||b`,
}

// wrong expressions, also those that are only here.
var wrong = []string{
	`(`, `)`, `a)`, `(a`, `[`, `[a`, `[]`, `[z-a]`, `*`, `+a`, `?`, `a**`, `a+*`, `a{2}{3}`, `a??+`, `{2}`, `({2})`, `|*`, `(*)`, `a{1001}`, `a{2,1}`, `(a{100}){11}`, `a{99999999999}`,
	`\`, `\q`, `\1`, `\pL`, `\p{Greek}`, `[[:alpha:]]`, `[\b]`, `\Qa\E`, `(?P<n>a)`, `(?<n>a)`, `(?=a)`, `(?!a)`, `(?x)a`, `(?i`, `(?-:a)`, `(?i)*`, `\x`, `\x4`, `\x{}`, `\x{110000}`, `\xZZ`, `[a-\d]`, "\xff",
	strings.Repeat("(", 60) + strings.Repeat(")", 60), strings.Repeat(`[a-z]{900}`, 5),
}

var texts = []string{
	"", "a", "b", "ab", "abc", "abcc", "aabccd", "abccdeee", "foo", "a foo b", "afoob", "foo_", "12.34", "1.2", "STRASSE", "straße", "STRAẞE", "K", "k", "K", "ſ", "A", "Ab", "aB", "AB",
	"a\nb", "\n", "a\n", "\na", "]", "-", "z", "_", "é", "ü", "日語", "日本語", "\xff", "a\xffb", "�", "\t\n\r\f\v\a", "A😀", ".*[_", "{", "a{", "a{,2}", "a{01}", "}", "https://www.example.com/", "https://example.com.evil.org",
	"aaaaaaaaaaaaaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaaaaaaaaaaac", " ", "x", "y z",
}

func TestAgainstRegexp(t *testing.T) {
	for _, e := range expressions {
		if _, err := Compile(e); err != nil {
			t.Errorf("%q: %v", e, err)
		}
		compare(t, e, texts...)
	}
	for _, e := range wrong {
		if _, err := Compile(e); !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: %v", e, err)
		}
	}
}

// Random expressions of all parts of the syntax, on random texts of few characters.
func TestRandomExpressions(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	parts := []string{"a", "b", "k", "K", "ſ", "é", ".", "\\w", "\\W", "\\d", "\\s", "[ab]", "[^a]", "[a-k]", "[^\\W]", "(", "(?:", "(?i:", "(?i)", "(?s)", "(?m)", ")", ")", "|", "*", "+", "?", "{2}", "{0,2}", "{1,}", "^", "$", "\\b", "\\B", "\\A", "\\z", "\\n", "-"}
	letters := []string{"a", "b", "k", "K", "K", "s", "ſ", "é", "É", " ", "\n", "1", "_", "-", "\xff"}
	pick := func(of []string, n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(of[rng.IntN(len(of))])
		}
		return b.String()
	}
	compiled := 0
	for range 40_000 {
		e := pick(parts, 1+rng.IntN(9))
		if _, err := Compile(e); err != nil {
			continue
		}
		compiled++
		compare(t, e, pick(letters, rng.IntN(4)), pick(letters, rng.IntN(8)), pick(letters, rng.IntN(12)))
	}
	if compiled < 5000 {
		t.Errorf("only %d expressions were right", compiled)
	}
}

func TestLinear(t *testing.T) {
	text := strings.Repeat("a", 64<<10)
	start := time.Now()
	for _, e := range []string{`(a*)*b`, `(a|a)*b`, `(a+)+$b`, `^(a?){30}a{30}b`, `.*.*.*=.*`, `(x+x+)+y`} {
		p, err := Compile(e)
		if err != nil {
			t.Fatal(err)
		}
		if p.Find(text) {
			t.Errorf("%q is found", e)
		}
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("it takes %v", d)
	}
}

func FuzzCompile(f *testing.F) {
	for i, e := range append(expressions, wrong...) {
		f.Add(e, texts[i%len(texts)])
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		if len(expression) <= 200 && len(text) <= 2000 {
			compare(t, expression, text)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	p, err := Compile(`^https://([a-z0-9-]+\.)*example\.com(/|$)`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Find("https://www.some-host.example.com/path?query=of+some+length")
	}
}
