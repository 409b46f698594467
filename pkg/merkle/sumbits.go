//go:build !shortsum

package merkle

// sumBits is how much of a sum a fingerprint sees: all of it. The tests of what
// heals a forged sum are built with the tag shortsum, because nobody can forge a
// whole one for a test.
const sumBits = 256
