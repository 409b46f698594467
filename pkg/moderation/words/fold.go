package words

import "unicode"

// Tables of base letters: byte i is the letter that rune first+i folds to, '.' for none.
const (
	latinExtended = "" +
		"aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuyty" +
		"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll" +
		"lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs" +
		"bbbb...ccdddd.eeeffg..iikkl.mnnooo..pprss..ttttuu.vyyzz........." +
		"....dddlllnnnaaiioouuuuuuuuuueaaaa..ggggkkoooo..jdddgg..nnaa..oo" +
		"aaaaeeeeiiiioooorrrruuuusstt..hhn...zzaaeeooooooooyy...j..acclts" +
		"z..bu.eejjqqrryy"
	latinAdditional = "" +
		"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm" +
		"mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv" +
		"wwwwwwwwwwxxxxyyzzzzzzhtwyas..s.aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee" +
		"eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......"
)

const middleFinger = '🖕' // the one sign that the lists hold

// Runes, and behind each the letter that it folds to.
const (
	latin1Letters  = "ªaºo¢c£l¡i¥y"
	greekAccents   = "άαέεήηίιϊιΐιόούυϋυΰυώω"
	cyrillicMarks  = "ѝиёеѐеўуґг"
	arabicForms    = "أاإاآاٱاىيیيةهکك"
	phoneticShapes = "ɐaɑaᴀaᵃaʙbɓbᵇbɔcɕcᴄcᶜcɖdɗdᴅdᵈdɘeəeɛeɜeᴇeᵉeɟfᶠfɠgɡgɢgᵍgɥhɦhʜhʰhɨiɩiɪiᵢiᶦiʝjᴊjʲjʞkᴋkᵏkʟlɫlɭlˡlɯmɱmᴍmᵐmɲnɳnɴnᶰnɵoᴏoᵒoᴘpᵖpɹrɾrʀrʳrʂsˢsʇtʈtᴛtᵗtʉuᴜuᵘuʋvʌvᴠvᵛvʍwᴡwʷwˣxʎyʏyʸyʐzʑzᴢzᶻz" // of which fancy texts are made
	fancyShapes    = "€eℯeℰeⅇe₵cℂcℭcⅽcⅭcℊgℋhℌhℍhℎhℐiℑiⅰiⅠiℹiⅈiⁱiℒlℓlⅼlⅬlℕn₦nⁿnℴoℙp℘p₱pℚqℛrℜrℝr₮tꜱsꜰfℱfℬb₿bℳmⅿmⅯmⅾdⅮdⅆdⅴvⅤvⅹxⅩx₩wℤzℨz"
)

// lookUp returns what stands behind a rune in a table of pairs, 0 if it is not there.
func lookUp(pairs string, r rune) rune {
	key, found := true, false
	for _, c := range pairs {
		if found {
			return c
		}
		found = key && c == r
		key = !key
	}
	return 0
}

// foldRune returns the letter that stands for a rune: in lower case, without its accent, in
// its plain form. mark tells that an accent was lost. It returns 0 for runes that are no part
// of words.
func foldRune(r rune) (base rune, mark bool) {
	switch {
	case r < 0xc0:
		return foldLatin1(r), false
	case r < 0x250:
		if c := latinExtended[r-0xc0]; c != '.' {
			return rune(c), true
		}
	case r < 0x370:
		return foldPhonetic(r), false
	case r < 0x400:
		return foldGreek(r)
	case r < 0x530:
		return foldCyrillic(r)
	case r < 0x1d00:
		if r >= 0x600 && r < 0x700 {
			r = foldArabic(r)
		}
	case r < 0x1e00:
		return foldPhonetic(r), false
	case r < 0x1f00:
		if c := latinAdditional[r-0x1e00]; c != '.' {
			return rune(c), true
		}
	case r < 0x2000: // Greek with the accents of old
		return r, false
	case r >= 0x30a1 && r <= 0x30f6: // katakana, to hiragana
		return r - 0x60, false
	case r >= 0x3041 && r <= 0x30fe, r >= 0x3400 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
		if r == '・' {
			return 0, false
		}
		return r, false
	default:
		if c := foldFancy(r); c != 0 {
			return c, false
		}
	}
	if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) {
		return unicode.ToLower(r), false
	}
	return 0, false
}

func foldLatin1(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		return r
	}
	return lookUp(latin1Letters, r)
}

func foldGreek(r rune) (rune, bool) {
	if r = unicode.ToLower(r); r >= 'α' && r <= 'ω' {
		if r == 'ς' {
			r = 'σ'
		}
		return r, false
	}
	if c := lookUp(greekAccents, r); c != 0 {
		return c, true
	}
	if r == 0x37e || r == 0x387 { // punctuation
		return 0, false
	}
	return r, false
}

func foldCyrillic(r rune) (rune, bool) {
	switch {
	case r >= 0x410 && r < 0x430:
		r += 0x20
	case r < 0x410:
		r += 0x50
	case r >= 0x460:
		r = unicode.ToLower(r)
	}
	if r >= 0x430 && r < 0x450 {
		return r, false
	}
	if c := lookUp(cyrillicMarks, r); c != 0 {
		return c, true
	}
	return r, false
}

func foldArabic(r rune) rune {
	if c := lookUp(arabicForms, r); c != 0 {
		return c
	}
	return r
}

func foldPhonetic(r rune) rune {
	if c := lookUp(phoneticShapes, r); c != 0 {
		return c
	}
	if unicode.IsLetter(r) {
		return r
	}
	return 0
}

// foldFancy folds letters that Unicode has once more for their looks.
func foldFancy(r rune) rune {
	switch {
	case r >= 0xff01 && r <= 0xff5e: // full width
		return foldLatin1(r - 0xfee0)
	case r >= 0x1d400 && r < 0x1d6a4: // mathematical, upper and lower case in turn
		return 'a' + (r-0x1d400)%26
	case r >= 0x1d7ce && r < 0x1d800: // mathematical digits
		return '0' + (r-0x1d7ce)%10
	case r >= 0x249c && r < 0x24b6: // in parentheses
		return 'a' + r - 0x249c
	case r >= 0x24b6 && r < 0x24ea: // in circles
		return 'a' + (r-0x24b6)%26
	case r >= 0x1f110 && r < 0x1f12a:
		return 'a' + r - 0x1f110
	case r >= 0x1f130 && r < 0x1f14a: // in squares
		return 'a' + r - 0x1f130
	case r >= 0x1f150 && r < 0x1f16a:
		return 'a' + r - 0x1f150
	case r >= 0x1f170 && r < 0x1f18a:
		return 'a' + r - 0x1f170
	case r >= 0x1f1e6 && r < 0x1f200: // regional indicators
		return 'a' + r - 0x1f1e6
	case r == middleFinger:
		return r
	}
	return lookUp(fancyShapes, r)
}

// invisible tells runes that do not show: they may stand between any two letters.
func invisible(r rune) bool {
	switch {
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0x640, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5,
		r == 0x180e, r == 0x3164, r == 0xfeff, r == 0xffa0:
		return true
	case r < 0x200b:
		return false
	}
	return r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f ||
		r >= 0xfe00 && r <= 0xfe0f || r >= 0x1f3fb && r <= 0x1f3ff || r >= 0xe0000 && r <= 0xe0fff
}

// accent tells combining runes that decorate the letter before them. Those of Indic and Thai
// scripts are vowels, and count.
func accent(r rune) bool {
	switch {
	case r < 0x300:
		return false
	case r < 0x370, r >= 0x483 && r <= 0x489:
		return true
	case r >= 0x591 && r <= 0x5c7: // Hebrew points
		return true
	case r >= 0x64b && r <= 0x65f, r == 0x670, r >= 0x6d6 && r <= 0x6ed: // Arabic vowels
		return true
	}
	return r >= 0x1ab0 && r <= 0x1aff || r >= 0x1dc0 && r <= 0x1dff || r >= 0x20d0 && r <= 0x20ff || r >= 0xfe20 && r <= 0xfe2f
}

// fancy tells runes that are a plain letter with other looks, not with an accent.
func fancy(r rune) bool { return r >= 0x1d00 && r < 0x1e00 || r > 0x2000 && foldFancy(r) != 0 }
