package idb

import (
	"context"
	"testing"

	"github.com/peersetdb/peerset/pkg/store/storetest"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// fresh returns the name of a database that the test removes.
func fresh(t testing.TB) string {
	t.Helper()
	name := "test " + t.Name()
	remove := func() {
		if err := Delete(context.Background(), name); err != nil {
			t.Errorf("Delete: %v", err)
		}
	}
	remove() // what an aborted run left
	t.Cleanup(remove)
	return name
}

func opened(t testing.TB, name string) *Store {
	t.Helper()
	s, err := Open(context.Background(), name)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() psync.Store {
		name := fresh(t)
		return func() psync.Store { return opened(t, name) }
	})
}
