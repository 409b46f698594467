// Package nfkc normalizes what people type as a secret, so that one passphrase
// gives one key on all keyboards and systems: Unicode normalization form KC
// (UAX #15), as NIP-49 asks for.
//
// The tables are the host's: those of the browser under js, of
// golang.org/x/text elsewhere. The form of assigned characters never changes,
// so the two differ at most in characters that the older one does not know.
package nfkc

import (
	"strings"
	"unicode/utf8"
)

// String returns s in form KC. What is not UTF-8 becomes U+FFFD, one for each
// run of such bytes.
func String(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return normalize(strings.ToValidUTF8(s, "\ufffd"))
		}
	}
	return s // ASCII is normalized
}
