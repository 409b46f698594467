package words

import (
	"slices"
	"unicode/utf8"
)

// trie holds folded words by their letters. Node 0 is the root; the children of a node stand
// together, sorted.
type trie struct {
	nodes   []node
	entries []entry
	ascii   [128]int32 // children of the root by letter, 0 for none
	// begin has a bit for what words begin with: the codes of three letters, repetitions left
	// out, and whether the first is foreign. Most of a text ends here.
	begin [1 << 16 / 32]uint32
}

type node struct {
	r     rune
	child int32 // the first
	count int32
	entry int32 // -1: no word ends here
}

func newTrie(entries []entry) *trie {
	t := &trie{entries: merge(entries)}
	letters := 0
	for _, e := range t.entries {
		t.admit(e.folded)
		letters += len(e.folded)
	}
	t.nodes = append(make([]node, 0, letters+1), node{entry: -1})
	t.grow(0, 0, len(t.entries), 0)
	for i := range t.nodes[0].count {
		if c := t.nodes[0].child + i; t.nodes[c].r < 128 {
			t.ascii[t.nodes[c].r] = c
		}
	}
	return t
}

// grow adds the children of a node, for the entries that go on from it at depth.
func (t *trie) grow(at, from, to, depth int) {
	if from < to && len(t.entries[from].folded) == depth { // the shortest sorts first
		t.nodes[at].entry = int32(from)
		from++
	}
	first := len(t.nodes)
	t.nodes[at].child = int32(first)
	for i := from; i < to; i++ {
		if r := t.entries[i].folded[depth]; i == from || r != t.entries[i-1].folded[depth] {
			t.nodes = append(t.nodes, node{r: r, entry: -1})
		}
	}
	last := len(t.nodes)
	t.nodes[at].count = int32(last - first)
	for c := first; c < last; c++ {
		end := from + 1
		for end < to && t.entries[end].folded[depth] == t.nodes[c].r {
			end++
		}
		t.grow(c, from, end, depth+1)
		from = end
	}
}

// merge sorts the entries and makes one of those that are folded alike: the widest.
func merge(entries []entry) []entry {
	// Strings sort like what they hold: the letters, how wide the entry is, and which it is.
	keys := make([]string, len(entries))
	var key []byte
	for i, e := range entries {
		key = append(append(key[:0], string(e.folded)...), 0, '0'+byte(anywhere-e.form), '0'+e.strict())
		keys[i] = string(append(key, byte(i>>16), byte(i>>8), byte(i)))
	}
	slices.Sort(keys)
	merged := make([]entry, 0, len(entries))
	for _, k := range keys {
		n := len(k)
		e := entries[int(k[n-3])<<16|int(k[n-2])<<8|int(k[n-1])]
		last := len(merged) - 1
		if last < 0 || !slices.Equal(e.folded, merged[last].folded) {
			merged = append(merged, e)
		} else if merged[last].exact {
			merged[last].raws = append(merged[last].raws, e.raws...)
		}
	}
	return merged
}

func (e *entry) strict() byte {
	n := byte(0)
	if e.exact {
		n++
	}
	if e.name {
		n += 2
	}
	return n
}

// admit sets the bits of a word in begin.
func (t *trie) admit(word []rune) {
	var codes uint32
	n := 0
	for i, r := range word {
		if i > 0 && r == word[i-1] {
			continue
		}
		if codes = codes<<5 | uint32(r)&codeMask; r == ' ' {
			codes &^= codeMask
		}
		if n++; n == 3 {
			break
		}
	}
	if word[0] >= utf8.RuneSelf {
		codes |= codeForeign << (5 * (n - 1)) // the bit above the first letter
	}
	missing := 5 * (3 - n) // bits of letters that may be any
	for low := range uint32(1) << missing {
		bit := codes<<missing | low
		t.begin[bit/32] |= 1 << (bit % 32)
	}
}

// begins tells whether a word may begin with letters of these codes.
func (t *trie) begins(codes uint32) bool { return t.begin[codes/32]>>(codes%32)&1 != 0 }

// next returns the child of a node by its letter, 0 for none.
func (t *trie) next(from int32, r rune) int32 {
	if from == 0 && r < 128 {
		return t.ascii[r]
	}
	n := &t.nodes[from]
	lo, hi := n.child, n.child+n.count
	for hi-lo > 8 {
		if mid := (lo + hi) / 2; t.nodes[mid].r > r {
			hi = mid
		} else {
			lo = mid
		}
	}
	for ; lo < hi; lo++ {
		if t.nodes[lo].r == r {
			return lo
		}
	}
	return 0
}
