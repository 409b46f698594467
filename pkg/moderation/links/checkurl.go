package links

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MaxURL is the longest URL that CheckURL lets pass, in bytes: what browsers show and servers
// take without trouble.
const MaxURL = 2048

// Why CheckURL refuses a URL.
const (
	reasonLong        = "URL too long"
	reasonScheme      = "not an http or https URL"
	reasonCredentials = "credentials in the URL"
	reasonHost        = "not a host name"
	reasonPort        = "not a port"
	reasonLocal       = "local name"
	reasonPrivate     = "private address"
	reasonAlike       = "look-alike of an allowed host"
	reasonMixed       = "a host name of mixed scripts"
	reasonNotAllowed  = "host not allowed"
)

// ErrHost says that an entry of an allow-list is not a host name.
var ErrHost = errors.New("links: not a host name")

// CheckURL judges the URL of a link. It must be http or https, without credentials, and lead to
// a public host: one of allowed or below it, any where allowed is empty. The reason of a
// refusal is a short phrase without the URL in it.
//
// It reads a URL more strictly than browsers do, so that there is nothing on which the two
// could differ: what a browser would mend is refused.
func CheckURL(raw string, allowed []string) (reason string, ok bool) {
	if len(raw) > MaxURL {
		return reasonLong, false
	}
	rest, found := cutPrefixFold(raw, "https://")
	if !found {
		rest, found = cutPrefixFold(raw, "http://")
	}
	if !found {
		return reasonScheme, false
	}
	for i := range len(raw) {
		if c := raw[i]; c <= ' ' || c == 0x7f || c == '\\' {
			return reasonHost, false
		}
	}
	authority := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority = rest[:i]
	}
	if strings.Contains(authority, "@") {
		return reasonCredentials, false
	}
	name, reason := cutPort(authority)
	if reason != "" {
		return reason, false
	}
	return checkHost(name, allowed)
}

// CheckHost tells whether an entry of an allow-list is a host name, or an address.
func CheckHost(entry string) error {
	if _, reason := canonical(entry); reason != "" {
		return fmt.Errorf("%w: %q", ErrHost, entry)
	}
	return nil
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if !hasPrefix(s, prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// cutPort takes the port off an authority.
func cutPort(authority string) (name, reason string) {
	i := strings.LastIndexByte(authority, ':')
	if i < 0 || strings.HasSuffix(authority, "]") {
		return authority, ""
	}
	port := authority[i+1:]
	if len(port) == 0 || len(port) > 5 || !digits(port) || len(port) == 5 && port > "65535" {
		return "", reasonPort
	}
	return authority[:i], ""
}

func checkHost(name string, allowed []string) (reason string, ok bool) {
	h, reason := canonical(name)
	if reason != "" {
		return reason, false
	}
	if h.address != nil {
		if h.address.private() {
			return reasonPrivate, false
		}
		if len(allowed) == 0 || slices.ContainsFunc(allowed, func(entry string) bool {
			a, reason := canonical(entry)
			return reason == "" && a.address != nil && *a.address == *h.address
		}) {
			return "", true
		}
		return reasonNotAllowed, false
	}
	if h.local() {
		return reasonLocal, false
	}
	if len(allowed) == 0 {
		if h.mixed() {
			return reasonMixed, false
		}
		return "", true
	}
	alike := false
	for _, entry := range allowed {
		a, reason := canonical(entry)
		if reason != "" || a.address != nil {
			continue
		}
		if h.under(a.name) {
			return "", true
		}
		alike = alike || h.alike(a.name)
	}
	if alike {
		return reasonAlike, false
	}
	return reasonNotAllowed, false
}
