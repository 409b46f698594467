package storetest

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

func testConcurrentApply(s *suite) {
	const writers, batches, perBatch = 8, 10, 12
	all := entries(writers*batches*perBatch, 60)
	gone := psync.Key{At: 1}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for b := range batches {
				from := (w*batches + b) * perBatch
				err := s.Apply(s.ctx, psync.Batch{Put: all[from : from+perBatch], Delete: []psync.Key{gone}})
				if err != nil {
					s.Errorf("Apply: %v", err)
				}
			}
		})
	}
	wg.Wait()
	s.holds(s.Store, all...)
}

// testNoHalfBatch replaces the bodies of some entries together, while somebody reads.
func testNoHalfBatch(s *suite) {
	const generations = 40
	set := func(generation byte) []psync.Entry {
		all := entries(20, 30)
		for i := range all {
			all[i].Body[0] = generation
		}
		return all
	}
	s.apply(psync.Batch{Put: set(0)})
	written := make(chan struct{})
	go func() {
		defer close(written)
		for g := range generations {
			if err := s.Apply(s.ctx, psync.Batch{Put: set(byte(g + 1))}); err != nil {
				s.Errorf("Apply: %v", err)
			}
		}
	}()
	keys := keysOf(set(0))
	for done := false; !done; {
		runtime.Gosched() // wasm has one thread and takes it from nobody
		select {
		case <-written:
			done = true
		default:
		}
		bodies := s.bodies(s.Store, keys)
		for _, body := range bodies {
			if body[0] != bodies[0][0] {
				s.Fatalf("generations %d and %d in one read", bodies[0][0], body[0])
			}
		}
	}
	s.holds(s.Store, set(generations)...)
}

func testCancelledContext(s *suite) {
	e := entry(7, 1, 10)
	s.apply(psync.Batch{Put: []psync.Entry{e}})
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	for name, err := range s.calls(ctx, s.Store) {
		if !errors.Is(err, context.Canceled) {
			s.Errorf("%s with a cancelled context returned %v", name, err)
		}
	}
	s.holds(s.Store, e)
}

// calls calls each method that takes a context; the Apply would add entry (7, 2).
func (s *suite) calls(ctx context.Context, store psync.Store) map[string]error {
	_, bodies := store.Bodies(ctx, []psync.Key{key(7, 1)})
	_, secret := store.Secret(ctx, "none", nil)
	return map[string]error{
		"Index":  store.Index(ctx, func([]psync.Key) error { return nil }),
		"Apply":  store.Apply(ctx, psync.Batch{Put: []psync.Entry{entry(7, 2, 10)}}),
		"Bodies": bodies,
		"Secret": secret,
	}
}

func testCancelDuringApply(s *suite) {
	all := entries(2000, 200)
	ctx, cancel := context.WithCancel(s.ctx)
	result := make(chan error, 1)
	go func() { result <- s.Apply(ctx, psync.Batch{Put: all}) }()
	s.bodies(s.Store, keysOf(all[:1])) // lets Apply come some way
	cancel()
	err := <-result
	if err != nil && !errors.Is(err, context.Canceled) {
		s.Errorf("Apply returned %v", err)
	}
	n := len(s.index(s.Store))
	if n != len(all) && (n != 0 || err == nil) {
		s.Errorf("%d of %d entries are there after Apply returned %v", n, len(all), err)
	}
}

func testReopen(s *suite) {
	all := entries(100, 80)
	s.apply(psync.Batch{Put: all})
	if err := s.Close(); err != nil {
		s.Fatalf("Close: %v", err)
	}
	s.holds(s.open(), all...)
}

func testTwoHandles(s *suite) {
	all := entries(6, 80)
	other := s.open()
	s.apply(psync.Batch{Put: all[:3]})
	s.holds(other, all[:3]...)
	if err := other.Apply(s.ctx, psync.Batch{Put: all[3:], Delete: []psync.Key{all[0].Key}}); err != nil {
		s.Fatalf("Apply: %v", err)
	}
	s.holds(s.Store, all[1:]...)
	if err := other.Close(); err != nil {
		s.Fatalf("Close: %v", err)
	}
	s.holds(s.Store, all[1:]...)
}

func testClosed(s *suite) {
	e := entry(7, 1, 10)
	s.apply(psync.Batch{Put: []psync.Entry{e}})
	for range 2 {
		if err := s.Close(); err != nil {
			s.Errorf("Close: %v", err)
		}
	}
	for name, err := range s.calls(s.ctx, s.Store) {
		if !errors.Is(err, psync.ErrStoreClosed) {
			s.Errorf("%s of a closed store returned %v", name, err)
		}
	}
	s.holds(s.open(), e)
}

func testCloseDuringApply(s *suite) {
	all := entries(200, 80)
	results := make([]error, len(all))
	var wg sync.WaitGroup
	for i, e := range all {
		wg.Go(func() { results[i] = s.Apply(s.ctx, psync.Batch{Put: []psync.Entry{e}}) })
	}
	if err := s.Close(); err != nil {
		s.Errorf("Close: %v", err)
	}
	wg.Wait()
	var committed []psync.Entry
	for i, err := range results {
		if err == nil {
			committed = append(committed, all[i])
		} else if !errors.Is(err, psync.ErrStoreClosed) {
			s.Errorf("Apply while the store is closed: %v", err)
		}
	}
	s.holds(s.open(), committed...)
}

func testSecret(s *suite) {
	get := func(store psync.Store, name string, fresh func() ([]byte, error)) []byte {
		s.Helper()
		secret, err := store.Secret(s.ctx, name, fresh)
		if err != nil {
			s.Fatalf("Secret: %v", err)
		}
		return secret
	}
	made := func() ([]byte, error) { return []byte("made"), nil }
	never := func() ([]byte, error) { return nil, errors.New("made again") }

	if got := get(s.Store, "device", nil); got != nil {
		s.Errorf("a secret that nobody made: %q", got)
	}
	if got := get(s.Store, "device", made); string(got) != "made" {
		s.Errorf("new secret is %q", got)
	}
	clear(get(s.Store, "device", never))
	if got := get(s.Store, "device", nil); string(got) != "made" {
		s.Errorf("kept secret is %q", got)
	}
	if got := get(s.Store, "another", nil); got != nil {
		s.Errorf("another name has the secret %q", got)
	}
	if got := get(s.open(), "device", never); string(got) != "made" {
		s.Errorf("secret of another handle is %q", got)
	}
	s.apply(psync.Batch{Before: 1 << 62})
	s.holds(s.Store)
	if err := s.Close(); err != nil {
		s.Fatalf("Close: %v", err)
	}
	if got := get(s.open(), "device", never); string(got) != "made" {
		s.Errorf("secret after reopening is %q", got)
	}
}

func testSecretFails(s *suite) {
	broken := errors.New("no randomness")
	_, err := s.Secret(s.ctx, "device", func() ([]byte, error) { return nil, broken })
	if !errors.Is(err, broken) {
		s.Errorf("Secret returned %v, want what fresh returned", err)
	}
	if got, err := s.Secret(s.ctx, "device", nil); got != nil || err != nil {
		s.Errorf("after a failure the secret is %q, %v", got, err)
	}
}

func testSecretRace(s *suite) {
	stores := []psync.Store{s.Store, s.open()}
	got := make([][]byte, 16)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			secret, err := stores[i%2].Secret(s.ctx, "device", func() ([]byte, error) {
				return bytes.Repeat([]byte{byte(i)}, 32), nil
			})
			if err != nil {
				s.Errorf("Secret: %v", err)
			}
			got[i] = secret
		})
	}
	wg.Wait()
	if i := slices.IndexFunc(got, func(b []byte) bool { return len(b) != 32 || !bytes.Equal(b, got[0]) }); i >= 0 {
		s.Errorf("two callers got %x and %x", got[0], got[i])
	}
}
