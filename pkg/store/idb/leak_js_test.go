package idb

import (
	"context"
	"runtime"
	"slices"
	"testing"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// TestNothingLeaks counts what lives on Go's heap: a js.Func that is not
// released holds its function there, and all that this refers to.
func TestNothingLeaks(t *testing.T) {
	name, set := fresh(t), slices.Clone(benchSet()[:64])
	var keys []psync.Key
	for _, e := range set {
		keys = append(keys, e.Key)
	}
	use := func() {
		s, err := Open(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		if err := s.Apply(ctx, psync.Batch{Put: set, Before: 1}); err != nil {
			t.Error(err)
		}
		if _, err := s.Bodies(ctx, keys); err != nil {
			t.Error(err)
		}
		if err := s.Index(ctx, func([]psync.Key) error { return nil }); err != nil {
			t.Error(err)
		}
		if _, err := s.Secret(ctx, "name", func() ([]byte, error) { return []byte("secret"), nil }); err != nil {
			t.Error(err)
		}
		cancelled := make(chan error)
		go func() { cancelled <- s.Apply(ctx, psync.Batch{Put: set}) }()
		cancel()
		<-cancelled
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	// Values from JavaScript go by finalizers: one collection finds them, the
	// next frees them, and those run in between.
	objects := func() uint64 {
		for range 4 {
			runtime.GC()
			use()
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapObjects
	}
	const uses = 200
	before, goroutines := objects(), runtime.NumGoroutine()
	for range uses {
		use()
	}
	after := objects()
	t.Logf("%d objects on the heap before %d uses, %d after", before, uses, after)
	if after > before+uses {
		t.Errorf("%d objects on the heap before %d uses, %d after", before, uses, after)
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines before %d uses, %d after", goroutines, uses, n)
	}
}
