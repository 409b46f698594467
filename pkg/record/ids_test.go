package record

import (
	"errors"
	"strings"
	"testing"
)

func TestStrings(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{ID{0xab, 31: 1}.String(), "ab" + strings.Repeat("0", 60) + "01"},
		{PubKey{0xab, 31: 1}.String(), "ab" + strings.Repeat("0", 60) + "01"},
		{Sig{0xab, 63: 1}.String(), "ab" + strings.Repeat("0", 124) + "01"},
		{RoomTag{0xab, 15: 1}.String(), "ab" + strings.Repeat("0", 28) + "01"},
		{UUID{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff}.String(), "00010203-0405-0607-0809-0a0b0c0d0eff"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}

func TestParseUUID(t *testing.T) {
	const text = "00010203-0405-8607-8809-0a0b0c0d0eff"
	u, err := ParseUUID(text)
	if err != nil || u.String() != text {
		t.Fatalf("%v, %v", u, err)
	}
	for _, s := range []string{
		"", text[1:], text + "0", strings.ToUpper(text), strings.ReplaceAll(text, "-", ""),
		strings.ReplaceAll(text, "-", "0"), "0001020-30405-8607-8809-0a0b0c0d0eff",
		"g0010203-0405-8607-8809-0a0b0c0d0eff", "{" + text[1:35] + "}",
	} {
		if _, err := ParseUUID(s); !errors.Is(err, ErrHex) {
			t.Errorf("%q: %v, want ErrHex", s, err)
		}
	}
}

func TestParseID(t *testing.T) {
	text := strings.Repeat("0f", 32)
	id, err := ParseID(text)
	if err != nil || id.String() != text {
		t.Fatalf("%v, %v", id, err)
	}
	for _, s := range []string{"", text[1:], text + "0", strings.ToUpper(text), "x" + text[1:]} {
		if _, err := ParseID(s); !errors.Is(err, ErrHex) {
			t.Errorf("%q: %v, want ErrHex", s, err)
		}
	}
}

func TestUUIDOf(t *testing.T) {
	author, d := testKey(t, 3).PubKey(), [16]byte{1}
	u := UUIDOf(author, d)
	if u[6]>>4 != 8 || u[8]>>6 != 2 {
		t.Errorf("%v is no UUIDv8", u)
	}
	if u == UUIDOf(author, [16]byte{2}) || u == UUIDOf(testKey(t, 4).PubKey(), d) {
		t.Error("another record has the same uuid")
	}
}
