package negentropy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/peersetdb/peerset/pkg/merkle"
)

// BenchmarkReconcile brings two sets of which one lacks the item in the middle
// to agreement; an op is all messages of both sides.
func BenchmarkReconcile(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			full, items := randomTree(rand.New(rand.NewPCG(1, 4)), n)
			partial := merkle.New(86400)
			partial.Load(append(slices.Clone(items[:n/2]), items[n/2+1:]...))
			var cost traffic
			for b.Loop() {
				_, _, cost = reconcile(b, View{Tree: partial}, View{Tree: full}, nil, 60_000, 60_000)
			}
			b.ReportMetric(float64(cost.bytes), "wire-B/op")
			b.ReportMetric(float64(cost.trips), "trips/op")
		})
	}
}

// BenchmarkRespondWorst answers the costliest message of 60,000 bytes: each of
// its fingerprints differs until the answer is full.
func BenchmarkRespondWorst(b *testing.B) {
	full, items := randomTree(rand.New(rand.NewPCG(1, 5)), 1_000_000)
	e := encoder{buf: []byte{version}}
	for i := 400; i < len(items) && len(e.buf) < 59_900; i += 400 {
		e.head(wireBound(merkle.Bound{Time: items[i].Time}), modeFingerprint)
		e.buf = append(e.buf, make([]byte, fingerprintSize)...)
	}
	v := View{Tree: full}
	for b.Loop() {
		if _, err := v.Respond(e.buf, 60_000); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRespondTiny answers a message of as many empty lists as are
// allowed, each of them for a range of a second without items.
func BenchmarkRespondTiny(b *testing.B) {
	full, items := randomTree(rand.New(rand.NewPCG(1, 5)), 1_000_000)
	e := encoder{buf: []byte{version}}
	at := wireBound(merkle.Bound{Time: items[len(items)-1].Time + 1})
	e.head(at, modeSkip)
	for range MaxRanges - 1 {
		at.Time++
		e.head(at, modeIDList)
		e.varint(0)
	}
	v := View{Tree: full}
	for b.Loop() {
		if _, err := v.Respond(e.buf, 0); err != nil {
			b.Fatal(err)
		}
	}
}
