package words

import "strings"

// Letters and signs, and behind each the letter that it may be written for: digits and signs,
// and letters of other scripts by their looks. Some may be written for a second one.
const (
	signLooks    = "0o1i!i|i3e4a@a5s$s6g7t+t8b9g"
	signSecond   = "1l!l|l3з6б"
	foreignLooks = "аaαaвbьbβbбbсcϲcԁdδdеeєeεeэeһhнhіiιiӏlјjкkκkмmпnηnоoοoσoօoрpρpԛqгrяrѕsтtτtиuυuսuμuνvѵvԝwωwшwхxχxуyγyүyζz"
	second       = "һnнnіlιlӏiуuγuүu"
	latinLooks   = "aаbвcсeеhнiіkкmмnпoоpрtтuиxхyуzз"
)

// twins are the Cyrillic and Greek letters that cannot be told from Latin ones by sight, as
// small letters or as capital ones.
const twins = "авсԁеһніјӏкморѕтухԛԝαβεηικμνορτυχζϲ"

// alike returns the letters, up to two, that a letter or sign may be written for. 0 is none.
func alike(r rune) (a, b rune) {
	switch {
	case isLatin(r):
		return lookUp(latinLooks, r), 0
	case r < 0x80:
		return lookUp(signLooks, r), lookUp(signSecond, r)
	}
	return lookUp(foreignLooks, r), lookUp(second, r)
}

func twin(r rune) bool { return strings.ContainsRune(twins, r) }
