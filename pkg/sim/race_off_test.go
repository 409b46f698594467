//go:build !race

package sim

const (
	crowd = 200 // peers of the largest test
	share = 1   // of the seeds, one in so many is run
)
