package main

import (
	"slices"
	"strconv"
	"strings"
)

// coding is a way in which files lie compressed beside their originals. The
// zero coding is the original.
type coding struct {
	name   string // in Accept-Encoding and Content-Encoding
	suffix string // of the file
}

// codings are the ones known, the densest first.
func codings() []coding {
	return []coding{{"br", ".br"}, {"gzip", ".gz"}}
}

// preferred returns the codings that a client accepts by its Accept-Encoding
// lines, in its order of preference, ties as in codings.
func preferred(accept []string) []coding {
	weights := weights(accept)
	weight := func(c coding) float64 {
		if w, ok := weights[c.name]; ok {
			return w
		}
		return weights["*"]
	}
	all := slices.DeleteFunc(codings(), func(c coding) bool { return weight(c) <= 0 })
	slices.SortStableFunc(all, func(a, b coding) int {
		switch {
		case weight(a) > weight(b):
			return -1
		case weight(a) < weight(b):
			return 1
		}
		return 0
	})
	return all
}

// weights reads the elements of Accept-Encoding (RFC 9110, 12.5.3). One that is
// malformed weighs nothing.
func weights(accept []string) map[string]float64 {
	weights := make(map[string]float64)
	for _, element := range strings.Split(strings.Join(accept, ","), ",") {
		name, parameter, weighted := strings.Cut(element, ";")
		weight := 1.0
		if weighted {
			key, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if !strings.EqualFold(strings.TrimSpace(key), "q") || err != nil || !(q >= 0 && q <= 1) {
				q = 0
			}
			weight = q
		}
		weights[strings.ToLower(strings.TrimSpace(name))] = weight
	}
	return weights
}
