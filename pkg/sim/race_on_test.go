//go:build race

package sim

// The race detector is slow.
const (
	crowd = 30 // peers of the largest test
	share = 4  // of the seeds, one in so many is run
)
