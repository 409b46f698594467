package moderation

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/peersetdb/peerset/pkg/record"
)

const (
	// shingleWords is how many words in a row are compared.
	shingleWords = 3
	// sketchSize is how many shingles stand for a text: those with the least hashes, which
	// is a fair sample of them (bottom-k MinHash).
	sketchSize = 16
	// probes is how many of them, from the least on, find the texts to compare with: of two texts that share
	// three quarters, all of four differ once in 250 times.
	probes = 4
	// minShingles keeps greetings from being flagged: who says "hello there" copies nobody.
	minShingles = 6
	// maxSimilarText bounds the bytes of a text that are looked at.
	maxSimilarText = 8 << 10
)

// Similar finds texts that are the same, or nearly the same, as one of the last records
// (the rule similar). It only ever flags: a refusal would let anybody evict a text by copying it
// with an older date. Its memory is bounded by the rule's parameter records: some 200 bytes each.
type Similar struct {
	percent int
	limit   int // of ring
	ring    []sketch
	next    int
	index   map[uint32]int32 // from the hash of a shingle to the place in ring that had it last
	texts   contents         // for use in Check
}

type sketch struct {
	uuid   record.UUID
	author uint64
	n      int                // hashes in use
	hashes [sketchSize]uint32 // ascending, no one twice
}

// NewSimilar returns a Similar that has seen nothing, or nil where the policy does not have the rule.
func NewSimilar(p *Policy) *Similar {
	v := p.rules[ruleSimilar]
	if v == nil {
		return nil
	}
	return &Similar{
		percent: int(v.integer("percent")),
		limit:   int(v.integer("records")),
		index:   make(map[uint32]int32),
	}
}

// Check compares a record with those that were checked before, remembers it, and returns a flag or
// accepts. A nil Similar accepts.
func (s *Similar) Check(subject Subject) Verdict {
	if s == nil || subject.Body == nil || subject.Sealed {
		return Verdict{}
	}
	if !s.texts.read(subject.Body) {
		return Verdict{}
	}
	sk := sketch{uuid: subject.Record.UUID, author: shortKey(subject.Record.Author[:])}
	if !sk.read(&s.texts) {
		return Verdict{}
	}
	v := s.compare(&sk)
	s.remember(sk)
	return v
}

// read fills in the hashes of all texts of a record. It reports false where there are too few to compare.
func (sk *sketch) read(t *contents) bool {
	left := maxSimilarText
	for _, f := range t.strings {
		if f.name || f.field == "link" {
			continue
		}
		text := f.text[:min(left, len(f.text))]
		left -= len(text)
		sk.shingles(text)
	}
	return sk.n >= minShingles
}

// shingles adds the hash of every shingleWords words in a row. Case, punctuation and white space
// do not count.
func (sk *sketch) shingles(text string) {
	var last [shingleWords]uint32
	words := 0
	word := uint32(fnvOffset)
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		i += size
		letter := true
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
		case 'A' <= r && r <= 'Z':
			r += 'a' - 'A'
		case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsNumber(r)):
			r = unicode.ToLower(r)
		default:
			letter = false
		}
		if letter {
			word = (word ^ uint32(r)) * fnvPrime
		}
		if word == fnvOffset || letter && i < len(text) {
			continue
		}
		copy(last[:], last[1:])
		last[shingleWords-1], word = word, fnvOffset
		if words++; words >= shingleWords {
			h := uint32(fnvOffset)
			for _, w := range last {
				h = mix((h ^ w) * fnvPrime)
			}
			sk.add(h)
		}
	}
}

// add keeps a hash if it is among the least.
func (sk *sketch) add(h uint32) {
	i := sk.n
	for i > 0 && sk.hashes[i-1] >= h {
		i--
	}
	switch {
	case i == sketchSize, i < sk.n && sk.hashes[i] == h:
		return
	case sk.n < sketchSize:
		sk.n++
	}
	copy(sk.hashes[i+1:sk.n], sk.hashes[i:])
	sk.hashes[i] = h
}

// Constants of FNV-1a.
const (
	fnvOffset = 2166136261
	fnvPrime  = 16777619
)

// mix spreads a hash, so that the least ones are a sample (the finalizer of MurmurHash3).
func mix(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

func (s *Similar) compare(sk *sketch) Verdict {
	var tried [probes]int32
	for i, h := range sk.hashes[:probes] {
		at, ok := s.index[h]
		if !ok || slices.Contains(tried[:i], at+1) {
			continue
		}
		tried[i] = at + 1
		other := &s.ring[at]
		if other.uuid == sk.uuid || sk.shared(other) < s.percent {
			continue
		}
		reason := "nearly the same text as the record " + other.uuid.String()
		if other.author != sk.author {
			reason += " of another author"
		}
		return Verdict{Flag, Local, ruleSimilar, reason}
	}
	return Verdict{}
}

// shared estimates from two sketches how much of both texts is in both, in percent: of the least hashes of
// the union, those that both have.
func (sk *sketch) shared(other *sketch) int {
	a, b := sk.hashes[:sk.n], other.hashes[:other.n]
	union, both := 0, 0
	for len(a) > 0 && len(b) > 0 && union < sketchSize {
		switch {
		case a[0] == b[0]:
			both++
			a, b = a[1:], b[1:]
		case a[0] < b[0]:
			a = a[1:]
		default:
			b = b[1:]
		}
		union++
	}
	union = min(sketchSize, union+len(a)+len(b))
	return both * 100 / union
}

// remember puts a sketch in the place of the oldest one.
func (s *Similar) remember(sk sketch) {
	at := s.next
	if s.next++; s.next == s.limit {
		s.next = 0
	}
	if at < len(s.ring) {
		old := &s.ring[at]
		for _, h := range old.hashes[:probes] {
			if s.index[h] == int32(at) {
				delete(s.index, h)
			}
		}
		s.ring[at] = sk
	} else {
		s.ring = append(s.ring, sk)
	}
	for _, h := range sk.hashes[:probes] {
		s.index[h] = int32(at)
	}
}
