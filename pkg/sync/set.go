package sync

import (
	"bytes"
	"encoding/binary"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/record"
)

// set is what we hold: the tree, and the ways into it by id and by uuid.
type set struct {
	tree *merkle.Tree
	// meta is indexed by merkle.Ref, which is stable.
	meta []meta
	// short finds a tree item by the first 8 bytes of its id; clash holds the
	// items whose first 8 bytes were taken, which somebody may grind.
	short map[uint64]merkle.Ref
	clash map[record.ID]merkle.Ref
	slots map[record.UUID]slot
	// refused counts the ids without a body, lapsed those of them that are wanted again.
	refused, lapsed int
	// expires has the times of those entries that expire, due the same in order: its
	// items are (expiry, id).
	expires map[merkle.Ref]int64
	due     *merkle.Tree
	// changes is what entered and left since it was last told, if anybody follows.
	follow  bool
	changes []change
}

type meta struct {
	uuid   record.UUID
	facts  Facts
	kind   EntryKind
	lapsed bool // refused, but the reason has lapsed
	// withheld entries have a body that peers do not get.
	withheld bool
}

// slot holds what is current for a uuid: a record, its newest tombstone, or both,
// where the record is newer than the tombstone.
type slot struct{ rec, tomb merkle.Ref }

// allTime is a bucket's width that puts all times into one bucket.
const allTime = 1 << 62

func newSet(bucket int64, follow bool) *set {
	return &set{
		tree:    merkle.New(bucket),
		short:   make(map[uint64]merkle.Ref),
		clash:   make(map[record.ID]merkle.Ref),
		slots:   make(map[record.UUID]slot),
		expires: make(map[merkle.Ref]int64),
		due:     merkle.New(allTime),
		follow:  follow,
	}
}

func shortID(id record.ID) uint64 { return binary.BigEndian.Uint64(id[:8]) }

// newer reports whether a replaces b as a version of one record: the later
// wins, a tie goes to the lowest id (NIP-01).
func newer(a, b Key) bool {
	if a.At != b.At {
		return a.At > b.At
	}
	return bytes.Compare(a.ID[:], b.ID[:]) < 0
}

// supersedes reports whether a, once held, makes b leave the set. Both have one uuid.
func supersedes(a, b Key) bool {
	switch {
	case a.Kind.Deletes() && !b.Kind.Deletes():
		return a.At >= b.At
	case !a.Kind.Deletes() && b.Kind.Deletes():
		return false
	default:
		return newer(a, b)
	}
}

func (s *set) ref(id record.ID) merkle.Ref {
	if r, ok := s.short[shortID(id)]; ok && s.tree.At(r).ID == merkle.ID(id) {
		return r
	}
	return s.clash[id]
}

func (s *set) has(id record.ID) bool { return s.ref(id) != 0 }

func (s *set) key(r merkle.Ref) Key { return s.keyOf(r, s.tree.At(r)) }

func (s *set) keyOf(r merkle.Ref, it merkle.Item) Key {
	m := &s.meta[r]
	return Key{
		At: it.Time, ID: record.ID(it.ID), UUID: m.uuid, Kind: m.kind,
		Expires: s.expires[r], Facts: m.facts,
	}
}

func (s *set) find(id record.ID) (Key, bool) {
	r := s.ref(id)
	if r == 0 {
		return Key{}, false
	}
	return s.key(r), true
}

// current returns the live record of a uuid.
func (s *set) current(u record.UUID) (Key, bool) {
	r := s.slots[u].rec
	if r == 0 {
		return Key{}, false
	}
	return s.key(r), true
}

// held returns the entries of a uuid: none, one or two.
func (s *set) held(u record.UUID) []Key {
	sl := s.slots[u]
	var ks []Key
	for _, r := range [...]merkle.Ref{sl.rec, sl.tomb} {
		if r != 0 {
			ks = append(ks, s.key(r))
		}
	}
	return ks
}

// stale reports whether k has nothing to add to what is held.
func (s *set) stale(k Key) bool {
	sl := s.slots[k.UUID]
	for _, r := range [...]merkle.Ref{sl.rec, sl.tomb} {
		if r == 0 {
			continue
		}
		h := s.key(r)
		if h.ID == k.ID {
			// Nothing but a body can be news of what is held.
			return !h.Kind.Refused() || k.Kind.Refused()
		}
		if supersedes(h, k) {
			return true
		}
	}
	return false
}

// add takes k in unless it is stale, and returns what leaves the set for it.
func (s *set) add(k Key) (gone []Key, added bool) {
	if s.stale(k) {
		return nil, false
	}
	gone = s.makeWay(k)
	r, ok := s.tree.Insert(itemOf(k))
	if !ok {
		return gone, false
	}
	s.place(r, k)
	return gone, true
}

func itemOf(k Key) merkle.Item { return merkle.Item{Time: k.At, ID: merkle.ID(k.ID)} }

// makeWay removes and returns what leaves the set for k.
func (s *set) makeWay(k Key) (gone []Key) {
	for _, h := range s.held(k.UUID) {
		if h.ID == k.ID || supersedes(k, h) {
			s.remove(h)
			gone = append(gone, h)
		}
	}
	return gone
}

// load takes in keys of the store, and returns those that are not held afterwards. It is
// cheap where they ascend and come after all that is held.
func (s *set) load(keys []Key) (left []Key) {
	ks := make([]Key, 0, len(keys))
	items := make([]merkle.Item, 0, len(keys))
	for _, k := range keys {
		last := len(ks) - 1
		switch {
		case last < 0 || ks[last].ID != k.ID || ks[last].At != k.At:
			ks, items = append(ks, k), append(items, itemOf(k))
		case ks[last].Kind.Refused() && !k.Kind.Refused():
			left = append(left, ks[last])
			ks[last] = k
		case ks[last] != k:
			left = append(left, k)
		}
	}
	first := s.tree.Load(items)
	for i, k := range ks {
		_, known := s.slots[k.UUID]
		switch {
		case first != 0 && !known:
			s.place(first+merkle.Ref(i), k)
		case s.stale(k):
			if h, ok := s.find(k.ID); !ok || h != k {
				left = append(left, k)
			}
			if first != 0 {
				s.tree.Delete(items[i])
			}
		case first != 0:
			left = append(left, s.makeWay(k)...)
			s.place(first+merkle.Ref(i), k)
		default:
			gone, added := s.add(k)
			if left = append(left, gone...); !added {
				left = append(left, k)
			}
		}
	}
	return left
}

// place notes what the tree does not know of an item that it has.
func (s *set) place(r merkle.Ref, k Key) {
	for int(r) >= len(s.meta) {
		s.meta = append(s.meta, meta{})
	}
	s.meta[r] = meta{uuid: k.UUID, kind: k.Kind, facts: k.Facts}
	if _, taken := s.short[shortID(k.ID)]; taken {
		s.clash[k.ID] = r
	} else {
		s.short[shortID(k.ID)] = r
	}
	sl := s.slots[k.UUID]
	if k.Kind.Deletes() {
		sl.tomb = r
	} else {
		sl.rec = r
	}
	s.slots[k.UUID] = sl
	if k.Expires != 0 {
		s.expires[r] = k.Expires
		s.due.Insert(merkle.Item{Time: k.Expires, ID: merkle.ID(k.ID)})
	}
	if k.Kind.Refused() {
		s.refused++
	}
	s.note(k, true)
}

func (s *set) remove(k Key) {
	r := s.ref(k.ID)
	if r == 0 {
		return
	}
	k = s.key(r)
	s.forget(r, k)
	s.tree.Delete(itemOf(k))
}

// forget drops what finds r; the tree still has it.
func (s *set) forget(r merkle.Ref, k Key) {
	if k.Kind.Refused() {
		s.lapse(r, false)
		s.refused--
	}
	if s.short[shortID(k.ID)] == r {
		delete(s.short, shortID(k.ID))
	} else {
		delete(s.clash, k.ID)
	}
	sl := s.slots[k.UUID]
	if sl.rec == r {
		sl.rec = 0
	}
	if sl.tomb == r {
		sl.tomb = 0
	}
	if sl == (slot{}) {
		delete(s.slots, k.UUID)
	} else {
		s.slots[k.UUID] = sl
	}
	if k.Expires != 0 {
		delete(s.expires, r)
		s.due.Delete(merkle.Item{Time: k.Expires, ID: merkle.ID(k.ID)})
	}
	s.note(k, false)
}

// cut drops the oldest entries that lie before a time, at most n of them, and returns them.
func (s *set) cut(before int64, n int) (gone []Key) {
	to := merkle.Bound{Time: before}
	if r := s.tree.Nth(n); r != 0 && s.tree.At(r).Time < before {
		to = merkle.Bound(s.tree.At(r))
	}
	s.tree.Cut(to, func(r merkle.Ref, it merkle.Item) {
		k := s.keyOf(r, it)
		s.forget(r, k)
		gone = append(gone, k)
	})
	return gone
}

// expire removes the entries that have expired, the longest expired first and at most n
// of them, and returns them.
func (s *set) expire(now int64, n int) (gone []Key) {
	for len(gone) < n {
		r := s.due.Nth(0)
		if r == 0 || s.due.At(r).Time > now/1000 {
			break
		}
		k, ok := s.find(record.ID(s.due.At(r).ID))
		if !ok {
			break // every item of due is in the set
		}
		s.remove(k)
		gone = append(gone, k)
	}
	return gone
}

// nextExpiry is when the next entry expires, in seconds.
func (s *set) nextExpiry() (at int64, ok bool) {
	r := s.due.Nth(0)
	if r == 0 {
		return 0, false
	}
	return s.due.At(r).Time, true
}

// refuse lets an entry stay as an id without a body.
func (s *set) refuse(k Key) {
	r := s.ref(k.ID)
	s.note(k, false)
	s.meta[r].kind |= KindRefused
	s.refused++
	s.note(s.key(r), true)
}

// lapse notes whether the reason to refuse an entry has lapsed.
func (s *set) lapse(r merkle.Ref, lapsed bool) {
	if s.meta[r].lapsed == lapsed {
		return
	}
	if s.meta[r].lapsed = lapsed; lapsed {
		s.lapsed++
	} else {
		s.lapsed--
	}
}

// isLapsed reports whether an id is refused and wanted again nevertheless.
func (s *set) isLapsed(id record.ID) bool {
	r := s.ref(id)
	return r != 0 && s.meta[r].lapsed
}
