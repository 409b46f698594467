package sim

import (
	"fmt"
	"testing"
)

// Sessions are renewed all the time, by age and for other session keys, while all write and the two
// channels of a link overtake one another by far. No session ends, and nothing is missing.
func TestRenewals(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			const nodes = 6
			n := New(Config{Seed: seed, MinLatency: 5, MaxLatency: 900, Commit: 8, PeerSession: 5000})
			for range nodes {
				n.Add(n.skewed())
			}
			n.ring(1)
			n.Run(5000)
			for i := range 900 / share {
				x := n.Nodes[n.rng.IntN(nodes)]
				x.PutNew(text(i))
				if n.rng.IntN(20) == 0 {
					x.Certify()
				}
				n.Run(n.rng.Int64N(200))
			}
			if !n.RunUntil(120_000, n.Converged) {
				differing(t, n)
				t.Fatal("not equal")
			}
			renewed := 0
			for i, x := range n.Nodes {
				if len(x.Reasons) > 0 {
					t.Errorf("sessions of node %d ended: %v", i, x.Reasons)
				}
				for _, p := range x.core.Peers() {
					renewed += int(p.Number) - 1
				}
				if tr := x.Traffic(); tr.Duplicates > tr.Bodies/10 {
					t.Errorf("node %d got %d of %d records twice", i, tr.Duplicates, tr.Bodies)
				}
			}
			if renewed < 10*nodes {
				t.Errorf("%d renewals", renewed)
			}
			t.Logf("%d renewals", renewed)
		})
	}
}
