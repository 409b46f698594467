package merkle

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

const benchSpan = 90 * 86400 // the retention that peers have by default

func benchItems(n int) []Item {
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	items := make([]Item, n)
	for i := range items {
		items[i].Time = 1_700_000_000 + rng.Int64N(benchSpan)
		for j := 0; j < 32; j += 8 {
			v := rng.Uint64()
			for k := range 8 {
				items[i].ID[j+k] = byte(v >> (8 * k))
			}
		}
	}
	return items
}

func benchTree(items []Item) *Tree {
	t := New(86400)
	for _, it := range items {
		t.Insert(it)
	}
	return t
}

func liveHeap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkInsert fills a tree in random order; an op is one tree.
func BenchmarkInsert(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			items := benchItems(n)
			before := liveHeap()
			var t *Tree
			for b.Loop() {
				t = nil
				t = benchTree(items)
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "items/s")
			b.ReportMetric(float64(liveHeap()-before)/float64(n), "B/record")
			runtime.KeepAlive(t)
			runtime.KeepAlive(items)
		})
	}
}

// BenchmarkLoad loads a sorted set in slices; an op is one tree.
func BenchmarkLoad(b *testing.B) {
	items := benchItems(1_000_000)
	slices.SortFunc(items, Item.Compare)
	for b.Loop() {
		t := New(86400)
		for part := range slices.Chunk(items, 1000) {
			t.Load(part)
		}
	}
	b.ReportMetric(float64(len(items))*float64(b.N)/b.Elapsed().Seconds(), "items/s")
}

func BenchmarkDelete(b *testing.B) {
	items := benchItems(1_000_000)
	t := benchTree(items)
	i := 0
	for b.Loop() {
		if i == len(items) {
			b.StopTimer()
			t, i = benchTree(items), 0
			b.StartTimer()
		}
		t.Delete(items[i])
		i++
	}
}

func BenchmarkFind(b *testing.B) {
	items := benchItems(1_000_000)
	t := benchTree(items)
	i := 0
	for b.Loop() {
		t.Find(items[i%len(items)])
		i++
	}
}

func BenchmarkFingerprint(b *testing.B) {
	items := benchItems(1_000_000)
	t := benchTree(items)
	rng := rand.New(rand.NewPCG(1, 1))
	for b.Loop() {
		lo, hi := rng.Int64N(benchSpan), rng.Int64N(benchSpan)
		t.Fingerprint(Bound{Time: 1_700_000_000 + min(lo, hi)}, Bound{Time: 1_700_000_000 + max(lo, hi)})
	}
}

// BenchmarkHashBucket hashes one bucket of 100,000 ids.
func BenchmarkHashBucket(b *testing.B) {
	items := benchItems(100_000)
	for i := range items {
		items[i].Time = items[i].Time % 86400
	}
	t := benchTree(items)
	for b.Loop() {
		t.buckets.touch(0)
		t.Rehash(len(items))
	}
}

// BenchmarkRoot asks for the root of a million items in 90 buckets, one of
// which has changed.
func BenchmarkRoot(b *testing.B) {
	t := benchTree(benchItems(1_000_000))
	t.Root(0)
	for b.Loop() {
		t.buckets.touch(len(t.buckets.list) - 1)
		t.Root(0)
	}
}

// BenchmarkCut cuts a thousandth of a million items at a time.
func BenchmarkCut(b *testing.B) {
	items := benchItems(1_000_000)
	slices.SortFunc(items, Item.Compare)
	t, i := New(86400), len(items)
	for b.Loop() {
		if i >= len(items) {
			b.StopTimer()
			t, i = New(86400), 1000
			t.Load(items)
			b.StartTimer()
		}
		t.Cut(Bound{Time: items[i].Time}, nil)
		i += 1000
	}
}
