package sim

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

func network(t *testing.T, seed uint64, nodes int) *Net {
	t.Helper()
	n := New(Config{Seed: seed, MinLatency: 5, MaxLatency: 60, Commit: 8})
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(n)
		}
	})
	for range nodes {
		n.Add(n.rng.Int64N(20_001) - 10_000)
	}
	return n
}

// ring connects every node to the next ones, and to some at random.
func (n *Net) ring(random int) {
	for i, x := range n.Nodes {
		n.Connect(x, n.Nodes[(i+1)%len(n.Nodes)])
		for range random {
			n.Connect(x, n.Nodes[n.rng.IntN(len(n.Nodes))])
		}
	}
}

// event makes an unsigned record whose id depends on i.
func (x *Node) event(at int64, i int) record.Event {
	var d [16]byte
	binary.BigEndian.PutUint64(d[:], uint64(i))
	e := record.New(x.net.room, d, at, fmt.Sprintf(`{"c":%d,"t":1}`, i))
	e.Author = x.Author()
	return e
}

func text(i int) string { return fmt.Sprintf(`{"c":{"text":"record %d"},"t":1}`, i) }

func TestTwoStrangers(t *testing.T) {
	n := network(t, 1, 2)
	a, b := n.Nodes[0], n.Nodes[1]
	for i := range 300 {
		a.PutNew(text(i))
	}
	for i := range 50 {
		b.PutNew(text(1000 + i))
	}
	n.Run(100)
	n.Connect(a, b)
	if !n.RunUntil(10_000, n.Converged) {
		t.Fatalf("not equal: %d and %d", a.core.Len(), b.core.Len())
	}
	if a.core.Len() != 350 || b.Stored() != 350 {
		t.Fatalf("%d held, %d stored, want 350", a.core.Len(), b.Stored())
	}
	live := func() bool {
		p, q := a.core.Peers(), b.core.Peers()
		return p[0].State == psync.Live && q[0].State == psync.Live && p[0].Agreed && q[0].Agreed
	}
	if !n.RunUntil(5_000, live) {
		t.Fatalf("not live and agreed: %+v, %+v", a.core.Peers(), b.core.Peers())
	}
	// One more record is pushed, and costs little.
	before := n.Bytes
	a.PutNew(text(2000))
	if !n.RunUntil(500, func() bool { return b.core.Len() == 351 }) {
		t.Fatal("a live record did not arrive")
	}
	n.Run(4_000)
	if !live() {
		t.Errorf("not live after a push: %+v, %+v", a.core.Peers(), b.core.Peers())
	}
	if cost := n.Bytes - before; cost > 1000 {
		t.Errorf("one more record cost %d bytes", cost)
	}
}

// TestConvergence lets 24 peers write, edit and delete while links break and
// nodes restart, and then expects all to be equal.
func TestConvergence(t *testing.T) {
	t.Parallel()
	for seed := range uint64((4 + share) / share) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			n := network(t, seed, 24)
			own := make(map[*Node][]record.Record)
			n.ring(2)
			for step := range 400 {
				x := n.Nodes[n.rng.IntN(len(n.Nodes))]
				y := n.Nodes[n.rng.IntN(len(n.Nodes))]
				switch p := n.rng.IntN(100); {
				case p < 8:
					n.Disconnect(x, y)
				case p < 20:
					if x.core != nil && y.core != nil {
						n.Connect(x, y)
					}
				case p < 22:
					if x.core != nil {
						x.Stop()
						n.After(n.rng.Int64N(4000), x.Start)
					}
				case x.core == nil:
				case p < 40 && len(own[x]) > 0:
					i := n.rng.IntN(len(own[x]))
					own[x][i] = x.Put(own[x][i].D, text(step))
				case p < 50 && len(own[x]) > 0:
					x.Delete(own[x][n.rng.IntN(len(own[x]))])
				default:
					own[x] = append(own[x], x.PutNew(text(step)))
				}
				n.Run(n.rng.Int64N(120))
			}
			n.Run(5_000)
			n.ring(2)
			if !n.RunUntil(120_000, n.Converged) {
				for i, x := range n.Nodes {
					t.Logf("node %d: %d entries, root %x, %d links, ended: %v", i, x.core.Len(), x.core.Root(), x.Degree(), x.Reasons)
				}
				t.Fatal("not equal")
			}
			for i, x := range n.Nodes {
				for code := range x.Reasons {
					switch code {
					case psync.ReasonGone, psync.ReasonTimeout:
					default:
						t.Errorf("node %d ended a session with an honest peer: %v", i, code)
					}
				}
				if x.Stored() != x.core.Len() {
					t.Errorf("node %d holds %d entries and stores %d", i, x.core.Len(), x.Stored())
				}
			}
		})
	}
}
