package nfkc

import "testing"

func TestString(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"ASCII", "correct horse\x00\x7f", "correct horse\x00\x7f"},
		{"composed stays", "\u00e9", "\u00e9"},
		{"decomposed", "e\u0301", "\u00e9"},
		{"the case of NIP-49", "\u212b\u2126\u1e9b\u0323", "\u00c5\u03a9\u1e69"},
		{"ligature", "\ufb01", "fi"},
		{"full width", "\uff30\uff57\uff11", "Pw1"},
		{"half width with its mark", "\uff76\uff9e", "\u30ac"},
		{"no-break space", "a\u00a0b", "a b"},
		{"order of marks", "a\u0315\u0300\u05ae\u0300b", "\u00e0\u05ae\u0300\u0315b"},
		{"Hangul", "\u1112\u1161\u11ab", "\ud55c"},
		{"superscript", "x\u00b2", "x2"},
		{"beyond the first plane", "\U0001d400\U0001f600", "A\U0001f600"},
		{"no UTF-8", "a\xff\xfeb\xc3", "a\ufffdb\ufffd"},
		{"half of a pair", "\xed\xa0\x80x", "\ufffdx"},
	} {
		got := String(c.in)
		if got != c.want {
			t.Errorf("%s: %+q, want %+q", c.name, got, c.want)
		}
		if again := String(got); again != got {
			t.Errorf("%s: %+q, then %+q", c.name, got, again)
		}
	}
}
