package peerset_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/store/mem"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

func putCode(t *testing.T, db *peerset.DB, content string, o peerset.PutOptions) string {
	t.Helper()
	_, err := db.Put(t.Context(), []byte(content), o)
	if err == nil {
		return ""
	}
	return peerset.Code(err)
}

// refused waits until a rule has refused something.
func refused(t *testing.T, e *events, rule string) {
	t.Helper()
	e.await(t, "refusal by "+rule, func(e peerset.Event) bool {
		j, ok := e.(peerset.JudgedEvent)
		return ok && j.Verdict.Rule == rule && j.Verdict.Refused()
	})
}

func TestPutBreaksThePolicy(t *testing.T) {
	db := openWith(t, peerset.Options{Moderation: []byte(`{"noLinks":true,"badWords":{"add":["zorglub"]},"schema":{"text":20},"deny":{"npubs":[]}}`)})
	e := listen(t, db)
	for content, want := range map[string]string{
		`{"text":"hello"}`:                    "",
		`{"text":"see example.com"}`:          "refused_no_links",
		`{"text":"you Z0rglub"}`:              "refused_bad_words",
		`{"text":"longer than twenty bytes"}`: "refused_schema",
		`{"link":"javascript:alert(1)"}`:      "refused_link_field",
		`{"link":"https://example.com/"}`:     "",
	} {
		if got := putCode(t, db, content, peerset.PutOptions{}); got != want {
			t.Errorf("%s: %q, want %q", content, got, want)
		}
	}
	refused(t, e, "badWords")
	m := db.Moderation()
	if m.Name != "custom" || len(m.Recent) != 4 {
		t.Errorf("%+v", m)
	}
	if n := db.Stats().Records; n != 2 {
		t.Errorf("%d records", n)
	}
}

func TestPolicyIsChecked(t *testing.T) {
	_, err := peerset.Open(t.Context(), peerset.Options{Room: t.Name(), Store: mem.New(), Moderation: []byte(`{"noSpam":true}`)})
	if peerset.Code(err) != "invalid_policy" || !strings.Contains(err.Error(), "noSpam") {
		t.Error(err)
	}
}

// A stricter neighbour takes no body of what it refuses, and both agree all the same.
func TestNeighboursWithOtherPolicies(t *testing.T) {
	url := startTracker(t)
	lax := openWith(t, peerset.Options{Moderation: []byte(`"open"`), Trackers: []string{url}})
	strict := openWith(t, peerset.Options{Moderation: []byte(`{"badWords":{"add":["zorglub"]}}`), Trackers: []string{url}})
	e := listen(t, strict)
	e.await(t, "live peer", live)
	bad := put(t, lax, "zorglub", peerset.PutOptions{})
	good := put(t, lax, "fine", peerset.PutOptions{})
	refused(t, e, "badWords")
	hears(t, e, good.UUID)
	if _, err := strict.Get(t.Context(), bad.UUID); !errors.Is(err, peerset.ErrNotFound) {
		t.Error(err)
	}
	await(t, "equal roots", func() bool { return strict.Root() == lax.Root() })
	if s := strict.Stats(); s.Records != 2 || s.Refused != 1 {
		t.Errorf("%+v", s)
	}
	p := strict.Peers()[0]
	if p.Policy == strict.Moderation().Hash || p.Policy != lax.Moderation().Hash {
		t.Error("the policy of the peer is not its hash")
	}
	// The carrier is not blamed for another policy.
	if bans := strict.Bans(); len(bans) != 0 {
		t.Error(bans)
	}
}

// await waits for a condition.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("still not: %s", what)
		}
	}
}

// Which records stay under a quota is the same everywhere: the newest.
func TestQuota(t *testing.T) {
	url := startTracker(t)
	policy := []byte(`{"extends":"open","quota":{"records":3}}`)
	open := openWith(t, peerset.Options{Moderation: []byte(`"open"`), Trackers: []string{url}})
	a := openWith(t, peerset.Options{Moderation: policy, Trackers: []string{url}})
	for i := range 8 {
		put(t, open, fmt.Sprint(i), peerset.PutOptions{Key: fmt.Sprint(i)})
	}
	b := openWith(t, peerset.Options{Moderation: policy, Trackers: []string{url}})
	for _, db := range []*peerset.DB{a, b} {
		await(t, "three records stay", func() bool {
			return db.Root() == open.Root() && len(all(t, db)) == 3
		})
	}
	if x, y := fmt.Sprint(all(t, a)), fmt.Sprint(all(t, b)); x != y {
		t.Errorf("%s here, %s there", x, y)
	}
	for range 3 {
		put(t, b, "mine", peerset.PutOptions{})
	}
	if got := putCode(t, b, `"one too many"`, peerset.PutOptions{}); got != "refused_quota" {
		t.Error(got)
	}
	if got := len(all(t, b)); got != 6 {
		t.Errorf("%d records", got)
	}
}

func TestModeratorsLabel(t *testing.T) {
	url := startTracker(t)
	boss := newKey(t)
	policy := fmt.Appendf(nil, `{"extends":"open","moderators":{"npubs":[%q]}}`, boss.PubKey().Npub())
	o := peerset.Options{Moderation: policy, Trackers: []string{url}}
	vault := peerset.NewMemoryVault()
	oa := peerset.Options{Moderation: policy, Trackers: []string{url}, Store: keep{mem.New()}, Vault: vault}
	a, m := openWith(t, oa), openWith(t, o)
	login(t, m, peerset.Login{Nsec: boss.Nsec()})
	e := listen(t, m)
	d := put(t, a, "out of place", peerset.PutOptions{})
	hears(t, e, d.UUID)
	if got := putCode(t, a, `{"remove":"`+d.UUID+`"}`, peerset.PutOptions{Collection: "peerset/labels"}); got != "refused_moderators" {
		t.Errorf("who is no moderator labels: %q", got)
	}
	label, err := m.Put(t.Context(), []byte(`{"remove":"`+d.UUID+`"}`), peerset.PutOptions{Collection: "peerset/labels"})
	if err != nil {
		t.Fatal(err)
	}
	gone := func(db *peerset.DB) func() bool {
		return func() bool { _, err := db.Get(t.Context(), d.UUID); return errors.Is(err, peerset.ErrNotFound) }
	}
	await(t, "it is gone there", gone(m))
	await(t, "it is gone at its author's", gone(a))
	await(t, "equal roots", func() bool { return a.Root() == m.Root() })

	// It stays gone over a reload, because of the label.
	a.Close()
	a = openWith(t, oa)
	if !gone(a)() {
		t.Error("it came back")
	}
	// When the label goes, the record is wanted again, of somebody who still has it.
	keeper := openWith(t, peerset.Options{Moderation: []byte(`"open"`), Trackers: []string{url}})
	_ = keeper
	if err := m.Delete(t.Context(), label.UUID); err != nil {
		t.Fatal(err)
	}
	await(t, "the label is gone", func() bool { _, err := a.Get(t.Context(), label.UUID); return errors.Is(err, peerset.ErrNotFound) })
}

func TestOwnRule(t *testing.T) {
	url := startTracker(t)
	asked := make(chan string, 100)
	own := peerset.Options{
		Moderation: []byte(`{"extends":"open","custom":{"name":"no shouting","deadline":200}}`), Trackers: []string{url},
		Custom: func(ctx context.Context, d peerset.Document) (string, error) {
			asked <- string(d.Content)
			switch text := string(d.Content); {
			case strings.Contains(text, "HEY"):
				return "no shouting", nil
			case strings.Contains(text, "throw"):
				return "", errors.New("it threw")
			case strings.Contains(text, "never"):
				<-ctx.Done()
				return "", ctx.Err()
			}
			return "", nil
		},
	}
	db, other := openWith(t, own), openWith(t, peerset.Options{Moderation: []byte(`"open"`), Trackers: []string{url}})
	e := listen(t, db)
	e.await(t, "live peer", live)
	for content, want := range map[string]string{`"HEY"`: "refused_custom", `"throw"`: "refused_custom", `"never"`: "refused_custom", `"hey"`: ""} {
		if got := putCode(t, db, content, peerset.PutOptions{}); got != want {
			t.Errorf("%s: %q", content, got)
		}
	}
	put(t, other, "HEY there", peerset.PutOptions{})
	good := put(t, other, "hey there", peerset.PutOptions{})
	hears(t, e, good.UUID)
	for _, text := range all(t, db) {
		if strings.Contains(text, "HEY") {
			t.Error("it was taken in")
		}
	}
	if s := db.Stats(); s.Refused != 0 {
		t.Error("a local refusal left an id")
	}
	// Deletions are nothing to be asked about.
	if err := other.Delete(t.Context(), good.UUID); err != nil {
		t.Fatal(err)
	}
	await(t, "the deletion comes", func() bool { _, err := db.Get(t.Context(), good.UUID); return errors.Is(err, peerset.ErrNotFound) })
	mine := put(t, db, "hey again", peerset.PutOptions{})
	if err := db.Delete(t.Context(), mine.UUID); err != nil {
		t.Error(err)
	}
}

func TestWork(t *testing.T) {
	url := startTracker(t)
	policy := []byte(`{"extends":"open","work":{"bits":12}}`)
	a := openWith(t, peerset.Options{Moderation: policy, Trackers: []string{url}})
	b := openWith(t, peerset.Options{Moderation: policy, Trackers: []string{url}})
	lazy := openWith(t, peerset.Options{Moderation: []byte(`"open"`), Trackers: []string{url}})
	e := listen(t, b)
	var progress int64
	d, err := a.Put(t.Context(), []byte(`"worked for"`), peerset.PutOptions{Progress: func(tries, expected int64) {
		if progress = tries; expected != 4096 {
			t.Errorf("expected %d", expected)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(d.Integrity.Hash, "000") {
		t.Errorf("the hash is %s after %d tries", d.Integrity.Hash, progress)
	}
	hears(t, e, d.UUID)
	put(t, lazy, "not worked for", peerset.PutOptions{})
	refused(t, e, "work")
}

func TestBans(t *testing.T) {
	url := startTracker(t)
	o := peerset.Options{Trackers: []string{url}, Store: keep{mem.New()}, Vault: peerset.NewMemoryVault()}
	a, b := openWith(t, o), open(t, url)
	e := listen(t, a)
	e.await(t, "live peer", live)
	npub := b.Identity().Author.Npub()
	ban, err := a.Ban(t.Context(), npub, time.Hour, "rude")
	if err != nil || ban.Reason != "rude" || !ban.Manual {
		t.Fatal(ban, err)
	}
	banned := func(e *events) {
		e.await(t, "the ban", func(e peerset.Event) bool {
			p, ok := e.(psync.PeerEvent)
			return ok && p.Peer.State == psync.Closed && p.Reason.Code == psync.ReasonBanned
		})
	}
	banned(e)
	if got := a.Bans(); len(got) != 1 || got[0].Who != b.Identity().Author {
		t.Error(got)
	}
	a.Close()

	// It holds after a reload, and ends when it is taken back.
	eb := listen(t, b)
	a = openWith(t, o)
	if got := a.Bans(); len(got) != 1 {
		t.Error(got)
	}
	banned(eb)
	if err := a.Unban(t.Context(), npub); err != nil {
		t.Fatal(err)
	}
	if got := a.Bans(); len(got) != 0 {
		t.Error(got)
	}
	if _, err := a.Ban(t.Context(), "npub1", 0, ""); peerset.Code(err) != "invalid_key" {
		t.Error(err)
	}
}

func TestMuteAndDisconnect(t *testing.T) {
	url := startTracker(t)
	a, b := open(t, url), open(t, url)
	e := listen(t, a)
	e.await(t, "live peer", live)
	conn := a.Peers()[0].Conn
	if err := a.Mute(t.Context(), conn, true); err != nil {
		t.Fatal(err)
	}
	if !a.Peers()[0].Muted {
		t.Error("not muted")
	}
	put(t, b, "unheard", peerset.PutOptions{})
	if err := a.Mute(t.Context(), conn, false); err != nil {
		t.Fatal(err)
	}
	await(t, "what was said meanwhile comes", func() bool { return len(all(t, a)) == 1 })
	if err := a.Disconnect(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	if err := a.Disconnect(t.Context(), 999); !errors.Is(err, peerset.ErrNoPeer) {
		t.Error(err)
	}
}
