package rtc

import (
	"embed"
	"errors"
	"strings"
	"testing"
)

// Descriptions by Chromium 156, Firefox 153 and pion 4.2, each of a connection
// with one negotiated data channel.
//
//go:embed testdata/*.sdp
var testdata embed.FS

// samples returns the descriptions under testdata by file name.
func samples(t testing.TB) map[string]string {
	t.Helper()
	files, err := testdata.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]string)
	for _, f := range files {
		b, err := testdata.ReadFile("testdata/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name()] = string(b)
	}
	return out
}

func TestRealDescriptions(t *testing.T) {
	all := samples(t)
	if len(all) != 6 {
		t.Errorf("%d descriptions", len(all))
	}
	for name, sdp := range all {
		fp, err := checkSDP(sdp)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if fp == [32]byte{} {
			t.Errorf("%s: no fingerprint", name)
		}
		if !hasCandidate(sdp) {
			t.Errorf("%s: no candidate", name)
		}
	}
}

func TestCheckSDP(t *testing.T) {
	const (
		head = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
		m    = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
	)
	hex := "00" + strings.Repeat(":aB", 31)
	line := "a=fingerprint:sha-256 " + hex + "\r\n"
	for _, tc := range []struct {
		name, sdp string
		want      error
	}{
		{"media level", head + m + line, nil},
		{"session level", head + line + m, nil},
		{"bare line feeds", strings.ReplaceAll(head+m+line, "\r\n", "\n"), nil},
		{"no end of line", strings.TrimSpace(head + m + line), nil},
		{"hash in capitals", head + m + strings.Replace(line, "sha", "SHA", 1), nil},
		{"digits in small letters", head + m + "a=fingerprint:sha-256 " + strings.ToLower(hex) + "\r\n", nil},

		{"none", head + m, ErrFingerprint},
		{"twice the same", head + line + m + line, ErrFingerprint},
		{"two at media level", head + m + line + strings.Replace(line, "00", "01", 1), ErrFingerprint},
		{"another hash", head + m + strings.Replace(line, "256", "512", 1), ErrFingerprint},
		{"sha-1 beside it", head + m + line + "a=fingerprint:sha-1 00:01\r\n", ErrFingerprint},
		{"second in capitals", head + m + line + strings.ToUpper(line), ErrFingerprint},
		{"second indented", head + m + line + " " + line, ErrFingerprint},
		{"second behind other text", head + m + line + "a=x a=fingerprint:sha-256 " + hex + "\r\n", ErrFingerprint},
		{"only one indented", head + m + " " + line, ErrFingerprint},
		{"too short", head + m + strings.Replace(line, ":aB\r", "\r", 1), ErrFingerprint},
		{"too long", head + m + strings.Replace(line, "\r", ":aB\r", 1), ErrFingerprint},
		{"not hex", head + m + strings.Replace(line, "00", "0g", 1), ErrFingerprint},
		{"not hex at the end", head + m + strings.Replace(line, "B\r", "G\r", 1), ErrFingerprint},
		{"no colons", head + m + strings.Replace(line, ":aB", "-aB", 1), ErrFingerprint},
		{"two spaces", head + m + strings.Replace(line, " ", "  ", 1), ErrFingerprint},
		{"space at the end", head + m + strings.Replace(line, "\r", " \r", 1), ErrFingerprint},
		{"no value", head + m + "a=fingerprint:\r\n", ErrFingerprint},

		{"empty", "", ErrSDP},
		{"no version", m + line, ErrSDP},
		{"no media", head + line, ErrSDP},
		{"two media", head + m + line + m, ErrSDP},
		{"audio", head + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" + line, ErrSDP},
		{"audio beside it", head + m + line + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", ErrSDP},
		{"lone carriage return", head + m + line + "a=x\r" + line, ErrSDP},
		{"NUL", head + m + line + "\x00", ErrSDP},
		{"tab", head + m + line + "\t\r\n", ErrSDP},
		{"not ASCII", head + m + line + "a=\u2028\r\n", ErrSDP},
		{"too long altogether", head + m + line + strings.Repeat("a=x\r\n", maxSDP/5), ErrSDP},
	} {
		fp, err := checkSDP(tc.sdp)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
		if err == nil && (fp[0] != 0 || fp[1] != 0xab || fp[31] != 0xab) {
			t.Errorf("%s: %x", tc.name, fp)
		}
		if err != nil && fp != [32]byte{} {
			t.Errorf("%s: refused, yet %x", tc.name, fp)
		}
	}
}
