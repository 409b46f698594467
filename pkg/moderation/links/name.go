package links

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// target is the host of a URL: a name in lower case, punycode decoded; or an address.
type target struct {
	name    string
	address *address16
}

// canonical reads the host of a URL, or an entry of an allow-list.
func canonical(host string) (target, string) {
	if v6, ok := strings.CutPrefix(host, "["); ok {
		v6, ok = strings.CutSuffix(v6, "]")
		if a, valid := parseIPv6(v6); ok && valid {
			return target{address: &a}, ""
		}
		return target{}, reasonHost
	}
	host = strings.TrimSuffix(host, ".")
	if host == "" || len(host) > maxName || !utf8.ValidString(host) {
		return target{}, reasonHost
	}
	labels := strings.Split(host, ".")
	for i, label := range labels {
		l, ok := decodeLabel(label)
		if !ok {
			return target{}, reasonHost
		}
		labels[i] = l
	}
	name := strings.Join(labels, ".")
	if last := labels[len(labels)-1]; numeric(last) {
		if a, ok := parseIPv4(labels); ok {
			return target{address: &a}, ""
		}
		return target{}, reasonHost
	}
	return target{name: name}, ""
}

// decodeLabel checks a label and takes it to lower case and out of punycode.
func decodeLabel(label string) (string, bool) {
	if label == "" || len(label) > maxLabel*utf8.UTFMax {
		return "", false
	}
	label = strings.ToLower(label)
	if code, ok := strings.CutPrefix(label, "xn--"); ok {
		decoded, ok := punycode(code)
		// What decodes to ASCII, or to capital letters, is another spelling of something else.
		if !ok || decoded != strings.ToLower(decoded) || strings.IndexFunc(decoded, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
			return "", false
		}
		label = decoded
	}
	for _, r := range label {
		if !nameRune(r) {
			return "", false
		}
	}
	return label, label[0] != '-' && label[len(label)-1] != '-'
}

// nameRune tells the runes of host names. A browser takes others to plain letters and digits
// (full width, in circles): they are refused, since they hide what the name is.
func nameRune(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return labelByte(byte(r)) || r == '_'
	case r < 0xdf, r == 0xf7, simplify(r) != r:
		return false
	case r >= 0x1d00 && r < 0x1e00, r >= 0x2000 && r < 0x3005, r >= 0xfb00 && r < 0x10000, r >= 0x1d000 && r < 0x20000:
		return false // phonetic letters, symbols and compatibility forms
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}

// local tells the names that mean something in the reader's own network only.
func (t target) local() bool {
	dot := strings.LastIndexByte(t.name, '.')
	if oneOf(t.name[dot+1:], "localhost local localdomain internal intranet private corp home lan test invalid arpa") {
		return true
	}
	return dot < 0
}

// under tells whether a name is the other one, or below it.
func (t target) under(name string) bool {
	return t.name == name || strings.HasSuffix(t.name, "."+name)
}

// alike tells whether a name looks like the other one, or like one below it.
func (t target) alike(name string) bool {
	return target{name: skeleton(t.name)}.under(skeleton(name))
}

// mixed tells whether a label has letters of scripts that are mixed to deceive.
func (t target) mixed() bool {
	for _, label := range strings.Split(t.name, ".") {
		latin, greek, cyrillic, foreign, twins := false, false, false, false, true
		for _, r := range label {
			switch {
			case r < utf8.RuneSelf && !letter(byte(r)), unicode.IsMark(r):
			case r < 0x370 || r >= 0x1e00 && r < 0x1f00:
				latin = true
			case r < 0x400 || r >= 0x1f00 && r < 0x2000:
				greek, twins = true, twins && twin(r) != 0
			case r < 0x530:
				cyrillic, twins = true, twins && twin(r) != 0
			case r < 0x3000:
				foreign = true
			}
		}
		switch {
		case latin && (greek || cyrillic || foreign), greek && (cyrillic || foreign), cyrillic && foreign:
			return true
		case (greek || cyrillic) && twins && asciiEnd(t.name): // аррӏе.com, in Cyrillic throughout
			return true
		}
	}
	return false
}

func asciiEnd(name string) bool { return name[len(name)-1] < utf8.RuneSelf }

// skeleton takes names that look alike to the same text.
func skeleton(name string) string {
	out := make([]byte, 0, len(name))
	for _, r := range name {
		if c := twin(r); c != 0 {
			r = rune(c)
		}
		switch {
		case r == '0':
			r = 'o'
		case r == '1', r == 'i', r == 'j':
			r = 'l'
		case r == '-', r == '_', unicode.IsMark(r):
			continue
		case r >= 0xe0 && r < 0x250:
			r = baseLetter(r)
		}
		out = utf8.AppendRune(out, r)
	}
	s := strings.ReplaceAll(string(out), "rn", "m")
	s = strings.ReplaceAll(s, "vv", "w")
	return strings.ReplaceAll(s, "cl", "d")
}

// twins are Greek and Cyrillic letters, and some others, each with the ASCII letter behind it
// that it looks like.
const twins = "аaαaɑaьbвbβbсcϲcԁdеeεeєeɡgһhнhհhіiιiıiјjкkκkӏlмmпnηnոnоoοoσoօoрpρpԛqгrѕsтtτtυuμuսuνvѵvԝwωwшwхxχxуyγyүy"

// twin returns the ASCII letter that a letter looks like, 0 for none.
func twin(r rune) byte {
	if i := strings.IndexRune(twins, r); i >= 0 && r >= utf8.RuneSelf {
		return twins[i+utf8.RuneLen(r)]
	}
	return 0
}

// baseLetter takes the accent off a Latin letter.
func baseLetter(r rune) rune {
	const first, bases = 0xe0, "aaaaaaaceeeeiiiidnooooo.ouuuuytyaaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
	if i := int(r - first); i < len(bases) && bases[i] != '.' {
		return rune(bases[i])
	}
	return r
}
