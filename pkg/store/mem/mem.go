// Package mem keeps a store in memory: for tests, for simulations, and for a
// peer that shall forget everything.
package mem

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

var _ psync.Store = (*Store)(nil)

// indexSlice is how many keys Index passes on at once. Several slices, as
// from a store on disk, rather than one.
const indexSlice = 1024

// Store is a handle on data in memory.
type Store struct {
	data   *data
	closed bool // guarded by data.mu
}

// data is what the handles share.
type data struct {
	mu      sync.Mutex
	bodies  map[psync.Key][]byte
	secrets map[string][]byte
}

// New returns a store of new, empty data.
func New() *Store {
	return &Store{data: &data{
		bodies:  make(map[psync.Key][]byte),
		secrets: make(map[string][]byte),
	}}
}

// Reopen returns another handle on the same data: as after a restart, if s is
// closed, and as in another tab, if it is not.
func (s *Store) Reopen() *Store { return &Store{data: s.data} }

// lock takes the data for a method, which unlocks them if there is no error.
func (s *Store) lock(ctx context.Context, action string) error {
	s.data.mu.Lock()
	err := ctx.Err()
	if s.closed {
		err = psync.ErrStoreClosed
	}
	if err != nil {
		s.data.mu.Unlock()
		return fmt.Errorf("mem: %s: %w", action, err)
	}
	return nil
}

// Index calls fn with all keys that the store has as it begins. fn may call
// the store's other methods.
func (s *Store) Index(ctx context.Context, fn func([]psync.Key) error) error {
	keys, err := s.keys(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(keys, compare)
	for some := range slices.Chunk(keys, indexSlice) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("mem: read index: %w", err)
		}
		if err := fn(some); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) keys(ctx context.Context) ([]psync.Key, error) {
	if err := s.lock(ctx, "read index"); err != nil {
		return nil, err
	}
	defer s.data.mu.Unlock()
	keys := make([]psync.Key, 0, len(s.data.bodies))
	for k := range s.data.bodies {
		keys = append(keys, k)
	}
	return keys, nil
}

// compare orders keys as the index does, by (At, ID), and by the rest where
// that leaves it open.
func compare(a, b psync.Key) int {
	return cmp.Or(
		cmp.Compare(a.At, b.At),
		bytes.Compare(a.ID[:], b.ID[:]),
		bytes.Compare(a.UUID[:], b.UUID[:]),
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Expires, b.Expires),
		bytes.Compare(a.Facts[:], b.Facts[:]),
	)
}

// Bodies returns copies, which are the caller's.
func (s *Store) Bodies(ctx context.Context, keys []psync.Key) ([][]byte, error) {
	if err := s.lock(ctx, "read bodies"); err != nil {
		return nil, err
	}
	defer s.data.mu.Unlock()
	bodies := make([][]byte, len(keys))
	for i, k := range keys {
		bodies[i] = bytes.Clone(s.data.bodies[k])
	}
	return bodies, nil
}

// Apply copies what it keeps.
func (s *Store) Apply(ctx context.Context, b psync.Batch) error {
	if err := s.lock(ctx, "write"); err != nil {
		return err
	}
	defer s.data.mu.Unlock()
	for _, k := range b.Delete {
		delete(s.data.bodies, k)
	}
	if b.Before != 0 {
		for k := range s.data.bodies {
			if k.At < b.Before {
				delete(s.data.bodies, k)
			}
		}
	}
	for _, e := range b.Put {
		s.data.bodies[e.Key] = append([]byte{}, e.Body...) // not nil: nil is a missing entry
	}
	return nil
}

// Secret calls fresh with the store unlocked: it may take its time.
func (s *Store) Secret(ctx context.Context, name string, fresh func() ([]byte, error)) ([]byte, error) {
	secret, err := s.secret(ctx, name, nil)
	if err != nil || secret != nil || fresh == nil {
		return secret, err
	}
	made, err := fresh()
	if err != nil {
		return nil, fmt.Errorf("mem: make secret: %w", err)
	}
	return s.secret(ctx, name, append([]byte{}, made...))
}

// secret returns a copy of the value under name. If there is none it adds the
// given one, unless that is nil.
func (s *Store) secret(ctx context.Context, name string, add []byte) ([]byte, error) {
	if err := s.lock(ctx, "keep secret"); err != nil {
		return nil, err
	}
	defer s.data.mu.Unlock()
	if _, ok := s.data.secrets[name]; !ok && add != nil {
		s.data.secrets[name] = add
	}
	return bytes.Clone(s.data.secrets[name]), nil
}

// Close ends this handle. The data stay for the others, and for Reopen.
func (s *Store) Close() error {
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	s.closed = true
	return nil
}
