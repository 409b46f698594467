package sync

import (
	"slices"

	"github.com/peersetdb/peerset/pkg/record"
)

// push sends own records whole to every peer. One with a backlog gets the ids and
// asks when it is ready.
func (c *Core) push(items []*item) {
	if len(items) == 0 {
		return
	}
	for _, s := range c.sessions {
		if s.state < Syncing {
			continue
		}
		var w batch
		for _, it := range items {
			fits := w.n > 0 && len(w.buf)+w.cost(it.bin) <= batchBytes
			if s.outBytes+s.buffered+len(w.buf) > pushBacklog || it.rec.Author != s.cert.Identity || !c.mayPush(s, fits, len(it.bin)) {
				c.announceTo(s, it.key.ID)
				continue
			}
			if w.n > 0 && !fits {
				c.sendOut(s, msgPush, w.buf)
				w = batch{}
			}
			w.add(it.bin)
		}
		if w.n > 0 {
			c.sendOut(s, msgPush, w.buf)
		}
	}
}

// relay tells those peers of a record that are not known to hold it, and its
// author that it is stored here.
func (c *Core) relay(it *item, w *want) {
	for _, s := range c.sessions {
		switch {
		case s.state < Syncing:
		case s.conn == it.from:
			if it.pushed {
				c.announceTo(s, it.key.ID)
			}
		case w == nil || !slices.Contains(w.sources, s.conn):
			c.announceTo(s, it.key.ID)
		}
	}
}

// announceTo queues an id for the next have.
func (c *Core) announceTo(s *session, id record.ID) {
	if s.announced[id] || s.declined[id] {
		return
	}
	s.announced[id] = true
	if len(s.announce) == 0 {
		s.flushAt = c.now + flushAfter
	}
	s.announce = append(s.announce, id)
}

// flushAnnounce sends the ids that are still worth announcing.
func (c *Core) flushAnnounce(s *session) {
	var ids []record.ID
	for _, id := range s.announce {
		if k, ok := c.set.find(id); !ok || !c.gives(k) || !s.announced[id] {
			continue
		}
		if ids = append(ids, id); len(ids) == maxIDs {
			c.sendHave(s, ids)
			ids = nil
		}
	}
	if len(ids) > 0 {
		c.sendHave(s, ids)
	}
	s.announce = nil
	clear(s.announced)
}

func (c *Core) sendHave(s *session, ids []record.ID) {
	s.traffic.Announced += uint64(len(ids))
	c.send(s, msgHave, appendIDs(nil, ids))
}
