package peerset

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/peersetdb/peerset/pkg/moderation"
	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// A mark is what is known of an id from its verdict on, until it is in the set.
type mark struct {
	barred bool // a pure rule has refused it
	label  *moderation.Label
}

// absorbSlice is how many changes are taken in at a time at start: some 5 ms under wasm.
const absorbSlice = 250

// maxMarks bounds the marks of records that never enter the set.
const maxMarks = 20_000

// A change is a key that entered the set or left it, on its way to the ledger.
type change struct {
	key     psync.Key
	mark    mark
	entered bool
}

// follow keeps the ledger in step with the set, and does what follows from its rules. What the
// store held at start waits for restoreLedger, and so does all that comes until then.
func (db *DB) follow(e psync.SetEvent) {
	for _, k := range e.Removed {
		db.backlog = append(db.backlog, change{key: k})
	}
	for _, k := range e.Added {
		db.backlog = append(db.backlog, change{k, db.marks[k.ID], true})
		delete(db.marks, k.ID)
	}
	if len(db.marks) > maxMarks {
		// Only moderators' labels matter: the others are of records that are judged again.
		maps.DeleteFunc(db.marks, func(_ record.ID, m mark) bool { return m.label == nil })
	}
	if db.restored {
		db.absorb(len(db.backlog))
		db.settle()
	}
}

// absorb takes the first changes of the backlog into the ledger.
func (db *DB) absorb(n int) {
	n = min(n, len(db.backlog))
	for _, ch := range db.backlog[:n] {
		if ch.entered {
			db.ledger.Add(ledgerEntry(ch.key, ch.mark))
		} else {
			db.ledger.Remove(ch.key.ID)
		}
	}
	if db.backlog = db.backlog[n:]; len(db.backlog) == 0 {
		db.backlog = nil
	}
}

func ledgerEntry(k psync.Key, m mark) moderation.Entry {
	e := moderation.Entry{At: k.At, ID: k.ID, UUID: k.UUID, Facts: moderation.Facts(k.Facts), Deletes: k.Kind.Deletes(), Label: m.label}
	switch {
	case m.barred:
		e.State = moderation.Barred
	case k.Kind.Refused():
		e.State = moderation.Refused
	}
	return e
}

// settle lets the bodies go that a set rule refuses by now, and wants those again that it
// does no longer.
func (db *DB) settle() {
	if !db.restored {
		return
	}
	evict, again := db.ledger.Changes()
	if len(evict) > 0 {
		db.reportEvicted(evict)
		ids := make([]record.ID, len(evict))
		for i, ch := range evict {
			ids[i] = ch.ID
		}
		db.core.Evict(now(), ids, true)
	}
	if len(again) > 0 {
		db.core.Reconsider(now(), again)
	}
}

// restorePolicy lets the policy know what the store holds, and looks for peers. If it is another
// policy than that of last time, what is held is judged anew, before any peer can ask for
// it, and what was refused is wanted again.
func (db *DB) restorePolicy(ctx context.Context) error {
	defer db.runMedia()
	name, hash := db.vaultName("policy"), db.policy.Hash()
	last, err := db.opts.Vault.Load(ctx, name)
	same := err == nil && string(last) == string(hash[:])
	if same {
		db.runMedia()
	}
	if db.ledger != nil {
		if err := db.restoreLedger(ctx, same); err != nil {
			return err
		}
	}
	if err != nil || same {
		return err
	}
	if err := db.judgeHeld(ctx); err != nil {
		return err
	}
	if db.ledger == nil {
		if err := db.do(ctx, func() { db.core.ReconsiderAll(now()) }); err != nil {
			return err
		}
	}
	return db.opts.Vault.Save(ctx, name, hash[:])
}

// runMedia begins to look for peers, once.
func (db *DB) runMedia() {
	db.looking.Do(func() {
		for _, m := range db.media {
			db.done.Go(func() { _ = m.Run(db.ctx, host{db}) })
		}
	})
}

// restoreLedger ends what the first SetEvent began: the labels of moderators are read, which
// need their bodies.
func (db *DB) restoreLedger(ctx context.Context, samePolicy bool) error {
	defer close(db.followed)
	for left := 1; left > 0; yield() {
		if err := db.do(ctx, func() { db.absorb(absorbSlice); left = len(db.backlog) }); err != nil {
			return err
		}
	}
	var labels []psync.Key
	err := db.do(ctx, func() {
		db.core.Keys(func(k psync.Key) bool {
			if db.policy.MayLabel(moderation.Facts(k.Facts)) {
				labels = append(labels, k)
			}
			return true
		})
	})
	if err != nil {
		return err
	}
	bodies, err := db.opts.Store.Bodies(ctx, labels)
	if err != nil {
		return fmt.Errorf("peerset: reading labels: %w", err)
	}
	return db.do(ctx, func() {
		db.absorb(len(db.backlog))
		for i, b := range bodies {
			r, err := record.DecodeBinary(b, db.keys.Tag)
			if err != nil {
				continue // deleted meanwhile
			}
			if s, v := db.subjectOf(&r); !v.Refused() {
				if l := db.policy.Label(&r, s.Body); l != nil {
					db.ledger.Remove(r.ID)
					db.ledger.Add(ledgerEntry(labels[i], mark{label: l}))
				}
			}
		}
		db.ledger.Restored(samePolicy)
		db.restored = true
		db.settle()
	})
}

// judgeChunk is how many records are read and judged at a time.
const judgeChunk = 500

// judgeHeld lets the bodies go that the pure rules refuse: they came in under another policy, and
// peers that have the same as this page would take us for one that brings what it refuses.
func (db *DB) judgeHeld(ctx context.Context) error {
	var keys []psync.Key
	err := db.do(ctx, func() {
		db.core.Keys(func(k psync.Key) bool {
			keys = append(keys, k)
			return true
		})
	})
	for err == nil && len(keys) > 0 {
		n := min(len(keys), judgeChunk)
		var bodies [][]byte
		if bodies, err = db.opts.Store.Bodies(ctx, keys[:n]); err != nil {
			return fmt.Errorf("peerset: reading the store: %w", err)
		}
		keys = keys[n:]
		var refused []finding
		clock := moderation.Clock{Now: time.Now().Unix()}
		began := time.Now()
		for _, b := range bodies {
			r, err := record.DecodeBinary(b, db.keys.Tag)
			if err != nil {
				continue // deleted meanwhile
			}
			s, v := db.subjectOf(&r)
			if !v.Refused() {
				v = db.policy.Judge(clock, []moderation.Subject{s})[0]
			}
			if v.Refused() && v.Class == moderation.Pure {
				refused = append(refused, finding{verdict: v, subject: s})
			}
			if time.Since(began) > slice {
				yield()
				began = time.Now()
			}
		}
		if len(refused) > 0 {
			err = db.do(ctx, func() { db.evict(refused) })
		}
	}
	return err
}

// evict lets the bodies go of records that pure rules refuse.
func (db *DB) evict(fs []finding) {
	ids := make([]record.ID, len(fs))
	for i, f := range fs {
		ids[i] = f.subject.Record.ID
		if db.ledger != nil {
			db.marks[ids[i]] = mark{barred: true}
		}
		db.report(f.verdict, f.subject.Record, 0)
	}
	db.core.Evict(now(), ids, true)
}

// vaultName is where the vault keeps something of this room.
func (db *DB) vaultName(what string) string { return what + " of " + db.opts.Room }
