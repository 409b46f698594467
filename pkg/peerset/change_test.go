package peerset_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/store/mem"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

const noZorglub = `{"extends":"open","badWords":{"add":["zorglub"]}}`

func has(t *testing.T, db *peerset.DB, uuid string) func() bool {
	return func() bool {
		_, err := db.Get(t.Context(), uuid)
		if err != nil && !errors.Is(err, peerset.ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil
	}
}

func hasNot(t *testing.T, db *peerset.DB, uuid string) func() bool {
	return func() bool { return !has(t, db, uuid)() }
}

// none fails if there was such an event.
func (e *events) none(t *testing.T, what string, is func(peerset.Event) bool) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range e.all {
		if is(ev) {
			t.Errorf("%s: %+v", what, ev)
		}
	}
}

func punished(e peerset.Event) bool {
	switch e.(type) {
	case peerset.StrikeEvent, peerset.BanEvent:
		return true
	}
	return false
}

// What a page held under a laxer policy goes when the policy becomes stricter, so that peers that
// have the same policy do not take the page for one that brings what it refuses itself. When the
// policy becomes laxer it is wanted again, also where no rule looks at the whole set.
func TestPolicyChangesBetweenOpens(t *testing.T) {
	url := startTracker(t)
	o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault(), Moderation: []byte(`"open"`)}
	a := openWith(t, o)
	var bad []string
	for i := range 60 {
		bad = append(bad, put(t, a, fmt.Sprintf("zorglub %d", i), peerset.PutOptions{}).UUID)
	}
	good := put(t, a, "fine", peerset.PutOptions{})
	// A keeper has it all.
	a.Close()
	o.Trackers = []string{url}
	a = openWith(t, o)
	lax := peerset.Options{Moderation: []byte(`"open"`), Trackers: []string{url}, Store: keep{mem.New()}}
	keeper := openWith(t, lax)
	await(t, "the keeper has all", func() bool { return keeper.Root() == a.Root() })
	keeper.Close()
	a.Close()

	o.Moderation = []byte(noZorglub)
	a = openWith(t, o)
	ea := listen(t, a)
	b := openWith(t, peerset.Options{Moderation: o.Moderation, Trackers: []string{url}})
	eb := listen(t, b)
	eb.await(t, "live peer", live)
	await(t, "the good one comes", has(t, b, good.UUID))
	for _, u := range bad {
		await(t, "the bad one goes", hasNot(t, a, u))
	}
	if s := a.Stats(); s.Refused != len(bad) || s.Records != len(bad)+1 {
		t.Errorf("%+v", s)
	}
	// Who has the same policy gets none of them from it, and punishes nobody.
	eb.none(t, "punished", punished)
	if s := b.Stats(); s.Refused != 0 || s.Records != 1 {
		t.Errorf("%d refused of %d", s.Refused, s.Records)
	}
	ea.none(t, "punished", punished)
	b.Close()
	a.Close()

	// The same policy once more changes nothing.
	a = openWith(t, o)
	if s := a.Stats(); s.Refused != len(bad) || s.Records != len(bad)+1 {
		t.Errorf("%+v", s)
	}
	a.Close()

	keeper = openWith(t, lax)
	o.Moderation = []byte(`"open"`)
	a = openWith(t, o)
	for _, u := range bad {
		await(t, "it is wanted again", has(t, a, u))
	}
	await(t, "equal roots", func() bool { return keeper.Root() == a.Root() })
	if s := a.Stats(); s.Refused != 0 {
		t.Errorf("%d are still refused", s.Refused)
	}
}

// Rules about the whole set hold for what is written right after a reload.
func TestQuotaAfterReload(t *testing.T) {
	o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault(), Moderation: []byte(`{"extends":"open","quota":{"records":3}}`)}
	db := openWith(t, o)
	first := put(t, db, "0", peerset.PutOptions{})
	put(t, db, "1", peerset.PutOptions{})
	gone := put(t, db, "2", peerset.PutOptions{})
	db.Close()
	db = openWith(t, o)
	if got := putCode(t, db, `"one too many"`, peerset.PutOptions{}); got != "refused_quota" {
		t.Errorf("%q", got)
	}
	// A new version of what is there is no further record; a deletion makes no room.
	if got := putCode(t, db, `"edited"`, peerset.PutOptions{UUID: first.UUID}); got != "" {
		t.Errorf("%q", got)
	}
	if err := db.Delete(t.Context(), gone.UUID); err != nil {
		t.Fatal(err)
	}
	if got := putCode(t, db, `"one too many"`, peerset.PutOptions{}); got != "refused_quota" {
		t.Errorf("%q", got)
	}
	if n := len(all(t, db)); n != 2 {
		t.Errorf("%d records", n)
	}
}

// A set rule's reason lapses: the record is wanted again, and comes from who has it.
func TestDuplicateIsWantedAgain(t *testing.T) {
	url := startTracker(t)
	lax := openWith(t, peerset.Options{Moderation: []byte(`"open"`), Trackers: []string{url}})
	strict := openWith(t, peerset.Options{Moderation: []byte(`{"extends":"open","duplicates":{"window":3600}}`), Trackers: []string{url}})
	e := listen(t, strict)
	e.await(t, "live peer", live)
	ds := []peerset.Document{put(t, lax, "twice", peerset.PutOptions{}), put(t, lax, "twice", peerset.PutOptions{})}
	refused(t, e, "duplicates")
	await(t, "equal roots", func() bool { return strict.Root() == lax.Root() })
	first, second := ds[0], ds[1]
	if has(t, strict, second.UUID)() { // of one second: the lower id stays
		first, second = second, first
	}
	if !has(t, strict, first.UUID)() || has(t, strict, second.UUID)() {
		t.Fatal("not exactly one of them stays")
	}
	if err := lax.Delete(t.Context(), first.UUID); err != nil {
		t.Fatal(err)
	}
	await(t, "the other one comes", has(t, strict, second.UUID))
	await(t, "equal roots", func() bool { return strict.Root() == lax.Root() })
	e.none(t, "punished", punished)
	// The page learns of whom the record was that had to go, if one was held.
	e.none(t, "a refusal without an author", func(e peerset.Event) bool {
		j, ok := e.(peerset.JudgedEvent)
		return ok && (j.Author == (record.PubKey{}) || j.UUID == (record.UUID{}))
	})
}

// What a moderator's label refused is wanted again when the label is deleted.
func TestLabelIsDeleted(t *testing.T) {
	url := startTracker(t)
	boss := newKey(t)
	policy := fmt.Appendf(nil, `{"extends":"open","moderators":{"npubs":[%q]}}`, boss.PubKey().Npub())
	keeper := openWith(t, peerset.Options{Moderation: []byte(`"open"`), Trackers: []string{url}})
	a := openWith(t, peerset.Options{Moderation: policy, Trackers: []string{url}})
	m := openWith(t, peerset.Options{Moderation: policy, Trackers: []string{url}, Key: boss})
	e := listen(t, m)
	d := put(t, keeper, "out of place", peerset.PutOptions{})
	hears(t, e, d.UUID)
	label, err := m.Put(t.Context(), fmt.Appendf(nil, `{"ban":%q}`, keeper.Identity().Author.Npub()), peerset.PutOptions{Collection: "peerset/labels"})
	if err != nil {
		t.Fatal(err)
	}
	e.await(t, "refusal with its author", func(e peerset.Event) bool {
		j, ok := e.(peerset.JudgedEvent)
		return ok && j.UUID.String() == d.UUID && j.Author == keeper.Identity().Author && j.Verdict.Rule == "moderators"
	})
	for _, db := range []*peerset.DB{a, m} {
		await(t, "it is gone", hasNot(t, db, d.UUID))
	}
	await(t, "equal roots", func() bool { return a.Root() == m.Root() && a.Root() == keeper.Root() })
	if !has(t, keeper, d.UUID)() {
		t.Error("whose policy names no moderators lost it")
	}
	if err := m.Delete(t.Context(), label.UUID); err != nil {
		t.Fatal(err)
	}
	for _, db := range []*peerset.DB{a, m} {
		await(t, "it is wanted again", has(t, db, d.UUID))
	}
	await(t, "equal roots", func() bool { return a.Root() == m.Root() && a.Root() == keeper.Root() })
}

// An honest relay of much that a page refuses keeps its connection: it is heard again later.
func TestRelayOfMuchThatIsRefused(t *testing.T) {
	url := startTracker(t)
	lax := openWith(t, peerset.Options{Moderation: []byte(`"open"`), Trackers: []string{url}})
	for i := range 60 {
		put(t, lax, fmt.Sprintf("zorglub %d", i), peerset.PutOptions{})
	}
	strict := openWith(t, peerset.Options{
		Moderation: []byte(`{"extends":"open","badWords":{"add":["zorglub"]},"connection":{"refused":20}}`), Trackers: []string{url},
	})
	e := listen(t, strict)
	e.await(t, "mute", func(e peerset.Event) bool { p, ok := e.(psync.PeerEvent); return ok && p.Peer.Muted })
	await(t, "what was asked for has come", func() bool { return strict.Stats().Refused == 60 })
	e.none(t, "closed", func(e peerset.Event) bool {
		p, ok := e.(psync.PeerEvent)
		return ok && p.Peer.State == psync.Closed && p.Reason.Code != psync.ReasonDuplicate
	})
	e.none(t, "the carrier is struck", func(e peerset.Event) bool { _, ok := e.(peerset.StrikeEvent); return ok })
}

// Who has the same policy and brings what it refuses is struck, up to a ban.
func TestCarrierWithTheSamePolicy(t *testing.T) {
	store := keep{mem.New()}
	// It held them under another policy, and its vault says that this one was judged.
	before := openWith(t, peerset.Options{Store: store, Moderation: []byte(`"open"`)})
	for i := range 60 {
		put(t, before, fmt.Sprintf("zorglub %d", i), peerset.PutOptions{})
	}
	before.Close()
	vault := peerset.NewMemoryVault()
	openWith(t, peerset.Options{Vault: vault, Moderation: []byte(noZorglub)}).Close()
	bad := openWith(t, peerset.Options{Store: store, Vault: vault, Moderation: []byte(noZorglub)})
	o := peerset.Options{Moderation: []byte(noZorglub), Vault: peerset.NewMemoryVault()}
	db := openWith(t, o)
	e := listen(t, db)
	if err := connect(t.Context(), db, bad); err != nil {
		t.Fatal(err)
	}
	// What comes after that depends on how much was under way: a muted peer brings nothing more.
	for _, level := range []string{"warn", "mute"} {
		e.await(t, level, func(e peerset.Event) bool {
			s, ok := e.(peerset.StrikeEvent)
			return ok && s.Level.String() == level && s.Who == bad.Identity().Author
		})
	}
}

func TestBanIsKeptAtOnce(t *testing.T) {
	vault := peerset.NewMemoryVault()
	db := openWith(t, peerset.Options{Vault: vault})
	other := newKey(t).PubKey().Npub()
	if _, err := db.Ban(t.Context(), other, time.Hour, ""); err != nil {
		t.Fatal(err)
	}
	bans := func() int { return len(openWith(t, peerset.Options{Vault: vault}).Bans()) }
	if n := bans(); n != 1 {
		t.Errorf("%d bans after a crash", n)
	}
	if err := db.Unban(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if n := bans(); n != 0 {
		t.Errorf("%d bans after a crash", n)
	}
	if _, err := db.Ban(t.Context(), db.Identity().Author.Npub(), time.Hour, ""); peerset.Code(err) != "invalid_option" {
		t.Errorf("banned oneself: %v", err)
	}
}

// An author is struck for what it writes now, not for what it once wrote under other rules.
func TestAuthorsStrikes(t *testing.T) {
	db := openWith(t, peerset.Options{})
	e := listen(t, db)
	old, fresh := newKey(t).PubKey(), newKey(t).PubKey()
	for range 60 {
		db.StrikeAuthor(&record.Record{Event: record.Event{Author: old, CreatedAt: time.Now().Add(-time.Hour).Unix()}})
		db.StrikeAuthor(&record.Record{Event: record.Event{Author: fresh, CreatedAt: time.Now().Unix()}})
	}
	e.await(t, "ban", func(e peerset.Event) bool { b, ok := e.(peerset.BanEvent); return ok && b.Ban.Who == fresh })
	if bs := db.Bans(); len(bs) != 1 || bs[0].Who != fresh {
		t.Errorf("%+v", bs)
	}
	if err := db.Unban(t.Context(), fresh.Npub()); err != nil || len(db.Bans()) != 0 {
		t.Error(err, db.Bans())
	}
	e.await(t, "unban", func(e peerset.Event) bool { b, ok := e.(peerset.BanEvent); return ok && b.Over })
}

// connect connects two databases as a medium would, over loopback.
func connect(ctx context.Context, a, b *peerset.DB) error {
	offer, err := peerset.HostOf(a).Offer(ctx)
	if err != nil {
		return err
	}
	answer, err := peerset.HostOf(b).Answer(ctx, offer.SDP())
	if err != nil {
		return err
	}
	return offer.Accept(answer)
}
