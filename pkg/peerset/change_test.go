package peerset_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/peersetdb/peerset/pkg/moderation"
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

// One's own records stay under a stricter policy: the page is told, no peer gets them from it, and those that
// have the same policy do not take it for one that brings what it refuses. Under a laxer one they are as any others.
func TestOwnRecordsStay(t *testing.T) {
	for name, strict := range map[string]string{"badWords": noZorglub, "quota": `{"extends":"open","quota":{"records":1}}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := startTracker(t)
			o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault(), Moderation: []byte(`"open"`)}
			a := openWith(t, o)
			mine := put(t, a, "zorglub", peerset.PutOptions{})
			put(t, a, "fine", peerset.PutOptions{Key: "later"})
			fine := put(t, a, "fine, the second version", peerset.PutOptions{Key: "later"})
			a.Close()

			o.Moderation, o.Trackers = []byte(strict), []string{url}
			for range 2 { // the second time under the policy of the first
				a = openWith(t, o)
				await(t, "it is flagged", func() bool {
					return slices.ContainsFunc(a.Moderation().Recent, func(j peerset.JudgedEvent) bool {
						return j.Verdict.Rule == name && j.Verdict.Action == moderation.Flag && j.ID.String() == mine.Integrity.Hash
					})
				})
				b := openWith(t, peerset.Options{Moderation: o.Moderation, Trackers: []string{url}})
				eb := listen(t, b)
				await(t, "the other one comes", has(t, b, fine.UUID))
				await(t, "both agree", func() bool { ps := b.Peers(); return len(ps) == 1 && ps[0].Agreed && ps[0].Unavailable == 1 })
				if !has(t, a, mine.UUID)() || has(t, b, mine.UUID)() {
					t.Errorf("%s: here: %v, there: %v", name, has(t, a, mine.UUID)(), has(t, b, mine.UUID)())
				}
				eb.none(t, "punished", punished)
				b.Close()
				a.Close()
			}
			o.Moderation = []byte(`"open"`)
			a = openWith(t, o)
			b := openWith(t, peerset.Options{Moderation: o.Moderation, Trackers: []string{url}})
			await(t, "it is given away again", has(t, b, mine.UUID))
			a.Close()
			b.Close()
		})
	}
}

func flagged(db *peerset.DB, d peerset.Document) func() bool {
	return func() bool {
		return slices.ContainsFunc(db.Moderation().Recent, func(j peerset.JudgedEvent) bool {
			return j.Verdict.Action == moderation.Flag && j.ID.String() == d.Integrity.Hash
		})
	}
}

// policyNote is what the vault keeps of the policy that was judged by: its hash, and whose records
// are withheld.
func policyNote(t *testing.T, v peerset.Vault) []byte {
	t.Helper()
	note, err := v.Load(t.Context(), "policy of "+t.Name())
	if err != nil {
		t.Fatal(err)
	}
	return note
}

// So it is when somebody else is logged in after a reload.
func TestWithheldFromPeersAfterLogout(t *testing.T) {
	url := startTracker(t)
	o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault(), Moderation: []byte(`"open"`)}
	a := openWith(t, o)
	if _, err := a.Login(t.Context(), peerset.Login{Fresh: true}); err != nil {
		t.Fatal(err)
	}
	mine, fine := put(t, a, "zorglub", peerset.PutOptions{}), put(t, a, "fine", peerset.PutOptions{})
	a.Close()
	o.Moderation = []byte(noZorglub)
	a = openWith(t, o)
	await(t, "it is flagged", flagged(a, mine))
	if _, err := a.Logout(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	a.Close()
	o.Trackers = []string{url}
	for range 2 {
		a = openWith(t, o)
		b := openWith(t, peerset.Options{Moderation: o.Moderation, Trackers: []string{url}})
		await(t, "the other one comes", has(t, b, fine.UUID))
		await(t, "both agree", func() bool { ps := b.Peers(); return len(ps) == 1 && ps[0].Agreed })
		if n := b.Stats().Refused; n != 0 || !has(t, a, mine.UUID)() {
			t.Errorf("there: %d refused, here: %v", n, has(t, a, mine.UUID)())
		}
		b.Close()
		a.Close()
	}
}

// What a set rule withholds of somebody who was logged in stays here as well.
func TestWithheldByQuotaAfterLogout(t *testing.T) {
	t.Parallel()
	o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault(), Moderation: []byte(`"open"`)}
	a := openWith(t, o)
	if _, err := a.Login(t.Context(), peerset.Login{Fresh: true}); err != nil {
		t.Fatal(err)
	}
	var mine []peerset.Document
	for i := range 4 {
		mine = append(mine, put(t, a, fmt.Sprint("no. ", i), peerset.PutOptions{}))
	}
	a.Close()
	o.Moderation = []byte(`{"extends":"open","quota":{"records":2}}`)
	a = openWith(t, o)
	two := func() bool {
		n := 0
		for _, d := range mine {
			if flagged(a, d)() {
				n++
			}
		}
		return n == 2
	}
	await(t, "two are flagged", two)
	await(t, "it is noted whose they are", func() bool { return len(policyNote(t, o.Vault)) > sha256.Size })
	if _, err := a.Logout(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	a.Close()
	for range 2 {
		a = openWith(t, o)
		await(t, "two are flagged again", two)
		for _, d := range mine {
			if !has(t, a, d.UUID)() {
				t.Errorf("%s is gone", d.Content)
			}
		}
		a.Close()
	}
}

// What is withheld, given away again and refused once more is withheld once more, or the write is refused that would
// have that effect.
func TestRefusedOnceMore(t *testing.T) {
	t.Parallel()
	o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault(), Moderation: []byte(`"open"`)}
	a := openWith(t, o)
	second := func() {
		began := time.Now().Unix()
		await(t, "the next second", func() bool { return time.Now().Unix() > began })
	}
	first := put(t, a, "first", peerset.PutOptions{})
	second()
	put(t, a, "second", peerset.PutOptions{})
	second()
	short := put(t, a, "short", peerset.PutOptions{ExpiresIn: 4 * time.Second})
	a.Close()
	o.Moderation = []byte(`{"extends":"open","quota":{"records":2}}`)
	a = openWith(t, o)
	await(t, "it is flagged", flagged(a, first))
	await(t, "there is a place for it", hasNot(t, a, short.UUID))
	if got := putCode(t, a, `"third"`, peerset.PutOptions{}); got != "refused_quota" {
		t.Errorf("%q: the first would have to go for it", got)
	}
}

// What was refused before is wanted again under another policy, but not what that policy has just refused.
func TestNotWantedAgain(t *testing.T) {
	url := startTracker(t)
	lax := peerset.Options{Moderation: []byte(`"open"`), Trackers: []string{url}}
	o := lax
	o.Store, o.Vault = keep{mem.New()}, peerset.NewMemoryVault()
	keeper, a := openWith(t, lax), openWith(t, o)
	for i := range 20 {
		put(t, keeper, fmt.Sprintf("zorglub %d", i), peerset.PutOptions{})
	}
	await(t, "all are here", func() bool { return keeper.Root() == a.Root() })
	a.Close()
	o.Moderation = []byte(noZorglub)
	a = openWith(t, o)
	await(t, "both agree", func() bool { ps := a.Peers(); return len(ps) == 1 && ps[0].Agreed })
	await(t, "the next one comes", has(t, a, put(t, keeper, "fine", peerset.PutOptions{}).UUID))
	for _, j := range a.Moderation().Recent {
		if j.Conn != 0 {
			t.Fatalf("fetched once more: %+v", j)
		}
	}
}

// What a page held under a laxer policy goes when the policy becomes stricter, so that peers that
// have the same policy do not take the page for one that brings what it refuses itself. When the
// policy becomes laxer it is wanted again, also where no rule looks at the whole set.
func TestPolicyChangesBetweenOpens(t *testing.T) {
	url := startTracker(t)
	o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault(), Moderation: []byte(`"open"`), Trackers: []string{url}}
	lax := peerset.Options{Moderation: []byte(`"open"`), Trackers: []string{url}, Store: keep{mem.New()}}
	a, keeper := openWith(t, o), openWith(t, lax)
	var bad []string
	for i := range 60 {
		bad = append(bad, put(t, keeper, fmt.Sprintf("zorglub %d", i), peerset.PutOptions{}).UUID)
	}
	good := put(t, keeper, "fine", peerset.PutOptions{})
	await(t, "all are here", func() bool { return keeper.Root() == a.Root() })
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
	judging := openWith(t, peerset.Options{Vault: vault, Moderation: []byte(noZorglub)})
	await(t, "that is noted", func() bool { return len(policyNote(t, vault)) > 0 })
	judging.Close()
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

// A label that is about very many records is carried out in steps, all of them; and when it goes, they come back.
func TestBanOfManyRecords(t *testing.T) {
	const n = 700
	url := startTracker(t)
	boss := newKey(t)
	o := peerset.Options{Moderation: fmt.Appendf(nil, `{"extends":"open","moderators":{"npubs":[%q]}}`, boss.PubKey().Npub()), Trackers: []string{url}}
	m, keeper := openWith(t, o), openWith(t, peerset.Options{Moderation: []byte(`"open"`), Trackers: []string{url}})
	login(t, m, peerset.Login{Nsec: boss.Nsec()})
	for i := range n {
		put(t, keeper, fmt.Sprint(i), peerset.PutOptions{})
	}
	bodies := func(want int) func() bool {
		return func() bool { s := m.Stats(); return s.Records-s.Refused == want }
	}
	await(t, "all are here", bodies(n))
	var most atomic.Int64 // that went in one step
	t.Cleanup(m.Subscribe(func(es []peerset.Event) {
		step := 0
		for _, e := range es {
			if p, ok := e.(peerset.PruneEvent); ok {
				step += len(p.Records)
			}
		}
		most.Store(max(most.Load(), int64(step)))
	}))
	ban, err := m.Put(t.Context(), fmt.Appendf(nil, `{"ban":%q}`, keeper.Identity().Author.Npub()), peerset.PutOptions{Collection: "peerset/labels"})
	if err != nil {
		t.Fatal(err)
	}
	await(t, "they go", bodies(1))
	if n := most.Load(); n == 0 || n > 300 {
		t.Errorf("%d went in one step", n)
	}
	if err := m.Delete(t.Context(), ban.UUID); err != nil {
		t.Fatal(err)
	}
	await(t, "they come back", func() bool { return len(all(t, m)) == n })
}

// What somebody wrote who is banned comes when the ban is taken back, from who has it.
func TestUnbanBringsRecords(t *testing.T) {
	url := startTracker(t)
	author, carrier := open(t, url), open(t, url)
	d := put(t, author, "rude", peerset.PutOptions{})
	await(t, "it is relayed", has(t, carrier, d.UUID))
	who := author.Identity().Author.Npub()
	author.Close()
	db := openWith(t, peerset.Options{})
	e := listen(t, db)
	if _, err := db.Ban(t.Context(), who, 0, "rude"); err != nil {
		t.Fatal(err)
	}
	if err := connect(t.Context(), carrier, db); err != nil {
		t.Fatal(err)
	}
	refused(t, e, "ban")
	if err := db.Unban(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	await(t, "it comes", has(t, db, d.UUID))
}
