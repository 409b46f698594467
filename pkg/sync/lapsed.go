package sync

import (
	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/record"
)

// Reconsider wants records again that were refused: the reason has lapsed. Peers are asked for
// them as they come and agree, also those that are not connected yet. What was withheld is
// given away again.
func (c *Core) Reconsider(now int64, ids []record.ID) {
	c.advance(now)
	for _, id := range ids {
		switch r := c.set.ref(id); {
		case r == 0:
		case c.set.meta[r].kind.Refused():
			c.lapse(r, id)
		case c.set.meta[r].withheld:
			c.set.meta[r].withheld = false
			for _, s := range c.sessions {
				if s.state >= Syncing {
					c.announceTo(s, id)
				}
			}
		}
	}
	c.pump()
}

// ReconsiderAll wants all records again that were refused: the policy has changed. It looks at a slice of the
// set, and reports whether there is more: call it until there is not.
func (c *Core) ReconsiderAll(now int64) (more bool) {
	c.advance(now)
	n := 0
	for r, it := range c.set.tree.Ascend(c.reviewed, merkle.Max) {
		if n++; n > reviewSlice {
			c.reviewed, more = merkle.Bound(it), true
			break
		}
		if c.set.meta[r].kind.Refused() {
			c.lapse(r, record.ID(it.ID))
		}
	}
	if !more {
		c.reviewed = merkle.Min
	}
	c.pump()
	return more
}

// lapse puts a refused id on the list of those that are wanted again. Each session goes
// through the list once; see askLapsed.
func (c *Core) lapse(r merkle.Ref, id record.ID) {
	if c.set.meta[r].lapsed {
		return
	}
	c.set.lapse(r, true)
	c.lapsed = append(c.lapsed, id)
}

// askLapsed lets a session ask for refused ids that are wanted again. A peer that is not known
// to have the same ids as we is asked for the first few only: it might have none of them, and
// would take many for an attack.
func (c *Core) askLapsed(s *session) {
	for !s.muted && s.lapsed < len(c.lapsed) && len(s.offer) < window && (s.rec.agreed || s.lapsed < lapsedBlind) {
		id := c.lapsed[s.lapsed]
		s.lapsed++
		if c.set.isLapsed(id) {
			c.offered(s, id)
		}
	}
}

// tidyLapsed shortens the list where most of it is done.
func (c *Core) tidyLapsed() {
	if len(c.lapsed) < 2*c.set.lapsed+lapsedBlind {
		return
	}
	last := make(map[record.ID]int, c.set.lapsed) // where an id is, for the last time
	for i, id := range c.lapsed {
		if c.set.isLapsed(id) {
			last[id] = i
		}
	}
	rest := make([]record.ID, 0, len(last))
	place := make([]int, 1, len(c.lapsed)+1) // how many of the first i ids stay
	for i, id := range c.lapsed {
		if at, ok := last[id]; ok && at == i {
			rest = append(rest, id)
		}
		place = append(place, len(rest))
	}
	for _, s := range c.sessions {
		s.lapsed = place[s.lapsed]
	}
	c.lapsed = rest
}
