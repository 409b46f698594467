package sync

import (
	"maps"
	"slices"
	"testing"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/record"
)

// However keys come, what is held is the same, and the rest is left over.
func TestLoadIsAdd(t *testing.T) {
	for seed := range uint64(200) {
		rng := randomly(seed)
		keys := make(map[Key]bool)
		for range 60 {
			k := Key{At: 1000 + int64(rng.IntN(20)), UUID: record.UUID{byte(rng.IntN(12))}}
			k.ID = record.ID{byte(rng.IntN(3)), byte(k.At), k.UUID[0]}
			k.Kind = EntryKind(rng.IntN(2))
			keys[k] = true
			if rng.IntN(6) == 0 {
				k.Kind |= KindRefused // beside the one with a body
				keys[k] = true
			}
		}
		// One id has one kind but for the flag.
		for k := range keys {
			other := k
			other.Kind ^= KindTombstone
			delete(keys, other)
			other.Kind ^= KindRefused
			delete(keys, other)
		}
		one, all := newSet(86400, false), newSet(86400, true)
		shuffled := inOrder(slices.Collect(maps.Keys(keys)))
		rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for _, k := range shuffled {
			one.add(k)
		}
		left := make(map[Key]bool)
		sorted := inOrder(slices.Collect(maps.Keys(keys)))
		for some := range slices.Chunk(sorted, 1+rng.IntN(len(sorted))) {
			for _, k := range all.load(some) {
				left[k] = true
			}
		}
		held := keysHeld(all)
		if want := keysHeld(one); !slices.Equal(held, want) {
			t.Fatalf("seed %d: load gives %d keys, add %d", seed, len(held), len(want))
		}
		for _, k := range held {
			delete(left, k) // it was left over at first and came to be held
		}
		if len(held)+len(left) != len(keys) {
			t.Fatalf("seed %d: %d held, %d left over, of %d", seed, len(held), len(left), len(keys))
		}
		if e, _ := all.news(); !slices.Equal(inOrder(e.Added), held) || len(e.Removed) != 0 {
			t.Fatalf("seed %d: the news are %d added, %d removed", seed, len(e.Added), len(e.Removed))
		}
		if one.refused != all.refused || one.due.Len() != all.due.Len() {
			t.Fatalf("seed %d: miscounted", seed)
		}
	}
}

func keysHeld(s *set) (keys []Key) {
	for r := range s.tree.Ascend(merkle.Min, merkle.Max) {
		keys = append(keys, s.key(r))
	}
	return keys
}

// BenchmarkRestore takes in 100,000 keys in the order of the store, and in no order.
func BenchmarkRestore(b *testing.B) {
	const n, slice = 100_000, 4096 // as pkg/store/idb reads them
	keys := fabricated(n, 80)
	for name, order := range map[string]func(){
		"unsorted": func() {
			rng := randomly(1)
			rng.Shuffle(n, func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		},
		"sorted": func() { inOrder(keys) },
	} {
		b.Run(name, func(b *testing.B) {
			order()
			for b.Loop() {
				c := New(Config{Bucket: 24 * 3600, Retention: 90 * 24 * 3600}, testNow)
				for some := range slices.Chunk(keys, slice) {
					c.Restore(some)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
		})
	}
}

// BenchmarkPruneSlice drops as much as one tick does at most, of a set of 100,000 entries.
func BenchmarkPruneSlice(b *testing.B) {
	for name, expires := range map[string]int64{"past": 0, "expired": testNow/1000 + 1} {
		b.Run(name, func(b *testing.B) {
			keys := inOrder(fabricated(100_000, 80))
			for i := range keys {
				keys[i].Expires = expires
			}
			c := &Core{}
			later := testNow + 200*24*3600*1000
			for b.Loop() {
				if c.set == nil || c.Len() == 0 && c.set.tree.Len() == 0 {
					b.StopTimer()
					c = New(Config{Bucket: 24 * 3600, Retention: 90 * 24 * 3600, Follow: true}, testNow)
					c.Restore(keys)
					c.advance(later)
					if expires == 0 {
						c.moveHorizon()
					}
					c.Effects()
					b.StartTimer()
				}
				c.prune(pruneSlice)
				c.Effects()
			}
		})
	}
}

// BenchmarkReviewSlice wants as many refused records again as one step of ReconsiderAll does.
func BenchmarkReviewSlice(b *testing.B) {
	keys := fabricated(10_000, 80)
	for i := range keys {
		keys[i].Kind = KindRefused
	}
	c := New(Config{Bucket: 24 * 3600, Retention: 90 * 24 * 3600, Follow: true}, testNow)
	c.Restore(inOrder(keys))
	c.Effects()
	for b.Loop() {
		if !c.ReconsiderAll(testNow) {
			b.StopTimer()
			for r := range c.set.tree.Ascend(merkle.Min, merkle.Max) {
				c.set.lapse(r, false)
			}
			c.lapsed = nil
			b.StartTimer()
		}
	}
}

// BenchmarkEvictSlice takes away as many bodies as one step of pkg/peerset does.
func BenchmarkEvictSlice(b *testing.B) {
	const slice = 300
	keys := fabricated(10_000, 80)
	var c *Core
	var ids []record.ID
	for b.Loop() {
		if len(ids) < slice {
			b.StopTimer()
			c = New(Config{Bucket: 24 * 3600, Retention: 90 * 24 * 3600, Follow: true}, testNow)
			c.Restore(inOrder(keys))
			c.Effects()
			ids = idsOf(keys)
			b.StartTimer()
		}
		c.Evict(testNow, ids[:slice], true)
		c.Effects()
		ids = ids[slice:]
	}
}
