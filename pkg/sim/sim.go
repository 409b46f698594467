// Package sim runs many sync cores in one process, on a simulated network: a
// discrete-event simulator. Equal seeds give equal runs.
//
// Time is simulated; messages take time, links break, clocks are skewed, and
// stores take time to commit. Handshakes are real; the verdict on
// a record's signature is remembered, since all nodes would compute the same.
package sim

import (
	"container/heap"
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
}

// Net is a simulated network.
type Net struct {
	cfg   Config
	rng   *rand.Rand
	now   int64 // ms
	queue events
	seq   uint64
	Nodes []*Node
	room  record.RoomTag
	good  map[record.ID]bool // signatures that hold
	// OnMessage, if set, sees every message as it is sent.
	OnMessage func(from, to *Node, ch psync.Channel, msg []byte)
	// Filter, if set, lets a message pass or loses it.
	Filter func(from, to *Node, msg []byte) bool
	// Sent counts all messages and bytes.
	Messages, Bytes uint64
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
		room: record.RoomTag{0x51, 0x70}, good: make(map[record.ID]bool),
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

type event struct {
	at  int64
	seq uint64 // equal times keep their order
	do  func()
}

type events []event

func (q events) Len() int { return len(q) }
func (q events) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].seq < q[j].seq
}
func (q events) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *events) Push(x any)   { *q = append(*q, x.(event)) }
func (q *events) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = event{}
	*q = old[:len(old)-1]
	return e
}

// After runs f when ms milliseconds have passed.
func (n *Net) After(ms int64, f func()) {
	n.seq++
	heap.Push(&n.queue, event{n.now + ms, n.seq, f})
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
			e := heap.Pop(&n.queue).(event)
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

// Converged reports whether all running nodes hold the same.
func (n *Net) Converged() bool {
	var first *Node
	for _, x := range n.Nodes {
		switch {
		case x.core == nil:
		case first == nil:
			first = x
		case x.core.Root() != first.core.Root():
			return false
		}
	}
	return true
}

// Connect links two nodes; a makes the offer.
func (n *Net) Connect(a, b *Node) {
	if a == b || a.linked(b) != 0 {
		return
	}
	la, lb := &link{node: a, peer: b}, &link{node: b, peer: a}
	la.other, lb.other = lb, la
	fa, fb := n.random32(), n.random32()
	a.attach(la)
	b.attach(lb)
	a.core.Connected(a.time(), la.id, true, fa, fb, n.random32())
	b.core.Connected(b.time(), lb.id, false, fb, fa, n.random32())
	a.effects()
	b.effects()
}

// Disconnect breaks the link between two nodes, as a network does: both
// notice after a while, and what is under way is lost.
func (n *Net) Disconnect(a, b *Node) {
	if id := a.linked(b); id != 0 {
		a.links[id].cut(n)
	}
}

// link is one side of a connection.
type link struct {
	id         psync.ConnID
	node, peer *Node
	other      *link
	dead       bool
	last       [2]int64 // when the last message of a channel arrives
}

func (l *link) cut(n *Net) {
	for _, s := range [...]*link{l, l.other} {
		if s.dead {
			continue
		}
		s.dead = true
		n.After(n.latency(), func() { s.node.closed(s) })
	}
}

// send delivers a message after some time, in order for its channel.
func (l *link) send(n *Net, ch psync.Channel, msg []byte) {
	if l.dead {
		return
	}
	n.Messages++
	n.Bytes += uint64(len(msg))
	if n.OnMessage != nil {
		n.OnMessage(l.node, l.peer, ch, msg)
	}
	if n.Filter != nil && !n.Filter(l.node, l.peer, msg) {
		return
	}
	at := max(n.now+n.latency(), l.last[ch])
	l.last[ch] = at
	to := l.other
	n.After(at-n.now, func() {
		if !to.dead && to.node.core != nil {
			to.node.core.Receive(to.node.time(), to.id, ch, msg)
			to.node.effects()
		}
	})
}

func (n *Net) String() string {
	return fmt.Sprintf("seed %d, %d nodes, at %d ms", n.cfg.Seed, len(n.Nodes), n.now-Epoch)
}
