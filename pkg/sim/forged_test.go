//go:build shortsum

package sim

import (
	"encoding/binary"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

// Somebody has ground records so that two peers' sets have equal sums, here of 16
// bits: fingerprints are equal, hashes of buckets are not. The peers notice, list
// the ids of that bucket once, and agree.
func TestForgedSum(t *testing.T) {
	n := network(t, 1, 2)
	a, b := n.Nodes[0], n.Nodes[1]
	now := n.now / 1000
	for i := range 200 {
		a.sign(a.event(now-1000+int64(i), i))
	}
	n.Run(100)
	n.Connect(a, b)
	if !n.RunUntil(10_000, n.Converged) {
		t.Fatal("not equal to begin with")
	}
	n.Disconnect(a, b)
	n.Run(1000)

	at := now - 955 // in the middle of one of the 16 parts that the range is split into
	a1, a2, b1 := a.event(at, 1001), a.event(at, 1002), b.event(at, 1003)
	target := low16(a1) + low16(a2) - low16(b1)
	b2 := b.event(at, 1004)
	for i := 1005; low16(b2) != target; i++ {
		b2 = b.event(at, i)
	}
	a.sign(a1)
	a.sign(a2)
	b.sign(b1)
	b.sign(b2)
	n.Run(1000)
	if a.core.Root() == b.core.Root() {
		t.Fatal("the roots are equal before anything was exchanged")
	}
	n.Connect(a, b)
	if n.RunUntil(2_500, n.Converged) {
		t.Fatal("the first round already found the difference: nothing was forged")
	}
	if !n.RunUntil(20_000, n.Converged) {
		t.Fatalf("not healed: %d and %d", a.core.Len(), b.core.Len())
	}
}

func low16(e record.Event) uint16 {
	id := e.Hash()
	return binary.LittleEndian.Uint16(id[:2])
}
