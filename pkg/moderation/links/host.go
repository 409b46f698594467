package links

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths of domain names, by RFC 1035.
const (
	maxLabel = 63
	maxName  = 253
)

// host is what may be a domain in a text: labels between dots.
type host struct {
	start, end int
	labels     int
	first      string // label
	second     string // the last but one
	last       string
}

// labelByte tells the bytes of labels. Beyond ASCII it is for hostAt to say.
func labelByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

// labelRune tells the runes beyond ASCII that labels have.
func labelRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) }

// spaceless tells letters of scripts in which words stand together: a domain ends where such
// a script begins.
func spaceless(r rune) bool { return r >= 0x0e00 }

// before returns where the label that ends before i begins.
func before(s string, i int) int {
	ascii := false
	for start := i; ; {
		if start == 0 || i-start > maxLabel {
			return start
		}
		r, size := utf8.DecodeLastRuneInString(s[:start])
		if r < utf8.RuneSelf {
			if !labelByte(byte(r)) {
				return start
			}
			ascii = true
		} else if !labelRune(r) || ascii && spaceless(r) {
			return start
		}
		start -= size
	}
}

// after returns where the label that begins at i ends.
func after(s string, i int) int {
	ascii := false
	end := i
	for end < len(s) && end-i <= maxLabel {
		r, size := utf8.DecodeRuneInString(s[end:])
		if r < utf8.RuneSelf {
			if !labelByte(byte(r)) {
				break
			}
			ascii = true
		} else if !labelRune(r) || ascii && spaceless(r) {
			break
		}
		end += size
	}
	return end
}

// hostAt reads the labels around the dot at i, the first dot of its host.
func hostAt(s string, i int) host {
	h := host{start: before(s, i), end: i}
	h.first = s[h.start:i]
	h.last, h.labels = h.first, 1
	for h.end < len(s) && s[h.end] == '.' && h.end-h.start < maxName {
		next := after(s, h.end+1)
		if next == h.end+1 {
			break
		}
		h.second, h.last = h.last, s[h.end+1:next]
		h.end = next
		h.labels++
	}
	return h
}

// well tells whether a label is one: no hyphen at its ends, not too long.
func well(label string) bool {
	return label != "" && len(label) <= maxLabel && label[0] != '-' && label[len(label)-1] != '-'
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// shape tells how a word is written.
func capital(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

func allCapital(s string) bool { return strings.ToUpper(s) == s && strings.ToLower(s) != s }
