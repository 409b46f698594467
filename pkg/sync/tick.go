package sync

import (
	"encoding/binary"
	"math"
	"slices"
)

// Tick says what time it is. Liveness is checked here only, after whatever
// has come was handled.
func (c *Core) Tick(now int64) {
	c.advance(now)
	gap := now - c.lastTick
	c.lastTick = now
	if gap < 0 || gap > sleepGap {
		c.wake()
	}
	c.moveHorizon()
	c.prune(pruneSlice)
	c.garbage, c.leftover = append(c.garbage, c.leftover...), nil
	c.releaseHeld()
	c.idle = now-c.changed < settleAfter || c.set.tree.Rehash(rehashIDs)
	c.undefer()
	c.tidyLapsed()
	for _, s := range slices.Clone(c.sessions) {
		c.check(s)
	}
	c.pump()
}

// wake starts all deadlines anew: the machine slept, or the clock was set.
func (c *Core) wake() {
	c.changed, c.noRoom, c.probed = min(c.changed, c.now), min(c.noRoom, c.now), min(c.probed, c.now)
	for _, d := range c.deferred {
		d.woken(c.now)
	}
	for _, w := range c.wants {
		w.woken(c.now)
	}
	for _, s := range c.sessions {
		s.heard, s.pinged, s.moved = c.now, 0, c.now
		s.respill = min(s.respill, c.now)
		s.rec.since, s.rec.ended = c.now, min(s.rec.ended, c.now)
		s.rec.agreedWith = [32]byte{} // what had expired may no longer have
		s.flushAt = min(s.flushAt, c.now)
		s.renewed, s.measured = min(s.renewed, c.now), min(s.measured, c.now)
		if s.hs != nil {
			s.hs.deadline = c.now + c.cfg.Limits.HandshakeTimeout
		}
		s.review, s.rec.toldAt = min(s.review, c.now), min(s.rec.toldAt, c.now)
		for id, since := range s.asked {
			s.asked[id] = min(since, c.now)
		}
	}
}

func (c *Core) check(s *session) {
	silent, most := c.now-s.heard, c.cfg.Limits.IdleTimeout
	switch {
	case s.hs != nil && c.now >= s.hs.deadline:
		what := "no handshake: "
		if s.num > 0 {
			what = "no renewal: "
		}
		c.end(s, ReasonTimeout, what+s.hs.stage.String())
		return
	case s.state < Syncing:
		return
	case silent >= most:
		c.end(s, ReasonTimeout, "silent")
		return
	case s.offering && s.rec.step != idle && s.rec.next == nil && c.now-s.rec.since >= roundTimeout:
		c.end(s, ReasonTimeout, "no answer to a reconciliation message")
		return
	}
	quiet := min(pingAfter, most/3)
	if silent >= quiet && c.now-s.pinged >= quiet || s.pinged == 0 && c.now-s.measured >= measureAfter {
		c.ping(s)
	}
	if c.renew(s); s.state == Closed {
		return
	}
	if s.open > 0 && c.now >= s.review {
		s.review = c.now + wantTimeout/4
		c.stalled(s)
	}
	if len(s.announce) > 0 && c.now >= s.flushAt {
		c.flushAnnounce(s)
	}
	c.endIf(s, c.resume(s))
	if c.idle {
		c.compare(s)
	}
}

func (c *Core) ping(s *session) {
	s.pinged = c.now
	c.send(s, msgPing, binary.BigEndian.AppendUint64(nil, uint64(c.now)))
}

// Deadline is when Tick is due, in milliseconds since 1970.
func (c *Core) Deadline() int64 {
	if c.now < c.lastTick {
		return c.now // the clock was set back: Tick starts the deadlines anew
	}
	d := int64(math.MaxInt64)
	if c.pruning {
		d = c.lastTick + rehashEvery
	}
	if at, any := c.set.nextExpiry(); any && at < maxTime {
		d = min(d, at*1000)
	}
	if len(c.sessions) == 0 && len(c.held) == 0 {
		// Nobody waits, or can be asked; but the horizon moves on.
		return min(d, c.lastTick+60*tickEvery)
	}
	if !c.idle {
		d = min(d, c.lastTick+rehashEvery)
	}
	if settled := c.changed + settleAfter; settled > c.lastTick {
		d = min(d, settled)
	}
	for _, s := range c.sessions {
		if len(s.announce) > 0 {
			d = min(d, s.flushAt)
		}
		if s.delayed != nil {
			d = min(d, c.lastTick+1000/askRate)
		}
	}
	return min(d, c.lastTick+tickEvery)
}
