package words

// minHex is from which length on a run of hexadecimal digits and hyphens is a number, a hash
// or a uuid, and not a word.
const minHex = 12

// maskHex puts spaces in the place of such runs. Letters come by chance there, and what they say
// nobody has said.
func maskHex(text string) string {
	var masked []byte
	for i := 0; i < len(text); {
		from, digits := i, 0
		for i < len(text) && isHex(text[i]) {
			if text[i] <= '9' && text[i] != '-' {
				digits++
			}
			i++
		}
		if i-from >= minHex && digits > 0 {
			if masked == nil {
				masked = []byte(text)
			}
			for j := from; j < i; j++ {
				masked[j] = ' '
			}
		}
		if i == from {
			i++
		}
	}
	if masked == nil {
		return text
	}
	return string(masked)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' || c == '-'
}
