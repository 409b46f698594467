package peerset_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/store/mem"
	psync "github.com/peersetdb/peerset/pkg/sync"
	"github.com/peersetdb/peerset/pkg/tracker"
)

const patience = 20 * time.Second

func startTracker(t *testing.T) (url string) {
	t.Helper()
	tr := tracker.New(tracker.Config{})
	srv := httptest.NewServer(tr)
	t.Cleanup(func() {
		tr.Close()
		srv.Close()
	})
	return "ws" + strings.TrimPrefix(srv.URL, "http")
}

func open(t *testing.T, trackers ...string) *peerset.DB {
	t.Helper()
	return openOn(t, mem.New(), trackers...)
}

func openOn(t *testing.T, s psync.Store, trackers ...string) *peerset.DB {
	t.Helper()
	return openWith(t, peerset.Options{Store: s, Trackers: trackers})
}

// openWith opens a database in the room of the test, unless the options name another.
func openWith(t *testing.T, o peerset.Options) *peerset.DB {
	t.Helper()
	if o.Room == "" {
		o.Room = t.Name()
	}
	if o.Store == nil {
		o.Store = mem.New()
	}
	db, err := peerset.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// events gathers what a database tells.
type events struct {
	mu   sync.Mutex
	all  []peerset.Event
	more chan struct{}
}

func listen(t *testing.T, db *peerset.DB) *events {
	e := &events{more: make(chan struct{}, 1)}
	t.Cleanup(db.Subscribe(func(es []peerset.Event) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.all = append(e.all, es...)
		select {
		case e.more <- struct{}{}:
		default:
		}
	}))
	return e
}

// await waits until an event holds what is asked.
func (e *events) await(t *testing.T, what string, is func(peerset.Event) bool) {
	t.Helper()
	timeout := time.After(patience)
	seen := 0
	for {
		e.mu.Lock()
		for ; seen < len(e.all); seen++ {
			if is(e.all[seen]) {
				e.mu.Unlock()
				return
			}
		}
		e.mu.Unlock()
		select {
		case <-e.more:
		case <-timeout:
			t.Fatalf("no %s among %d events", what, seen)
		}
	}
}

func live(e peerset.Event) bool {
	p, ok := e.(psync.PeerEvent)
	return ok && p.Peer.State == psync.Live
}

func put(t *testing.T, db *peerset.DB, text string, o peerset.PutOptions) peerset.Document {
	t.Helper()
	d, err := db.Put(t.Context(), fmt.Appendf(nil, `{"text":%q}`, text), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTwoStrangersMeet(t *testing.T) {
	url := startTracker(t)
	a, b := open(t, url), open(t, "ws://127.0.0.1:1/dead", url)
	eb := listen(t, b)
	before := put(t, a, "before", peerset.PutOptions{Key: "greeting"})
	eb.await(t, "live peer", live)
	eb.await(t, "record", func(e peerset.Event) bool {
		r, ok := e.(psync.RecordEvent)
		return ok && !r.Local && r.Record.UUID.String() == before.UUID
	})
	got, err := b.Get(t.Context(), before.UUID)
	if err != nil || string(got.Content) != `{"text":"before"}` || got.Key != "greeting" {
		t.Fatalf("got %+v, %v", got, err)
	}
	after := put(t, a, "after", peerset.PutOptions{Key: "greeting"})
	if after.UUID != before.UUID || after.CreatedAt != before.CreatedAt || after.UpdatedAt <= before.UpdatedAt {
		t.Errorf("an update is %+v after %+v", after, before)
	}
	eb.await(t, "update", func(e peerset.Event) bool {
		r, ok := e.(psync.RecordEvent)
		return ok && r.Record.ID.String() == after.Integrity.Hash
	})
	if _, err := b.Put(t.Context(), []byte(`1`), peerset.PutOptions{UUID: before.UUID}); !errors.Is(err, peerset.ErrNotAuthor) {
		t.Errorf("another's record was overwritten: %v", err)
	}
	if err := b.Delete(t.Context(), before.UUID); !errors.Is(err, peerset.ErrNotAuthor) {
		t.Errorf("another's record was deleted: %v", err)
	}
	if err := a.Delete(t.Context(), before.UUID); err != nil {
		t.Fatal(err)
	}
	eb.await(t, "deletion", func(e peerset.Event) bool {
		r, ok := e.(psync.RecordEvent)
		return ok && r.Record.Deletes
	})
	if _, err := b.Get(t.Context(), before.UUID); !errors.Is(err, peerset.ErrNotFound) {
		t.Errorf("deleted, and still there: %v", err)
	}
	// The set is equal, and both say so.
	eb.await(t, "agreement", func(e peerset.Event) bool {
		p, ok := e.(psync.PeerEvent)
		return ok && p.Peer.Agreed
	})
	if a.Root() != b.Root() {
		t.Errorf("roots %x and %x", a.Root(), b.Root())
	}
	// When one closes, the other hears why.
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	eb.await(t, "goodbye", func(e peerset.Event) bool {
		p, ok := e.(psync.PeerEvent)
		return ok && p.Peer.State == psync.Closed && p.Reason.Code == psync.ReasonClosed && p.Reason.Remote
	})
}

func TestReopen(t *testing.T) {
	o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault()}
	db := openWith(t, o)
	d := put(t, db, "stays", peerset.PutOptions{})
	id, root := db.Identity(), db.Root()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openWith(t, o)
	if _, err := db.Get(t.Context(), d.UUID); err != nil {
		t.Error(err)
	}
	if db.Identity() != id {
		t.Error("another device key")
	}
	if db.Root() != root {
		t.Error("another root")
	}
}

// keep is a store that stays open.
type keep struct{ psync.Store }

func (keep) Close() error { return nil }

// Two tabs are two peers over one store: one identity, and neither takes the
// other for its own echo.
func TestTwoTabs(t *testing.T) {
	url := startTracker(t)
	s := mem.New()
	o := peerset.Options{Store: keep{s}, Vault: peerset.NewMemoryVault(), Trackers: []string{url}}
	a, b := openWith(t, o), openWith(t, o)
	if a.Identity() != b.Identity() {
		t.Fatal("two identities over one store")
	}
	ea, eb := listen(t, a), listen(t, b)
	ea.await(t, "live peer", live)
	eb.await(t, "live peer", live)
	d := put(t, a, "1", peerset.PutOptions{Key: "shared"})
	has := func(id string) func(peerset.Event) bool {
		return func(e peerset.Event) bool {
			r, ok := e.(psync.RecordEvent)
			return ok && r.Record.ID.String() == id
		}
	}
	eb.await(t, "record", has(d.Integrity.Hash))
	d = put(t, b, "2", peerset.PutOptions{Key: "shared"})
	ea.await(t, "record", has(d.Integrity.Hash))
	var keys []psync.Key
	if err := s.Index(t.Context(), func(ks []psync.Key) error { keys = append(keys, ks...); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(keys) != 1 || keys[0].ID.String() != d.Integrity.Hash {
		t.Errorf("the store holds %v, want the newest version only", keys)
	}
}

func TestBadInput(t *testing.T) {
	db := open(t)
	for _, c := range []struct {
		name string
		err  error
		do   func() error
	}{
		{"no JSON", peerset.ErrContent, func() error { _, err := db.Put(t.Context(), []byte(`{`), peerset.PutOptions{}); return err }},
		{"nothing", peerset.ErrContent, func() error { _, err := db.Put(t.Context(), nil, peerset.PutOptions{}); return err }},
		{"too long", peerset.ErrContent, func() error {
			_, err := db.Put(t.Context(), []byte(`"`+strings.Repeat("x", 70_000)+`"`), peerset.PutOptions{})
			return err
		}},
		{"no uuid", peerset.ErrOption, func() error { _, err := db.Get(t.Context(), "x"); return err }},
		{"unknown uuid", peerset.ErrNotFound, func() error { _, err := db.Get(t.Context(), "00000000-0000-8000-8000-000000000000"); return err }},
		{"uuid and key", peerset.ErrOption, func() error {
			_, err := db.Put(t.Context(), []byte(`1`), peerset.PutOptions{UUID: "00000000-0000-8000-8000-000000000000", Key: "k"})
			return err
		}},
		{"no room", nil, func() error {
			_, err := peerset.Open(t.Context(), peerset.Options{Store: mem.New()})
			if peerset.Code(err) != "invalid_room" {
				return err
			}
			return nil
		}},
	} {
		if err := c.do(); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
	}
	db.Close()
	if _, err := db.Put(t.Context(), []byte(`1`), peerset.PutOptions{}); !errors.Is(err, peerset.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := db.All(context.Background(), nil); !errors.Is(err, peerset.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// A burst of edits that nobody waits for ends as its last version.
func TestBurst(t *testing.T) {
	db := open(t)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() { put(t, db, fmt.Sprint(i), peerset.PutOptions{Key: "burst"}) })
	}
	wg.Wait()
	n := 0
	if err := db.All(t.Context(), func(ds []peerset.Document) error { n += len(ds); return nil }); err != nil {
		t.Fatal(err)
	}
	if n != 1 {
		t.Errorf("%d records, want 1", n)
	}
}
