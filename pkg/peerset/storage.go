package peerset

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// PruneEvent says that records were removed: they have expired, fell below the horizon, or
// had to make room (evicted).
type PruneEvent struct {
	Why     psync.Removal
	Records []record.UUID
}

// Storage tells the bytes that are used and those there are for this site; a quota of
// 0 means that it is not known.
type Storage func(ctx context.Context) (used, quota int64, err error)

const (
	// tightAt is the part of the quota from which on room is made.
	tightAt = 0.9
	// evictBatch is how many records go at a time.
	evictBatch = 300 // less than 10 ms under wasm
	// lookEvery is how often the storage is looked at, and lookAgain how soon after room was made:
	// the browser's own figures follow late.
	lookEvery = time.Hour
	lookAgain = time.Minute
)

// watchStorage makes room when storage is short: at start, hourly, and when a write has
// failed for want of it. Where nothing but one's own is left, others' records are refused until
// it is no longer short.
func (db *DB) watchStorage(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-db.full:
			if db.makeRoom(ctx) > 0 {
				timer.Reset(lookAgain)
			}
		case <-timer.C:
			wait, crowded := lookEvery, false
			if db.tight(ctx) {
				wait, crowded = lookAgain, db.makeRoom(ctx) == 0
			}
			_ = db.do(ctx, func() { db.crowd(crowded) })
			timer.Reset(wait)
		}
	}
}

// crowd notes whether there is room for records of others.
func (db *DB) crowd(crowded bool) {
	if db.crowded && !crowded {
		db.core.Retry(now())
	}
	db.crowded = crowded
}

// A writer is known by the first 8 bytes of a public key, as in the facts of a record.
type writer [8]byte

func writerOf(k psync.Key) writer { return writer(k.Facts[:8]) }

// own reports whether an entry is by whoever is logged in, or by somebody who was, and whose
// records are withheld.
func (db *DB) own(k psync.Key) bool {
	w := writerOf(k)
	return w == writer(db.who.pub[:8]) || slices.Contains(db.former, w)
}

// keysOf returns the keys of the current records that are wanted, oldest first.
func (db *DB) keysOf(ctx context.Context, wanted func(psync.Key) bool) (keys []psync.Key, err error) {
	err = db.do(ctx, func() {
		db.core.Keys(func(k psync.Key) bool {
			if wanted(k) {
				keys = append(keys, k)
			}
			return true
		})
	})
	return keys, err
}

func (db *DB) tight(ctx context.Context) bool {
	if db.opts.Storage == nil {
		return false
	}
	used, quota, err := db.opts.Storage(ctx)
	return err == nil && quota > 0 && float64(used) > tightAt*float64(quota)
}

// makeRoom drops what is over, and then the oldest records that are not pinned: those of others first. One's
// own, which nobody else may hold, go only for a write of one's own that has failed. It returns how many go.
func (db *DB) makeRoom(ctx context.Context) (n int) {
	var failed bool
	_ = db.do(ctx, func() { failed, db.failed = db.failed, false })
	if n, err := db.Prune(ctx); n > 0 || err != nil {
		return n
	}
	_ = db.do(ctx, func() {
		keys := db.core.Oldest(evictBatch, func(k psync.Key) bool { return db.own(k) || db.pins[k.UUID] })
		if len(keys) == 0 && failed {
			// A tenth at most goes at a time.
			keys = db.core.Oldest(evictBatch, func(k psync.Key) bool { return db.pins[k.UUID] })
			keys = keys[:(len(keys)+9)/10]
		}
		ids := make([]record.ID, len(keys))
		for i, k := range keys {
			ids[i] = k.ID
		}
		db.core.Evict(now(), ids, false)
		n = len(ids)
	})
	return n
}

// Prune removes, in slices, what is below the horizon or has expired, and returns how many
// records that were.
func (db *DB) Prune(ctx context.Context) (records int, err error) {
	for p := (psync.Pruned{More: true}); p.More && err == nil; yield() {
		err = db.do(ctx, func() { p = db.core.Prune(now()); records += p.Records })
	}
	return records, err
}

// removed tells the page of records that left.
func (db *DB) removed(e psync.RemovedEvent) {
	var us []record.UUID
	for _, k := range e.Keys {
		if k.Kind != psync.KindBody {
			continue
		}
		if _, ok := db.core.Find(k.UUID); !ok {
			us = append(us, k.UUID)
			db.unpin(k.UUID)
		}
	}
	if len(us) > 0 {
		db.event(PruneEvent{e.Why, us})
	}
}

// maxPins is the most records that can be pinned in a room.
const maxPins = 10_000

// Pin keeps a record when storage gets short. It lasts until Unpin, or until the
// record expires, is deleted or falls below the horizon.
func (db *DB) Pin(ctx context.Context, uuid string) error {
	u, err := record.ParseUUID(uuid)
	if err != nil {
		return fmt.Errorf("%w uuid: %w", ErrOption, err)
	}
	if doErr := db.do(ctx, func() {
		switch _, ok := db.core.Find(u); {
		case !ok:
			err = ErrNotFound
		case len(db.pins) >= maxPins:
			err = fmt.Errorf("%w pin: %d records are pinned already", ErrOption, maxPins)
		default:
			db.pins[u] = true
		}
	}); doErr != nil {
		return doErr
	}
	if err != nil {
		return err
	}
	return db.savePins(ctx)
}

// Unpin ends what Pin began.
func (db *DB) Unpin(ctx context.Context, uuid string) error {
	u, err := record.ParseUUID(uuid)
	if err != nil {
		return fmt.Errorf("%w uuid: %w", ErrOption, err)
	}
	if err := db.do(ctx, func() { delete(db.pins, u) }); err != nil {
		return err
	}
	return db.savePins(ctx)
}

func (db *DB) unpin(u record.UUID) {
	if db.pins[u] {
		delete(db.pins, u)
		db.done.Go(func() { _ = db.savePins(db.ctx) }) // one pin too many harms nobody
	}
}

func (db *DB) savePins(ctx context.Context) error {
	db.saving.Lock()
	defer db.saving.Unlock()
	var us []string
	if err := db.do(ctx, func() {
		for u := range db.pins {
			us = append(us, u.String())
		}
	}); err != nil {
		return err
	}
	text, err := json.Marshal(us)
	if err != nil {
		return err
	}
	return db.opts.Vault.Save(ctx, db.vaultName(pinsName), text)
}

func (db *DB) loadPins(ctx context.Context) error {
	db.pins = make(map[record.UUID]bool)
	text, err := db.opts.Vault.Load(ctx, db.vaultName(pinsName))
	if err != nil || text == nil {
		return err
	}
	var us []string
	if json.Unmarshal(text, &us) != nil {
		return nil // of no release of ours
	}
	for _, s := range us {
		if u, err := record.ParseUUID(s); err == nil {
			db.pins[u] = true
		}
	}
	return nil
}

// stored looks at what could not be stored.
func (db *DB) stored(e psync.StoreEvent) {
	if errors.Is(e.Err, psync.ErrStoreFull) {
		select {
		case db.full <- struct{}{}:
		default:
		}
	}
}
