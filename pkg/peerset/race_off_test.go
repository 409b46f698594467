//go:build !race

package peerset_test

// peersThatLeave is how many peers come and go.
const peersThatLeave = 500
