package peerset

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"github.com/peersetdb/peerset/pkg/nip49"
	"github.com/peersetdb/peerset/pkg/record"
)

// Login says who logs in: exactly one of Nsec, Ncryptsec, Signer, OwnSigner and Fresh; with
// none of them Passphrase unlocks the key that is remembered.
type Login struct {
	Nsec       string
	Ncryptsec  string // NIP-49; Passphrase opens it
	Passphrase string
	Signer     Signer // after a reload the identity is locked
	OwnSigner  bool   // that of Options.Signer, which signs after a reload too
	Fresh      bool   // a new key
	// Npub, if given, must be the identity that results.
	Npub string
	// Remember, if given, is a passphrase: the key is kept in the vault, encrypted
	// by it (NIP-49), until a logout that forgets it.
	Remember string
}

// ErrPassphrase says that a passphrase does not open a key.
var ErrPassphrase = nip49.ErrPassphrase

// Login makes somebody the author of what is put from now on. The identity signs a
// certificate, once, for a session that is kept in the vault: after a reload the page
// answers peers in its name and reads what is sealed to nobody else, but Put fails with
// ErrLocked until the next Login. Peers are told on the connections that there are.
//
// A Put or Delete is by who was the author when it was called. One that is under way is
// signed by the key that it began with; one for which a signer is asked fails with
// ErrIdentityChanged.
func (db *DB) Login(ctx context.Context, l Login) (Identity, error) {
	asked := db.asked.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(db.ctx, cancel)() // Close does not wait for a person
	var want record.PubKey
	if l.Npub != "" {
		var err error
		if want, err = record.ParseNpub(l.Npub); err != nil {
			return Identity{}, fmt.Errorf("npub: %w", err)
		}
	}
	a, err := db.authorOf(ctx, l)
	if err != nil {
		return Identity{}, db.closedOr(err)
	}
	if l.Npub != "" && subtle.ConstantTimeCompare(want[:], a.pub[:]) == 0 {
		a.zero()
		return Identity{}, fmt.Errorf("%w: npub is not that of the key; it would be %s", ErrOption, a.pub.Npub())
	}
	id, err := db.enter(ctx, a, l.Remember, asked)
	if err != nil {
		a.zero()
	}
	return id, db.closedOr(err)
}

// errOvertaken says that somebody logged in or out after a Login or Logout was called and
// before it was done, while a signer was asked, say: the last word counts.
var errOvertaken = fmt.Errorf("peerset: another login or logout came in between: %w", context.Canceled)

func (db *DB) closedOr(err error) error {
	if err != nil && db.ctx.Err() != nil {
		return ErrClosed
	}
	return err
}

// change lets f change who is logged in, one at a time. asked is the number of the Login or
// Logout, 0 for what is neither.
func (db *DB) change(asked uint64, f func() error) error {
	db.changing.Lock()
	defer db.changing.Unlock()
	if asked != 0 && asked < db.changed {
		return errOvertaken
	}
	err := f()
	if err == nil {
		db.changed = max(db.changed, asked)
	}
	return err
}

// authorOf returns who logs in.
func (db *DB) authorOf(ctx context.Context, l Login) (*author, error) {
	given := 0
	for _, is := range []bool{l.Nsec != "", l.Ncryptsec != "", l.Signer != nil, l.OwnSigner, l.Fresh} {
		if is {
			given++
		}
	}
	switch {
	case given > 1:
		return nil, fmt.Errorf("%w login: give one of nsec, ncryptsec, signer and fresh", ErrOption)
	case given == 0 && l.Passphrase == "":
		return nil, fmt.Errorf("%w login: give one of nsec, ncryptsec, signer and fresh, or the passphrase of the key that is remembered", ErrOption)
	case (l.Signer != nil || l.OwnSigner) && l.Remember != "":
		return nil, fmt.Errorf("%w remember: a signer keeps its key itself", ErrOption)
	case l.Signer != nil:
		return signing(ctx, l.Signer, false)
	case l.OwnSigner && db.opts.Signer == nil:
		return nil, ErrSignerUnavailable
	case l.OwnSigner:
		return signing(ctx, db.opts.Signer, true)
	}
	key, err := db.keyOf(ctx, l)
	if err != nil {
		return nil, err
	}
	return &author{pub: key.PubKey(), kind: KeyIdentity, key: key}, nil
}

// signing returns the author whose signer it is.
func signing(ctx context.Context, s Signer, again bool) (*author, error) {
	pub, err := s.PublicKey(ctx)
	if err != nil {
		return nil, err
	}
	return (&author{pub: pub, kind: SignerIdentity}).by(s, again), nil
}

func (db *DB) keyOf(ctx context.Context, l Login) (*record.SecretKey, error) {
	switch {
	case l.Fresh:
		return record.GenerateKey(rand.Reader)
	case l.Nsec != "":
		return record.ParseNsec(l.Nsec)
	case l.Ncryptsec != "":
		return nip49.Decrypt(ctx, db.opts.Scrypt, l.Ncryptsec, l.Passphrase)
	}
	text, err := db.opts.Vault.Load(ctx, keyName)
	if err != nil {
		return nil, err
	}
	if text == nil {
		return nil, fmt.Errorf("%w passphrase: no key is remembered here", ErrOption)
	}
	return nip49.Decrypt(ctx, db.opts.Scrypt, string(text), l.Passphrase)
}

// enter makes an author the one of this database.
func (db *DB) enter(ctx context.Context, a *author, remember string, asked uint64) (id Identity, err error) {
	t := time.Now()
	s, err := newSession(ctx, a, t, t.Add(db.opts.ClientSession).Unix())
	if err != nil {
		return Identity{}, err
	}
	var text string
	if remember != "" {
		text, err = nip49.Encrypt(ctx, db.opts.Scrypt, a.key, remember, rand.Reader)
	}
	if err == nil {
		err = db.change(asked, func() error {
			if err := s.save(ctx, db.opts.Vault, a, text); err != nil {
				return fmt.Errorf("peerset: keeping the login: %w", err)
			}
			id, err = db.become(ctx, a, s)
			return err
		})
	}
	if err != nil {
		s.zero()
	}
	return id, err
}

// Logout ends a login: the device key's identity is back, and the secrets of the login
// are overwritten, also where the vault fails: then the identity is locked, and the error
// says that the vault may still hold the session. With forget the key that is remembered
// is removed too. The records that are stored stay.
//
// The identity changes at once. Logout returns when the Puts that were called before it are
// done, because the secret is needed till then; those that ask a signer fail.
func (db *DB) Logout(ctx context.Context, forget bool) (id Identity, err error) {
	if db.opts.Key != nil {
		return Identity{}, fmt.Errorf("%w: the identity was given by Options.Key", ErrOption)
	}
	asked := db.asked.Add(1)
	var old *author
	err = db.change(asked, func() error {
		kept := db.opts.Vault.Remove(ctx, sessionName)
		if forget && kept == nil {
			kept = db.opts.Vault.Remove(ctx, keyName)
		}
		a, s, err := db.asDevice(ctx)
		if err != nil {
			kept = err
			if a, s, err = db.asNobody(ctx, ErrLocked); err != nil {
				return err
			}
		}
		old = db.author()
		if id, err = db.become(ctx, a, s); err != nil {
			s.zero()
			a.zero()
			old = nil
			return err
		}
		db.changed = asked
		if kept != nil {
			return fmt.Errorf("peerset: forgetting the login: %w", kept)
		}
		return nil
	})
	if old != nil && old.key != nil {
		select {
		case <-old.left:
		case <-ctx.Done():
		case <-db.ctx.Done():
		}
	}
	if err != nil {
		return Identity{}, err
	}
	return id, nil
}

// ExportKey returns the secret key of the identity, encrypted (NIP-49).
func (db *DB) ExportKey(ctx context.Context, passphrase string) (string, error) {
	a := db.author()
	switch {
	case a.locked != nil:
		return "", a.locked
	case a.key == nil:
		return "", fmt.Errorf("%w: it keeps its key to itself", ErrSignerUnavailable)
	}
	key, err := a.copyKey()
	if err != nil {
		return "", err
	}
	defer key.Zero()
	return nip49.Encrypt(ctx, db.opts.Scrypt, key, passphrase, rand.Reader)
}

// asDevice returns the device key as an author, and a session of it.
func (db *DB) asDevice(ctx context.Context) (*author, *session, error) {
	key, err := deviceKey(ctx, db.opts.Vault)
	if err != nil {
		return nil, nil, err
	}
	a := &author{pub: key.PubKey(), kind: DeviceIdentity, key: key}
	s, err := newSession(ctx, a, time.Now(), 0)
	if err != nil {
		a.zero()
		return nil, nil, err
	}
	return a, s, nil
}

// asNobody returns the present identity without its secret, and a session of a key that
// is made for it alone: peers are answered, and nothing is signed.
func (db *DB) asNobody(ctx context.Context, locked error) (*author, *session, error) {
	key, err := record.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	nobody := &author{pub: key.PubKey(), kind: DeviceIdentity, key: key}
	s, err := newSession(ctx, nobody, time.Now(), 0)
	if err != nil {
		nobody.zero()
		return nil, nil, err
	}
	old := db.author()
	return &author{pub: old.pub, kind: old.kind, locked: locked}, s, nil
}

// become lets an author and a session take the place of those that are, whose secrets
// are overwritten, the author's when its writes are done. It is called by what change runs.
func (db *DB) become(ctx context.Context, a *author, s *session) (id Identity, err error) {
	remembered, unknown := db.remembers(ctx)
	// What is begun is finished: halfway in, both could be overwritten.
	err = db.do(context.WithoutCancel(ctx), func() {
		old, oldSession := db.who, db.sess
		db.who, db.sess = a, s
		if unknown == nil {
			db.remembered = remembered
		}
		db.core.Certify(now(), s.cert, s.key.SignHash)
		oldSession.zero()
		if issuer := oldSession.issuer; issuer != nil && issuer != a && issuer != old && issuer.key != db.opts.Key {
			issuer.zero()
		}
		if old != a && (old.key == nil || old.key != db.opts.Key) {
			why := ErrIdentityChanged
			if a.locked != nil {
				why = a.locked
			}
			old.retire(why)
		}
		db.contentKeys.clear()
		id = db.identity()
		db.event(IdentityEvent{id})
	})
	return id, err
}

func (db *DB) remembers(ctx context.Context) (bool, error) {
	text, err := db.opts.Vault.Load(ctx, keyName)
	return text != nil, err
}

// first finds out who opens the database.
func (db *DB) first(ctx context.Context) error {
	var err error
	if db.remembered, err = db.remembers(ctx); err != nil {
		return err
	}
	if key := db.opts.Key; key != nil {
		db.who = &author{pub: key.PubKey(), kind: KeyIdentity, key: key}
		db.sess, err = newSession(ctx, db.who, time.Now(), 0)
		return err
	}
	s, a, err := loadSession(ctx, db.opts.Vault)
	if err != nil {
		return fmt.Errorf("peerset: reading the session: %w", err)
	}
	if s != nil && a.locked == ErrLocked {
		if a.again && db.opts.Signer != nil {
			a.by(db.opts.Signer, true)
		}
		db.who, db.sess = a, s
		return nil
	}
	s.zero()
	device, ds, err := db.asDevice(ctx)
	if err != nil {
		return err
	}
	if db.who, db.sess = device, ds; a != nil {
		db.who = a // nobody puts in the name of the device by mistake
	}
	return nil
}

// attend renews the certificate, and ends a login whose time is over. It runs on
// the loop.
func (db *DB) attend(t time.Time) {
	s := db.sess
	switch {
	case db.attending:
	case s.over(t):
		db.background(db.expire)
	case s.due(t):
		db.background(func(ctx context.Context) error { return db.renew(ctx, s, t) })
	}
}

// background runs what attend found to be due, beside the loop and one at a time.
func (db *DB) background(f func(context.Context) error) {
	db.attending = true
	db.done.Go(func() {
		err := f(db.ctx)
		wait := time.Duration(0)
		if err != nil {
			wait = attendAgain
		}
		time.AfterFunc(wait, func() { db.inbox.post(func() { db.attending = false }) })
	})
}

// attendAgain is how long attend waits after a failure.
const attendAgain = 10 * time.Second

// expire ends a login: peers are answered in the name of the device, and Put fails
// until somebody says who writes.
func (db *DB) expire(ctx context.Context) error {
	return db.change(0, func() error {
		old := db.session()
		if !old.over(time.Now()) {
			return nil // somebody logged in meanwhile
		}
		// Only what is this login's: another tab may have kept another meanwhile.
		mine, err := old.isKept(ctx, db.opts.Vault)
		if mine {
			err = db.opts.Vault.Remove(ctx, sessionName)
		}
		device, s, deviceErr := db.asDevice(ctx)
		var a *author
		if deviceErr == nil {
			who := db.author()
			a = &author{pub: who.pub, kind: who.kind, again: who.again, locked: ErrSessionExpired}
		} else if a, s, deviceErr = db.asNobody(ctx, ErrSessionExpired); deviceErr != nil {
			return deviceErr
		}
		if _, becomeErr := db.become(ctx, a, s); becomeErr != nil {
			s.zero()
			if device != nil {
				device.zero()
			}
			return becomeErr
		}
		return err
	})
}

// renew gives the session key a new certificate.
func (db *DB) renew(ctx context.Context, s *session, t time.Time) error {
	return db.change(0, func() error {
		if db.session() != s {
			return nil // somebody logged in or out meanwhile
		}
		cert, err := certify(ctx, s.issuer, s.key.PubKey(), t, s.ends)
		if err != nil {
			return err
		}
		err = db.do(context.WithoutCancel(ctx), func() {
			s.cert = cert
			db.core.Certify(now(), cert, s.key.SignHash)
		})
		if err != nil || s.ends == 0 {
			return err
		}
		// A logout in another tab is one of the whole site, and so is a login.
		if mine, err := s.isKept(ctx, db.opts.Vault); err != nil || !mine {
			return err
		}
		return s.save(ctx, db.opts.Vault, db.author(), "")
	})
}

// Identity is who the records that are put are by.
func (db *DB) Identity() Identity {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.identity()
}

// identity needs db.mu, or the loop.
func (db *DB) identity() Identity {
	id := Identity{
		Author: db.who.pub, Type: db.who.kind, Locked: db.who.locked != nil, Remembered: db.remembered, Expires: db.sess.ends * 1000,
	}
	if errors.Is(db.who.locked, ErrSessionExpired) {
		id.Expires = 0
	}
	return id
}

// author returns who signs now.
func (db *DB) author() *author {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.who
}

// writer returns who signs now, if anybody: attend may not have come yet since the time of
// the login was over, above all where the machine was asleep. The caller says when the
// write is done.
func (db *DB) writer() (a *author, done func(), err error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	switch {
	case db.closing:
		return nil, nil, ErrClosed
	case db.who.locked != nil:
		return nil, nil, db.who.locked
	case db.sess.over(time.Now()):
		return nil, nil, ErrSessionExpired
	}
	return db.who, db.who.begin(), nil
}

func (db *DB) session() *session {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.sess
}
