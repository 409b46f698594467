package peerset

import (
	"context"
	"fmt"

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
		clear(db.marks)
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
		ids := make([]record.ID, len(evict))
		for i, ch := range evict {
			ids[i] = ch.ID
			db.reportID(ch)
		}
		db.core.Evict(now(), ids, true)
	}
	if len(again) > 0 {
		db.core.Reconsider(now(), again)
	}
}

// restoreLedger ends what the first SetEvent began: the labels of moderators are read, which
// need their bodies, and what was refused under another policy is wanted again.
func (db *DB) restoreLedger(ctx context.Context) error {
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
	same, err := db.samePolicy(ctx)
	if err != nil {
		return err
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
		db.ledger.Restored(same)
		db.restored = true
		db.settle()
	})
}

// samePolicy reports whether this room was last opened under the same policy, and notes it.
func (db *DB) samePolicy(ctx context.Context) (bool, error) {
	name := db.vaultName("policy")
	hash := db.policy.Hash()
	last, err := db.opts.Vault.Load(ctx, name)
	if err != nil {
		return false, err
	}
	if string(last) == string(hash[:]) {
		return true, nil
	}
	// A room that was never opened has nothing that was refused.
	return false, db.opts.Vault.Save(ctx, name, hash[:])
}

// vaultName is where the vault keeps something of this room.
func (db *DB) vaultName(what string) string { return what + " of " + db.opts.Room }
