package idb

import (
	"context"
	"errors"
	"syscall/js"
	"testing"
	"time"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

const (
	soon  = 50 * time.Millisecond
	never = time.Hour
)

// script makes a JavaScript function; the page of the tests allows eval.
func script(text string) js.Value { return js.Global().Get("Function").New(text) }

// stubborn opens a database like a page that never gives way to others. The
// function it returns closes it.
func stubborn(t *testing.T, name string) (closeIt func()) {
	t.Helper()
	req := js.Global().Get("indexedDB").Call("open", name, schemaVersion)
	p := patience{blocked: never, silent: never}
	if err := request(t.Context(), req, p, func() { _ = upgrade(req) }, func() {}); err != nil {
		t.Fatal(err)
	}
	closeIt = func() { req.Get("result").Call("close") }
	t.Cleanup(closeIt)
	return closeIt
}

func TestOpenBlocked(t *testing.T) {
	name := fresh(t)
	closeIt := stubborn(t, name)
	factory := js.Global().Get("indexedDB")
	_, err := open(t.Context(), factory, name, schemaVersion+1, patience{blocked: soon, silent: never})
	if !errors.Is(err, psync.ErrStoreBlocked) {
		t.Errorf("open beside an older version returned %v", err)
	}
	// The request is still there, and others wait behind it.
	_, err = open(t.Context(), factory, name, schemaVersion+1, patience{blocked: never, silent: soon})
	if !errors.Is(err, psync.ErrStoreBlocked) {
		t.Errorf("open behind a blocked request returned %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	_, err = open(ctx, factory, name, schemaVersion+1, patience{blocked: never, silent: never})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("open with a deadline returned %v", err)
	}

	closeIt()
	s, err := open(t.Context(), factory, name, schemaVersion+1, defaultPatience)
	if err != nil {
		t.Fatalf("open when nothing blocks it: %v", err)
	}
	defer s.Close()
	if err := s.Apply(t.Context(), psync.Batch{Put: benchSet()[:1]}); err != nil {
		t.Error(err)
	}
}

func TestDeleteBlocked(t *testing.T) {
	name := fresh(t)
	closeIt := stubborn(t, name)
	factory := js.Global().Get("indexedDB")
	err := remove(t.Context(), factory, name, patience{blocked: soon, silent: never})
	if !errors.Is(err, psync.ErrStoreBlocked) {
		t.Errorf("delete of a database that is held returned %v", err)
	}
	closeIt()
	opened(t, name)
}

// TestDeleteCloses also stands for a newer version in another tab: both come as
// the event versionchange.
func TestDeleteCloses(t *testing.T) {
	name := fresh(t)
	stores := []*Store{opened(t, name), opened(t, name)}
	set := benchSet()[:3]
	if err := stores[0].Apply(t.Context(), psync.Batch{Put: set}); err != nil {
		t.Fatal(err)
	}
	if err := Delete(t.Context(), name); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	for _, s := range stores {
		if err := s.Apply(t.Context(), psync.Batch{Put: set}); !errors.Is(err, psync.ErrStoreClosed) {
			t.Errorf("Apply after Delete returned %v", err)
		}
	}
	bodies, err := opened(t, name).Bodies(t.Context(), []psync.Key{set[0].Key})
	if err != nil || bodies[0] != nil {
		t.Errorf("a deleted database has %x, %v", bodies, err)
	}
}

func TestUnavailable(t *testing.T) {
	for name, openFunction := range map[string]string{
		"throws": `throw new DOMException("sandboxed", "SecurityError")`,
		"fails": `const req = {error: new DOMException("private window", "InvalidStateError")}
			setTimeout(() => req.onerror({type: "error"}))
			return req`,
		"fails without a reason": `const req = {error: null}
			setTimeout(() => req.onerror({type: "error"}))
			return req`,
	} {
		factory := js.ValueOf(map[string]any{"open": script(openFunction)})
		_, err := open(t.Context(), factory, "", schemaVersion, defaultPatience)
		if !errors.Is(err, psync.ErrStoreUnavailable) {
			t.Errorf("%s: Open returned %v", name, err)
		}
	}
}

func TestNoIndexedDB(t *testing.T) {
	object := js.Global().Get("Object")
	was := object.Call("getOwnPropertyDescriptor", js.Global(), "indexedDB")
	defer object.Call("defineProperty", js.Global(), "indexedDB", was)
	for _, getter := range []string{
		`return undefined`,
		`throw new DOMException("sandboxed", "SecurityError")`,
	} {
		object.Call("defineProperty", js.Global(), "indexedDB", map[string]any{
			"configurable": true, "get": script(getter),
		})
		if _, err := Open(t.Context(), "x"); !errors.Is(err, psync.ErrStoreUnavailable) {
			t.Errorf("Open with %q returned %v", getter, err)
		}
		if err := Delete(t.Context(), "x"); !errors.Is(err, psync.ErrStoreUnavailable) {
			t.Errorf("Delete with %q returned %v", getter, err)
		}
	}
}

func TestOpenNewerVersion(t *testing.T) {
	name := fresh(t)
	factory := js.Global().Get("indexedDB")
	s, err := open(t.Context(), factory, name, schemaVersion+1, defaultPatience)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := Open(t.Context(), name); !errors.Is(err, psync.ErrStoreUnavailable) {
		t.Errorf("Open of a newer version's database returned %v", err)
	}
}

// TestOpenFirstVersion checks that a database of the first version is neither read nor changed,
// and can be deleted.
func TestOpenFirstVersion(t *testing.T) {
	name := fresh(t)
	first := func() js.Value {
		t.Helper()
		req := js.Global().Get("indexedDB").Call("open", name, 1)
		fill := func() { req.Get("result").Call("createObjectStore", firstStore).Call("put", "body", "key") }
		if err := request(t.Context(), req, defaultPatience, fill, func() {}); err != nil {
			t.Fatal(err)
		}
		return req.Get("result")
	}
	first().Call("close")
	if _, err := Open(t.Context(), name); !errors.Is(err, psync.ErrStoreUnavailable) || !errors.Is(err, errOldSchema) {
		t.Errorf("Open of a database of version 1 returned %v", err)
	}
	db := first() // it is of version 1 still
	tx := db.Call("transaction", firstStore)
	count := tx.Call("objectStore", firstStore).Call("count")
	if err := finish(t.Context(), tx); err != nil || count.Get("result").Int() != 1 {
		t.Errorf("%d entries are left, %v", count.Get("result").Int(), err)
	}
	db.Call("close")
	if err := Delete(t.Context(), name); err != nil {
		t.Error(err)
	}
	opened(t, name)
}

func TestOpenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("Open returned %v", err)
	}
	if err := Delete(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("Delete returned %v", err)
	}
}
