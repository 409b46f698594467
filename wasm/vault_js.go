package main

import (
	"context"
	"errors"
	"fmt"
	"syscall/js"

	"github.com/peersetdb/peerset/internal/browser"
	"github.com/peersetdb/peerset/pkg/peerset"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// vault keeps secrets with the host, which wraps them by a key that no script can
// read, in IndexedDB.
type vault struct{ host js.Value }

var _ peerset.Vault = vault{}

func (v vault) Load(ctx context.Context, name string) ([]byte, error) {
	return v.value(ctx, v.host.Call("load", name))
}

func (v vault) Save(ctx context.Context, name string, value []byte) error {
	return v.SaveAll(ctx, map[string][]byte{name: value})
}

func (v vault) SaveAll(ctx context.Context, values map[string][]byte) error {
	var pairs []any
	for name, value := range values {
		secret := browser.Array(value)
		defer secret.Call("fill", 0)
		pairs = append(pairs, []any{name, secret})
	}
	_, err := v.value(ctx, v.host.Call("save", pairs))
	return err
}

func (v vault) Add(ctx context.Context, name string, value []byte) ([]byte, error) {
	secret := browser.Array(value)
	defer secret.Call("fill", 0)
	return v.value(ctx, v.host.Call("add", name, secret))
}

func (v vault) Remove(ctx context.Context, name string) error {
	_, err := v.value(ctx, v.host.Call("remove", name))
	return err
}

// value waits for bytes, or for nothing.
func (v vault) value(ctx context.Context, promise js.Value) ([]byte, error) {
	got, err := await(ctx, promise)
	if err != nil {
		return nil, storeError(err)
	}
	if got.Type() != js.TypeObject {
		return nil, nil
	}
	defer got.Call("fill", 0)
	return bytesOf(got), nil
}

func storeError(err error) error {
	var r rejection
	if !errors.As(err, &r) {
		return err
	}
	kind := psync.ErrStoreUnavailable
	if r.code == "storage_full" {
		kind = psync.ErrStoreFull
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// scrypt lets the host stretch a passphrase, in slices that leave the page alive.
func (e *engine) scrypt(ctx context.Context, passphrase, salt []byte, logN int) ([]byte, error) {
	secret := browser.Array(passphrase)
	defer secret.Call("fill", 0)
	key, err := await(ctx, e.host.Call("scrypt", secret, browser.Array(salt), logN))
	if err != nil {
		return nil, fmt.Errorf("peerset: stretching the passphrase: %w", err)
	}
	defer key.Call("fill", 0)
	return bytesOf(key), nil
}
