//go:build !js

package nfkc

import "golang.org/x/text/unicode/norm"

func normalize(s string) string { return norm.NFKC.String(s) }
