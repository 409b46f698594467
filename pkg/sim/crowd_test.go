package sim

import (
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

const maxClock = 300_000 // ms that a clock may be off: any two are at most 10 minutes apart

// skewed is a clock that is off.
func (n *Net) skewed() int64 { return n.rng.Int64N(2*maxClock+1) - maxClock }

// honest checks that no session between honest nodes ended but by the network's fault, and
// that stores hold what cores do.
func honest(t *testing.T, n *Net) {
	t.Helper()
	for i, x := range n.Nodes {
		if x.malice != Honest {
			continue
		}
		for code, times := range x.Reasons {
			switch code {
			case psync.ReasonGone, psync.ReasonTimeout, psync.ReasonDuplicate:
			default:
				t.Errorf("node %d ended %d sessions with honest peers: %v", i, times, code)
			}
		}
		if x.core != nil && x.Stored() != x.core.Len() {
			t.Errorf("node %d holds %d entries and stores %d", i, x.core.Len(), x.Stored())
		}
	}
}

// hold is the condition that all hold the same number of entries, and the same ones.
func (n *Net) hold(entries int) func() bool {
	return func() bool { return n.Nodes[0].core.Len() == entries && n.Converged() }
}

// differing logs the honest nodes that do not hold what most do.
func differing(t *testing.T, n *Net) {
	t.Helper()
	roots := make(map[[32]byte]int)
	for _, x := range n.Nodes {
		if x.core != nil && x.malice == Honest {
			roots[x.core.Root()]++
		}
	}
	for i, x := range n.Nodes {
		if x.core == nil || x.malice != Honest || roots[x.core.Root()] > len(n.Nodes)/2 {
			continue
		}
		t.Logf("node %d: %d entries, a root that %d have, ended: %v, %v", i, x.core.Len(), roots[x.core.Root()], x.Reasons, x.Struck)
		for _, p := range x.core.Peers() {
			peer := x.links[p.Conn].peer
			t.Logf("  %v, %v, agreed %v, unavailable %d, wanted %d", p.State, peer.malice, p.Agreed, p.Unavailable, p.Wanted)
		}
	}
}

// received sums up what came to honest nodes: bodies, and those of them that were held.
func (n *Net) received() (bodies, duplicates uint64) {
	for _, x := range n.Nodes {
		if x.malice == Honest {
			t := x.Traffic()
			bodies += t.Bodies
			duplicates += t.Duplicates
		}
	}
	return bodies, duplicates
}

// optimum is what the bodies of all current records cost a peer that lacks them.
func (n *Net) optimum() (bytes uint64) {
	for _, body := range n.Nodes[0].store {
		bytes += uint64(len(body))
	}
	return bytes
}

// TestCrowd lets 200 peers, one in ten of them malicious, write, edit and delete while links break,
// nodes restart, and the network falls apart and comes together again.
func TestCrowd(t *testing.T) {
	t.Parallel()
	const seed = 1
	n := New(Config{Seed: seed, MinLatency: 10, MaxLatency: 200, Commit: 15})
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(n)
		}
	})
	for i := range crowd {
		if i%10 == 9 {
			n.AddMalicious(n.skewed(), MaliceOf(i/10))
		} else {
			n.Add(n.skewed())
		}
	}
	n.Mesh(6, 10)
	n.Churn(120_000, 300_000, n.now+80_000)
	n.After(25_000, func() { n.Partition(func(i int) int { return i % 3 / 2 }) })
	n.After(65_000, n.Heal)

	own := make(map[*Node][]record.Record)
	deleted := make(map[record.UUID]bool) // and durably so: not where the author's restart came before
	for step := range 400 {
		switch x := n.Nodes[n.rng.IntN(crowd)]; {
		case x.core == nil:
		case step%4 == 1 && len(own[x]) > 0:
			i := n.rng.IntN(len(own[x]))
			if _, gone := deleted[own[x][i].UUID]; !gone {
				own[x][i] = x.Put(own[x][i].D, text(step))
			}
		case step%8 == 3 && len(own[x]) > 0:
			r := own[x][n.rng.IntN(len(own[x]))]
			x.Delete(r)
			deleted[r.UUID] = false
			n.Run(100)
			if x.core != nil && x.malice == Honest {
				_, held := x.core.Find(r.UUID)
				deleted[r.UUID] = !held
			}
		default:
			own[x] = append(own[x], x.PutNew(text(step)))
		}
		n.Run(200)
	}
	n.Run(5_000)
	// Malicious nodes go on writing: what counts is what honest ones wrote.
	var written []record.UUID
	for _, x := range n.Nodes {
		for _, r := range own[x] {
			if x.malice == Honest {
				written = append(written, r.UUID)
			}
		}
	}
	settled := func() bool { return n.AgreeOn(written) }
	if !n.RunUntil(240_000, settled) {
		differing(t, n)
		t.Fatalf("not equal after %d s", (n.now-Epoch)/1000)
	}
	honest(t, n)
	bodies, duplicates := n.received()
	perPeer, optimum := n.Bytes/crowd, n.optimum()
	t.Logf("equal after %d s; %d bytes per peer, optimum %d; %d of %d bodies in vain; %d messages per peer; haves %d bytes per peer",
		(n.now-Epoch)/1000, perPeer, optimum, duplicates, bodies, n.Messages/crowd, n.ByType[typeHave]/crowd)
	if perPeer > 12*optimum {
		t.Errorf("%d bytes per peer, the optimum is %d", perPeer, optimum)
	}
	for u, durably := range deleted {
		if !durably {
			continue
		}
		for i, x := range n.Nodes {
			if x.core == nil || x.malice != Honest {
				continue
			}
			if _, ok := x.core.Find(u); ok {
				t.Fatalf("node %d holds a deleted record", i)
			}
		}
	}
}

// TestJoinAtOnce lets fifty peers, each with records of its own, meet within a moment.
func TestJoinAtOnce(t *testing.T) {
	t.Parallel()
	const peers, each = 50, 20
	n := network(t, 1, peers)
	for _, x := range n.Nodes {
		for i := range each {
			x.PutNew(text(i))
		}
	}
	n.Run(1000)
	before := n.now
	n.Mesh(6, 10)
	if !n.RunUntil(30_000, n.hold(peers*each)) {
		differing(t, n)
		t.Fatal("not equal")
	}
	t.Logf("equal after %d ms", n.now-before)
	n.Run(15_000) // calm after it
	honest(t, n)
	bodies, duplicates := n.received()
	perPeer, optimum := n.Bytes/peers, n.optimum()
	t.Logf("%d bytes per peer, optimum %d; %d of %d bodies in vain; %d messages per peer, haves %d bytes",
		perPeer, optimum, duplicates, bodies, n.Messages/peers, n.ByType[typeHave]/peers)
	if duplicates*50 > bodies {
		t.Errorf("%d of %d bodies were held already", duplicates, bodies)
	}
	if perPeer > 3*optimum {
		t.Errorf("%d bytes per peer, the optimum is %d", perPeer, optimum)
	}
	if m := n.Messages / peers; m > 2000 {
		t.Errorf("%d messages per peer", m)
	}

	// Then all are quiet.
	bytes, messages := n.Bytes, n.Messages
	n.Run(60_000)
	if b, m := (n.Bytes-bytes)/peers, (n.Messages-messages)/peers; b > 4000 || m > 300 {
		t.Errorf("idle for a minute: %d bytes and %d messages per peer", b, m)
	}
}

// TestLiveCrowd lets fifty peers write for a while: hardly a body may come twice.
func TestLiveCrowd(t *testing.T) {
	t.Parallel()
	const peers, writes = 50, 400 / share
	n := network(t, 2, peers)
	n.Mesh(6, 10)
	n.Run(5_000)
	for i := range writes {
		n.Nodes[n.rng.IntN(peers)].PutNew(text(i))
		n.Run(100)
	}
	if !n.RunUntil(20_000, n.hold(writes)) {
		differing(t, n)
		t.Fatal("not equal")
	}
	n.Run(2_000)
	honest(t, n)
	bodies, duplicates := n.received()
	perPeer, optimum := n.Bytes/peers, n.optimum()
	t.Logf("%d bytes per peer, optimum %d; %d of %d bodies in vain; %d messages per peer, haves %d bytes",
		perPeer, optimum, duplicates, bodies, n.Messages/peers, n.ByType[typeHave]/peers)
	if duplicates*50 > bodies {
		t.Errorf("%d of %d bodies were held already", duplicates, bodies)
	}
	if perPeer > 4*optimum {
		t.Errorf("%d bytes per peer, the optimum is %d", perPeer, optimum)
	}
}
