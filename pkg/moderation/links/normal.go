package links

import "unicode/utf8"

// normal is a text without what is only there for its looks.
type normal struct {
	text string
	at   []int32 // where each byte of text stood; nil where nothing changed
}

// normalize makes the letters and signs of full width and the like plain, and takes out what
// does not show. Most texts need none of it.
func normalize(text string) normal {
	for i := 0; i < len(text); i++ {
		if text[i] < 0xc2 || text[i] > 0xc2 && text[i] < 0xe1 {
			continue // ASCII, and letters of Europe and the Near East
		}
		if r, _ := utf8.DecodeRuneInString(text[i:]); simplify(r) != r {
			return rewrite(text)
		}
	}
	return normal{text: text}
}

func rewrite(text string) normal {
	out := make([]byte, 0, len(text))
	at := make([]int32, 0, len(text)+1)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		n := len(out)
		switch s := simplify(r); s {
		case r:
			out = append(out, text[i:i+size]...) // bytes that are no UTF-8 too
		case 0:
		default:
			out = utf8.AppendRune(out, s)
		}
		for range len(out) - n {
			at = append(at, int32(i))
		}
		i += size
	}
	return normal{string(out), append(at, int32(len(text)))}
}

// span takes a part of the text back to the one that was given.
func (n normal) span(start, end int) (int, int) {
	if n.at == nil {
		return start, end
	}
	return int(n.at[start]), int(n.at[end])
}

// simplify returns the plain form of a rune, and 0 for one that does not show.
func simplify(r rune) rune {
	switch {
	case r < 0x80:
		return r
	case r == 0xad, r == 0x180e, r == 0xfeff, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e,
		r >= 0x2060 && r <= 0x206f, r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe0fff:
		return 0
	case r == 0xa0, r == 0x3000, r >= 0x2000 && r <= 0x200a:
		return ' '
	case r == '․', r == '｡', r == '。', r == '﹒':
		return '.'
	case r >= 0x2010 && r <= 0x2011:
		return '-'
	case r >= 0xff01 && r <= 0xff5e: // full width
		return r - 0xfee0
	case r >= 0x1d400 && r < 0x1d6a4: // mathematical letters
		return 'a' + (r-0x1d400)%26
	case r >= 0x1d7ce && r < 0x1d800:
		return '0' + (r-0x1d7ce)%10
	case r >= 0x24b6 && r < 0x24ea: // in circles
		return 'a' + (r-0x24b6)%26
	case r >= 0x1f130 && r < 0x1f14a, r >= 0x1f150 && r < 0x1f16a, r >= 0x1f170 && r < 0x1f18a: // in squares
		return 'a' + (r-0x1f130)%32
	}
	return r
}
