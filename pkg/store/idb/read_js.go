package idb

import (
	"context"
	"errors"
	"syscall/js"

	"github.com/hack-pad/go-indexeddb/idb"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// indexSlice is how many keys Index reads at once.
const indexSlice = 4096

var errNotBytes = errors.New("a value is not a Uint8Array")

// Index reads each slice in a transaction of its own: it may or may not see
// what is committed while it runs. fn may call the store's other methods.
func (s *Store) Index(ctx context.Context, fn func([]psync.Key) error) error {
	after := []byte{} // sorts before every key
	for {
		keys, err := s.keysAfter(ctx, after)
		if err != nil {
			return readError(err)
		}
		if len(keys) > 0 {
			after = appendKey(nil, keys[len(keys)-1]) // before fn can change it
			if err := fn(keys); err != nil {
				return err
			}
		}
		if len(keys) < indexSlice {
			return nil
		}
	}
}

func (s *Store) keysAfter(ctx context.Context, after []byte) ([]psync.Key, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.underway.Done()
	tx, err := s.db.Transaction(idb.TransactionReadOnly, entriesStore)
	if err != nil {
		return nil, err
	}
	store, err := tx.ObjectStore(entriesStore)
	if err != nil {
		return nil, err
	}
	rest, err := idb.NewKeyRangeLowerBound(s.bulk.bytes(after), true)
	if err != nil {
		return nil, err
	}
	req, err := store.GetAllKeysRange(rest, indexSlice)
	if err != nil {
		return nil, err
	}
	keys, err := await(ctx, req.Request)
	if err != nil {
		return nil, err
	}
	return s.parseKeys(ctx, keys)
}

// parseKeys parses an array of keys as getAllKeys returns it.
func (s *Store) parseKeys(ctx context.Context, keys js.Value) ([]psync.Key, error) {
	n := keys.Length()
	if n == 0 {
		return nil, nil
	}
	joined, err := s.bulk.join(ctx, keys)
	if err != nil {
		return nil, err
	}
	return parseKeys(joined, n)
}

// await waits for a request. Request.Await returns no error when ctx ends.
func await(ctx context.Context, req *idb.Request) (js.Value, error) {
	value, err := req.Await(ctx)
	if ctx.Err() != nil {
		return js.Value{}, ctx.Err()
	}
	return value, err
}

// parseBytes copies a Uint8Array; undefined becomes nil.
func (k bulk) parseBytes(v js.Value) ([]byte, error) {
	if v.IsUndefined() {
		return nil, nil
	}
	if !v.InstanceOf(k.uint8Array) {
		return nil, errNotBytes
	}
	b := make([]byte, v.Length())
	js.CopyBytesToGo(b, v)
	return b, nil
}
