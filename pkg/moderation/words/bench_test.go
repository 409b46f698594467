package words

import (
	"fmt"
	"strings"
	"testing"
)

// benchTexts are texts of 400 bytes, no two alike, 5 % of them with a bad word near the end.
func benchTexts(n int) []string {
	const source = "The harbour of the old town wakes before the sun does: nets are mended, coffee is poured, " +
		"and somebody always argues about the price of fish. Classic cars pass the cockpit of the ferry, 12 of them, at 7:30. " +
		"We assessed the documents on Saturday, and the assistant from Essex said: it is fine! Write to the office, " +
		"or come by; the door is open until 5. Grapes, shoes and therapists, all in one street."
	words := strings.Fields(source)
	texts := make([]string, n)
	for i := range texts {
		at := i % len(words)
		t := fmt.Sprintf("%d %s %s", i, strings.Join(words[at:], " "), source)
		t = t[:strings.LastIndexByte(t[:380], ' ')]
		if i%20 == 0 {
			t += " what the f.u.c.k"
		}
		texts[i] = t + strings.Repeat(" ", 400-len(t))
	}
	return texts
}

// BenchmarkFind judges 10,000 texts of 400 bytes, 5 % of them violating, an iteration.
func BenchmarkFind(b *testing.B) {
	texts := benchTexts(10_000)
	l, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	l.Find("")
	for b.Loop() {
		bad := 0
		for _, t := range texts {
			if _, ok := l.Find(t); ok {
				bad++
			}
		}
		if bad != len(texts)/20 {
			b.Fatal(bad)
		}
	}
}

// BenchmarkBuild makes the list of all languages ready.
func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		newMatcher(&List{})
	}
}
