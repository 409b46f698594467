package peerset

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/seal"
)

// IdentityType says where the signatures of an identity come from.
type IdentityType string

const (
	// DeviceIdentity has a key that was made here on first use and is kept.
	DeviceIdentity IdentityType = "device"
	// KeyIdentity has a key that was given at login.
	KeyIdentity IdentityType = "key"
	// SignerIdentity has a Signer.
	SignerIdentity IdentityType = "signer"
)

// Identity is who the records that are put here are by.
type Identity struct {
	Author record.PubKey
	Type   IdentityType
	// Locked says that Put fails until a Login: the secret is not here. After
	// a reload it is not, and when the login's time is over.
	Locked bool
	// Remembered says that a key is kept, encrypted: Login needs its passphrase only.
	Remembered bool
	// Expires is when the login ends, in ms since 1970; 0 for never.
	Expires int64
}

// IdentityEvent says that the identity has changed.
type IdentityEvent struct{ Identity Identity }

var (
	// ErrLocked says that the secret key is not here.
	ErrLocked = errors.New("peerset: the identity is locked; log in again to write")
	// ErrIdentityChanged says that somebody logged in or out while a signer was asked.
	ErrIdentityChanged = errors.New("peerset: somebody logged in or out before the signer answered")
	// ErrSessionExpired says that the time of a login is over.
	ErrSessionExpired = errors.New("peerset: the login's time is over; log in again, or log out")
)

// author is who signs. It does not change, but for the secret, which is overwritten
// in the end: another login makes another.
type author struct {
	pub    record.PubKey
	kind   IdentityType
	signer Signer
	again  bool  // the signer is that of the options, and so there after a reload
	locked error // why nothing can be signed

	key    *record.SecretKey // signs at once; nil with a signer, or if locked
	using  sync.Mutex        // of what key points to, and of what follows
	writes int               // that were begun while this was the author, and are not done
	left   chan struct{}     // closed when the last of them is done; nil before retire

	// over ends when the author is none any more, with the error of what waits for the
	// signer then. Only authors with a signer have it.
	over context.Context
	end  context.CancelCauseFunc
}

// by makes an author of one whose events a signer signs.
func (a *author) by(s Signer, again bool) *author {
	a.signer, a.again, a.locked = s, again, nil
	a.over, a.end = context.WithCancelCause(context.Background())
	return a
}

// begin says that a write is by this author: until done is called the secret is there for
// it, whoever logs in or out.
func (a *author) begin() (done func()) {
	a.using.Lock()
	defer a.using.Unlock()
	a.writes++
	return func() {
		a.using.Lock()
		defer a.using.Unlock()
		if a.writes--; a.writes == 0 && a.left != nil {
			a.wipe()
		}
	}
}

// retire says that somebody else is the author. Writes that were begun go on by the key,
// which is overwritten after the last; what waits for a signer, who may never answer, fails
// with the error.
func (a *author) retire(why error) {
	if a.end != nil {
		a.end(why)
	}
	a.using.Lock()
	defer a.using.Unlock()
	if a.left != nil {
		return
	}
	if a.left = make(chan struct{}); a.writes == 0 {
		a.wipe()
	}
}

// wipe overwrites the secret of who has retired. It needs a.using.
func (a *author) wipe() {
	if a.key != nil {
		a.key.Zero()
	}
	close(a.left)
}

// ask lets f ask the signer for as long as the author is one: a person who never answers
// holds nobody up who has logged out.
func (a *author) ask(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(a.over, cancel)()
	err := f(ctx)
	if a.over.Err() != nil {
		return context.Cause(a.over)
	}
	return err
}

// sign signs an event.
func (a *author) sign(ctx context.Context, e record.Event) (record.Event, error) {
	switch {
	case a.locked != nil:
		return record.Event{}, a.locked
	case a.signer != nil:
		err := a.ask(ctx, func(ctx context.Context) (err error) {
			e, err = signWith(ctx, a.signer, a.pub, e)
			return err
		})
		return e, err
	}
	a.using.Lock()
	defer a.using.Unlock()
	err := e.Sign(a.key)
	if errors.Is(err, record.ErrKey) {
		err = ErrLocked // it was overwritten
	}
	return e, err
}

// decrypt opens a payload that sender sealed for the author.
func (a *author) decrypt(ctx context.Context, sender record.PubKey, payload string) (text string, err error) {
	if a.locked != nil {
		return "", a.locked
	}
	if a.signer == nil {
		return "", ErrSignerUnavailable
	}
	err = a.ask(ctx, func(ctx context.Context) (err error) {
		text, err = a.signer.Decrypt(ctx, sender, payload)
		return err
	})
	return text, err
}

// open opens what is sealed to the author.
func (a *author) open(p *seal.Private) (string, error) {
	a.using.Lock()
	defer a.using.Unlock()
	return p.OpenWith(a.key)
}

// copyKey returns a copy of the secret, for what takes longer than signing.
func (a *author) copyKey() (*record.SecretKey, error) {
	a.using.Lock()
	defer a.using.Unlock()
	secret := a.key.Bytes()
	defer clear(secret[:])
	k, err := record.SecretKeyFromBytes(secret[:])
	if err != nil {
		return nil, ErrLocked // it was zeroed
	}
	return k, nil
}

// zero overwrites the secret of who is the author no more, or never was.
func (a *author) zero() { a.retire(ErrLocked) }

// deviceKey returns the key that the vault keeps for those who bring none. It is
// made on first use.
func deviceKey(ctx context.Context, v Vault) (*record.SecretKey, error) {
	b, err := v.Load(ctx, deviceName)
	if err != nil {
		return nil, fmt.Errorf("peerset: reading the device key: %w", err)
	}
	if b == nil {
		if b, err = addDeviceKey(ctx, v); err != nil {
			return nil, fmt.Errorf("peerset: keeping the device key: %w", err)
		}
	}
	defer clear(b)
	return record.SecretKeyFromBytes(b)
}

func addDeviceKey(ctx context.Context, v Vault) ([]byte, error) {
	k, err := record.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	defer k.Zero()
	secret := k.Bytes()
	defer clear(secret[:])
	return v.Add(ctx, deviceName, secret[:])
}

// The names in the vault.
const (
	deviceName  = "device key"
	sessionName = "session"
	keyName     = "ncryptsec"
)
