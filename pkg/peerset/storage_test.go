package peerset_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/store/mem"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// When storage is short the records of others go, but not the pinned ones and one's own; and when
// nothing else is left, no further ones come.
func TestStorageIsShort(t *testing.T) {
	url := startTracker(t)
	o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault(), Trackers: []string{url}}
	db := openWith(t, o)
	other := open(t, url)
	var theirs []string
	for i := range 20 {
		theirs = append(theirs, put(t, other, fmt.Sprint("theirs ", i), peerset.PutOptions{}).UUID)
	}
	own := put(t, db, "own", peerset.PutOptions{}).UUID
	await(t, "equal roots", func() bool { return db.Root() == other.Root() && len(all(t, db)) == 21 })
	if err := db.Pin(t.Context(), theirs[3]); err != nil {
		t.Fatal(err)
	}
	other.Close()
	db.Close()

	asked := make(chan struct{}, 10)
	var used atomic.Int64
	used.Store(95)
	o.Trackers = nil
	o.Storage = func(context.Context) (int64, int64, error) {
		asked <- struct{}{}
		return used.Load(), 100, nil
	}
	db = openWith(t, o)
	await(t, "others' records go", func() bool { return len(all(t, db)) == 2 })
	for _, u := range []string{own, theirs[3]} {
		if !has(t, db, u)() {
			t.Error("a record is gone that is pinned or one's own")
		}
	}
	if s := db.Stats(); s.Pinned != 1 {
		t.Errorf("%d pinned", s.Pinned)
	}
	<-asked
	db.Close()

	// It is still short: others' records do not come, for which one's own would have to go.
	o.Trackers = []string{url}
	db, other = openWith(t, o), open(t, url)
	e := listen(t, db)
	e.await(t, "live peer", live)
	refused := func() bool {
		m := db.Moderation().Recent
		return len(m) > 0 && m[len(m)-1].Verdict.Rule == "storage"
	}
	last, n := "", 0
	await(t, "there is no room", func() bool {
		if !refused() {
			n++
			last = put(t, other, fmt.Sprint("one more ", n), peerset.PutOptions{}).UUID
		}
		return refused()
	})
	if put(t, db, "own again", peerset.PutOptions{}); !has(t, db, own)() || !has(t, db, theirs[3])() || has(t, db, last)() {
		t.Error("one's own or what is pinned is gone, or the last one has come")
	}
	if err := db.Unpin(t.Context(), theirs[3]); err != nil {
		t.Fatal(err)
	}
	db.Close()
	used.Store(50)
	db = openWith(t, o)
	<-asked
	await(t, "there is room again", has(t, db, last))
	if !has(t, db, theirs[3])() {
		t.Error("gone, though there is room")
	}
	if s := db.Stats(); s.Pinned != 0 {
		t.Errorf("%d pinned", s.Pinned)
	}
}

// fullStore has no room for so many writes to come.
type fullStore struct {
	psync.Store
	fails atomic.Int32
}

func (f *fullStore) Apply(ctx context.Context, b psync.Batch) error {
	if len(b.Put) > 0 && f.fails.Add(-1) >= 0 {
		return psync.ErrStoreFull
	}
	return f.Store.Apply(ctx, b)
}

// A write that fails for want of room makes room, and the page hears of what goes.
func TestStorageIsFull(t *testing.T) {
	url := startTracker(t)
	f := &fullStore{Store: mem.New()}
	db, other := openOn(t, f, url), open(t, url)
	e := listen(t, db)
	theirs := put(t, other, "theirs", peerset.PutOptions{})
	hears(t, e, theirs.UUID)
	f.fails.Store(1)
	if got := putCode(t, db, `"no room"`, peerset.PutOptions{}); got != "storage_full" {
		t.Errorf("%q", got)
	}
	e.await(t, "prune", func(e peerset.Event) bool {
		p, ok := e.(peerset.PruneEvent)
		return ok && p.Why == psync.RemovedEvicted && len(p.Records) == 1 && p.Records[0].String() == theirs.UUID
	})
	put(t, db, "there is room", peerset.PutOptions{})
	await(t, "both agree without it", func() bool {
		ps := db.Peers()
		return len(ps) == 1 && ps[0].Agreed
	})
	if has(t, db, theirs.UUID)() {
		t.Error("it came back")
	}
}

// A record of somebody else that finds no room does not take one's own away; a write of one's own takes a few.
func TestOwnGoForOwnOnly(t *testing.T) {
	url := startTracker(t)
	f := &fullStore{Store: mem.New()}
	db, other := openOn(t, f, url), open(t, url)
	e := listen(t, db)
	e.await(t, "live peer", live)
	var own []string
	for i := range 15 {
		own = append(own, put(t, db, fmt.Sprint("own ", i), peerset.PutOptions{}).UUID)
	}
	f.fails.Store(1)
	put(t, other, "theirs", peerset.PutOptions{})
	e.await(t, "it finds no room", func(e peerset.Event) bool { s, ok := e.(psync.StoreEvent); return ok && s.Records == 1 })
	put(t, db, "there is room for it", peerset.PutOptions{})
	evicted := func(e peerset.Event) bool {
		p, ok := e.(peerset.PruneEvent)
		return ok && p.Why == psync.RemovedEvicted
	}
	e.none(t, "one's own goes for another's", evicted)
	f.fails.Store(1)
	if got := putCode(t, db, `"no room"`, peerset.PutOptions{}); got != "storage_full" {
		t.Errorf("%q", got)
	}
	e.await(t, "a tenth of one's own goes", func(e peerset.Event) bool {
		return evicted(e) && len(e.(peerset.PruneEvent).Records) == 2
	})
	gone := slices.DeleteFunc(own, func(u string) bool { return has(t, db, u)() })
	if len(gone) == 0 || len(gone) > 2 {
		t.Errorf("%d are gone", len(gone))
	}
}

// A record that expires goes everywhere at its time, and leaves no id.
func TestExpiry(t *testing.T) {
	url := startTracker(t)
	a, b := open(t, url), open(t, url)
	ea, eb := listen(t, a), listen(t, b)
	eb.await(t, "live peer", live)
	before := time.Now()
	short := put(t, a, "for a moment", peerset.PutOptions{ExpiresIn: 3 * time.Second})
	long := put(t, a, "for long", peerset.PutOptions{ExpiresIn: time.Hour})
	hears(t, eb, short.UUID)
	hears(t, eb, long.UUID)
	if got, err := b.Get(t.Context(), short.UUID); err != nil || got.ExpiresAt != short.ExpiresAt || got.ExpiresAt < before.UnixMilli()+2000 {
		t.Error(got.ExpiresAt, err)
	}
	if err := b.Pin(t.Context(), short.UUID); err != nil {
		t.Fatal(err)
	}
	for _, e := range []*events{ea, eb} {
		e.await(t, "expiry", func(e peerset.Event) bool {
			p, ok := e.(peerset.PruneEvent)
			return ok && p.Why == psync.RemovedExpired && slices.Equal([]string{p.Records[0].String()}, []string{short.UUID})
		})
	}
	if time.Now().UnixMilli() < short.ExpiresAt {
		t.Error("it went early")
	}
	for _, db := range []*peerset.DB{a, b} {
		if s := db.Stats(); s.Records != 1 || s.Pinned != 0 || !has(t, db, long.UUID)() {
			t.Errorf("%+v", s)
		}
	}
	if a.Root() != b.Root() {
		t.Error("the roots differ")
	}
	// Nobody brings it back.
	c := open(t, url)
	ec := listen(t, c)
	hears(t, ec, long.UUID)
	if s := c.Stats(); s.Records != 1 {
		t.Errorf("%d records", s.Records)
	}
	if n, err := a.Prune(t.Context()); n != 0 || err != nil {
		t.Errorf("%d pruned, %v", n, err)
	}
}
