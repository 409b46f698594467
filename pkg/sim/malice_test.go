package sim

import "testing"

// Two malicious peers of each kind keep six honest ones neither from agreeing nor apart, and
// every kind does what it is meant to.
func TestMalice(t *testing.T) {
	t.Parallel()
	for m := Honest + 1; m < allMalice; m++ {
		t.Run(m.String(), func(t *testing.T) {
			n := network(t, uint64(m), 6)
			for _, x := range n.Nodes {
				x.skew = n.skewed()
			}
			for range 2 {
				n.AddMalicious(n.skewed(), m)
			}
			n.Mesh(4, 7)
			for i := range 200 / share {
				n.Nodes[n.rng.IntN(len(n.Nodes))].PutNew(text(i))
				n.Run(200)
			}
			if m == BadTimes {
				for _, x := range n.Nodes[6:] {
					x.Stop()
				}
				n.Run(1_500_000) // by then all can take what was too far ahead
			}
			if !n.RunUntil(180_000, n.Converged) {
				differing(t, n)
				t.Fatal("not equal")
			}
			honest(t, n)
			struck := 0
			for _, x := range n.Nodes[:6] {
				for _, times := range x.Struck {
					struck += times
				}
			}
			t.Logf("equal after %d s; %d sessions with malicious peers ended; %d bytes per peer, optimum %d",
				(n.now-Epoch)/1000, struck, n.Bytes/6, n.optimum())
			switch m {
			case Endless, Replay, BadSigs, Garbage:
				if struck == 0 {
					t.Error("no session with a malicious peer ended")
				}
			}
			if perPeer := n.Bytes / 6; perPeer > 1<<20 {
				t.Errorf("%d bytes per peer", perPeer)
			}
		})
	}
}
