package sim

import (
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// 1,000 edits of few records in a burst end equal everywhere, with the last one of each.
func TestEditsInABurst(t *testing.T) {
	t.Parallel()
	const peers, edits, records = 10, 1000, 5
	for seed := range uint64(4 / share) {
		n := network(t, seed, peers)
		n.Mesh(4, 6)
		n.Run(5_000)
		last := make([]record.Record, records)
		for i := range edits {
			k := n.rng.IntN(records)
			last[k] = n.Nodes[k].Put([16]byte{byte(k)}, text(i))
			n.Run(n.rng.Int64N(3))
		}
		bytes := n.Bytes
		// The last of 200 versions is up to 200 s ahead of its writer's clock, and waits for all but 60.
		same := func() bool {
			for _, x := range n.Nodes {
				for _, r := range last {
					if k, ok := x.core.Find(r.UUID); !ok || k.ID != r.ID {
						return false
					}
				}
			}
			return n.Converged()
		}
		if !n.RunUntil(300_000, same) {
			differing(t, n)
			t.Fatalf("seed %d: not equal", seed)
		}
		n.Run(1_000)
		honest(t, n)
		for i, x := range n.Nodes {
			if x.core.Len() != records || x.Stored() != records {
				t.Errorf("seed %d, node %d: %d held, %d stored, want %d", seed, i, x.core.Len(), x.Stored(), records)
			}
		}
		if cost := (n.Bytes - bytes) / peers; cost > 200_000 {
			t.Errorf("seed %d: %d bytes per peer after the burst", seed, cost)
		}
	}
}

// A tombstone wins over any older version, however late it arrives: nothing that was
// deleted comes back.
func TestLateDelete(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4 / share) {
		n := network(t, seed, 12)
		author, away := n.Nodes[0], n.Nodes[11]
		n.ring(2)
		n.Run(3_000)
		var rs []record.Record
		for i := range 40 {
			rs = append(rs, author.PutNew(text(i)))
		}
		if !n.RunUntil(10_000, n.hold(40)) {
			t.Fatalf("seed %d: not equal to begin with", seed)
		}
		// One leaves with everything, the author deletes, and all others but one restart.
		away.Stop()
		for i, r := range rs {
			if i%2 == 0 {
				author.Delete(r)
			}
		}
		n.Run(10_000)
		for _, x := range n.Nodes[:10] {
			x.Stop()
			x.Start()
		}
		n.Run(3600_000)
		// He who was away meets a newcomer first, and gives it all that is deleted elsewhere.
		away.Start()
		fresh := n.Add(0)
		n.Connect(away, fresh)
		if !n.RunUntil(10_000, func() bool { return fresh.core.Len() == 40 }) {
			t.Fatalf("seed %d: the newcomer got %d of 40", seed, fresh.core.Len())
		}
		back := false
		n.OnMessage = func(from, to *Node, _ psync.Channel, msg []byte) {
			for i := 0; i < len(rs) && !back; i += 2 {
				for _, x := range n.Nodes[:11] {
					if x.core != nil {
						_, held := x.core.Find(rs[i].UUID)
						back = back || held
					}
				}
			}
		}
		n.Connect(fresh, n.Nodes[5])
		n.ring(1)
		if !n.RunUntil(30_000, n.Converged) {
			differing(t, n)
			t.Fatalf("seed %d: not equal", seed)
		}
		n.Run(5_000)
		honest(t, n)
		if back {
			t.Errorf("seed %d: a deleted record came back", seed)
		}
		for i, x := range n.Nodes {
			for j, r := range rs {
				if _, ok := x.core.Find(r.UUID); ok == (j%2 == 0) {
					t.Fatalf("seed %d, node %d: record %d held: %v", seed, i, j, ok)
				}
			}
		}
	}
}

// Peers with skewed clocks agree while their horizons differ: for ten minutes around midnight.
func TestHorizonsEdge(t *testing.T) {
	t.Parallel()
	const peers, each, day = 20, 20, 86_400_000
	n := New(Config{Seed: 3, MinLatency: 5, MaxLatency: 60, Commit: 8, Retention: 3 * 86_400})
	for range peers {
		n.Add(n.skewed())
	}
	// Each node's records lie a fifth of a day apart, the last one within 700 s before midnight. The horizon moves
	// from 4 days before midnight to 3.
	const before, after = peers * 20, peers * 15
	midnight := (n.now/day + 1) * day
	n.Run(midnight - n.now - 400_000)
	for i, x := range n.Nodes {
		for k := range each {
			x.sign(x.event(x.time()/1000-int64(k)*86_400/5, 100*i+k))
		}
	}
	n.Mesh(5, 8)
	if !n.RunUntil(60_000, n.hold(before)) {
		differing(t, n)
		t.Fatalf("not equal before midnight: %d entries, want %d", n.Nodes[0].core.Len(), before)
	}
	n.Run(midnight - maxClock - n.now)
	bytes, messages := n.Bytes, n.Messages
	agreed, looks := 0, 0
	for n.now < midnight+maxClock {
		n.Run(3_000)
		looks++
		if n.allAgree() {
			agreed++
		}
	}
	// A few seconds pass, at each of twenty midnights, until the others have heard of it.
	if agreed*100 < looks*80 {
		t.Errorf("all agreed at %d of %d looks", agreed, looks)
	}
	n.Run(5_000)
	if !n.hold(after)() || !n.allAgree() {
		differing(t, n)
		t.Errorf("not equal after midnight: %d entries, want %d; all agree: %v", n.Nodes[0].core.Len(), after, n.allAgree())
	}
	honest(t, n)
	if _, duplicates := n.received(); duplicates > 0 {
		t.Errorf("%d bodies came twice", duplicates)
	}
	if b, m := (n.Bytes-bytes)/peers, (n.Messages-messages)/peers; b > 60_000 || m > 2_000 {
		t.Errorf("midnight cost %d bytes and %d messages per peer", b, m)
	}
}

func (n *Net) allAgree() bool {
	for _, x := range n.Nodes {
		for _, p := range x.core.Peers() {
			if !p.Agreed {
				return false
			}
		}
	}
	return true
}
