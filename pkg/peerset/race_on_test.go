//go:build race

package peerset_test

// The race detector is slow.
const peersThatLeave = 40
