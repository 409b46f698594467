package links

import (
	"crypto/sha256"
	_ "embed"
	"strings"
)

// version changes with the code of this package, wherever its verdicts may change.
const version = "peerset links 1\n"

// Top-level domains, sorted: one a line, with a sign behind it that says how sure one can be
// that a text means the domain.
//
//go:embed tlds.txt
var tlds string

type class uint8

const (
	unknown class = iota // no top-level domain
	unsure               // a word, or the ending of file names
	likely
	sure
)

// Hash says which rules and which list these are: equal hashes, equal verdicts.
func Hash() [32]byte {
	return sha256.Sum256([]byte(version + tlds))
}

// classOf looks a name in lower case up in tlds.
func classOf(name string) class {
	if strings.HasPrefix(name, "xn--") {
		return sure
	}
	for lo, hi := 0, len(tlds); lo < hi; {
		mid := lo + (hi-lo)/2
		start := lo + strings.LastIndexByte(tlds[lo:mid], '\n') + 1
		end := start + strings.IndexByte(tlds[start:], '\n')
		line, c := tlds[start:end], unsure
		switch line[len(line)-1] {
		case '+':
			line, c = line[:len(line)-1], sure
		case '~':
			line, c = line[:len(line)-1], likely
		}
		switch {
		case name == line:
			return c
		case name < line:
			hi = start
		default:
			lo = end + 1
		}
	}
	return unknown
}
