package idb

import (
	"errors"
	"syscall/js"
	"testing"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// putRaw writes what the page's own code could write.
func putRaw(t *testing.T, s *Store, value, key js.Value) {
	t.Helper()
	tx := s.raw.Call("transaction", entriesStore, "readwrite")
	tx.Call("objectStore", entriesStore).Call("put", value, key)
	if err := finish(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
}

// TestForeignValues checks that they are errors and no panics, which would end
// the program.
func TestForeignValues(t *testing.T) {
	s := opened(t, fresh(t))
	set := benchSet()[:100]
	if err := s.Apply(t.Context(), psync.Batch{Put: set}); err != nil {
		t.Fatal(err)
	}
	var keys []psync.Key
	for _, e := range set {
		keys = append(keys, e.Key)
	}
	putRaw(t, s, js.ValueOf("text"), s.bulk.bytes(appendKey(nil, keys[50])))
	for _, n := range []int{1, len(keys)} { // by get, and by getAll
		if _, err := s.Bodies(t.Context(), keys[50:][:min(n, 50)]); !errors.Is(err, errNotBytes) {
			t.Errorf("Bodies of a foreign value returned %v", err)
		}
	}
	putRaw(t, s, s.bulk.bytes(nil), s.bulk.bytes(appendKey(nil, keys[60])[:keySize-1]))
	if _, err := s.Bodies(t.Context(), keys); !errors.Is(err, errNotKeys) {
		t.Errorf("Bodies beside a foreign key returned %v", err)
	}
	if err := s.Index(t.Context(), func([]psync.Key) error { return nil }); !errors.Is(err, errNotKeys) {
		t.Errorf("Index with a foreign key returned %v", err)
	}
}
