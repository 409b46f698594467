package idb

import (
	"context"
	"sync"
	"syscall/js"

	"github.com/hack-pad/go-indexeddb/idb"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

var _ psync.Store = (*Store)(nil)

// Store is a connection to a database.
type Store struct {
	raw  js.Value      // the IDBDatabase, for what goes in bulk
	db   *idb.Database // the same
	bulk bulk

	events  js.Func // versionchange and close
	release sync.Once

	mu       sync.Mutex
	closed   bool           // by Close or by the platform
	underway sync.WaitGroup // transactions; none is added once closed
}

// connectionEvents say that somebody wants the connection closed, and that the
// platform closed it.
var connectionEvents = [...]string{"versionchange", "close"}

func newStore(raw js.Value, db *idb.Database) *Store {
	s := &Store{raw: raw, db: db, bulk: newBulk()}
	s.events = js.FuncOf(func(js.Value, []js.Value) any {
		s.shut()
		s.raw.Call("close") // lets transactions under way finish
		return nil
	})
	for _, event := range connectionEvents {
		raw.Set("on"+event, s.events)
	}
	return s
}

func (s *Store) shut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// begin lets a transaction start; the caller calls s.underway.Done after it.
func (s *Store) begin(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return psync.ErrStoreClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.underway.Add(1)
	return nil
}

// Close waits for the transactions under way. It must be called also if the
// platform closed the store.
func (s *Store) Close() error {
	s.shut()
	s.underway.Wait()
	s.release.Do(func() {
		s.raw.Call("close")
		for _, event := range connectionEvents {
			s.raw.Set("on"+event, js.Null())
		}
		s.events.Release()
	})
	return nil
}

// finish waits for the end of a transaction whose requests are all made. If
// ctx ends before, it aborts the transaction; then too what it returns is
// what became of it: nil if it was committed.
func finish(ctx context.Context, tx js.Value) error {
	done := make(chan error, 1)
	handler := js.FuncOf(func(_ js.Value, args []js.Value) any {
		if args[0].Get("type").String() == "complete" {
			done <- nil
		} else {
			done <- reported(tx.Get("error"))
		}
		return nil
	})
	defer handler.Release()
	tx.Set("oncomplete", handler)
	tx.Set("onabort", handler)
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	abort(tx)
	err := <-done
	if err != nil {
		return ctx.Err()
	}
	return nil
}

// abort has no effect on a transaction that is over.
func abort(tx js.Value) {
	_ = attempt(func() { tx.Call("abort") })
}
