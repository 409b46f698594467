package peerset_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/peersetdb/peerset/pkg/nip44"
	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/store/mem"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

func newKey(t *testing.T) *record.SecretKey {
	t.Helper()
	k, err := record.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// cheap stands for scrypt where its cost is not what is tested.
func cheap(_ context.Context, passphrase, salt []byte, _ int) ([]byte, error) {
	b := make([]byte, 32)
	copy(b, salt)
	for i, c := range passphrase {
		b[i%32] ^= c
	}
	return b, nil
}

func login(t *testing.T, db *peerset.DB, l peerset.Login) peerset.Identity {
	t.Helper()
	id, err := db.Login(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	if got := db.Identity(); got != id {
		t.Fatalf("Identity is %+v, Login returned %+v", got, id)
	}
	return id
}

func putFails(t *testing.T, db *peerset.DB, want error) {
	t.Helper()
	if _, err := db.Put(t.Context(), []byte("1"), peerset.PutOptions{}); !errors.Is(err, want) {
		t.Fatalf("Put gave %v, want %v", err, want)
	}
}

func TestLoginSurvivesReload(t *testing.T) {
	url := startTracker(t)
	o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault(), Trackers: []string{url}}
	db := openWith(t, o)
	device := db.Identity()
	if device.Type != peerset.DeviceIdentity || device.Locked || device.Expires != 0 {
		t.Errorf("the device is %+v", device)
	}
	k := newKey(t)
	id := login(t, db, peerset.Login{Nsec: k.Nsec(), Npub: k.PubKey().Npub()})
	if id.Author != k.PubKey() || id.Type != peerset.KeyIdentity || id.Locked || id.Remembered {
		t.Errorf("logged in as %+v", id)
	}
	if left := time.Until(time.UnixMilli(id.Expires)); left < 23*time.Hour || left > 24*time.Hour {
		t.Errorf("the login ends in %v", left)
	}
	d := put(t, db, "mine", peerset.PutOptions{Key: "k"})
	if d.Author.Npub != k.PubKey().Npub() {
		t.Error("put by another")
	}
	db.Close()

	db = openWith(t, o)
	if got := db.Identity(); got.Author != k.PubKey() || !got.Locked || got.Expires == 0 {
		t.Errorf("after a reload: %+v", got)
	}
	if _, err := db.Get(t.Context(), d.UUID); err != nil {
		t.Error(err)
	}
	putFails(t, db, peerset.ErrLocked)
	if err := db.Delete(t.Context(), d.UUID); !errors.Is(err, peerset.ErrLocked) {
		t.Error(err)
	}
	// Peers are answered in the name of the login.
	other := openWith(t, peerset.Options{Trackers: []string{url}})
	e := listen(t, other)
	e.await(t, "peer", func(e peerset.Event) bool {
		p, ok := e.(psync.PeerEvent)
		return ok && p.Peer.State == psync.Live && p.Peer.Identity == k.PubKey()
	})
	login(t, db, peerset.Login{Nsec: k.Nsec()})
	edited := put(t, db, "again", peerset.PutOptions{Key: "k"})
	if edited.UUID != d.UUID || edited.CreatedAt != d.CreatedAt {
		t.Error("another record")
	}
	id, err := db.Logout(t.Context(), false)
	if err != nil || id.Author != device.Author || id.Type != peerset.DeviceIdentity {
		t.Errorf("after logout: %+v, %v", id, err)
	}
	if _, err := db.Put(t.Context(), []byte("1"), peerset.PutOptions{UUID: d.UUID}); !errors.Is(err, peerset.ErrNotAuthor) {
		t.Error(err)
	}
	db.Close()
	if got := openWith(t, o).Identity(); got.Author != device.Author {
		t.Errorf("after logout and a reload: %+v", got)
	}
}

// Who logs in is told to the peers there are, on the same connection.
func TestPeersHearOfALogin(t *testing.T) {
	url := startTracker(t)
	a, b := open(t, url), open(t, url)
	e := listen(t, b)
	e.await(t, "live peer", live)
	conn := b.Peers()[0].Conn
	k := newKey(t)
	login(t, a, peerset.Login{Nsec: k.Nsec()})
	d := put(t, a, "hello", peerset.PutOptions{})
	e.await(t, "record", func(e peerset.Event) bool {
		r, ok := e.(psync.RecordEvent)
		return ok && r.Record.UUID.String() == d.UUID
	})
	e.await(t, "identity", func(e peerset.Event) bool {
		p, ok := e.(psync.PeerEvent)
		return ok && p.Peer.Identity == k.PubKey() && p.Peer.Conn == conn
	})
}

func TestLoginRefuses(t *testing.T) {
	db := openWith(t, peerset.Options{Scrypt: cheap})
	before := db.Identity()
	k, other := newKey(t), newKey(t)
	for name, c := range map[string]struct {
		l    peerset.Login
		code string
	}{
		"nothing":           {peerset.Login{}, "invalid_option"},
		"two ways":          {peerset.Login{Nsec: k.Nsec(), Fresh: true}, "invalid_option"},
		"no nsec":           {peerset.Login{Nsec: "nsec1qqqq"}, "invalid_key"},
		"npub as nsec":      {peerset.Login{Nsec: k.PubKey().Npub()}, "invalid_key"},
		"another npub":      {peerset.Login{Nsec: k.Nsec(), Npub: other.PubKey().Npub()}, "invalid_option"},
		"no npub":           {peerset.Login{Nsec: k.Nsec(), Npub: "npub1"}, "invalid_key"},
		"no ncryptsec":      {peerset.Login{Ncryptsec: "ncryptsec1qqqq", Passphrase: "x"}, "invalid_key"},
		"nothing to unlock": {peerset.Login{Passphrase: "x"}, "invalid_option"},
		"two signers":       {peerset.Login{Signer: &fakeSigner{key: k}, OwnSigner: true}, "invalid_option"},
		"no signer":         {peerset.Login{OwnSigner: true}, "signer_unavailable"},
		"signer remembered": {peerset.Login{Signer: &fakeSigner{key: k}, Remember: "x"}, "invalid_option"},
	} {
		_, err := db.Login(t.Context(), c.l)
		if err == nil || peerset.Code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), k.Nsec()[5:]) {
			t.Errorf("%s: the error shows the key", name)
		}
	}
	if db.Identity() != before {
		t.Error("a login that failed changed the identity")
	}
	put(t, db, "still", peerset.PutOptions{})
}

func TestRememberedKey(t *testing.T) {
	o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault(), Scrypt: cheap}
	db := openWith(t, o)
	id := login(t, db, peerset.Login{Fresh: true, Remember: "correct horse"})
	if !id.Remembered {
		t.Error("not remembered")
	}
	text, err := db.ExportKey(t.Context(), "other words")
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	db = openWith(t, o)
	if got := db.Identity(); !got.Locked || !got.Remembered {
		t.Errorf("%+v", got)
	}
	if _, err := db.ExportKey(t.Context(), "x"); !errors.Is(err, peerset.ErrLocked) {
		t.Error(err)
	}
	if _, err := db.Login(t.Context(), peerset.Login{Passphrase: "battery staple"}); !errors.Is(err, peerset.ErrPassphrase) {
		t.Error(err)
	}
	if got := login(t, db, peerset.Login{Passphrase: "correct horse"}); got.Author != id.Author {
		t.Error("another key")
	}
	put(t, db, "unlocked", peerset.PutOptions{})
	if _, err := db.Logout(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Login(t.Context(), peerset.Login{Passphrase: "correct horse"}); peerset.Code(err) != "invalid_option" {
		t.Error(err)
	}
	if got := login(t, db, peerset.Login{Ncryptsec: text, Passphrase: "other words"}); got.Author != id.Author || got.Remembered {
		t.Errorf("%+v", got)
	}
}

// The secret is nowhere in what the vault keeps, and gone after a logout.
func TestNsecIsNotStored(t *testing.T) {
	v := peerset.NewMemoryVault()
	db := openWith(t, peerset.Options{Vault: v, Scrypt: cheap})
	k := newKey(t)
	login(t, db, peerset.Login{Nsec: k.Nsec(), Remember: "p"})
	secret := k.Bytes()
	for _, name := range []string{"device key", "session", "ncryptsec"} {
		b, err := v.Load(t.Context(), name)
		if err != nil || b == nil {
			t.Fatal(name, err)
		}
		if bytes.Contains(b, secret[:]) || bytes.Contains(b, fmt.Appendf(nil, "%x", secret)) || bytes.Contains(b, []byte(k.Nsec())) {
			t.Errorf("%s holds the secret key", name)
		}
	}
}

// fakeSigner is a browser extension.
type fakeSigner struct {
	key     *record.SecretKey
	refuse  bool
	tamper  func(*record.Event)
	waiting chan struct{} // if not nil: signing waits for it

	mu    sync.Mutex
	kinds []int
	opens int
}

func (s *fakeSigner) PublicKey(context.Context) (record.PubKey, error) { return s.key.PubKey(), nil }

func (s *fakeSigner) Sign(ctx context.Context, e *record.Event) error {
	s.mu.Lock()
	s.kinds = append(s.kinds, e.Kind)
	waiting := s.waiting
	s.mu.Unlock()
	if waiting != nil {
		select {
		case <-waiting:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if s.refuse {
		return peerset.ErrSignerRefused
	}
	if s.tamper != nil {
		s.tamper(e)
	}
	return e.Sign(s.key)
}

// hold lets signing wait until release.
func (s *fakeSigner) hold() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := make(chan struct{})
	s.waiting = waiting
	return func() { close(waiting) }
}

func (s *fakeSigner) Decrypt(_ context.Context, sender record.PubKey, payload string) (string, error) {
	s.mu.Lock()
	s.opens++
	s.mu.Unlock()
	if s.refuse {
		return "", peerset.ErrSignerRefused
	}
	key, err := nip44.ConversationKey(s.key, sender)
	if err != nil {
		return "", err
	}
	return nip44.Open(key, payload)
}

func TestSigner(t *testing.T) {
	s := &fakeSigner{key: newKey(t)}
	o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault(), Signer: s}
	db := openWith(t, o)
	id := login(t, db, peerset.Login{OwnSigner: true})
	if id.Type != peerset.SignerIdentity || id.Author != s.key.PubKey() {
		t.Errorf("%+v", id)
	}
	if !slices.Equal(s.kinds, []int{psync.KindCertificate}) {
		t.Errorf("the signer was asked to sign %v at login", s.kinds)
	}
	d := put(t, db, "signed", peerset.PutOptions{Key: "k"})
	s.refuse = true
	putFails(t, db, peerset.ErrSignerRefused)
	s.refuse, s.tamper = false, func(e *record.Event) { e.Content = `{"c":"other","t":1}` }
	putFails(t, db, peerset.ErrSignerWrong)
	s.tamper = func(e *record.Event) { e.CreatedAt++ }
	putFails(t, db, peerset.ErrSignerWrong)
	s.tamper, s.key = nil, newKey(t)
	putFails(t, db, peerset.ErrSignerWrong)
	if n := db.Stats().Records; n != 1 {
		t.Errorf("%d records", n)
	}
	db.Close()

	// After a reload nobody is asked until somebody writes.
	asked := len(s.kinds)
	db = openWith(t, o)
	if got := db.Identity(); got.Locked || got.Author != id.Author || len(s.kinds) != asked {
		t.Errorf("after a reload: %+v, asked %d times", got, len(s.kinds)-asked)
	}
	putFails(t, db, peerset.ErrSignerWrong) // the extension has another key now
	if _, err := db.Get(t.Context(), d.UUID); err != nil {
		t.Error(err)
	}
}

// Nothing waits for a person who thinks, but what they are asked about.
func TestSlowSigner(t *testing.T) {
	s := &fakeSigner{key: newKey(t)}
	db := openWith(t, peerset.Options{})
	login(t, db, peerset.Login{Signer: s})
	d := put(t, db, "old", peerset.PutOptions{Key: "k"})
	release := s.hold()
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error, 2)
	for _, c := range []context.Context{ctx, t.Context()} {
		go func() {
			_, err := db.Put(c, []byte("1"), peerset.PutOptions{Key: "k"})
			results <- err
		}()
	}
	if got, err := db.Get(t.Context(), d.UUID); err != nil || string(got.Content) != `{"text":"old"}` {
		t.Error(got, err)
	}
	cancel()
	if err := <-results; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	release()
	if err := <-results; err != nil {
		t.Error(err)
	}
	release = s.hold()
	go func() {
		_, err := db.Put(t.Context(), []byte("2"), peerset.PutOptions{})
		results <- err
	}()
	db.Close()
	release()
	if err := <-results; !errors.Is(err, peerset.ErrClosed) {
		t.Error(err)
	}
}

func TestSessionExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault(), ClientSession: time.Hour}
		db := openWith(t, o)
		defer db.Close()
		device := db.Identity().Author
		k := newKey(t)
		login(t, db, peerset.Login{Nsec: k.Nsec()})
		put(t, db, "in time", peerset.PutOptions{})
		var told []peerset.Identity
		defer db.Subscribe(func(es []peerset.Event) {
			for _, e := range es {
				if i, ok := e.(peerset.IdentityEvent); ok {
					told = append(told, i.Identity)
				}
			}
		})()
		<-time.After(time.Hour + 30*time.Second)
		synctest.Wait()
		want := peerset.Identity{Author: k.PubKey(), Type: peerset.KeyIdentity, Locked: true}
		if got := db.Identity(); got != want || len(told) != 1 || told[0] != want {
			t.Errorf("%+v, told %+v", got, told)
		}
		putFails(t, db, peerset.ErrSessionExpired)
		if id, err := db.Logout(t.Context(), false); err != nil || id.Author != device {
			t.Error(id, err)
		}
		put(t, db, "as the device", peerset.PutOptions{})

		// While the page was closed, too.
		login(t, db, peerset.Login{Nsec: k.Nsec()})
		db.Close()
		<-time.After(2 * time.Hour)
		db = openWith(t, o)
		defer db.Close()
		putFails(t, db, peerset.ErrSessionExpired)
		if got := db.Identity(); got != want {
			t.Errorf("%+v", got)
		}
	})
}

// The device's certificate lasts a day, and its session for ever.
func TestDeviceIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openWith(t, peerset.Options{})
		defer db.Close()
		<-time.After(72 * time.Hour)
		put(t, db, "still", peerset.PutOptions{})
	})
}
