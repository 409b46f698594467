//go:build quota

// These tests need a quota of some tens of MB:
//
//	node e2e/gotest.mjs --quota 20000000 ./pkg/store/idb -- -test.run TestFull

package idb

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

func TestFull(t *testing.T) {
	const (
		perBatch    = 16
		bodySize    = 64 << 10
		mostBatches = 256 // 256 MiB
	)
	s := opened(t, fresh(t))
	r := rand.NewChaCha8([32]byte{})
	var committed []psync.Key
	var full error
	for n := 0; full == nil; n++ {
		if n == mostBatches {
			t.Fatalf("no end after %d entries of %d bytes: is there a quota?", len(committed), bodySize)
		}
		var b psync.Batch
		var keys []psync.Key
		for i := range perBatch {
			e := psync.Entry{Key: psync.Key{At: int64(n*perBatch + i)}, Body: make([]byte, bodySize)}
			_, _ = r.Read(e.Body)
			b.Put = append(b.Put, e)
			keys = append(keys, e.Key)
		}
		if full = s.Apply(t.Context(), b); full == nil {
			committed = append(committed, keys...)
		}
	}
	t.Logf("after %d entries: %v", len(committed), full)
	if !errors.Is(full, psync.ErrStoreFull) {
		t.Errorf("a full store returned %v", full)
	}

	var keys []psync.Key
	err := s.Index(t.Context(), func(some []psync.Key) error {
		keys = append(keys, some...)
		return nil
	})
	if err != nil || !slices.Equal(keys, committed) {
		t.Errorf("a full store has %d entries of %d, %v", len(keys), len(committed), err)
	}
	if len(committed) == 0 {
		t.Fatal("nothing fitted in")
	}
	bodies, err := s.Bodies(t.Context(), committed[:1])
	if err != nil || len(bodies[0]) != bodySize {
		t.Errorf("a body of a full store: %d bytes, %v", len(bodies[0]), err)
	}
	if err := s.Apply(t.Context(), psync.Batch{Delete: committed}); err != nil {
		t.Errorf("delete in a full store: %v", err)
	}
}
