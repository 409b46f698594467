package peerset

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
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
		if !db.settling { // else it comes in its turn
			db.settle()
		}
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

// ruleModerators is the one set rule by which one's own records go, too: who names moderators wants
// what they remove to be gone.
const ruleModerators = "moderators"

// settle lets the bodies go that a set rule refuses by now, and wants those again that it
// does no longer: some at a time, because a label of a moderator may be about very many. Records of one's own
// stay, and no peer gets them.
func (db *DB) settle() {
	db.settling = false
	evict, again, more := db.ledger.Changes(evictBatch)
	if len(evict) > 0 {
		var own, others []record.ID
		for i, ch := range evict {
			if k, ok := db.core.Entry(ch.ID); ok && db.own(k) && ch.Verdict.Rule != ruleModerators {
				own = append(own, ch.ID)
				db.withholds(k)
				evict[i].Verdict.Action = moderation.Flag
			} else {
				others = append(others, ch.ID)
			}
		}
		db.reportEvicted(evict)
		db.core.Withhold(now(), own)
		db.core.Evict(now(), others, true)
	}
	if len(again) > 0 {
		for _, id := range again {
			if k, ok := db.core.Entry(id); ok && !k.Kind.Refused() {
				db.ledger.Add(ledgerEntry(k, mark{})) // it was withheld, and may be once more
				more = true
			}
		}
		db.core.Reconsider(now(), again)
	}
	if more {
		db.settling = true
		db.inbox.post(db.settle)
	}
	if db.policyChanged && db.reviewed {
		db.policyChanged = false
		db.done.Go(func() { db.complain(db.savePolicy(db.ctx)) })
	}
}

// restorePolicy lets the policy know what the store holds, and looks for peers. If it is another
// policy than that of last time, what is held is judged anew, before any peer can ask for
// it, and what was refused is wanted again.
func (db *DB) restorePolicy(ctx context.Context) error {
	defer db.runMedia()
	hash := db.policy.Hash()
	last, err := db.opts.Vault.Load(ctx, db.vaultName(policyName))
	same := err == nil && bytes.HasPrefix(last, hash[:])
	settled := same && len(last) == len(hash)
	if settled {
		db.runMedia()
	}
	// Whose records are withheld stands behind the policy's hash: they are judged whenever the
	// database is opened, and are one's own, whoever is logged in by then.
	if err := db.do(ctx, func() {
		for w := range slices.Chunk(last[min(len(hash), len(last)):], len(writer{})) {
			if len(w) == len(writer{}) {
				db.former = append(db.former, writer(w))
			}
		}
		if same {
			db.withheldOf = slices.Clone(db.former)
		}
	}); err != nil {
		return err
	}
	if db.ledger != nil {
		if err := db.restoreLedger(ctx, same); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if settled {
		changed := false
		if err := db.do(ctx, func() { db.reviewed, changed = true, db.policyChanged }); err != nil || !changed {
			return err
		}
		return db.savePolicy(ctx)
	}
	for more := !same && db.ledger == nil; more; yield() { // and not what goes next
		if err := db.do(ctx, func() { more = db.core.ReconsiderAll(now()) }); err != nil {
			return err
		}
	}
	if err := db.judgeHeld(ctx, same); err != nil {
		return err
	}
	return db.savePolicy(ctx)
}

// withholds notes whose record is withheld.
func (db *DB) withholds(k psync.Key) {
	if w := writerOf(k); !slices.Contains(db.withheldOf, w) {
		db.withheldOf = append(db.withheldOf, w)
		db.policyChanged = true
	}
}

// savePolicy keeps the policy that was judged by, and whose records are withheld.
func (db *DB) savePolicy(ctx context.Context) error {
	db.saving.Lock()
	defer db.saving.Unlock()
	hash := db.policy.Hash()
	note := hash[:]
	if err := db.do(ctx, func() {
		for _, w := range db.withheldOf {
			note = append(note, w[:]...)
		}
		db.reviewed, db.policyChanged = true, false
	}); err != nil {
		return err
	}
	return db.opts.Vault.Save(ctx, db.vaultName(policyName), note)
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
	labels, err := db.keysOf(ctx, func(k psync.Key) bool { return db.policy.MayLabel(moderation.Facts(k.Facts)) })
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
			s, _ := db.subjectOf(&r)
			if l := db.policy.Label(&r, s.Body); l != nil {
				db.ledger.Remove(r.ID)
				db.ledger.Add(ledgerEntry(labels[i], mark{label: l}))
			}
		}
		db.ledger.Restored(samePolicy)
		db.restored = true
		db.settle()
	})
}

// judgeHeld lets the bodies go that the pure rules refuse: they came in under another policy, and
// peers that have the same as this page would take us for one that brings what it refuses. Records of one's own
// stay, and no peer gets them. With onlyOwn it looks at those only.
func (db *DB) judgeHeld(ctx context.Context, onlyOwn bool) error {
	keys, err := db.keysOf(ctx, func(k psync.Key) bool { return !onlyOwn || db.own(k) })
	for err == nil && len(keys) > 0 {
		n := min(len(keys), evictBatch)
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
			if s, v := db.judge(clock, &r); v.Refused() && v.Class == moderation.Pure {
				refused = append(refused, finding{verdict: v, subject: s})
			}
			if time.Since(began) > slice {
				yield()
				began = time.Now()
			}
		}
		if len(refused) > 0 {
			err = db.do(ctx, func() { db.giveUp(refused) })
		}
	}
	return err
}

// giveUp lets the bodies go of records that pure rules refuse, and withholds those of one's own.
func (db *DB) giveUp(fs []finding) {
	var own, others []record.ID
	barred := mark{barred: true}
	for _, f := range fs {
		r := f.subject.Record
		k, held := db.core.Entry(r.ID)
		switch {
		case !held:
			continue // superseded meanwhile
		case db.own(k):
			own = append(own, r.ID)
			db.withholds(k)
			f.verdict.Action = moderation.Flag
			if db.ledger != nil {
				db.ledger.Add(ledgerEntry(k, barred))
			}
		default:
			others = append(others, r.ID)
			if db.ledger != nil {
				db.marks[r.ID] = barred
			}
		}
		db.report(f.verdict, r, 0)
	}
	db.core.Withhold(now(), own)
	db.core.Evict(now(), others, true)
}

// The names in the vault of what is kept of a room; web/src/vault.js removes it with the room. None may hold " of ".
const (
	policyName       = "policy"
	pinsName         = "pins"
	strikesOfPeers   = "strikes"
	strikesOfAuthors = "author strikes"
)

// vaultName is where the vault keeps something of this room.
func (db *DB) vaultName(what string) string { return what + " of " + db.opts.Room }
