package sim

import (
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

// A partition heals: what both sides wrote meanwhile, what one deleted and the other edited
// among it, is equal everywhere a while after.
func TestPartitionHeals(t *testing.T) {
	t.Parallel()
	const writes = 200 / share
	for seed := range uint64(4 / share) {
		n := network(t, seed, 30)
		n.Mesh(6, 10)
		n.Run(5_000)
		var rs []record.Record
		for i := range 60 {
			rs = append(rs, n.Nodes[i%30].PutNew(text(i)))
		}
		if !n.RunUntil(10_000, n.hold(60)) {
			t.Fatalf("seed %d: not equal to begin with", seed)
		}
		n.Partition(func(i int) int { return i % 2 })
		for i := range writes {
			n.Nodes[i%30].PutNew(text(1000 + i))
			if i < 30 {
				n.Nodes[i].Put(rs[i].D, text(2000+i))
			} else if i < 60 {
				n.Nodes[i-30].Delete(rs[i])
			}
			n.Run(500)
		}
		if n.Converged() {
			t.Fatalf("seed %d: equal across a partition", seed)
		}
		bytes := n.Bytes
		healed := n.now
		n.Heal()
		// Half of a node's links lead to its own side, so few are missing: the others come as links are lost.
		for i, x := range n.Nodes {
			if i%5 == 0 {
				n.Connect(x, n.Nodes[(i+1)%30])
			}
		}
		if !n.RunUntil(20_000, n.hold(30+30+writes)) {
			differing(t, n)
			t.Fatalf("seed %d: not equal", seed)
		}
		t.Logf("seed %d: equal %d ms after", seed, n.now-healed)
		honest(t, n)
		// Each side lacks half of what was written.
		if cost, body := n.Bytes-bytes, n.optimum()/uint64(n.Nodes[0].Stored())*(30+writes/2)*30; cost > 4*body {
			t.Errorf("seed %d: it cost %d bytes, the bodies have %d", seed, cost, body)
		}
	}
}
