package sim

import (
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// Two peers that offer everything again and again and give nothing must not keep
// others' records out by being asked in turns.
func TestHostagesInTurns(t *testing.T) {
	n := network(t, 1, 4)
	a, b := n.Nodes[0], n.Nodes[1]
	var recs []record.Record
	for i := range 100 {
		recs = append(recs, a.PutNew(text(i)))
	}
	n.Run(1000)
	for _, e := range n.Nodes[2:] {
		n.Connect(e, b)
		n.Run(3000)
		l := e.links[e.peers()[0]]
		msg := []byte{typeHave, 1}
		for _, r := range recs {
			msg = append(msg, r.ID[:]...)
		}
		var again func()
		again = func() { l.carry(n, psync.Control, msg); n.After(1000, again) }
		again()
	}
	n.Filter = func(_, to *Node, msg []byte) bool { return to == a || to == b || msg[0] != typeWant }
	n.Run(1000)
	n.Connect(a, b)
	if !n.RunUntil(180_000, n.hold(100)) {
		t.Errorf("%d of 100 held", b.core.Len())
	}
}
