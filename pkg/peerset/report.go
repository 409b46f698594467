package peerset

import (
	"context"
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
	Author  record.PubKey
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

// reportChunk is how many records are read at a time.
const reportChunk = 500

// reportEvicted does so for records that were held and have to go. It reads them once more, for
// their authors: what the storer does comes in order, so that they are deleted after it.
func (db *DB) reportEvicted(changes []moderation.Change) {
	at := now()
	for part := range slices.Chunk(changes, reportChunk) {
		keys := make([]psync.Key, 0, len(part))
		verdicts := make(map[record.ID]moderation.Verdict, len(part))
		for _, ch := range part {
			if k, ok := db.core.Entry(ch.ID); ok && k.Kind == psync.KindBody {
				keys = append(keys, k)
				verdicts[ch.ID] = ch.Verdict
			}
		}
		db.storer.post(func() {
			bodies, err := db.opts.Store.Bodies(context.Background(), keys)
			if err != nil {
				bodies = make([][]byte, len(keys))
			}
			db.inbox.post(func() {
				for i, k := range keys {
					e := JudgedEvent{At: at, Verdict: verdicts[k.ID], ID: k.ID, UUID: k.UUID}
					if r, err := record.DecodeBinary(bodies[i], db.keys.Tag); err == nil {
						e.Author = r.Author
					}
					db.note(e)
				}
			})
		})
	}
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
