package idb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall/js"

	"github.com/hack-pad/go-indexeddb/idb"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// errNoReason stands for an error that JavaScript reports as null, as it does
// for a transaction that was aborted without an error.
var errNoReason = errors.New("the browser gives no reason")

// exception is what JavaScript threw, or left in an error property.
type exception struct{ name, message string }

func (e exception) Error() string { return e.name + ": " + e.message }

func reported(v js.Value) error {
	if v.Type() != js.TypeObject {
		return errNoReason
	}
	return exception{name: v.Get("name").String(), message: v.Get("message").String()}
}

// attempt runs f and returns what JavaScript throws in it.
func attempt(f func()) (err error) {
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case js.Error:
			err = reported(thrown.Value)
		default:
			panic(thrown)
		}
	}()
	f()
	return nil
}

// named says whether err is a DOMException of one of these names, be it ours
// or go-indexeddb's.
func named(err error, names ...string) bool {
	var e exception
	if errors.As(err, &e) {
		return slices.Contains(names, e.name)
	}
	return slices.ContainsFunc(names, func(name string) bool {
		return errors.Is(err, idb.NewDOMException(name))
	})
}

// full says whether err is one of the ways to say that there is no more room.
func full(err error) bool {
	return named(err, "QuotaExceededError",
		"NS_ERROR_DOM_QUOTA_REACHED", "NS_ERROR_DOM_INDEXEDDB_QUOTA_ERR", "NS_ERROR_FILE_NO_DEVICE_SPACE")
}

// own says whether err needs no further words about its kind.
func own(err error) bool {
	return errors.Is(err, psync.ErrStoreBlocked) || errors.Is(err, psync.ErrStoreClosed) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func openError(err error) error { return wrap("open", err, psync.ErrStoreUnavailable) }

func readError(err error) error {
	if platformClosed(err) {
		return wrap("read", err, psync.ErrStoreClosed)
	}
	return wrap("read", err, nil)
}

func writeError(err error) error {
	switch {
	case platformClosed(err):
		return wrap("write", err, psync.ErrStoreClosed)
	case named(err, "UnknownError"):
		return wrap("write", err, psync.ErrStoreFull) // a failing disk, and nearly always a full one
	}
	return wrap("write", err, nil)
}

// platformClosed says whether err comes from a connection that the platform
// closed, perhaps before its event came. What we abort ourselves ends with the
// context's error.
func platformClosed(err error) bool {
	return errors.Is(err, errNoReason) || named(err, "InvalidStateError", "AbortError")
}

// wrap adds the sentinel that err amounts to; kind is the one for errors that
// do not tell their own.
func wrap(action string, err, kind error) error {
	switch {
	case err == nil:
		return nil
	case full(err):
		kind = psync.ErrStoreFull
	case own(err):
		kind = nil
	}
	if kind != nil {
		return fmt.Errorf("idb: %s: %w: %w", action, kind, err)
	}
	return fmt.Errorf("idb: %s: %w", action, err)
}
