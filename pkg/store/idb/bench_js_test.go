package idb

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

const (
	benchEntries = 10_000
	benchBody    = 560 // a record of 400 bytes of content, in binary
)

func benchSet() []psync.Entry {
	r := rand.NewChaCha8([32]byte{1})
	all := make([]psync.Entry, benchEntries)
	for i := range all {
		e := &all[i]
		e.At = 1_700_000_000 + int64(i)*60
		_, _ = r.Read(e.ID[:])
		binary.BigEndian.PutUint64(e.UUID[:], uint64(i))
		e.Body = make([]byte, benchBody)
		_, _ = r.Read(e.Body)
	}
	return all
}

// filled returns a store with the set in it.
func filled(b *testing.B) (*Store, []psync.Key) {
	s := opened(b, fresh(b))
	all := benchSet()
	if err := s.Apply(context.Background(), psync.Batch{Put: all}); err != nil {
		b.Fatal(err)
	}
	keys := make([]psync.Key, len(all))
	for i, e := range all {
		keys[i] = e.Key
	}
	return s, keys
}

// BenchmarkPut10000 puts all in one batch, each time into an empty database.
func BenchmarkPut10000(b *testing.B) {
	name, all := fresh(b), benchSet()
	for b.Loop() {
		b.StopTimer()
		if err := Delete(context.Background(), name); err != nil {
			b.Fatal(err)
		}
		s := opened(b, name)
		b.StartTimer()
		if err := s.Apply(context.Background(), psync.Batch{Put: all}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPutOne(b *testing.B) {
	s, all := opened(b, fresh(b)), benchSet()
	for i := 0; b.Loop(); i++ {
		at := i % len(all)
		if err := s.Apply(context.Background(), psync.Batch{Put: all[at : at+1]}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIndex10000(b *testing.B) {
	s, keys := filled(b)
	for b.Loop() {
		n := 0
		err := s.Index(context.Background(), func(some []psync.Key) error {
			n += len(some)
			return nil
		})
		if err != nil || n != len(keys) {
			b.Fatal(n, err)
		}
	}
}

func benchBodies(b *testing.B, choose func(keys []psync.Key) []psync.Key) {
	s, keys := filled(b)
	keys = choose(keys)
	for b.Loop() {
		bodies, err := s.Bodies(context.Background(), keys)
		if err != nil || len(bodies[len(bodies)-1]) != benchBody {
			b.Fatal(err)
		}
	}
}

func BenchmarkBodies10000(b *testing.B) {
	benchBodies(b, func(keys []psync.Key) []psync.Key { return keys })
}

// BenchmarkBodiesTenth reads every tenth entry, with one get each.
func BenchmarkBodiesTenth(b *testing.B) {
	benchBodies(b, func(keys []psync.Key) []psync.Key {
		var some []psync.Key
		for i := 0; i < len(keys); i += 10 {
			some = append(some, keys[i])
		}
		return some
	})
}
