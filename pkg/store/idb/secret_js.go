package idb

import (
	"context"
	"fmt"
	"syscall/js"

	"github.com/hack-pad/go-indexeddb/idb"
)

// Secret calls fresh outside of any transaction: it may take its time.
func (s *Store) Secret(ctx context.Context, name string, fresh func() ([]byte, error)) ([]byte, error) {
	secret, err := s.secret(ctx, name)
	if err != nil || secret != nil || fresh == nil {
		return secret, readError(err)
	}
	made, err := fresh()
	if err != nil {
		return nil, fmt.Errorf("idb: make secret: %w", err)
	}
	if err := s.addSecret(ctx, name, made); err != nil {
		return nil, writeError(err)
	}
	secret, err = s.secret(ctx, name)
	return secret, readError(err)
}

func (s *Store) secret(ctx context.Context, name string) ([]byte, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.underway.Done()
	tx, err := s.db.Transaction(idb.TransactionReadOnly, secretsStore)
	if err != nil {
		return nil, err
	}
	store, err := tx.ObjectStore(secretsStore)
	if err != nil {
		return nil, err
	}
	req, err := store.Get(js.ValueOf(name))
	if err != nil {
		return nil, err
	}
	value, err := await(ctx, req)
	if err != nil {
		return nil, err
	}
	return s.bulk.parseBytes(value)
}

// addSecret adds a secret unless there is one. The transaction is not given up
// when ctx ends: Transaction.Await would not always return.
func (s *Store) addSecret(ctx context.Context, name string, secret []byte) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.underway.Done()
	tx, err := s.db.Transaction(idb.TransactionReadWrite, secretsStore)
	if err != nil {
		return err
	}
	store, err := tx.ObjectStore(secretsStore)
	if err != nil {
		return err
	}
	if _, err := store.AddKey(js.ValueOf(name), s.bulk.bytes(secret)); err != nil {
		return err
	}
	err = tx.Await(context.Background())
	if named(err, "ConstraintError") {
		return nil // somebody was faster
	}
	return err
}
