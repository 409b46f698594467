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
	// refused counts the ids without a body.
	refused int
}

type meta struct {
	uuid record.UUID
	kind EntryKind
}

// slot holds what is current for a uuid: a record, its newest tombstone, or both,
// where the record is newer than the tombstone.
type slot struct{ rec, tomb merkle.Ref }

func newSet(bucket int64) *set {
	return &set{
		tree:  merkle.New(bucket),
		short: make(map[uint64]merkle.Ref),
		clash: make(map[record.ID]merkle.Ref),
		slots: make(map[record.UUID]slot),
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

func (s *set) key(r merkle.Ref) Key {
	it, m := s.tree.At(r), s.meta[r]
	return Key{At: it.Time, ID: record.ID(it.ID), UUID: m.uuid, Kind: m.kind}
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
	for _, h := range s.held(k.UUID) {
		if h.ID == k.ID || supersedes(k, h) {
			s.remove(h)
			gone = append(gone, h)
		}
	}
	r, ok := s.tree.Insert(merkle.Item{Time: k.At, ID: merkle.ID(k.ID)})
	if !ok {
		return gone, false
	}
	for int(r) >= len(s.meta) {
		s.meta = append(s.meta, meta{})
	}
	s.meta[r] = meta{k.UUID, k.Kind}
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
	if k.Kind.Refused() {
		s.refused++
	}
	return gone, true
}

func (s *set) remove(k Key) {
	r := s.ref(k.ID)
	if r == 0 {
		return
	}
	s.forget(r, s.key(r))
	s.tree.Delete(merkle.Item{Time: k.At, ID: merkle.ID(k.ID)})
}

// forget drops what finds r; the tree still has it.
func (s *set) forget(r merkle.Ref, k Key) {
	if k.Kind.Refused() {
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
}

// cut drops everything before a time and returns how much that was.
func (s *set) cut(before int64) int {
	return s.tree.Cut(before, func(r merkle.Ref, it merkle.Item) {
		m := s.meta[r]
		s.forget(r, Key{At: it.Time, ID: record.ID(it.ID), UUID: m.uuid, Kind: m.kind})
	})
}
