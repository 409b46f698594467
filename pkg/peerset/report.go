package peerset

import (
	"slices"

	"github.com/peersetdb/peerset/pkg/moderation"
	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// JudgedEvent says that a record was refused, or flagged.
type JudgedEvent struct {
	At      int64 // ms
	Verdict moderation.Verdict
	ID      record.ID
	UUID    record.UUID
	Author  record.PubKey // zero if it is not known: a set rule evicts ids
	Conn    psync.ConnID  // 0: a record of our own, or one that is held
	Carrier record.PubKey // zero if Conn is 0
}

// Count says how often a rule has refused and flagged since the database was opened.
type Count struct {
	Name             string
	Class            moderation.Class
	Refused, Flagged int
}

// Moderation is the policy and what it has done.
type Moderation struct {
	Name   string
	Hash   [32]byte
	Rules  []Count       // in the order of evaluation
	Recent []JudgedEvent // the last ones
}

// maxRecent is how many judged records are remembered.
const maxRecent = 100

// report notes a verdict and tells the page.
func (db *DB) report(v moderation.Verdict, r *record.Record, conn psync.ConnID) {
	e := JudgedEvent{At: now(), Verdict: v, ID: r.ID, UUID: r.UUID, Author: r.Author, Conn: conn}
	if p, ok := db.peer(conn); ok {
		e.Carrier = p.Identity
	}
	db.note(e)
}

// reportID does so for an entry whose record is not at hand.
func (db *DB) reportID(ch moderation.Change) {
	db.note(JudgedEvent{At: now(), Verdict: ch.Verdict, ID: ch.ID})
}

func (db *DB) note(e JudgedEvent) {
	i := slices.IndexFunc(db.counts, func(c Count) bool { return c.Name == e.Verdict.Rule })
	if i < 0 {
		i = len(db.counts)
		db.counts = append(db.counts, Count{Name: e.Verdict.Rule, Class: e.Verdict.Class})
	}
	if e.Verdict.Refused() {
		db.counts[i].Refused++
	} else {
		db.counts[i].Flagged++
	}
	if len(db.recent) == maxRecent {
		db.recent = slices.Delete(db.recent, 0, 1)
	}
	db.recent = append(db.recent, e)
	db.event(e)
}

// Moderation returns the policy and what it has done.
func (db *DB) Moderation() Moderation {
	db.mu.Lock()
	defer db.mu.Unlock()
	return Moderation{db.policy.Name(), db.policy.Hash(), slices.Clone(db.counts), slices.Clone(db.recent)}
}
