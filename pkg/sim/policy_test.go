package sim

import (
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// refuses refuses one in three records.
func refuses(kind byte) func(*record.Record) psync.Verdict {
	return func(r *record.Record) psync.Verdict {
		if r.ID[0]%3 == kind {
			return psync.Refuse
		}
		return psync.Accept
	}
}

// Two peers with different policies reach equal roots once each body has reached both, and
// transfer nothing twice. A newcomer asks others for what they have not, and where nobody has it,
// is in sync with so many unavailable.
func TestPolicies(t *testing.T) {
	const each = 150
	for seed := range uint64(4 / share) {
		n := network(t, seed, 2)
		a, b := n.Nodes[0], n.Nodes[1]
		a.Policy, b.Policy = refuses(0), refuses(1)
		refusedByBoth := 0
		for i := range each {
			if r := a.PutNew(text(i)); r.ID[0]%3 == 1 {
				refusedByBoth++ // only a, who wrote it, has a body
			}
			b.PutNew(text(i))
		}
		n.Run(100)
		n.Connect(a, b)
		if !n.RunUntil(20_000, func() bool { return n.hold(2*each)() && n.allAgree() }) {
			t.Fatalf("seed %d: not equal", seed)
		}
		n.Run(120_000)
		bodies, duplicates := n.received()
		if bodies != 2*each || duplicates != 0 {
			t.Errorf("seed %d: %d bodies received, %d of them twice, want %d", seed, bodies, duplicates, 2*each)
		}

		// The newcomer takes everything. Of b alone it gets all but what b refused.
		c := n.Add(0)
		n.Connect(c, b)
		without := 0
		b.core.Keys(func(psync.Key) bool { without++; return true })
		without = b.core.Len() - without
		if without != refusedByBoth {
			t.Fatalf("seed %d: b has %d ids without a body, want %d", seed, without, refusedByBoth)
		}
		reported := func() bool {
			p := c.core.Peers()[0]
			return c.core.Len() == 2*each-without && p.Agreed && p.State == psync.Live && p.Unavailable == without
		}
		if !n.RunUntil(30_000, reported) {
			t.Fatalf("seed %d: the newcomer holds %d of %d: %+v", seed, c.core.Len(), 2*each-without, c.core.Peers()[0])
		}
		// a has those that b has not.
		n.Connect(a, c)
		if !n.RunUntil(30_000, func() bool { return n.Converged() && n.allAgree() }) {
			t.Fatalf("seed %d: the newcomer holds %d of %d: %+v", seed, c.core.Len(), 2*each, c.core.Peers())
		}
		for _, p := range c.core.Peers() {
			if p.Unavailable != 0 {
				t.Errorf("seed %d: %d unavailable of nothing", seed, p.Unavailable)
			}
		}
		if got := c.Traffic(); got.Bodies != 2*each || got.Duplicates != 0 {
			t.Errorf("seed %d: the newcomer received %d bodies, %d twice", seed, got.Bodies, got.Duplicates)
		}
		bytes := n.Bytes
		n.Run(300_000)
		honest(t, n)
		if cost := n.Bytes - bytes; cost > 30_000 {
			t.Errorf("seed %d: five minutes of agreement cost %d bytes", seed, cost)
		}
	}
}

// What only peers that refused it are left to tell of stays unavailable to a newcomer, which is
// in sync nevertheless, with every one of them.
func TestNobodyHasABody(t *testing.T) {
	n := network(t, 5, 4)
	author := n.Nodes[0]
	for _, x := range n.Nodes[1:] {
		x.Policy = refuses(0)
	}
	lost := 0
	for i := range 90 {
		if r := author.PutNew(text(i)); r.ID[0]%3 == 0 {
			lost++
		}
	}
	n.ring(2)
	if !n.RunUntil(20_000, n.hold(90)) {
		t.Fatal("not equal")
	}
	author.Stop()
	n.Run(1_000)
	c := n.Add(0)
	for _, x := range n.Nodes[1:4] {
		n.Connect(c, x)
	}
	synced := func() bool {
		for _, p := range c.core.Peers() {
			if !p.Agreed || p.Unavailable != lost {
				return false
			}
		}
		return c.core.Len() == 90-lost
	}
	if !n.RunUntil(60_000, synced) {
		t.Fatalf("%d of %d held, %d lost: %+v", c.core.Len(), 90, lost, c.core.Peers())
	}
	bytes := n.Bytes
	n.Run(300_000)
	if !synced() {
		t.Errorf("no longer in sync: %+v", c.core.Peers())
	}
	honest(t, n)
	if cost := n.Bytes - bytes; cost > 60_000 {
		t.Errorf("five minutes cost %d bytes", cost)
	}
	author.Start()
	n.Connect(c, author)
	if !n.RunUntil(60_000, n.Converged) {
		t.Errorf("with the author back %d of 90 are held", c.core.Len())
	}
}
