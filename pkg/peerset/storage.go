package peerset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
// failed for want of it.
func (db *DB) watchStorage(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	full := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-db.full:
			full = true
		case <-timer.C:
		}
		wait := lookEvery
		if full || db.tight(ctx) {
			if db.makeRoom(ctx) > 0 {
				wait = lookAgain
			}
			full = false
		}
		timer.Reset(wait)
	}
}

func (db *DB) tight(ctx context.Context) bool {
	if db.opts.Storage == nil {
		return false
	}
	used, quota, err := db.opts.Storage(ctx)
	return err == nil && quota > 0 && float64(used) > tightAt*float64(quota)
}

// makeRoom drops what is over, and then the oldest records that are not pinned: those of
// others first, one's own last. It returns how many go.
func (db *DB) makeRoom(ctx context.Context) (n int) {
	if n, err := db.Prune(ctx); n > 0 || err != nil {
		return n
	}
	_ = db.do(ctx, func() {
		mine := db.who.pub
		own := func(k psync.Key) bool { return bytes.Equal(k.Facts[:8], mine[:8]) }
		keys := db.core.Oldest(evictBatch, func(k psync.Key) bool { return own(k) || db.pins[k.UUID] })
		if len(keys) == 0 {
			// Nobody else may hold one's own: of those, a tenth at most goes at a time.
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
	return db.opts.Vault.Save(ctx, db.vaultName("pins"), text)
}

func (db *DB) loadPins(ctx context.Context) error {
	db.pins = make(map[record.UUID]bool)
	text, err := db.opts.Vault.Load(ctx, db.vaultName("pins"))
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
