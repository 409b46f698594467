// Package sim runs many sync cores in one process, on a simulated network: a
// discrete-event simulator. Equal seeds give equal runs.
//
//	Net ---- Node ---- psync.Core       time, latency, links, partitions
//	  |        |  \--- a store          skewed clocks, slow and full stores, restarts
//	  |        \------ Malice           what a node does instead of keeping to the protocol
//	  \----- Mesh                       who is linked to whom
//
// Time is simulated; messages take time, links break, clocks are skewed, and
// stores take time to commit. Handshakes are real; the verdict on
// a record's signature is remembered, since all nodes would compute the same.
package sim

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// Config describes a network.
type Config struct {
	Seed       uint64
	MinLatency int64 // ms, of a message
	MaxLatency int64 // ms
	Commit     int64 // ms, of a transaction
	Bucket     int64 // s; 0 means a day
	Retention  int64 // s; 0 means 90 days
	MaxPeers   int   // 0 means 1000
	// PeerSession is after what time nodes renew their sessions, in ms; 0 means an hour.
	PeerSession int64
}

// Net is a simulated network.
type Net struct {
	cfg   Config
	rng   *rand.Rand
	now   int64 // ms
	queue queue
	seq   uint64
	Nodes []*Node
	room  record.RoomTag
	// good holds the signatures that hold: a record with another one is forged.
	good map[record.ID]record.Sig
	// bodies are shared by all stores.
	bodies map[record.ID][]byte
	// behind is a node that lately differed: looking there first makes Converged cheap.
	behind *Node
	// OnMessage, if set, sees every message as it is sent.
	OnMessage func(from, to *Node, ch psync.Channel, msg []byte)
	// Filter, if set, lets a message pass or loses it.
	Filter func(from, to *Node, msg []byte) bool
	// Messages and Bytes count what honest nodes have sent; ByType are the bytes by
	// the first byte of the message.
	Messages, Bytes uint64
	ByType          [256]uint64
}

// Epoch is the simulated time at which a Net starts, in ms.
const Epoch = 1_800_000_000_000

// New makes an empty network.
func New(cfg Config) *Net {
	if cfg.Bucket == 0 {
		cfg.Bucket = 24 * 3600
	}
	if cfg.Retention == 0 {
		cfg.Retention = 90 * 24 * 3600
	}
	if cfg.MaxPeers == 0 {
		cfg.MaxPeers = 1000
	}
	return &Net{
		cfg: cfg, rng: rand.New(rand.NewPCG(cfg.Seed, 1)), now: Epoch,
		room:   record.RoomTag{0x51, 0x70},
		good:   make(map[record.ID]record.Sig),
		bodies: make(map[record.ID][]byte),
	}
}

// Now is the simulated time in ms since 1970.
func (n *Net) Now() int64 { return n.now }

// Rand is the network's source of randomness.
func (n *Net) Rand() *rand.Rand { return n.rng }

// Room is the tag of the room that all nodes are in.
func (n *Net) Room() record.RoomTag { return n.room }

func (n *Net) random32() (b [32]byte) {
	for i := 0; i < 32; i += 8 {
		binary.LittleEndian.PutUint64(b[i:], n.rng.Uint64())
	}
	return b
}

func (n *Net) latency() int64 {
	return n.cfg.MinLatency + n.rng.Int64N(n.cfg.MaxLatency-n.cfg.MinLatency+1)
}

// After runs f when ms milliseconds have passed.
func (n *Net) After(ms int64, f func()) {
	n.seq++
	n.queue.push(event{n.now + ms, n.seq, f})
}

// Run runs the network for a number of milliseconds.
func (n *Net) Run(ms int64) {
	n.RunUntil(ms, func() bool { return false })
}

// RunUntil runs the network until a condition holds, which it looks at every
// 100 ms, and reports whether it came to hold within ms milliseconds.
func (n *Net) RunUntil(ms int64, cond func() bool) bool {
	end := n.now + ms
	for next := n.now; ; next += 100 {
		for len(n.queue) > 0 && n.queue[0].at <= min(next, end) {
			e := n.queue.pop()
			n.now = max(n.now, e.at)
			e.do()
		}
		n.now = max(n.now, min(next, end))
		if cond() {
			return true
		}
		if next >= end {
			return false
		}
	}
}

// Converged reports whether all honest nodes that run hold the same.
func (n *Net) Converged() bool {
	first := n.behind
	if first != nil && first.core == nil {
		first = nil
	}
	for _, x := range n.Nodes {
		switch {
		case x.core == nil || x.malice != Honest:
		case first == nil:
			first = x
		case x.core.Len() != first.core.Len() || x.core.Root() != first.core.Root():
			n.behind = x
			return false
		}
	}
	return true
}

// AgreeOn reports whether all honest nodes run and hold the same versions of some records, or none.
// Unlike Converged it is of use while malicious nodes go on writing.
func (n *Net) AgreeOn(us []record.UUID) bool {
	var first *Node
	if n.behind != nil && n.behind.core != nil {
		first = n.behind
	}
	for _, x := range n.Nodes {
		switch {
		case x.malice != Honest:
			continue
		case x.core == nil:
			return false
		case first == nil:
			first = x
		}
		for _, u := range us {
			a, hasA := x.core.Find(u)
			b, hasB := first.core.Find(u)
			if hasA != hasB || a != b {
				n.behind = x
				return false
			}
		}
	}
	return true
}

// share returns the one copy of a record's body.
func (n *Net) share(id record.ID, body []byte) []byte {
	if have, ok := n.bodies[id]; ok && string(have) == string(body) {
		return have
	}
	n.bodies[id] = body
	return body
}

func (n *Net) String() string {
	return fmt.Sprintf("seed %d, %d nodes, at %d ms", n.cfg.Seed, len(n.Nodes), n.now-Epoch)
}
