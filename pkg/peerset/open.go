package peerset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/seal"
)

// ErrSealed says that a record is sealed to others, or to an identity that is locked.
var ErrSealed = errors.New("peerset: the record is sealed to others")

// errAsk says that a record can be read if the signer is asked.
var errAsk = errors.New("peerset: the signer must be asked")

// errForm says that a private record cannot be its author's: without this check somebody
// could publish another's as their own.
var errForm = fmt.Errorf("%w: its author is not among the recipients", seal.ErrForm)

// contents is what a record holds, opened.
type contents struct {
	body record.Body
	to   []record.PubKey // nil: everybody in the room
}

// contentsOf opens a record as an author can. With ask a signer is asked where there is no
// other way; without, the error is errAsk then.
func (db *DB) contentsOf(ctx context.Context, a *author, r *record.Record, ask bool) (contents, error) {
	o, err := db.seal.Open(r.Content)
	if err != nil {
		return contents{}, err
	}
	var c contents
	text := o.Envelope
	if p := o.Private; p != nil {
		if !p.For(r.Author) {
			return contents{}, errForm
		}
		c.to = p.Recipients()
		if text, err = db.openPrivate(ctx, a, r.ID, p, ask); err != nil {
			return c, err
		}
	}
	c.body, err = record.ParseBody(text)
	return c, err
}

func (db *DB) openPrivate(ctx context.Context, a *author, id record.ID, p *seal.Private, ask bool) (string, error) {
	switch {
	case !p.For(a.pub) || a.locked != nil:
		return "", ErrSealed
	case a.key != nil:
		return a.open(p)
	}
	key, ok := db.contentKeys.get(a, id)
	if !ok {
		if !ask {
			return "", errAsk
		}
		slot, _ := p.Slot(a.pub)
		var err error
		if key, err = a.decrypt(ctx, p.Sender(), slot); err != nil {
			return "", err
		}
	}
	text, err := p.Open(key)
	if err == nil && !ok {
		db.contentKeys.put(a, id, key)
	}
	return text, err
}

// CanAsk reports whether Read may open a record that is sealed for Document.
func (db *DB) CanAsk(r *record.Record) bool {
	_, err := db.contentsOf(context.Background(), db.author(), r, false)
	return errors.Is(err, errAsk)
}

// isSealed reports whether an error of contentsOf says that a record is sealed to others, to
// who is no longer logged in, or to a signer that was not asked.
func isSealed(err error) bool {
	return isAny(err, ErrSealed, errAsk, ErrLocked, ErrSessionExpired, ErrIdentityChanged)
}

// isUnopened reports whether it says that the signer could have opened a record, and did not.
func isUnopened(err error) bool {
	return isAny(err, errAsk, ErrSignerRefused, ErrSignerUnavailable, ErrSignerWrong)
}

func isAny(err error, of ...error) bool {
	return slices.ContainsFunc(of, func(e error) bool { return errors.Is(err, e) })
}

// maxContentKeys bounds the keys that contentKeys remembers.
const maxContentKeys = 10_000

// contentKeys remembers what a signer has opened, so that it is asked once per record.
type contentKeys struct {
	mu   sync.Mutex
	of   *author
	keys map[record.ID]string
}

func (c *contentKeys) get(of *author, id record.ID) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of != of {
		return "", false
	}
	key, ok := c.keys[id]
	return key, ok
}

func (c *contentKeys) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of, c.keys = nil, nil
}

func (c *contentKeys) put(of *author, id record.ID, key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if of.over.Err() != nil {
		return // there was a logout meanwhile
	}
	if c.of != of || len(c.keys) >= maxContentKeys {
		c.of, c.keys = of, make(map[record.ID]string)
	}
	c.keys[id] = key
}
