// Package storetest is the conformance suite that every store passes. It says
// in code what sync.Store says in words, and fixes what the words leave open:
//
//   - Index orders by At as a signed number, then by ID, then by UUID, Kind, Expires
//     (signed) and Facts. All of them are the key: entries that differ in one are two.
//   - A batch deletes first, Delete and Before alike, and puts afterwards; so
//     a key in both is there in the end. Of two puts of one key the last wins.
//   - Bodies returns nil for a missing entry only: an empty body is not nil.
//   - A store keeps copies, and what it returns is the caller's.
//   - A method that finds its context over returns the context's error. Apply
//     then has committed all of the batch or nothing.
//   - Close may be called again.
package storetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// patience bounds each test: a store that hangs fails with a stack.
const patience = 2 * time.Minute

// Run tests a kind of store. open makes new, empty data that t cleans up, and
// returns what opens a handle on these same data each time it is called. Run
// closes the handles.
func Run(t *testing.T, open func(t *testing.T) func() psync.Store) {
	for _, test := range []struct {
		name string
		run  func(*suite)
	}{
		{"Empty", testEmpty},
		{"PutAndRead", testPutAndRead},
		{"IndexOrder", testIndexOrder},
		{"IndexCallback", testIndexCallback},
		{"PutAgain", testPutAgain},
		{"KindsAreKeys", testKindsAreKeys},
		{"KeysInFull", testKeysInFull},
		{"Delete", testDelete},
		{"Before", testBefore},
		{"OrderInBatch", testOrderInBatch},
		{"BodiesOrder", testBodiesOrder},
		{"BigBodies", testBigBodies},
		{"ManyEntries", testManyEntries},
		{"Copies", testCopies},
		{"ConcurrentApply", testConcurrentApply},
		{"NoHalfBatch", testNoHalfBatch},
		{"CancelledContext", testCancelledContext},
		{"CancelDuringApply", testCancelDuringApply},
		{"Reopen", testReopen},
		{"TwoHandles", testTwoHandles},
		{"Closed", testClosed},
		{"CloseDuringApply", testCloseDuringApply},
		{"Secret", testSecret},
		{"SecretFails", testSecretFails},
		{"SecretRace", testSecretRace},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			t.Cleanup(cancel)
			s := &suite{T: t, ctx: ctx, opener: open(t)}
			s.Store = s.open()
			test.run(s)
		})
	}
}

// suite is one test with its store.
type suite struct {
	*testing.T
	psync.Store
	ctx    context.Context
	opener func() psync.Store
}

// open returns a further handle.
func (s *suite) open() psync.Store {
	s.Helper()
	store := s.opener()
	s.Cleanup(func() {
		if err := store.Close(); err != nil {
			s.Errorf("Close: %v", err)
		}
	})
	return store
}

func (s *suite) apply(b psync.Batch) {
	s.Helper()
	if err := s.Apply(s.ctx, b); err != nil {
		s.Fatalf("Apply: %v", err)
	}
}

func (s *suite) index(store psync.Store) []psync.Key {
	s.Helper()
	var keys []psync.Key
	err := store.Index(s.ctx, func(some []psync.Key) error {
		keys = append(keys, some...)
		return nil
	})
	if err != nil {
		s.Fatalf("Index: %v", err)
	}
	return keys
}

func (s *suite) bodies(store psync.Store, keys []psync.Key) [][]byte {
	s.Helper()
	bodies, err := store.Bodies(s.ctx, keys)
	if err != nil {
		s.Fatalf("Bodies: %v", err)
	}
	if len(bodies) != len(keys) {
		s.Fatalf("Bodies returned %d bodies for %d keys", len(bodies), len(keys))
	}
	return bodies
}

// holds checks that the store has these entries, which are in order, and no others.
func (s *suite) holds(store psync.Store, want ...psync.Entry) {
	s.Helper()
	keys := s.index(store)
	if wanted := keysOf(want); !slices.Equal(keys, wanted) {
		s.Fatalf("Index has %d keys, want %d:\n%v\n%v", len(keys), len(want), head(keys), head(wanted))
	}
	for i, body := range s.bodies(store, keys) {
		if body == nil || !bytes.Equal(body, want[i].Body) {
			s.Fatalf("body of %v is %d bytes (nil: %t), want %d", keys[i], len(body), body == nil, len(want[i].Body))
		}
	}
}

// head shortens what a failure prints.
func head(keys []psync.Key) []psync.Key { return keys[:min(len(keys), 3)] }

func keysOf(entries []psync.Entry) []psync.Key {
	keys := make([]psync.Key, len(entries))
	for i, e := range entries {
		keys[i] = e.Key
	}
	return keys
}

// key returns the n-th key of a second; greater n, greater ID. One in three expires.
func key(at int64, n int) psync.Key {
	k := psync.Key{At: at}
	if n%3 == 2 {
		k.Expires = 1_800_000_000 + int64(n)
	}
	binary.BigEndian.PutUint64(k.Facts[:], uint64(n)*0xd1b54a32d192ed03)
	binary.BigEndian.PutUint64(k.Facts[8:], uint64(at))
	binary.BigEndian.PutUint64(k.ID[:], uint64(n))
	binary.BigEndian.PutUint64(k.ID[24:], ^uint64(n))
	binary.BigEndian.PutUint64(k.UUID[8:], uint64(n)*0x9e3779b97f4a7c15)
	return k
}

// entry returns the n-th entry of a second, whose body is n's own.
func entry(at int64, n, size int) psync.Entry {
	body := make([]byte, size)
	for i := range body {
		body[i] = byte(n + i*7 + i>>8)
	}
	return psync.Entry{Key: key(at, n), Body: body}
}

// entries returns n entries in order, a few in each second.
func entries(n, size int) []psync.Entry {
	all := make([]psync.Entry, n)
	for i := range all {
		all[i] = entry(1_700_000_000+int64(i/3), i, size)
	}
	return all
}
