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
	c.prune()
	c.garbage, c.leftover = append(c.garbage, c.leftover...), nil
	c.releaseHeld()
	c.idle = now-c.changed < settleAfter || c.set.tree.Rehash(rehashIDs)
	c.undefer()
	for _, s := range slices.Clone(c.sessions) {
		c.check(s)
	}
	c.pump()
}

// wake starts all deadlines anew: the machine slept, or the clock was set.
func (c *Core) wake() {
	c.changed = min(c.changed, c.now)
	for _, d := range c.deferred {
		d.until = min(d.until, c.now+deferFor)
	}
	for _, s := range c.sessions {
		s.heard, s.pinged, s.moved = c.now, 0, c.now
		s.rec.since, s.rec.ended = c.now, min(s.rec.ended, c.now)
		s.flushAt = min(s.flushAt, c.now)
		s.deadline = c.now + handshakeTimeout
		s.review, s.rec.toldAt = min(s.review, c.now), min(s.rec.toldAt, c.now)
		for id, since := range s.asked {
			s.asked[id] = min(since, c.now)
		}
	}
}

// prune drops what has fallen below the horizon.
func (c *Core) prune() {
	h := c.horizonAt(c.now)
	if h < c.horizon-maxSkew {
		c.horizon = h // the clock was ahead
	}
	if h <= c.horizon && !c.below {
		return
	}
	h = max(h, c.horizon)
	c.horizon = h
	if c.set.cut(h) > 0 || c.below {
		c.changed, c.below = c.now, false
		t := c.ticket()
		c.persisting[t] = transaction{}
		c.do(Persist{t, Batch{Before: h}})
	}
}

func (c *Core) check(s *session) {
	silent := c.now - s.heard
	switch {
	case s.state < Syncing:
		if c.now >= s.deadline {
			c.end(s, ReasonTimeout, "no handshake: "+s.state.String())
		}
		return
	case silent >= idleTimeout:
		c.end(s, ReasonTimeout, "silent")
		return
	case s.tr.offering && s.rec.step != idle && s.rec.next == nil && c.now-s.rec.since >= roundTimeout:
		c.end(s, ReasonTimeout, "no answer to a reconciliation message")
		return
	}
	if silent >= pingAfter && (s.pinged == 0 || c.now-s.pinged >= pingAfter) {
		c.ping(s)
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
	if len(c.sessions) == 0 && len(c.deferred) == 0 && len(c.held) == 0 {
		// Nobody waits; but the horizon moves on.
		return c.lastTick + 60*tickEvery
	}
	d := int64(math.MaxInt64)
	if !c.idle {
		d = c.lastTick + rehashEvery
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
