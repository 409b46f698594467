package moderation

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/peersetdb/peerset/pkg/record"
)

// State says what is here of an entry.
type State uint8

const (
	// Held entries have their body here.
	Held State = iota
	// Refused entries are ids without a body, because of a set rule or of nobody knows what.
	// They are wanted again when no set rule refuses them.
	Refused
	// Barred entries are ids without a body because of a pure rule. They are never
	// wanted again.
	Barred
)

// Entry is what a Ledger knows of a record or a deletion.
type Entry struct {
	At      int64 // created_at, seconds since 1970
	ID      record.ID
	UUID    record.UUID
	Facts   Facts
	Deletes bool
	State   State
	// Label is the moderator's label that the record is; see [Policy.Label]. nil for
	// all others.
	Label *Label
}

// Ledger applies the set rules. Which entries they refuse is a function of the entries
// that it holds, whatever the order in which they came and went, and whatever their State:
//
//   - Of the entries of a uuid only the newest counts: the record with the latest
//     created_at, of equal ones that with the lowest id, or a deletion that is not older.
//   - Every rule looks at all entries that count, also at those that another rule
//     refuses, so that no verdict hangs on another.
//   - Deletions count for the rate and for the quota, but are never refused: else the
//     deleted would live on with those who were away.
//   - Moderators' labels are never refused, and do not count.
//
// A change takes O(log n) time; a moderator's label takes as long as it has records to refuse.
// An entry takes some 300 bytes under all rules.
type Ledger struct {
	policy  *Policy
	entries []entry // from 1 on
	free    []int32
	ids     map[uint64]int32 // chains of entries by the first 8 bytes of their id
	uuids   map[uint64]int32 // chains of entries by the first 8 bytes of their uuid
	count   int

	rules  []groupRule
	groups map[groupKey]int32 // roots in trees
	trees  *forest

	labels  map[int32]Label
	removed map[record.UUID]int // how many labels say so
	bans    map[uint64][]int64  // by author: the last second of each ban

	dirty []int32 // entries whose verdict may have changed since Changes
}

type entry struct {
	at             int64
	id             record.ID
	uuid           record.UUID
	facts          Facts
	nextID, nextUU int32
	broken         uint8 // a bit for each of Ledger.rules that refuses it
	state          State
	deletes        bool
	exempt         bool // of the moderators' labels
	counts         bool // the newest of its uuid
	dirty          bool
	asked          bool // Changes has told to reconsider it
	live           bool
}

// NewLedger returns an empty ledger.
func NewLedger(p *Policy) *Ledger {
	l := &Ledger{
		policy:  p,
		entries: make([]entry, 1), // 0 is no entry
		ids:     make(map[uint64]int32),
		uuids:   make(map[uint64]int32),
		rules:   groupRules(p),
		groups:  make(map[groupKey]int32),
		labels:  make(map[int32]Label),
		removed: make(map[record.UUID]int),
		bans:    make(map[uint64][]int64),
	}
	l.trees = newForest(l.before)
	return l
}

// Len returns the number of entries.
func (l *Ledger) Len() int { return l.count }

// before orders entries by (created_at, id).
func (l *Ledger) before(a, b int32) bool {
	x, y := &l.entries[a], &l.entries[b]
	if x.at != y.at {
		return x.at < y.at
	}
	return bytes.Compare(x.id[:], y.id[:]) < 0
}

// newer reports whether a counts rather than b, of the same uuid.
func (l *Ledger) newer(a, b int32) bool {
	x, y := &l.entries[a], &l.entries[b]
	switch {
	case x.at != y.at:
		return x.at > y.at
	case x.deletes != y.deletes:
		return x.deletes
	}
	return bytes.Compare(x.id[:], y.id[:]) < 0
}

func shortKey(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

func (l *Ledger) find(id record.ID) int32 {
	i := l.ids[shortKey(id[:])]
	for i != 0 && l.entries[i].id != id {
		i = l.entries[i].nextID
	}
	return i
}

// Add takes an entry in. One that is there gets the new State.
func (l *Ledger) Add(e Entry) {
	if i := l.find(e.ID); i != 0 {
		l.entries[i].state, l.entries[i].asked = e.State, false
		l.touch(i)
		return
	}
	l.add(e)
}

func (l *Ledger) add(e Entry) int32 {
	i := l.alloc()
	l.entries[i] = entry{
		at: e.At, id: e.ID, uuid: e.UUID, facts: e.Facts, state: e.State, deletes: e.Deletes,
		exempt: l.policy.MayLabel(e.Facts), live: true,
		nextID: l.ids[shortKey(e.ID[:])],
	}
	l.ids[shortKey(e.ID[:])] = i
	if e.Label != nil && l.entries[i].exempt {
		l.labels[i] = *e.Label
	}
	rival := l.newest(e.UUID)
	l.entries[i].nextUU = l.uuids[shortKey(e.UUID[:])]
	l.uuids[shortKey(e.UUID[:])] = i
	switch {
	case rival == 0:
		l.enter(i)
	case l.newer(i, rival):
		l.leave(rival)
		l.enter(i)
	}
	return i
}

// Remove lets an entry go. One that is not there is no error.
func (l *Ledger) Remove(id record.ID) {
	if i := l.find(id); i != 0 {
		l.remove(i)
	}
}

func (l *Ledger) remove(i int32) {
	e := &l.entries[i]
	uuid, counted := e.uuid, e.counts
	if counted {
		l.leave(i)
	}
	unlink(l.ids, shortKey(e.id[:]), i, func(j int32) *int32 { return &l.entries[j].nextID })
	unlink(l.uuids, shortKey(uuid[:]), i, func(j int32) *int32 { return &l.entries[j].nextUU })
	delete(l.labels, i)
	l.entries[i] = entry{}
	l.free = append(l.free, i)
	l.count--
	if counted {
		if heir := l.newest(uuid); heir != 0 {
			l.enter(heir)
		}
	}
}

// unlink takes i out of a chain.
func unlink(heads map[uint64]int32, key uint64, i int32, next func(int32) *int32) {
	head := heads[key]
	if head == i {
		if rest := *next(i); rest != 0 {
			heads[key] = rest
		} else {
			delete(heads, key)
		}
		return
	}
	for *next(head) != i {
		head = *next(head)
	}
	*next(head) = *next(i)
}

// newest returns the entry of a uuid that counts, or is to count, 0 for none.
func (l *Ledger) newest(u record.UUID) int32 {
	var best int32
	for i := l.uuids[shortKey(u[:])]; i != 0; i = l.entries[i].nextUU {
		if l.entries[i].uuid == u && (best == 0 || l.newer(i, best)) {
			best = i
		}
	}
	return best
}

func (l *Ledger) alloc() int32 {
	l.count++
	if n := len(l.free); n > 0 {
		i := l.free[n-1]
		l.free = l.free[:n-1]
		return i
	}
	l.entries = append(l.entries, entry{})
	return int32(len(l.entries) - 1)
}

// enter makes an entry count.
func (l *Ledger) enter(i int32) {
	l.entries[i].counts = true
	l.touch(i)
	if l.entries[i].exempt {
		l.applyLabel(i, 1)
		return
	}
	for r := range l.rules {
		if k, ok := l.rules[r].key(&l.entries[i]); ok {
			l.join(r, k, i)
		}
	}
}

// leave undoes enter.
func (l *Ledger) leave(i int32) {
	if l.entries[i].exempt {
		l.applyLabel(i, -1)
	} else {
		for r := range l.rules {
			if k, ok := l.rules[r].key(&l.entries[i]); ok {
				l.part(r, k, i)
			}
		}
	}
	e := &l.entries[i]
	e.counts, e.broken = false, 0
	l.touch(i)
}

func (l *Ledger) touch(i int32) {
	if e := &l.entries[i]; !e.dirty {
		e.dirty = true
		l.dirty = append(l.dirty, i)
	}
}

// applyLabel counts a label in (n is 1) or out (n is -1).
func (l *Ledger) applyLabel(i int32, n int) {
	label, ok := l.labels[i]
	if !ok || l.entries[i].deletes {
		return
	}
	if label.Remove != (record.UUID{}) {
		if l.removed[label.Remove] += n; l.removed[label.Remove] == 0 {
			delete(l.removed, label.Remove)
		}
		for j := l.uuids[shortKey(label.Remove[:])]; j != 0; j = l.entries[j].nextUU {
			l.touch(j)
		}
		return
	}
	until := int64(math.MaxInt64)
	if label.Until != 0 {
		until = label.Until / 1000
	}
	author := shortKey(label.Ban[:])
	if n > 0 {
		l.bans[author] = append(l.bans[author], until)
	} else {
		l.bans[author] = without(l.bans[author], until)
		if len(l.bans[author]) == 0 {
			delete(l.bans, author)
		}
	}
	l.trees.each(l.groups[groupKey{author, byAuthor << 56}], l.touch)
}

// without takes one v out of a list that has it.
func without(list []int64, v int64) []int64 {
	for i := range list {
		if list[i] == v {
			list[i] = list[len(list)-1]
			return list[:len(list)-1]
		}
	}
	return list
}
