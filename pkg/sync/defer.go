package sync

import (
	"bytes"
	"slices"

	"github.com/peersetdb/peerset/pkg/record"
)

// A record that is refused for now, by a rule that only this page knows or for want of room, leaves
// no id in the set. It is asked for again at the time that its verdict names; without one after a minute, if that
// was in vain after 8 minutes, and then every 64. Retry shortens that. For want of room one record a minute is
// tried, and all others follow when there is some.
//
// Peers that announce such a record are answered decline, so that both agree without it meanwhile.

// pause is how long an id is not asked for.
type pause struct {
	since, until int64 // ms
	tries        uint8 // pauses in a row, this one included
	room         bool  // for want of room
}

// maxTries is after how many pauses they become no longer: 64 minutes. Each is pauseShift binary
// orders longer than the one before, so that nobody asks for a record more often than maxServed allows.
const maxTries, pauseShift = 3, 3

func (p *pause) over(now int64) bool { return now >= p.until }

// next is the pause that follows; at is its end, 0 where that is not known.
func (p *pause) next(now, at int64, room bool) pause {
	n := pause{now, at, min(p.tries+1, maxTries), room}
	if at <= now {
		n.until = now + deferFor<<(pauseShift*(n.tries-1))
	}
	return n
}

// shorten ends a pause earlier, after so many ms at the least. A clock that was set back does not
// lengthen it.
func (p *pause) shorten(now, least int64) {
	p.until = min(p.until, max(now, min(p.since, now)+least))
}

// woken takes it that the clock may have been set back.
func (p *pause) woken(now int64) { p.until = min(p.until, now+p.until-p.since) }

// A deferral is a pause of an id that nobody is asked for. Who offered it is asked after that.
type deferral struct {
	pause
	sources []ConnID
}

func (c *Core) isDeferred(id record.ID) bool {
	d := c.deferred[id]
	return d != nil && !d.over(c.now)
}

// postponed ends a want for a while: until a time, 0 where that is not known. Without room to
// note it apart, the want itself notes it, of so many ids as a session may have of which the peer
// lacks the body.
func (c *Core) postponed(id record.ID, from ConnID, at int64, room bool) {
	w := c.wants[id]
	if w == nil {
		w = &want{sources: []ConnID{from}}
	}
	p := w.pause.next(c.now, at, room)
	sources := w.sources
	if len(c.deferred) < maxDeferred || c.deferred[id] != nil {
		c.settled(id)
		c.deferred[id] = &deferral{p, slices.Clone(sources)}
		return
	}
	w.busy, w.asked, w.sources, w.pause = false, 0, nil, p
	c.wants[id] = w
	for _, conn := range sources {
		if s := c.byConn[conn]; s != nil {
			c.spill(s, id, w)
		}
	}
	if len(w.absent) == 0 {
		c.settled(id)
	}
}

// spill notes that a peer is not asked for an id before the pause of its want is over.
func (c *Core) spill(s *session, id record.ID, w *want) {
	if s.lacks[id] || len(s.lacks) >= maxLacks {
		return
	}
	if len(s.spilled) == 0 {
		s.respill = w.until
	}
	s.respill = min(s.respill, w.until)
	s.lacks[id], s.spilled[id] = true, true
	w.absent = append(w.absent, s.conn)
}

// offerLater adds a peer to those who are asked when a deferral is over.
func (c *Core) offerLater(d *deferral, s *session) {
	d.sources = slices.DeleteFunc(d.sources, func(conn ConnID) bool { return c.byConn[conn] == nil || conn == s.conn })
	d.sources = append(d.sources, s.conn)
}

// undefer asks again for what was deferred long enough.
func (c *Core) undefer() {
	var due []record.ID
	var probe record.ID // shows whether there is room again
	probes := c.noRoom != 0 && c.now-max(c.noRoom, c.probed) >= deferFor
	for id, d := range c.deferred {
		gone := !slices.ContainsFunc(d.sources, func(conn ConnID) bool { return c.byConn[conn] != nil })
		switch {
		case gone && c.now-d.since > 2*forgetAfter:
			delete(c.deferred, id)
		case !gone && d.over(c.now):
			due = append(due, id)
		case !gone && d.room && probes && (probe == record.ID{} || bytes.Compare(id[:], probe[:]) < 0):
			probe = id
		}
	}
	if len(due) == 0 && probe != (record.ID{}) {
		c.deferred[probe].until, c.probed = c.now, c.now
		due = append(due, probe)
	}
	sortIDs(due)
	for _, id := range due {
		d := c.deferred[id]
		for _, conn := range d.sources {
			if s := c.byConn[conn]; s != nil {
				c.offered(s, id)
			}
		}
		if c.wants[id] != nil || c.set.has(id) && !c.set.isLapsed(id) || c.refuses(id) {
			delete(c.deferred, id)
		} else {
			d.until = c.now + deferFor // muted, or with too much to offer
		}
	}
	for _, s := range c.sessions {
		if len(s.spilled) > 0 && c.now >= s.respill {
			c.unspill(s)
		}
	}
}

// unspill does so for what was put off without a deferral.
func (c *Core) unspill(s *session) {
	var due []record.ID
	s.respill = c.now + deferFor
	for id := range s.spilled {
		switch w := c.wants[id]; {
		case w == nil:
			delete(s.spilled, id)
			delete(s.lacks, id)
		case w.over(c.now):
			due = append(due, id)
		default:
			s.respill = min(s.respill, w.until)
		}
	}
	sortIDs(due)
	for _, id := range due {
		if s.muted || len(s.offer) >= maxOffer {
			return
		}
		was := c.wants[id]
		delete(s.spilled, id)
		c.notAbsent(s, id)
		c.offered(s, id)
		if w := c.wants[id]; w != nil {
			w.pause = was.pause
		}
	}
}

// Retry asks again, at the next Tick, for all records that were refused for a while: the reason may have
// lapsed.
func (c *Core) Retry(now int64) {
	c.advance(now)
	c.retry(0, func(pause) bool { return true })
	c.pump()
}

// roomAgain does so where room was wanting, a minute after that.
func (c *Core) roomAgain() {
	c.retry(deferFor, func(p pause) bool { return p.room })
}

func (c *Core) retry(least int64, which func(pause) bool) {
	for _, d := range c.deferred {
		if which(d.pause) {
			d.shorten(c.now, least)
		}
	}
	for _, s := range c.sessions {
		for id := range s.spilled {
			if w := c.wants[id]; w != nil && which(w.pause) {
				w.shorten(c.now, least)
				s.respill = min(s.respill, w.until)
			}
		}
	}
}
