package sync

import "github.com/peersetdb/peerset/pkg/record"

// recent remembers something of ids that peers may speak of. It has two generations of at most
// so many ids. When the young one is full it becomes the old one, whose ids are forgotten
// unless somebody has spoken of them since.
type recent[T any] struct {
	most       int
	young, old map[record.ID]T
}

func (m *recent[T]) add(id record.ID, v T) {
	if len(m.young) >= m.most {
		m.young, m.old = nil, m.young
	}
	if m.young == nil {
		m.young = make(map[record.ID]T)
	}
	m.young[id] = v
	delete(m.old, id)
}

func (m *recent[T]) get(id record.ID) (v T, ok bool) {
	if v, ok = m.young[id]; ok {
		return v, true
	}
	if v, ok = m.old[id]; ok {
		m.add(id, v)
	}
	return v, ok
}

// refuses reports whether an id is one that we do not hold and do not take, though peers offer it: its
// record has expired here, was evicted for want of room, was refused when too many refused
// ids were in the set, or is of a version to which a newer one is held.
func (c *Core) refuses(id record.ID) bool {
	if since, ok := c.unwanted.get(id); ok && since <= c.now/1000 {
		return true
	}
	k, ok := c.outdated.get(id)
	return ok && c.set.stale(k)
}

// onDecline notes what a peer does not take, so that rounds do not offer it again and
// again. It counts as what the peer cannot have.
func (c *Core) onDecline(s *session, b []byte) error {
	r := reader{b: b}
	ids := r.ids()
	if err := r.done(); err != nil {
		return err
	}
	for _, id := range ids {
		if len(s.declined) < maxDeclined && c.set.has(id) {
			if s.declined == nil {
				s.declined = make(map[record.ID]bool)
			}
			s.declined[id] = true
		}
	}
	return nil
}
