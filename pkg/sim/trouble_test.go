package sim

import (
	"encoding/binary"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// 1. What could not be stored, or was deferred, is asked for again later.
func TestDeferredIsAskedForAgain(t *testing.T) {
	for _, offers := range []bool{true, false} {
		n := network(t, 1, 2)
		a, b := n.Nodes[0], n.Nodes[1]
		for i := range 30 {
			a.PutNew(text(i))
		}
		n.Run(100)
		b.Fail = psync.ErrStoreFull
		if offers {
			n.Connect(b, a)
		} else {
			n.Connect(a, b)
		}
		n.Run(20_000)
		b.Fail = nil
		if !n.RunUntil(120_000, n.Converged) {
			t.Errorf("b offers %v: %d of 30 held; %+v", offers, b.core.Len(), b.core.Peers()[0])
		}
	}
}

// evilLink is e's side of its only link; what is asked of e is lost.
func evilLink(n *Net, e *Node) *link {
	n.Filter = func(_, to *Node, msg []byte) bool { return to != e || msg[0] != 0x21 }
	return e.links[e.peers()[0]]
}

// 2. One peer that offers 200,000 ids must not keep others' records out.
func TestFloodOfHaves(t *testing.T) {
	n := network(t, 1, 3)
	a, b, e := n.Nodes[0], n.Nodes[1], n.Nodes[2]
	n.Connect(e, b)
	n.Run(3000)
	l := evilLink(n, e)
	for i := range 448 {
		msg := []byte{0x20, 1}
		for j := range 448 {
			var x [32]byte
			binary.BigEndian.PutUint64(x[:], uint64(i*448+j+1))
			msg = append(msg, x[:]...)
		}
		l.send(n, psync.Control, msg)
	}
	n.Run(3000)
	for i := range 10 {
		a.PutNew(text(i))
	}
	n.Run(1000)
	n.Connect(a, b)
	if !n.RunUntil(180_000, func() bool { return b.core.Len() == 10 }) {
		t.Errorf("%d of 10 held", b.core.Len())
	}
}

// 3. One peer that says it holds everything, gives nothing, and pushes a record of
// its own now and then, must not keep others' records out.
func TestHostages(t *testing.T) {
	n := network(t, 1, 3)
	a, b, e := n.Nodes[0], n.Nodes[1], n.Nodes[2]
	var recs []record.Record
	for i := range 1000 {
		recs = append(recs, a.PutNew(text(i)))
	}
	n.Run(1000)
	n.Connect(e, b)
	n.Run(3000)
	l := evilLink(n, e)
	for i := 0; i < 1000; i += 250 {
		msg := []byte{0x20, 1}
		for _, r := range recs[i : i+250] {
			msg = append(msg, r.ID[:]...)
		}
		l.send(n, psync.Control, msg)
	}
	n.Run(1000)
	n.Connect(a, b)
	var again func()
	again = func() { e.Put([16]byte{7}, text(5000)); n.After(15_000, again) }
	again()
	if !n.RunUntil(180_000, func() bool { return b.core.Len() >= 1001 }) {
		t.Errorf("%d of 1001 held", b.core.Len())
	}
}

// 4. Slow stores are no offence.
func TestSlowStores(t *testing.T) {
	n := network(t, 1, 3)
	a, b, x := n.Nodes[0], n.Nodes[1], n.Nodes[2]
	for i := range 100 {
		a.PutNew(text(i))
	}
	n.Run(1000)
	n.Connect(a, b)
	n.RunUntil(10_000, n.Converged)
	n.Run(1000)
	a.Slow, b.Slow = 100_000, 100_000
	n.Connect(x, a)
	n.Connect(x, b)
	n.Run(30_000)
	n.Disconnect(x, b)
	n.Run(300_000)
	if x.core.Len() != 100 || x.Reasons[psync.ReasonExceeded] != 0 {
		t.Errorf("%d of 100 held, %v", x.core.Len(), x.Reasons)
	}
}

// 5. A restart changes nothing, and loses nothing, when the author's clock is ahead.
func TestRestartBehind(t *testing.T) {
	n := New(Config{Seed: 1, MinLatency: 5, MaxLatency: 60, Commit: 8})
	a, b := n.Add(200_000), n.Add(-200_000)
	n.Connect(a, b)
	n.Run(3000)
	for i := range 20 {
		a.PutNew(text(i))
	}
	n.Run(3000)
	b.Stop()
	b.Start()
	if b.core.Len() != 20 {
		t.Errorf("%d of 20 held after a restart", b.core.Len())
	}
	n.Connect(a, b)
	n.Run(600_000)
	if b.core.Len() != 20 || b.Stored() != 20 {
		t.Errorf("later: %d held, %d stored", b.core.Len(), b.Stored())
	}
}

// 6, 7, 8. A burst of edits: none is refused, the last one wins and is stored.
func TestBurst(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100 / share / share) {
		n := New(Config{Seed: seed, MinLatency: 5, MaxLatency: 60, Commit: 40})
		a, b := n.Add(n.rng.Int64N(1000)), n.Add(0)
		n.Connect(a, b)
		n.Run(3000)
		var last record.Record
		for i := range 200 {
			last = a.Put([16]byte{1}, text(i))
			if n.rng.IntN(4) == 0 {
				n.Run(n.rng.Int64N(60))
			}
		}
		n.Run(200_000)
		for i, x := range n.Nodes {
			if k, ok := x.core.Find(last.UUID); !ok || k.ID != last.ID || x.store[k] == nil || x.Stored() != x.core.Len() {
				t.Errorf("seed %d, node %d: last edit current %v; %d held, %d stored, body %v", seed, i, k.ID == last.ID, x.core.Len(), x.Stored(), x.store[k] != nil)
			}
		}
	}
}
