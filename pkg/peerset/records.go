package peerset

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// PutOptions say which record a Put writes. Without UUID and Key it is a new one.
type PutOptions struct {
	UUID       string // an existing record of one's own
	Key        string // a name that the author gives: one record per author and name
	Collection string
	Geo        *record.Geo
}

// Put stores content, any JSON, as a new record or a new version of one. It
// returns when the record is stored here; the peers get it then.
func (db *DB) Put(ctx context.Context, content []byte, o PutOptions) (Document, error) {
	d, created, key, err := db.address(ctx, o)
	if err != nil {
		return Document{}, err
	}
	body := record.Body{Content: string(content), Created: created, Key: key, Collection: o.Collection, Geo: o.Geo}
	text, err := body.Encode()
	if err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrContent, err)
	}
	rec, err := db.write(ctx, record.UUIDOf(db.Identity(), d), func(at int64) record.Event {
		return record.New(db.keys.Tag, d, at, text)
	})
	if err != nil {
		return Document{}, err
	}
	return db.Document(&rec)
}

// address finds out which record a Put writes, and when it was first published.
func (db *DB) address(ctx context.Context, o PutOptions) (d [16]byte, created int64, key string, err error) {
	created = time.Now().UnixMilli()
	var u record.UUID
	switch {
	case o.UUID != "" && o.Key != "":
		return d, 0, "", fmt.Errorf("%w: give uuid or key, not both", ErrOption)
	case o.UUID != "":
		if u, err = record.ParseUUID(o.UUID); err != nil {
			return d, 0, "", fmt.Errorf("%w uuid: %w", ErrOption, err)
		}
	case o.Key != "":
		d, key = db.keys.D(o.Key), o.Key
		u = record.UUIDOf(db.Identity(), d)
	default:
		_, _ = rand.Read(d[:]) // never fails
		return d, created, "", nil
	}
	old, err := db.read(ctx, u)
	switch {
	case errors.Is(err, ErrNotFound) && o.Key != "":
		return d, created, key, nil
	case err != nil:
		return d, 0, "", err
	case old.Author != db.Identity():
		return d, 0, "", ErrNotAuthor
	}
	if b, err := record.ParseBody(old.Content); err == nil {
		created, key = b.Created, b.Key
	}
	return old.D, created, key, nil
}

// written is the result of write.
type written struct {
	rec record.Record
	err error
}

// write signs an event with the time that makes it the newest version, and
// stores it. Where ctx ends first the record may still be stored.
func (db *DB) write(ctx context.Context, u record.UUID, event func(at int64) record.Event) (record.Record, error) {
	result := make(chan written, 1)
	posted := db.inbox.post(func() {
		if db.closing {
			result <- written{err: ErrClosed}
			return
		}
		t := now()
		rec, err := db.sign(event(db.core.Stamp(t, u)))
		if err != nil {
			result <- written{err: fmt.Errorf("%w: %w", ErrContent, err)}
			return
		}
		db.tokens++
		db.waiting[db.tokens] = func(err error) { result <- written{rec, err} }
		db.core.Put(t, rec, db.tokens)
	})
	if !posted {
		return record.Record{}, ErrClosed
	}
	select {
	case w := <-result:
		return w.rec, w.err
	case <-ctx.Done():
		return record.Record{}, ctx.Err()
	}
}

// sign makes a record of an event.
func (db *DB) sign(e record.Event) (record.Record, error) {
	if err := e.Sign(db.id); err != nil {
		return record.Record{}, err
	}
	rec, err := record.Bind(e, db.keys.Tag)
	if err == nil && len(rec.AppendBinary(nil)) > record.MaxBinary {
		err = fmt.Errorf("it is longer than %d bytes", record.MaxBinary)
	}
	return rec, err
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
	return db.Document(&r)
}

// allChunk is how many records All reads at a time.
const allChunk = 1000

// All calls fn with all records, oldest version first, some at a time. A
// record whose content this version cannot read is left out.
func (db *DB) All(ctx context.Context, fn func([]Document) error) error {
	var keys []psync.Key
	err := db.do(ctx, func() {
		db.core.Keys(func(k psync.Key) bool {
			keys = append(keys, k)
			return true
		})
	})
	for err == nil && len(keys) > 0 {
		n := min(len(keys), allChunk)
		var bodies [][]byte
		if bodies, err = db.opts.Store.Bodies(ctx, keys[:n]); err != nil {
			break
		}
		keys = keys[n:]
		docs := make([]Document, 0, n)
		for _, b := range bodies {
			if b == nil {
				continue // superseded or deleted meanwhile
			}
			r, err := record.DecodeBinary(b, db.keys.Tag)
			if err != nil {
				continue
			}
			if d, err := db.Document(&r); err == nil {
				docs = append(docs, d)
			}
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
	r, err := db.read(ctx, u)
	if err != nil {
		return err
	}
	if r.Author != db.Identity() {
		return ErrNotAuthor
	}
	_, err = db.write(ctx, u, func(at int64) record.Event {
		return record.NewDeletion(db.keys.Tag, r, at)
	})
	return err
}
