package sync

import (
	"slices"

	"github.com/peersetdb/peerset/pkg/record"
)

// A want is a record that peers hold and we do not. It is asked of one peer at a
// time; if that one stalls, leaves or lies, of the next.
type want struct {
	sources []ConnID // peers that said they hold it and were not found wanting
	absent  []ConnID // peers that have the id only
	late    []ConnID // peers that were asked in vain: the others come first
	asked   ConnID   // 0: nobody
	busy    bool     // its body came and is being verified or stored
	pause            // see postponed
}

// lacking reports whether nobody can give the record.
func (w *want) lacking() bool { return len(w.sources) == 0 && !w.busy }

// passes reports whether others are to be asked before a peer: one that was asked in vain
// and offers the record again must not have it all the time.
func (w *want) passes(conn ConnID) bool {
	return slices.Contains(w.late, conn) && slices.ContainsFunc(w.sources, w.untried)
}

func (w *want) untried(conn ConnID) bool { return !slices.Contains(w.late, conn) }

// offered notes that a peer holds an id, and reports whether that is news.
func (c *Core) offered(s *session, id record.ID) bool {
	if s.muted {
		return false
	}
	w := c.wants[id]
	if w == nil {
		d := c.deferred[id]
		if d != nil && !d.over(c.now) {
			c.offerLater(d, s)
			return false
		}
		if c.set.has(id) && !c.set.isLapsed(id) || c.refuses(id) || len(s.offer) >= maxOffer {
			return false
		}
		w = &want{}
		if d != nil {
			w.pause = d.pause
			delete(c.deferred, id)
		}
		c.wants[id] = w
	}
	if w.lacking() && !w.over(c.now) {
		c.spill(s, id, w)
		return false
	}
	if slices.Contains(w.sources, s.conn) || slices.Contains(w.absent, s.conn) || len(s.offer) >= maxOffer {
		return false
	}
	w.sources = append(w.sources, s.conn)
	s.offer = append(s.offer, id)
	return true
}

// ask asks a peer for what it can give, in messages of many ids.
func (c *Core) ask(s *session) {
	if s.state < Syncing || s.open+s.coming > window/2 {
		return
	}
	c.askLapsed(s)
	full := c.noRoom != 0 && len(s.lacks) >= maxLacks // what finds no room now is not remembered
	var ids []record.ID
	for len(s.offer) > 0 && s.open+s.coming < window {
		id := s.offer[0]
		w := c.wants[id]
		if w == nil || w.busy || w.asked != 0 || w.passes(s.conn) {
			s.offer = s.offer[1:]
			continue
		}
		if !s.doubt.allows(c.now, full) {
			break
		}
		s.offer = s.offer[1:]
		w.asked = s.conn
		_, owed := s.asked[id]
		if s.asked[id] == 0 {
			s.open++
		}
		s.asked[id] = c.now
		if owed {
			continue // it was asked before, and its answer is still to come
		}
		if ids = append(ids, id); len(ids) == maxIDs {
			c.send(s, msgWant, appendIDs(nil, ids))
			ids = ids[:0]
		}
	}
	if len(ids) > 0 {
		c.send(s, msgWant, appendIDs(nil, ids))
	}
	if len(s.offer) < maxOffer/2 && s.rec.next != nil {
		c.sendRange(s, s.rec.next)
		s.rec.next, s.rec.since = nil, c.now
	}
	if len(s.offer) == 0 {
		s.offer = nil
		c.settle(s)
	}
}

// answered notes that a peer has answered for an id, and reports whether it was asked.
func (s *session) answered(id record.ID) bool {
	since, ok := s.asked[id]
	if since != 0 {
		s.open--
	}
	delete(s.asked, id)
	return ok
}

// unavailable notes that a peer does not give an id; the next one is asked.
func (c *Core) unavailable(conn ConnID, id record.ID) {
	w := c.wants[id]
	if w == nil {
		return
	}
	w.sources = slices.DeleteFunc(w.sources, func(x ConnID) bool { return x == conn })
	if !slices.ContainsFunc(w.sources, w.untried) {
		w.late = nil // all were asked: it begins anew
	}
	if c.byConn[conn] != nil && w.untried(conn) {
		w.late = append(w.late, conn)
	}
	if w.asked == conn {
		w.asked = 0
	}
	if w.busy || w.asked != 0 {
		return
	}
	c.others(id, w)
}

// others lets the remaining sources of a want be asked, or gives it up.
func (c *Core) others(id record.ID, w *want) {
	for _, conn := range w.sources {
		s := c.byConn[conn]
		s.offer = append(s.offer, id)
	}
	if len(w.sources) == 0 && len(w.absent) == 0 {
		delete(c.wants, id)
	}
}

// settled ends a want: its record is held, or never will be.
func (c *Core) settled(id record.ID) { delete(c.wants, id) }

// forgo asks nobody but others for what a peer has offered and was not asked for yet.
func (c *Core) forgo(s *session) {
	offers := s.offer
	s.offer = nil
	for _, id := range offers {
		if w := c.wants[id]; w != nil && w.asked != s.conn {
			c.unavailable(s.conn, id)
		}
	}
	c.settle(s)
}

// release gives what was expected of a session to others.
func (c *Core) release(s *session) {
	s.offer, s.asked, s.open = nil, nil, 0
	for id := range s.lacks {
		c.notAbsent(s, id)
	}
	var ids []record.ID
	for id, w := range c.wants {
		if slices.Contains(w.sources, s.conn) {
			ids = append(ids, id)
		}
	}
	sortIDs(ids)
	for _, id := range ids {
		c.unavailable(s.conn, id)
	}
}

// sortIDs takes the chance of a map's order out of what follows.
func sortIDs(ids []record.ID) {
	slices.SortFunc(ids, func(a, b record.ID) int { return slices.Compare(a[:], b[:]) })
}

// notAbsent forgets that a peer did not have a record's body.
func (c *Core) notAbsent(s *session, id record.ID) {
	delete(s.lacks, id)
	w := c.wants[id]
	if w == nil {
		return
	}
	w.absent = slices.DeleteFunc(w.absent, func(x ConnID) bool { return x == s.conn })
	if len(w.absent) == 0 && w.lacking() {
		delete(c.wants, id)
	}
}

// stalled gives what a slow peer was asked to others that hold it too. What
// comes late is still welcome.
func (c *Core) stalled(s *session) {
	limit := int64(wantLimit)
	if c.now-s.moved >= wantTimeout {
		limit = wantTimeout
	}
	var ids []record.ID
	for id, since := range s.asked {
		if since == 0 || c.now-since < limit {
			continue
		}
		if w := c.wants[id]; w != nil && !w.busy && len(w.sources) > 1 {
			ids = append(ids, id)
		}
	}
	sortIDs(ids)
	for _, id := range ids {
		s.asked[id] = 0
		s.open--
		c.unavailable(s.conn, id)
	}
}

func (c *Core) onHave(s *session, b []byte) error {
	r := reader{b: b}
	ids := r.ids()
	if err := r.done(); err != nil {
		return err
	}
	var declined []record.ID
	for _, id := range ids {
		// It needs no announcement from us, and is there again if it was absent.
		delete(s.announced, id)
		if !s.spilled[id] {
			c.notAbsent(s, id)
		}
		c.offered(s, id)
		if c.wants[id] == nil && c.refuses(id) || c.isDeferred(id) || s.spilled[id] {
			declined = append(declined, id)
		}
	}
	if len(declined) > 0 {
		c.send(s, msgDecline, appendIDs(nil, declined))
	}
	return nil
}

func (c *Core) onAbsent(s *session, b []byte) error {
	r := reader{b: b}
	ids := r.ids()
	if err := r.done(); err != nil {
		return err
	}
	for _, id := range ids {
		if !s.answered(id) {
			return Reason{Code: ReasonUnsolicited, Text: "absent, but not asked for"}
		}
		if w := c.wants[id]; w != nil && len(s.lacks) < maxLacks {
			w.absent = append(w.absent, s.conn)
			s.lacks[id] = true
		}
		c.unavailable(s.conn, id)
	}
	c.settle(s)
	return nil
}
