package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/sim"
)

const (
	minLinks, maxLinks = 6, 10   // of a peer, to random others
	minLatency         = 10      // ms
	maxLatency         = 150     // ms
	commit             = 10      // ms
	maxClock           = 300_000 // ms that a clock may be off
	joinMs             = 10_000  // peers join and write
	lossyMs            = 120_000 // a peer loses a link so often, on average
	limitMs            = 600_000 // for convergence
	lateMs             = 2_000   // more, for what comes too late to be of use
	textBytes          = 400
)

// typeHave is the first byte of an announcement, by PROTOCOL.md.
const typeHave = 0x20

// result is what a run has measured. Bytes and messages are what honest peers have sent, an average for each.
type result struct {
	peers      int
	seconds    float64 // from the last join and write until all honest peers hold what honest ones wrote
	bytes      float64
	optimum    float64 // bytes of the bodies that a peer lacked
	duplicates float64 // percent of the bodies received that were held already
	announced  float64 // bytes of announcements
	messages   float64
}

func (r *result) ratio() float64 { return r.bytes / r.optimum }

// run lets peers join within 10 s. Half of the records they bring along, the other half they write meanwhile;
// links break and are replaced, clocks are off.
func run(peers, records int, seed uint64, malicious float64) (result, error) {
	n := sim.New(sim.Config{Seed: seed, MinLatency: minLatency, MaxLatency: maxLatency, Commit: commit})
	rng := n.Rand()
	var honest []*sim.Node
	for i := range peers {
		skew := rng.Int64N(2*maxClock+1) - maxClock
		// Every so many peers one is malicious, of the next kind.
		if k := int(float64(i+1) * malicious); k > int(float64(i)*malicious) {
			n.AddMalicious(skew, sim.MaliceOf(k-1))
		} else {
			honest = append(honest, n.Add(skew))
		}
	}
	if len(honest) < 2 {
		return result{}, fmt.Errorf("%d honest peers of %d cannot agree with each other", len(honest), peers)
	}
	var size uint64
	written := make([]record.UUID, 0, records)
	write := func(i int) {
		x := honest[rng.IntN(len(honest))]
		if x.Core() == nil {
			x = honest[0] // the one that is there from the beginning
		}
		r := x.PutNew(content(i))
		written = append(written, r.UUID)
		size += uint64(len(r.AppendBinary(nil)))
	}
	for i := range records / 2 {
		write(i)
	}
	n.Run(1_000)
	for i := records / 2; i < records; i++ {
		n.After(rng.Int64N(joinMs), func() { write(i) })
	}
	for _, x := range n.Nodes {
		if x != honest[0] {
			x.Stop()
			n.After(rng.Int64N(joinMs), x.Start)
		}
	}
	n.Mesh(minLinks, maxLinks)
	n.Churn(lossyMs, math.MaxInt64, n.Now()+limitMs)
	n.Run(joinMs)
	end := n.Now()
	// What malicious peers write does not count: they do not stop.
	if !n.RunUntil(limitMs, func() bool { return n.AgreeOn(written) }) {
		return result{}, fmt.Errorf("%d peers, seed %d: they do not hold the same after %d s", peers, seed, limitMs/1000)
	}
	r := result{peers: peers, seconds: float64(n.Now()-end) / 1000}
	n.Run(lateMs)
	var bodies, duplicates uint64
	for _, x := range honest {
		t := x.Traffic()
		bodies += t.Bodies
		duplicates += t.Duplicates
	}
	each := 1 / float64(len(honest))
	r.bytes = float64(n.Bytes) * each
	r.optimum = float64(size) * (1 - each)
	r.duplicates = 100 * float64(duplicates) / float64(max(bodies, 1))
	r.announced = float64(n.ByType[typeHave]) * each
	r.messages = float64(n.Messages) * each
	return r, nil
}

// content is the envelope of a text.
func content(i int) string {
	text := fmt.Sprintf("record %d ", i)
	return fmt.Sprintf(`{"c":{"text":%q},"t":%d}`, text+strings.Repeat("x", textBytes-len(text)), sim.Epoch)
}
