//go:build !race

// With the race detector these take minutes, and memory is not what it is.

package peerset_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/store/mem"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// peersThatLeave is how many peers come and go.
const peersThatLeave = 500

// liveHeap is what is in use after garbage was collected.
func liveHeap() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers have let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// gone waits until goroutines and the live heap are what they were: timers hold what is
// closed for some seconds.
func gone(t *testing.T, goroutines int, before uint64) {
	t.Helper()
	await(t, "goroutines end", func() bool { return runtime.NumGoroutine() <= goroutines+2 })
	const slack = 1 << 20
	for deadline := time.Now().Add(3 * patience); liveHeap() > before+slack; {
		if time.Now().After(deadline) {
			t.Fatalf("live heap: %d KB before, %d KB after", before>>10, liveHeap()>>10)
		}
		<-time.After(100 * time.Millisecond)
	}
	t.Logf("live heap: %d KB before, %d KB after", before>>10, liveHeap()>>10)
}

// A database that was opened and closed leaves nothing behind.
func TestOpenAndCloseLeaveNothing(t *testing.T) {
	const times, warmUp = 200, 20
	url := startTracker(t)
	var goroutines int
	var before uint64
	for i := range warmUp + times {
		if i == warmUp {
			goroutines = runtime.NumGoroutine()
			before = liveHeap()
		}
		db, err := peerset.Open(t.Context(), peerset.Options{Room: t.Name(), Store: mem.New(), Trackers: []string{url}})
		if err != nil {
			t.Fatal(err)
		}
		remove := db.Subscribe(func([]peerset.Event) {})
		put(t, db, "something", peerset.PutOptions{})
		remove()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	gone(t, goroutines, before)
}

// Peers that come and go leave nothing behind.
func TestPeersLeaveNothing(t *testing.T) {
	const warmUp, atOnce = 20, 10
	hub := openWith(t, peerset.Options{})
	put(t, hub, "something", peerset.PutOptions{})
	alone := func() {
		await(t, "all are gone", func() bool { return len(hub.Peers()) == 0 })
	}
	var goroutines int
	var before uint64
	began := time.Now()
	for i := 0; i < warmUp+peersThatLeave; i += atOnce {
		if i == warmUp {
			alone()
			goroutines = runtime.NumGoroutine()
			before = liveHeap()
		}
		var wg sync.WaitGroup
		for range atOnce {
			wg.Go(func() {
				db, err := peerset.Open(t.Context(), peerset.Options{Room: t.Name(), Store: mem.New()})
				if err != nil {
					t.Error(err)
					return
				}
				defer db.Close()
				came := make(chan struct{}, 1)
				defer db.Subscribe(func(es []peerset.Event) {
					for _, e := range es {
						if _, is := e.(psync.RecordEvent); is {
							came <- struct{}{}
						}
					}
				})()
				if err := connect(t.Context(), hub, db); err != nil {
					t.Error(err)
					return
				}
				select {
				case <-came:
				case <-time.After(patience):
					t.Error("the record does not come")
				}
			})
		}
		if wg.Wait(); t.Failed() {
			return
		}
	}
	alone()
	t.Logf("%d peers in %v", peersThatLeave, time.Since(began).Round(time.Second))
	gone(t, goroutines, before)
}
