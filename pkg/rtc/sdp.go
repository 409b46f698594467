package rtc

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// maxSDP is the longest session description. Browsers write 0.5 to 2 KB and some
// 100 bytes more for each network address; the strictest public tracker takes
// messages of 16 KiB.
const maxSDP = 16 << 10

// checkSDP returns the one fingerprint that a session description names, or says
// why the description must not be used.
//
// It does not understand descriptions; it makes sure that no parser, however
// lenient with odd lines, can find a second certificate in one.
func checkSDP(sdp string) (fingerprint [32]byte, err error) {
	if len(sdp) > maxSDP {
		return fingerprint, fmt.Errorf("%w: %d bytes", ErrSDP, len(sdp))
	}
	if !strings.HasPrefix(sdp, "v=0") {
		return fingerprint, fmt.Errorf("%w: does not start with a version", ErrSDP)
	}
	value, media := "", 0
	for line := range strings.SplitSeq(sdp, "\n") {
		line = strings.TrimSuffix(line, "\r")
		for _, b := range []byte(line) {
			// What one parser takes for the end of a line or of the
			// text, another one may not.
			if b < ' ' || b > '~' {
				return fingerprint, fmt.Errorf("%w: byte 0x%02x", ErrSDP, b)
			}
		}
		if strings.HasPrefix(line, "m=") {
			media++
			if !strings.HasPrefix(line, "m=application ") {
				return fingerprint, fmt.Errorf("%w: has other media than data", ErrSDP)
			}
		}
		if v, ok := strings.CutPrefix(line, "a=fingerprint:"); ok {
			value = v
		}
	}
	if media != 1 {
		return fingerprint, fmt.Errorf("%w: %d media sections", ErrSDP, media)
	}
	// The word counts wherever it stands, so that neither case nor indentation
	// can hide a second line.
	if n := strings.Count(strings.ToLower(sdp), "fingerprint"); n != 1 {
		return fingerprint, fmt.Errorf("%w: %d of them", ErrFingerprint, n)
	}
	return parseFingerprint(value)
}

// parseFingerprint reads the name of the hash, a space, and 32 bytes in hex with
// colons between them, all in either case.
func parseFingerprint(s string) (fp [32]byte, err error) {
	hash, s, _ := strings.Cut(s, " ")
	if !strings.EqualFold(hash, "sha-256") || len(s) != 3*len(fp)-1 {
		return fp, ErrFingerprint
	}
	for i := range fp {
		if i > 0 && s[3*i-1] != ':' {
			return [32]byte{}, ErrFingerprint
		}
		if _, err := hex.Decode(fp[i:i+1], []byte(s[3*i:3*i+2])); err != nil {
			return [32]byte{}, ErrFingerprint
		}
	}
	return fp, nil
}

// hasCandidate tells whether a session description names an address.
func hasCandidate(sdp string) bool {
	return strings.Contains(sdp, "\na=candidate:")
}
