package links

import (
	"strings"
	"unicode/utf8"
)

// bracketed judges [.], (dot), {at} and the like, by the bracket at i.
func bracketed(s string, i int) (Match, bool) {
	from := i + 1
	for from < len(s) && from < i+3 && strings.IndexByte(" ([{<", s[from]) >= 0 {
		from++
	}
	end := from
	switch {
	case hasPrefix(s[from:], "."):
		end++
	default:
		end = after(s, from)
	}
	word := strings.ToLower(s[from:end])
	for from = end; from < len(s) && from < end+3 && strings.IndexByte(" )]}>", s[from]) >= 0; from++ {
	}
	if from == end || !strings.ContainsAny(s[end:from], ")]}>") {
		return Match{}, false
	}
	left := i
	for left > 0 && i-left < 2 && s[left-1] == ' ' {
		left--
	}
	start, next := before(s, left), after(s, from)
	if start == left || next == from {
		return Match{}, false
	}
	right := s[from:next]
	switch {
	case dotWord(word):
		// "array[dot] is": what is set apart on one side only, is less sure.
		c := classOf(strings.ToLower(right))
		spaced := s[from-1] == ' '
		if c > unsure || c == unsure && (left < i) == spaced && !(spaced && word == ".") || dotFollows(s, next) {
			return Match{Domain, start, next}, true
		}
	case word == "at" || word == "@" || word == "ät":
		if provider(right) || dotFollows(s, next) {
			return Match{Email, start, next}, true
		}
	}
	return Match{}, false
}

func dotWord(word string) bool {
	return oneOf(word, ". dot d0t punkt punto ponto point точка")
}

// dotFollows tells whether a domain goes on at i: by a dot in whatever form, and a top-level
// domain.
func dotFollows(s string, i int) bool {
	from := i
	for from < len(s) && from < i+3 && strings.IndexByte(" ([{<", s[from]) >= 0 {
		from++
	}
	end := from + 1
	if from >= len(s) || s[from] != '.' {
		end = after(s, from)
		if end == from || !dotWord(strings.ToLower(s[from:end])) {
			return false
		}
	}
	for from = end; from < len(s) && from < end+3 && strings.IndexByte(" )]}>", s[from]) >= 0; from++ {
	}
	c := classOf(strings.ToLower(s[from:after(s, from)]))
	return c > unsure || c == unsure && from == i+1 && s[i] == '.'
}

// spelled judges "example dot com": a word at i that may stand for a dot.
func spelled(s string, i int) (Match, bool) {
	if i+3 > len(s) || s[i] < utf8.RuneSelf && s[i+1]|0x20 != 'o' && s[i+1] != '0' && s[i+1]|0x20 != 'u' {
		return Match{}, false
	}
	end := after(s, i)
	if n := strings.IndexByte(s[i:end], '-'); n >= 0 {
		end = i + n // example-dot-com
	}
	if !dotWord(strings.ToLower(s[i:end])) || i < 2 || end+1 >= len(s) {
		return Match{}, false
	}
	if strings.IndexByte(" -_*", s[i-1]) < 0 || strings.IndexByte(" -_*", s[end]) < 0 {
		return Match{}, false
	}
	start, next := before(s, i-1), after(s, end+1)
	if n := strings.LastIndexByte(s[start:i-1], '-'); n >= 0 {
		start += n + 1
	}
	if cut := strings.IndexByte(s[end+1:next], '-'); cut >= 0 {
		next = end + 1 + cut
	}
	left, right := s[start:i-1], s[end+1:next]
	if len(left) < 2 || stopWord(left) || trade(s, next) {
		return Match{}, false
	}
	switch strings.ToLower(right) {
	case "com", "org", "ru", "io", "info", "biz", "xyz", "ру", "ком", "рф":
	case "net", "de", "fr", "co", "uk", "eu", "nl", "gg", "es", "it", "br", "me", "tv":
		if !ended(s, next) {
			return Match{}, false
		}
	default:
		return Match{}, false
	}
	return Match{Domain, start, next}, true
}

// spacedDot judges "example . com", "example .com" and "example. com", by the dot at i.
func spacedDot(s string, i int) (Match, bool) {
	left, from := i, i+1
	for left > 0 && i-left < 2 && s[left-1] == ' ' {
		left--
	}
	for from < len(s) && from < i+3 && s[from] == ' ' {
		from++
	}
	next := after(s, from)
	start := before(s, left)
	if left-start < 2 || from == next || left == i && from == i+1 || stopWord(s[start:left]) || trade(s, next) {
		return Match{}, false
	}
	switch s[from:next] {
	case "com", "org", "ru", "net":
	default:
		return Match{}, false
	}
	switch {
	case left < i && from > i+1: // on both sides
	case left < i && s[from:next] == "net": // .net is also a product
		return Match{}, false
	case left == i && !ended(s, next): // "com" is also a word
		return Match{}, false
	}
	return Match{Domain, start, next}, true
}

// ended tells whether no further word follows.
func ended(s string, i int) bool {
	end := i
	for end < len(s) && end < i+2 && s[end] == ' ' {
		end++
	}
	if end == len(s) {
		return true
	}
	return end == i && !labelByte(s[i]) && (s[i] != '.' || i+1 == len(s) || !labelByte(s[i+1]))
}

// stopWord tells words before "dot com" and ".com" that are not the name of a site.
func stopWord(word string) bool {
	return oneOf(strings.ToLower(word), "a an the this that of or and is are in on for with than to from as use using into by your my our his her their "+
		"its every each any some new old early late first big many red polka microsoft asp learn learning say says like "+
		"about buy register free der die das ein le la el un os o")
}

// trade tells whether the talk is of the trade in domains, or of its history.
func trade(s string, i int) bool {
	if i >= len(s) || s[i] != ' ' && s[i] != '-' {
		return false
	}
	return oneOf(strings.ToLower(s[i+1:after(s, i+1)]),
		"boom bubble bust crash era company companies startup startups millionaire millionaires years mania world industry "+
			"stocks domain domains address addresses name names tld tlds extension extensions suffix file files developer framework")
}
