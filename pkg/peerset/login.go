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

// Login says who logs in: exactly one of Nsec, Ncryptsec, Signer and Fresh; with none
// of them Passphrase unlocks the key that is remembered.
type Login struct {
	Nsec       string
	Ncryptsec  string // NIP-49; Passphrase opens it
	Passphrase string
	Signer     Signer
	Fresh      bool // a new key
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
func (db *DB) Login(ctx context.Context, l Login) (Identity, error) {
	var want record.PubKey
	if l.Npub != "" {
		var err error
		if want, err = record.ParseNpub(l.Npub); err != nil {
			return Identity{}, fmt.Errorf("npub: %w", err)
		}
	}
	a, err := db.authorOf(ctx, l)
	if err != nil {
		return Identity{}, err
	}
	if l.Npub != "" && subtle.ConstantTimeCompare(want[:], a.pub[:]) == 0 {
		a.zero()
		return Identity{}, fmt.Errorf("%w: npub is not that of the key; it would be %s", ErrOption, a.pub.Npub())
	}
	if err := db.enter(ctx, a, l.Remember); err != nil {
		a.zero()
		return Identity{}, err
	}
	return db.Identity(), nil
}

// authorOf returns who logs in.
func (db *DB) authorOf(ctx context.Context, l Login) (*author, error) {
	given := 0
	for _, is := range []bool{l.Nsec != "", l.Ncryptsec != "", l.Signer != nil, l.Fresh} {
		if is {
			given++
		}
	}
	switch {
	case given > 1:
		return nil, fmt.Errorf("%w login: give one of nsec, ncryptsec, signer and fresh", ErrOption)
	case given == 0 && l.Passphrase == "":
		return nil, fmt.Errorf("%w login: give one of nsec, ncryptsec, signer and fresh, or the passphrase of the key that is remembered", ErrOption)
	case l.Signer != nil && l.Remember != "":
		return nil, fmt.Errorf("%w remember: a signer keeps its key itself", ErrOption)
	case l.Signer != nil:
		pub, err := l.Signer.PublicKey(ctx)
		if err != nil {
			return nil, err
		}
		return &author{pub: pub, kind: SignerIdentity, signer: l.Signer}, nil
	}
	key, err := db.keyOf(ctx, l)
	if err != nil {
		return nil, err
	}
	return &author{pub: key.PubKey(), kind: KeyIdentity, key: key}, nil
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
func (db *DB) enter(ctx context.Context, a *author, remember string) error {
	t := time.Now()
	s, err := newSession(ctx, a, t, t.Add(db.opts.ClientSession).Unix())
	if err != nil {
		return err
	}
	if remember != "" {
		text, err := nip49.Encrypt(ctx, db.opts.Scrypt, a.key, remember, rand.Reader)
		if err == nil {
			err = db.opts.Vault.Save(ctx, keyName, []byte(text))
		}
		if err != nil {
			s.zero()
			return fmt.Errorf("peerset: remembering the key: %w", err)
		}
	}
	if err = s.save(ctx, db.opts.Vault, a.kind); err != nil {
		err = fmt.Errorf("peerset: keeping the session: %w", err)
	} else {
		err = db.become(ctx, a, s)
	}
	if err != nil {
		s.zero()
	}
	return err
}

// Logout ends a login: the device key's identity is back, and the secrets of the login
// are overwritten. With forget the key that is remembered is removed too. The records
// that are stored stay.
func (db *DB) Logout(ctx context.Context, forget bool) (Identity, error) {
	if db.opts.Key != nil {
		return Identity{}, fmt.Errorf("%w: the identity was given by Options.Key", ErrOption)
	}
	if err := db.opts.Vault.Remove(ctx, sessionName); err != nil {
		return Identity{}, fmt.Errorf("peerset: forgetting the session: %w", err)
	}
	if forget {
		if err := db.opts.Vault.Remove(ctx, keyName); err != nil {
			return Identity{}, fmt.Errorf("peerset: forgetting the key: %w", err)
		}
	}
	a, s, err := db.asDevice(ctx)
	if err != nil {
		return Identity{}, err
	}
	if err := db.become(ctx, a, s); err != nil {
		return Identity{}, err
	}
	return db.Identity(), nil
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

// become lets an author and a session take the place of those that are, whose secrets
// are overwritten.
func (db *DB) become(ctx context.Context, a *author, s *session) error {
	remembered, err := db.remembers(ctx)
	if err != nil {
		return err
	}
	return db.do(ctx, func() {
		old, oldSession := db.who, db.sess
		db.who, db.sess, db.remembered = a, s, remembered
		db.core.Certify(now(), s.cert, s.key.SignHash)
		oldSession.zero()
		if issuer := oldSession.issuer; issuer != nil && issuer != a && issuer.key != db.opts.Key {
			issuer.zero()
		}
		if old != a && old.key != db.opts.Key {
			old.zero()
		}
		db.event(IdentityEvent{db.identity()})
	})
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
		if a.kind == SignerIdentity && db.opts.Signer != nil {
			a.signer, a.locked = db.opts.Signer, nil
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
	if err := db.opts.Vault.Remove(ctx, sessionName); err != nil {
		return err
	}
	device, s, err := db.asDevice(ctx)
	if err != nil {
		return err
	}
	a := db.author()
	err = db.become(ctx, &author{pub: a.pub, kind: a.kind, locked: ErrSessionExpired}, s)
	if err != nil {
		s.zero()
		device.zero()
	}
	return err
}

// renew gives the session key a new certificate.
func (db *DB) renew(ctx context.Context, s *session, t time.Time) error {
	cert, err := certify(ctx, s.issuer, s.key.PubKey(), t, s.ends)
	if err != nil {
		return err
	}
	var kind IdentityType
	err = db.do(ctx, func() {
		if db.sess == s {
			s.cert, kind = cert, db.who.kind
			db.core.Certify(now(), cert, s.key.SignHash)
		}
	})
	if err != nil || s.ends == 0 || kind == "" {
		return err
	}
	return s.save(ctx, db.opts.Vault, kind)
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
