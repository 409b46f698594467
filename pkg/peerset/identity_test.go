package peerset_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/store/mem"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// asked waits until a signer was asked to sign n events.
func (s *fakeSigner) asked(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		s.mu.Lock()
		got := len(s.kinds)
		s.mu.Unlock()
		if got == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the signer was asked %d times, not %d", got, n)
		}
		<-time.After(time.Millisecond)
	}
}

// What was asked last counts, however long a signer takes.
func TestLogoutOvertakesALogin(t *testing.T) {
	db := openWith(t, peerset.Options{})
	device := db.Identity()
	s := &fakeSigner{key: newKey(t), waiting: make(chan struct{})}
	result := make(chan error, 1)
	go func() {
		_, err := db.Login(t.Context(), peerset.Login{Signer: s})
		result <- err
	}()
	s.asked(t, 1)
	if _, err := db.Logout(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	close(s.waiting)
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := db.Identity(); got != device {
		t.Errorf("%+v", got)
	}
	put(t, db, "as the device", peerset.PutOptions{})
}

// A person who never answers holds nobody up who logs out, or closes.
func TestSignerNeverAnswers(t *testing.T) {
	db := openWith(t, peerset.Options{})
	results := make(chan error, 1)
	for _, c := range []struct {
		end  func() error
		want error
	}{
		{func() error { _, err := db.Logout(t.Context(), false); return err }, peerset.ErrIdentityChanged},
		{func() error { _, err := db.Login(t.Context(), peerset.Login{Fresh: true}); return err }, peerset.ErrIdentityChanged},
		{func() error { return db.Close() }, peerset.ErrClosed},
	} {
		s := &fakeSigner{key: newKey(t)}
		login(t, db, peerset.Login{Signer: s})
		s.waiting = make(chan struct{})
		go func() {
			_, err := db.Put(t.Context(), []byte("1"), peerset.PutOptions{Key: "k"})
			results <- err
		}()
		s.asked(t, 2)
		if err := c.end(); err != nil {
			t.Fatal(err)
		}
		if err := <-results; !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
	}

	db = openWith(t, peerset.Options{})
	s := &fakeSigner{key: newKey(t), waiting: make(chan struct{})}
	go func() {
		_, err := db.Login(t.Context(), peerset.Login{Signer: s})
		results <- err
	}()
	s.asked(t, 1)
	db.Close()
	if err := <-results; !errors.Is(err, peerset.ErrClosed) {
		t.Error(err)
	}
}

// slowRule is a page's own rule that takes its time.
type slowRule struct{ asked, answer chan struct{} }

func newSlowRule() *slowRule { return &slowRule{make(chan struct{}, 8), make(chan struct{})} }

func (p *slowRule) judge(ctx context.Context, _ peerset.Document) (string, error) {
	p.asked <- struct{}{}
	select {
	case <-p.answer:
		return "", nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// A put that is under way is by who was there when it was called, whoever logs in and out,
// and a logout is done when it is.
func TestPutIsByWhoCalledIt(t *testing.T) {
	p := newSlowRule()
	vault := peerset.NewMemoryVault()
	db := openWith(t, peerset.Options{Moderation: []byte(`{"custom":{"name":"slow","deadline":60000}}`), Custom: p.judge, Vault: vault})
	device, first, second := db.Identity(), newKey(t).Nsec(), newKey(t).Nsec()
	type result struct {
		doc peerset.Document
		err error
	}
	var results []chan result
	begin := func(o peerset.PutOptions) {
		r := make(chan result, 1)
		results = append(results, r)
		go func() {
			d, err := db.Put(t.Context(), []byte("1"), o)
			r <- result{d, err}
		}()
		<-p.asked
	}
	var want []peerset.Identity
	begin(peerset.PutOptions{Key: "k"})
	want = append(want, device)
	for _, nsec := range []string{first, second} {
		id := login(t, db, peerset.Login{Nsec: nsec})
		begin(peerset.PutOptions{Key: "k", To: []string{}})
		want = append(want, id)
	}
	loggedOut := make(chan error, 1)
	heard := listen(t, db)
	go func() {
		_, err := db.Logout(t.Context(), false)
		loggedOut <- err
	}()
	heard.await(t, "identity", func(e peerset.Event) bool {
		i, ok := e.(peerset.IdentityEvent)
		return ok && i.Identity.Author == device.Author
	})
	select {
	case err := <-loggedOut:
		t.Fatalf("logged out before the put was signed: %v", err)
	default:
	}
	begin(peerset.PutOptions{})
	want = append(want, device)
	close(p.answer)
	for i, r := range results {
		if got := <-r; got.err != nil || got.doc.Author.Npub != want[i].Author.Npub() {
			t.Errorf("put %d: by %s, want %s, %v", i, got.doc.Author.Npub, want[i].Author.Npub(), got.err)
		}
	}
	if err := <-loggedOut; err != nil {
		t.Error(err)
	}
	if n := db.Stats().Records; n != len(results) {
		t.Errorf("%d records, want %d", n, len(results))
	}
}

// Close waits for puts, and for no logout that waits for one.
func TestCloseWhileALogoutWaits(t *testing.T) {
	p := newSlowRule()
	db := openWith(t, peerset.Options{Moderation: []byte(`{"custom":{"name":"slow","deadline":60000}}`), Custom: p.judge})
	login(t, db, peerset.Login{Fresh: true})
	done := make(chan error, 3)
	go func() { _, err := db.Put(t.Context(), []byte("1"), peerset.PutOptions{}); done <- err }()
	<-p.asked
	heard := listen(t, db)
	go func() { _, err := db.Logout(t.Context(), false); done <- err }()
	heard.await(t, "identity", func(e peerset.Event) bool { _, ok := e.(peerset.IdentityEvent); return ok })
	go func() { done <- db.Close() }()
	close(p.answer)
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// A signer that was passed in is gone after a reload, and none takes its place.
func TestSignerOfThePageOnly(t *testing.T) {
	own, passed := &fakeSigner{key: newKey(t)}, &fakeSigner{key: newKey(t)}
	o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault(), Signer: own}
	db := openWith(t, o)
	id := login(t, db, peerset.Login{Signer: passed})
	put(t, db, "passed", peerset.PutOptions{})
	db.Close()
	db = openWith(t, o)
	if got := db.Identity(); got.Author != id.Author || got.Type != peerset.SignerIdentity || !got.Locked {
		t.Errorf("after a reload: %+v", got)
	}
	putFails(t, db, peerset.ErrLocked)
	if len(own.kinds) != 0 {
		t.Error("another signer was asked")
	}
	login(t, db, peerset.Login{Signer: passed})
	put(t, db, "passed again", peerset.PutOptions{})
	login(t, db, peerset.Login{OwnSigner: true})
	db.Close()
	db = openWith(t, o)
	if got := db.Identity(); got.Author != own.key.PubKey() || got.Locked {
		t.Errorf("after a reload: %+v", got)
	}
	put(t, db, "own", peerset.PutOptions{})
	o.Signer = nil
	if _, err := openWith(t, o).Login(t.Context(), peerset.Login{OwnSigner: true}); !errors.Is(err, peerset.ErrSignerUnavailable) {
		t.Error(err)
	}
}

// Logins, logouts and puts at once leave one identity, and no half of one.
func TestManyLoginsAtOnce(t *testing.T) {
	o := peerset.Options{Vault: peerset.NewMemoryVault(), Store: keep{mem.New()}}
	db := openWith(t, o)
	const n = 8
	done := make(chan struct{}, n)
	for i := range n {
		go func() {
			defer func() { done <- struct{}{} }()
			if i%4 == 3 {
				_, _ = db.Logout(t.Context(), false)
				return
			}
			ctx, cancel := context.WithCancel(t.Context())
			go func() { _, _ = db.Put(ctx, []byte("1"), peerset.PutOptions{}); cancel() }()
			_, err := db.Login(ctx, peerset.Login{Fresh: true})
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}()
	}
	for range n {
		<-done
	}
	put(t, db, "still", peerset.PutOptions{})
	k := newKey(t)
	login(t, db, peerset.Login{Nsec: k.Nsec()})
	db.Close()
	if got := openWith(t, o).Identity(); got.Author != k.PubKey() || !got.Locked {
		t.Errorf("after a reload: %+v", got)
	}
}

// A tab that expires or renews leaves alone what another has kept meanwhile.
func TestTabsShareTheVault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := peerset.NewMemoryVault()
		tab := func(d time.Duration) *peerset.DB {
			return openWith(t, peerset.Options{Vault: v, ClientSession: d})
		}
		a, b := tab(time.Hour), tab(2*time.Hour)
		defer a.Close()
		defer b.Close()
		first, second := newKey(t), newKey(t)
		login(t, a, peerset.Login{Nsec: first.Nsec()})
		login(t, b, peerset.Login{Nsec: second.Nsec()})
		<-time.After(time.Hour + 2*time.Minute)
		synctest.Wait()
		putFails(t, a, peerset.ErrSessionExpired)
		c := tab(time.Hour)
		defer c.Close()
		if got := c.Identity(); got.Author != second.PubKey() {
			t.Errorf("a new tab is %+v", got)
		}

		// A login of a week is renewed twice a day, and stays forgotten all the same.
		week := tab(7 * 24 * time.Hour)
		defer week.Close()
		login(t, week, peerset.Login{Nsec: first.Nsec()})
		if _, err := c.Logout(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		<-time.After(36 * time.Hour)
		synctest.Wait()
		put(t, week, "still here", peerset.PutOptions{})
		d := tab(time.Hour)
		defer d.Close()
		if got := d.Identity(); got.Type != peerset.DeviceIdentity {
			t.Errorf("after a logout in another tab a new one is %+v", got)
		}
	})
}

// At the end of its time a login is over at once, whenever the loop looks.
func TestSessionEndsOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openWith(t, peerset.Options{ClientSession: time.Minute + time.Second})
		defer db.Close()
		login(t, db, peerset.Login{Fresh: true})
		<-time.After(time.Minute + time.Second)
		putFails(t, db, peerset.ErrSessionExpired)
	})
}

// brokenVault fails when it is told to.
type brokenVault struct {
	peerset.Vault
	broken atomic.Bool
}

func (v *brokenVault) err() error {
	if v.broken.Load() {
		return psync.ErrStoreUnavailable
	}
	return nil
}

func (v *brokenVault) Load(ctx context.Context, name string) ([]byte, error) {
	if err := v.err(); err != nil {
		return nil, err
	}
	return v.Vault.Load(ctx, name)
}

func (v *brokenVault) Save(ctx context.Context, name string, b []byte) error {
	if err := v.err(); err != nil {
		return err
	}
	return v.Vault.Save(ctx, name, b)
}

func (v *brokenVault) SaveAll(ctx context.Context, values map[string][]byte) error {
	if err := v.err(); err != nil {
		return err
	}
	return v.Vault.SaveAll(ctx, values)
}

func (v *brokenVault) Remove(ctx context.Context, name string) error {
	if err := v.err(); err != nil {
		return err
	}
	return v.Vault.Remove(ctx, name)
}

// fullVault has room for nothing that a login keeps.
type fullVault struct{ peerset.Vault }

func (fullVault) SaveAll(context.Context, map[string][]byte) error { return psync.ErrStoreFull }

// A login that cannot be kept leaves the one before, and the key that was remembered, alone.
func TestFullVault(t *testing.T) {
	o := peerset.Options{Vault: peerset.NewMemoryVault(), Store: keep{mem.New()}, Scrypt: cheap}
	db := openWith(t, o)
	before := login(t, db, peerset.Login{Fresh: true, Remember: "former"})
	db.Close()
	full := o
	full.Vault = fullVault{o.Vault}
	db = openWith(t, full)
	if _, err := db.Login(t.Context(), peerset.Login{Fresh: true, Remember: "latter"}); peerset.Code(err) != "storage_full" {
		t.Error(err)
	}
	if got := db.Identity(); got.Author != before.Author || !got.Locked {
		t.Errorf("%+v", got)
	}
	db.Close()
	if got := login(t, openWith(t, o), peerset.Login{Passphrase: "former"}); got.Author != before.Author {
		t.Errorf("unlocked as %+v", got)
	}
}

// Where the vault fails nobody stays logged in who logs out, or whose time is over.
func TestVaultFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &brokenVault{Vault: peerset.NewMemoryVault()}
		db := openWith(t, peerset.Options{Vault: v, ClientSession: time.Hour})
		defer db.Close()
		device := db.Identity()
		id := login(t, db, peerset.Login{Fresh: true})
		v.broken.Store(true)
		if _, err := db.Login(t.Context(), peerset.Login{Fresh: true}); !errors.Is(err, psync.ErrStoreUnavailable) {
			t.Error(err)
		}
		put(t, db, "as before", peerset.PutOptions{})
		if _, err := db.Logout(t.Context(), false); !errors.Is(err, psync.ErrStoreUnavailable) {
			t.Error(err)
		}
		if got := db.Identity(); got.Author != id.Author || !got.Locked {
			t.Errorf("%+v", got)
		}
		putFails(t, db, peerset.ErrLocked)
		v.broken.Store(false)
		if got, err := db.Logout(t.Context(), false); err != nil || got != device {
			t.Error(got, err)
		}

		login(t, db, peerset.Login{Fresh: true})
		v.broken.Store(true)
		<-time.After(time.Hour + 2*time.Minute)
		synctest.Wait()
		if got := db.Identity(); !got.Locked {
			t.Errorf("%+v", got)
		}
		putFails(t, db, peerset.ErrSessionExpired)
		v.broken.Store(false)
		if got, err := db.Logout(t.Context(), false); err != nil || got != device {
			t.Error(got, err)
		}
	})
}

// A new version that is put while the last one is under way is sealed to the same.
func TestEditOfWhatIsUnderWay(t *testing.T) {
	s := &fakeSigner{key: newKey(t)}
	db := openWith(t, peerset.Options{})
	login(t, db, peerset.Login{Signer: s})
	s.waiting = make(chan struct{})
	results := make(chan peerset.Document, 2)
	for i, o := range []peerset.PutOptions{{Key: "k", To: []string{newKey(t).PubKey().Npub()}}, {Key: "k"}} {
		if i > 0 {
			s.asked(t, 2) // the first has its turn
		}
		go func() {
			d, err := db.Put(t.Context(), []byte("1"), o)
			if err != nil {
				t.Error(err)
			}
			results <- d
		}()
	}
	close(s.waiting)
	a, b := <-results, <-results
	if len(a.To) != 2 || !slices.Equal(a.To, b.To) || a.CreatedAt != b.CreatedAt {
		t.Errorf("%+v\n%+v", a, b)
	}
}

func TestRecipientsThatAreNone(t *testing.T) {
	db := openWith(t, peerset.Options{})
	var many []string
	for range 100 {
		many = append(many, newKey(t).PubKey().Npub())
	}
	noPoint := record.PubKey(bytes.Repeat([]byte{255}, 32)).Npub()
	for _, to := range [][]string{many, {noPoint}, {""}, {"npub1"}, {strings.Repeat("x", 1<<16)}} {
		_, err := db.Put(t.Context(), []byte("1"), peerset.PutOptions{To: to})
		if !errors.Is(err, peerset.ErrOption) || peerset.Code(err) != "invalid_option" {
			t.Errorf("%d recipients: %v", len(to), err)
		}
	}
	d, err := db.Put(t.Context(), []byte("1"), peerset.PutOptions{To: many[:99]})
	if err != nil || len(d.To) != 100 {
		t.Error(len(d.To), err)
	}
}

// Who mistypes the password of a room that is new here has not bound the store to it.
func TestMistypedPassword(t *testing.T) {
	o := peerset.Options{Store: keep{mem.New()}, Password: "mistyped"}
	openWith(t, o).Close()
	o.Password = "right"
	db := openWith(t, o)
	put(t, db, "bound", peerset.PutOptions{})
	db.Close()
	o.Room, o.Password = t.Name(), ""
	if _, err := peerset.Open(t.Context(), o); !errors.Is(err, peerset.ErrWrongPassword) {
		t.Error(err)
	}
}
