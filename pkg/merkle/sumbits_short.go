//go:build shortsum

package merkle

const sumBits = 16
