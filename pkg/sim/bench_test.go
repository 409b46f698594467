package sim

import "testing"

// BenchmarkJoin is what the cores of two peers cost for 10,000 records, all but
// signatures and storage.
func BenchmarkJoin(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		n := New(Config{Seed: 1, MinLatency: 1, MaxLatency: 1, Commit: 5})
		x, y := n.Add(0), n.Add(0)
		for i := range 10_000 {
			x.PutNew(text(i))
		}
		n.Run(1000)
		b.StartTimer()
		n.Connect(x, y)
		if !n.RunUntil(100_000, n.Converged) {
			b.Fatal("not equal")
		}
		b.ReportMetric(float64(n.Bytes), "bytes")
		b.ReportMetric(float64(n.now-Epoch-1000), "sim-ms")
	}
}
