package peerset

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/seal"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// PutOptions say which record a Put writes. Without UUID and Key it is a new one.
type PutOptions struct {
	UUID       string // an existing record of one's own
	Key        string // a name that the author gives: one record per author and name
	Collection string
	Geo        *record.Geo
	// To are those who can read it, beside the author: npubs. Empty but not nil means
	// everybody in the room; nil means that too, unless it is a new version, which goes
	// to those of the last one.
	To []string
	// ExpiresIn is how long the record lives, in whole seconds; 0 means as long as
	// any other.
	ExpiresIn time.Duration
	// Progress is told, now and then, how many tries were made to find the proof of work
	// that the policy asks for, and how many it takes on the average.
	Progress func(tries, expected int64)
}

// Put stores content, any JSON, as a new record or a new version of one, by who is the
// author at this moment (see Login). It returns when the record is stored here; the peers
// get it then.
func (db *DB) Put(ctx context.Context, content []byte, o PutOptions) (Document, error) {
	a, written, err := db.writer()
	if err != nil {
		return Document{}, err
	}
	defer written()
	if o.ExpiresIn < 0 || o.ExpiresIn > db.opts.Retention || o.ExpiresIn%time.Second != 0 {
		return Document{}, fmt.Errorf("%w expiresIn: %v is not whole seconds from 1 s to the retention, %v", ErrOption, o.ExpiresIn, db.opts.Retention)
	}
	u, t, err := db.address(a, o)
	if err != nil {
		return Document{}, err
	}
	// What the last version says, whom it is sealed to above all, is looked at in turn:
	// it may be under way.
	done, err := db.turns.take(ctx, u)
	if err != nil {
		return Document{}, err
	}
	defer done()
	if err := db.follows(ctx, a, u, o, &t); err != nil {
		return Document{}, err
	}
	c := contents{to: t.to, body: record.Body{Content: string(content), Created: t.created, Key: t.key, Collection: o.Collection, Geo: o.Geo}}
	text, err := c.body.Encode()
	if err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrContent, err)
	}
	rec, err := db.write(ctx, a, u, draft{progress: o.Progress, event: func(at int64) (record.Event, error) {
		sealer := db.seal
		sealer.Pause = pace()
		sealed, err := sealer.Seal(text, t.to, rand.Reader)
		if errors.Is(err, seal.ErrRecipients) {
			return record.Event{}, fmt.Errorf("%w to: %w", ErrOption, err)
		}
		if err != nil {
			return record.Event{}, fmt.Errorf("%w: %w", ErrContent, err)
		}
		e := record.New(db.keys.Tag, t.d, at, sealed)
		if o.ExpiresIn != 0 {
			e.Tags = append(e.Tags, record.ExpirationTag(at+int64(o.ExpiresIn/time.Second)))
		}
		return e, nil
	}})
	if err != nil {
		return Document{}, err
	}
	return db.describe(&rec, c), nil
}

// target is which record a Put writes.
type target struct {
	d       [16]byte
	created int64 // ms, when it was first published
	key     string
	to      []record.PubKey
}

// address returns which record a Put writes.
func (db *DB) address(a *author, o PutOptions) (u record.UUID, t target, err error) {
	t.created = time.Now().UnixMilli()
	if t.to, err = recipients(o.To, a.pub); err != nil {
		return u, t, err
	}
	switch {
	case o.UUID != "" && o.Key != "":
		return u, t, fmt.Errorf("%w: give uuid or key, not both", ErrOption)
	case o.UUID != "":
		if u, err = record.ParseUUID(o.UUID); err != nil {
			err = fmt.Errorf("%w uuid: %w", ErrOption, err)
		}
		return u, t, err
	case o.Key != "":
		t.d, t.key = db.keys.D(o.Key), o.Key
	default:
		_, _ = rand.Read(t.d[:]) // never fails
	}
	return record.UUIDOf(a.pub, t.d), t, nil
}

// follows takes over from the last version what a new one keeps of it.
func (db *DB) follows(ctx context.Context, a *author, u record.UUID, o PutOptions, t *target) error {
	if o.UUID == "" && o.Key == "" {
		return nil
	}
	old, err := db.read(ctx, u)
	switch {
	case errors.Is(err, ErrNotFound) && o.Key != "":
		return nil
	case err != nil:
		return err
	case old.Author != a.pub:
		return ErrNotAuthor
	}
	t.d = old.D
	c, err := db.contentsOf(ctx, a, &old, true)
	switch {
	case err == nil:
		t.created, t.key = c.body.Created, c.body.Key
	case len(c.to) > 0:
		return err // what it was is not to be lost
	}
	if o.To == nil {
		t.to = c.to
	}
	return nil
}

// recipients reads npubs, each once and the author among them, in ascending order.
func recipients(npubs []string, author record.PubKey) ([]record.PubKey, error) {
	if len(npubs) == 0 {
		return nil, nil
	}
	to := []record.PubKey{author}
	for _, s := range npubs {
		p, err := record.ParseNpub(s)
		if err != nil {
			return nil, fmt.Errorf("%w to: %w", ErrOption, err)
		}
		to = append(to, p)
	}
	slices.SortFunc(to, func(a, b record.PubKey) int { return bytes.Compare(a[:], b[:]) })
	if to = slices.Compact(to); len(to) > seal.MaxRecipients {
		return nil, fmt.Errorf("%w to: at most %d are allowed beside the author", ErrOption, seal.MaxRecipients-1)
	}
	return to, nil
}

// read returns the current version of a record.
func (db *DB) read(ctx context.Context, u record.UUID) (record.Record, error) {
	var k psync.Key
	var ok bool
	if err := db.do(ctx, func() { k, ok = db.core.Find(u) }); err != nil {
		return record.Record{}, err
	}
	if !ok || k.Kind != psync.KindBody {
		return record.Record{}, ErrNotFound
	}
	bodies, err := db.opts.Store.Bodies(ctx, []psync.Key{k})
	if err != nil {
		return record.Record{}, err
	}
	if bodies[0] == nil {
		return record.Record{}, ErrNotFound
	}
	return record.DecodeBinary(bodies[0], db.keys.Tag)
}

// Get returns a record.
func (db *DB) Get(ctx context.Context, uuid string) (Document, error) {
	u, err := record.ParseUUID(uuid)
	if err != nil {
		return Document{}, fmt.Errorf("%w uuid: %w", ErrOption, err)
	}
	r, err := db.read(ctx, u)
	if err != nil {
		return Document{}, err
	}
	return db.Read(ctx, &r)
}

// Export returns a record as the Nostr event that it is (NIP-01): anybody can verify it.
// What is sealed stays sealed.
func (db *DB) Export(ctx context.Context, uuid string) (record.Event, error) {
	u, err := record.ParseUUID(uuid)
	if err != nil {
		return record.Event{}, fmt.Errorf("%w uuid: %w", ErrOption, err)
	}
	r, err := db.read(ctx, u)
	return r.Event, err
}

// allChunk is how many records All reads at a time.
const allChunk = 1000

// All calls fn with all records, oldest version first, some at a time. A record whose
// content cannot be read is left out, but what a signer could have opened is there, Sealed,
// where it did not: once it has refused it is asked for nothing more until the next call.
func (db *DB) All(ctx context.Context, fn func([]Document) error) error {
	ask := true
	keys, err := db.keysOf(ctx, func(psync.Key) bool { return true })
	for err == nil && len(keys) > 0 {
		n := min(len(keys), allChunk)
		var bodies [][]byte
		if bodies, err = db.opts.Store.Bodies(ctx, keys[:n]); err != nil {
			break
		}
		keys = keys[n:]
		docs := make([]Document, 0, n)
		pause := pace()
		for _, b := range bodies {
			if b == nil {
				continue // superseded or deleted meanwhile
			}
			r, err := record.DecodeBinary(b, db.keys.Tag)
			if err != nil {
				continue
			}
			switch c, err := db.contentsOf(ctx, db.author(), &r, ask); {
			case err == nil:
				docs = append(docs, db.describe(&r, c))
			case isUnopened(err):
				ask = ask && errors.Is(err, ErrSignerWrong)
				docs = append(docs, db.sealed(&r, c))
			}
			pause()
		}
		err = fn(docs)
		yield()
	}
	return err
}

// Delete deletes a record of one's own, everywhere.
func (db *DB) Delete(ctx context.Context, uuid string) error {
	u, err := record.ParseUUID(uuid)
	if err != nil {
		return fmt.Errorf("%w uuid: %w", ErrOption, err)
	}
	a, written, err := db.writer()
	if err != nil {
		return err
	}
	defer written()
	r, err := db.read(ctx, u)
	switch {
	case err != nil:
		return err
	case r.Author != a.pub:
		return ErrNotAuthor
	}
	done, err := db.turns.take(ctx, u)
	if err != nil {
		return err
	}
	defer done()
	_, err = db.write(ctx, a, u, draft{event: func(at int64) (record.Event, error) {
		return record.NewDeletion(db.keys.Tag, r, at), nil
	}})
	return err
}
