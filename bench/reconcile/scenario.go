package main

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/sim"
)

const (
	retention = 90 * 24 * 3600
	day       = 24 * 3600
)

// A scenario is two sets: the server's has size items, and the client, who asks, lacks
// some of them.
type scenario struct {
	name  string
	size  int
	lacks func(rng *rand.Rand, size int) (from, to int) // which, in the order of the tree
	// positional says that the positional tree has a go at it as well, which takes it long.
	positional bool
}

func middle(_ *rand.Rand, size int) (from, to int) { return size / 2, size/2 + 1 }

func anywhere(rng *rand.Rand, size int) (from, to int) {
	i := rng.IntN(size)
	return i, i + 1
}

func newest(n int) func(*rand.Rand, int) (int, int) {
	return func(_ *rand.Rand, size int) (from, to int) { return size - n, size }
}

func nothing(*rand.Rand, int) (from, to int) { return 0, 0 }

var scenarios = []scenario{
	{"equal sets of 10,000", 10_000, nothing, false},
	{"1 missing of 10,000, the middle one", 10_000, middle, true},
	{"1 missing of 10,000, any one", 10_000, anywhere, false},
	{"1 missing of 300,000, the middle one", 300_000, middle, false},
	{"1 missing of 300,000, any one", 300_000, anywhere, false},
	{"the newest 1,000 missing of 100,000", 100_000, newest(1_000), false},
}

// clock is how long after the simulator's epoch the peers of a run meet, in seconds. Runs are
// spread over the hours of a day, because what a product's round costs depends on
// how much of the newest bucket is past.
func clock(seed uint64) int64 {
	const golden = 0.6180339887498949
	_, part := math.Modf(float64(seed-1) * golden)
	return int64(part * day)
}

// items returns a set with ids at random and times at random within the 90 days before
// its peers meet, in the order of the tree.
func items(size int, seed uint64) []merkle.Item {
	rng := rand.New(rand.NewPCG(seed, uint64(size)))
	is := make([]merkle.Item, size)
	for i := range is {
		is[i].Time = sim.Epoch/1000 + clock(seed) - 1 - rng.Int64N(retention)
		for j := 0; j < len(is[i].ID); j += 8 {
			binary.LittleEndian.PutUint64(is[i].ID[j:], rng.Uint64())
		}
	}
	slices.SortFunc(is, merkle.Item.Compare)
	return is
}

// measured is what one run of a scenario has shown. The sets are those of items for this size
// and seed; the client lacks the items from From up to but without To.
type measured struct {
	Scenario   string  `json:"scenario"`
	Size       int     `json:"size"`
	Seed       uint64  `json:"seed"`
	From       int     `json:"from"`
	To         int     `json:"to"`
	Ranges     cost    `json:"ranges"`  // Negentropy's messages, nothing else
	Product    product `json:"product"` // two peers, from root to done
	Positional *cost   `json:"positional,omitempty"`
}

// cost is what one reconciliation has cost both sides together.
type cost struct {
	Trips int     `json:"trips"`
	Bytes int     `json:"bytes"`
	Ms    float64 `json:"ms"`
}

func measure(s scenario, seed uint64) (m measured, err error) {
	m = measured{Scenario: s.name, Size: s.size, Seed: seed}
	m.From, m.To = s.lacks(rand.New(rand.NewPCG(seed, 0)), s.size)
	full := items(s.size, seed)
	partial := slices.Concat(full[:m.From], full[m.To:])
	if m.Ranges, err = ranges(partial, full); err != nil {
		return m, err
	}
	if m.Product, err = peers(partial, full, seed); err != nil {
		return m, err
	}
	if s.positional {
		c, err := positional(full, m.From)
		if err != nil {
			return m, err
		}
		m.Positional = &c
	}
	return m, nil
}
