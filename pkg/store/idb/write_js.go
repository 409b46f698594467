package idb

import (
	"context"
	"syscall/js"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// Apply commits the batch in one transaction. If it returns an error, nothing
// of the batch was committed.
func (s *Store) Apply(ctx context.Context, b psync.Batch) error {
	if err := s.begin(ctx); err != nil {
		return writeError(err)
	}
	defer s.underway.Done()

	// All that takes time and memory comes first. A transaction ends when
	// control returns to the browser with none of its requests open, and so
	// must get them all at once.
	puts := s.bulk.puts(b.Put)
	deletes := s.bulk.keys(appendKeys(nil, b.Delete))
	before := s.bulk.bytes(appendTime(nil, b.Before))

	var tx js.Value
	err := attempt(func() {
		tx = s.raw.Call("transaction", entriesStore, "readwrite")
		store := tx.Call("objectStore", entriesStore)
		if len(b.Delete) > 0 {
			deletes.Call("forEach", store.Get("delete").Call("bind", store))
		}
		if b.Before != 0 {
			// Eight bytes sort before every key that begins with them.
			store.Call("delete", s.bulk.keyRange.Call("upperBound", before, true))
		}
		for _, some := range puts {
			some.Call("forEach", s.bulk.apply.Call("bind", store.Get("put"), store))
		}
	})
	switch {
	case tx.IsUndefined():
		return writeError(err)
	case err != nil:
		abort(tx)
		return writeError(err)
	}
	return writeError(finish(ctx, tx))
}
