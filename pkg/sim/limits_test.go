package sim

import "testing"

// Ten thousand records, which are there when two meet and as many that are written within seconds while a third
// looks on, come within the default limits.
func TestLimitsAreRoomy(t *testing.T) {
	t.Parallel()
	const records = 10_000 / share
	n := network(t, 11, 3)
	a, b, c := n.Nodes[0], n.Nodes[1], n.Nodes[2]
	for i := range records {
		a.PutNew(text(i))
	}
	n.Run(1000)
	n.Connect(a, b)
	n.Connect(b, c)
	n.Connect(a, c)
	if !n.RunUntil(120_000, n.Converged) {
		differing(t, n)
		t.Fatal("not equal")
	}
	for i := range records {
		a.PutNew(text(records + i))
		if i%5 == 0 {
			n.Run(2)
		}
	}
	if !n.RunUntil(120_000, n.Converged) {
		differing(t, n)
		t.Fatal("not equal after writing")
	}
	for i, x := range n.Nodes {
		if x.core.Len() != 2*records || len(x.Reasons) > 0 {
			t.Errorf("node %d holds %d; sessions ended: %v", i, x.core.Len(), x.Reasons)
		}
		if tr := x.Traffic(); tr.Duplicates > tr.Bodies/20 {
			t.Errorf("node %d got %d of %d records twice", i, tr.Duplicates, tr.Bodies)
		}
	}
}
