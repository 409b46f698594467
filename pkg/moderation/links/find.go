package links

import "strings"

// Kind says what a text was found to hold.
type Kind uint8

const (
	URL Kind = iota + 1
	Domain
	Email
)

func (k Kind) String() string {
	switch k {
	case URL:
		return "URL"
	case Domain:
		return "domain"
	case Email:
		return "e-mail address"
	}
	return "nothing"
}

// Match is a link in a text.
type Match struct {
	Kind       Kind
	Start, End int // bytes of the text
}

// Find returns the first link in a text, whatever bytes that is. It takes time in proportion
// to the length of the text.
func Find(text string) (Match, bool) {
	n := normalize(text)
	m, ok := find(n.text)
	if ok {
		m.Start, m.End = n.span(m.Start, m.End)
	}
	return m, ok
}

func find(s string) (m Match, ok bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '.':
			var past int
			if m, past, ok = dotted(s, i); ok {
				return m, true
			}
			i = max(i, past-1)
		case ':':
			m, ok = scheme(s, i)
		case '@':
			m, ok = address(s, i)
		case '(', '[', '{', '<':
			m, ok = bracketed(s, i)
		case 'd', 'D', 'p', 'P', 0xd1: // dot, punkt, punto, point, точка
			if i == 0 || !labelByte(s[i-1]) || s[i-1] == '-' {
				m, ok = spelled(s, i)
			}
		case 'h', 'H': // hxxp
			if hasPrefix(s[i:], "hxxp") && (i == 0 || !labelByte(s[i-1])) {
				return Match{URL, i, untilSpace(s, i)}, true
			}
		}
		if ok {
			return m, true
		}
	}
	return Match{}, false
}

// hasPrefix compares ASCII letters in either case.
func hasPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func untilSpace(s string, i int) int {
	if n := strings.IndexAny(s[i:], " \t\r\n"); n >= 0 {
		return i + n
	}
	return len(s)
}

// dotted judges what stands around a dot. past is where to go on.
func dotted(s string, i int) (m Match, past int, ok bool) {
	if i+1 < len(s) && labelByte(s[i+1]) && i > 0 && labelByte(s[i-1]) {
		h := hostAt(s, i)
		if h.labels < 2 {
			return Match{}, i + 1, false
		}
		if h.is(s) {
			return h.match(s), 0, true
		}
		return Match{}, h.end, false
	}
	m, ok = spacedDot(s, i)
	return m, i + 1, ok
}

// match says what a host is a part of.
func (h *host) match(s string) Match {
	m := Match{Domain, h.start, h.end}
	if at := h.start - 1; at > 0 && s[at] == '@' && localByte(s[at-1]) {
		m.Kind = Email
		for m.Start = at; m.Start > 0 && at-m.Start < 64 && localByte(s[m.Start-1]); {
			m.Start--
		}
	} else if h.end < len(s) && (s[h.end] == '/' || s[h.end] == ':' || s[h.end] == '?') {
		m.End = untilSpace(s, h.end)
	}
	return m
}

// scheme judges what stands around a colon.
func scheme(s string, i int) (Match, bool) {
	rest := i + 1
	if rest < len(s) && strings.IndexByte(")]}>", s[rest]) >= 0 { // http[:]//
		rest++
	}
	for rest < len(s) && rest < i+4 && s[rest] == ' ' {
		rest++
	}
	start := i
	for start > 0 && (s[start-1] == ' ' || strings.IndexByte("([{<", s[start-1]) >= 0) && i-start < 2 {
		start--
	}
	end := start
	for start > 0 && end-start < 16 && (letter(s[start-1]) || start < end && (s[start-1] == '+' || s[start-1] == '*')) {
		start--
	}
	if hasPrefix(s[rest:], "//") || hasPrefix(s[rest:], `\\`) {
		follows := rest + 2
		for follows < len(s) && follows < rest+4 && (s[follows] == '/' || s[follows] == ' ') {
			follows++
		}
		if end-start >= 2 && follows < len(s) && (labelByte(s[follows]) || s[follows] == '[') {
			return Match{URL, start, untilSpace(s, follows)}, true
		}
	}
	if strings.EqualFold(s[start:end], "magnet") && rest < len(s) && s[rest] == '?' {
		return Match{URL, start, untilSpace(s, rest)}, true
	}
	return Match{}, false
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func localByte(c byte) bool {
	return letter(c) || c >= '0' && c <= '9' || strings.IndexByte("._%+-", c) >= 0
}

// address judges what stands around an @. One before a domain is found by its dot; here are
// those that leave the rest of the domain to the reader.
func address(s string, i int) (Match, bool) {
	from := i + 1
	for from < len(s) && from < i+2 && s[from] == ' ' {
		from++
	}
	end := after(s, from)
	spaced := from > i+1 || i > 0 && s[i-1] == ' '
	local := i
	if spaced && local > 0 && s[local-1] == ' ' {
		local--
	}
	start := local
	for start > 0 && local-start < 64 && localByte(s[start-1]) {
		start--
	}
	if start == local || !provider(s[from:end]) {
		return Match{}, false
	}
	return Match{Email, start, end}, true
}

// provider tells the names of which everybody knows how they go on.
func provider(name string) bool {
	return oneOf(strings.ToLower(name), "gmail googlemail yahoo hotmail outlook icloud protonmail proton gmx aol yandex mailru tutanota qq")
}
