package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/peersetdb/peerset/pkg/sim"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

const (
	linksMade  = 3 // by each peer; as many come from others, on average
	writeMs    = 60_000
	convergeMs = 60_000 // after the last write
	lateMs     = 2_000  // more, for what comes too late to be of use
	maxSkewMs  = 2_000
	textBytes  = 400
)

// gossiped is what a crowd has sent while all wrote.
type gossiped struct {
	Seed       uint64  `json:"seed"`
	Peers      int     `json:"peers"`
	Records    int     `json:"records"`
	Links      float64 `json:"links"`      // of a peer, on average
	Bodies     uint64  `json:"bodies"`     // received
	Duplicates uint64  `json:"duplicates"` // of these, held already
	Announced  uint64  `json:"announced"`  // ids
	HaveBytes  int     `json:"haveBytes"`  // announcements, and acknowledgements of what was pushed
	WantBytes  int     `json:"wantBytes"`
	RangeBytes int     `json:"rangeBytes"` // roots, buckets, ranges
	BodyBytes  int     `json:"bodyBytes"`
	SettleMs   int64   `json:"settleMs"` // from the last write until all hold the same
}

// gossip joins peers at random and lets them all write for a minute of simulated time.
func gossip(seed uint64, peers, records int) (g gossiped, err error) {
	g = gossiped{Seed: seed, Peers: peers, Records: records}
	rng := rand.New(rand.NewPCG(seed, 2))
	n := sim.New(sim.Config{Seed: seed, MinLatency: 5, MaxLatency: 60, Commit: 8})
	for range peers {
		n.Add(rng.Int64N(2*maxSkewMs+1) - maxSkewMs)
	}
	for _, x := range n.Nodes {
		for range linksMade {
			n.Connect(x, n.Nodes[rng.IntN(peers)])
		}
	}
	n.Run(2_000)
	for _, x := range n.Nodes {
		g.Links += float64(x.Degree()) / float64(peers)
	}

	n.OnMessage = func(_, _ *sim.Node, _ psync.Channel, msg []byte) {
		switch msg[0] {
		case typeHave:
			g.HaveBytes += len(msg)
		case typeWant:
			g.WantBytes += len(msg)
		case typeRoot, typeBuckets, typeDescend, typeRange, typeDone:
			g.RangeBytes += len(msg)
		case typeRecords, typePush:
			g.BodyBytes += len(msg)
		}
	}
	for i := range records {
		x := n.Nodes[rng.IntN(peers)]
		n.After(rng.Int64N(writeMs), func() { x.PutNew(content(i)) })
	}
	n.Run(writeMs)
	written := n.Now()
	complete := func() bool { return n.Nodes[0].Core().Len() == records && n.Converged() }
	if !n.RunUntil(convergeMs, complete) {
		return g, errors.New("the peers did not come to hold the same")
	}
	g.SettleMs = n.Now() - written
	n.Run(lateMs)
	for _, x := range n.Nodes {
		if len(x.Reasons) > 0 {
			return g, fmt.Errorf("sessions ended: %v", x.Reasons)
		}
		for _, p := range x.Core().Peers() {
			g.Bodies += p.Traffic.Bodies
			g.Duplicates += p.Traffic.Duplicates
			g.Announced += p.Traffic.Announced
		}
	}
	return g, nil
}

// content is the envelope of a text.
func content(i int) string {
	text := fmt.Sprintf("record %d ", i)
	return fmt.Sprintf(`{"c":{"text":%q},"t":%d}`, text+strings.Repeat("x", textBytes-len(text)), sim.Epoch)
}
