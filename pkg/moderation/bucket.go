package moderation

// Bucket is a token bucket: it holds what may be done at once, and fills again at a steady
// rate, in a minute from empty to full.
type Bucket struct {
	size   float64
	tokens float64
	at     int64 // ms, of tokens
}

// NewBucket returns a full bucket of so many tokens, which is how many a minute brings.
func NewBucket(now int64, perMinute int) Bucket {
	return Bucket{float64(perMinute), float64(perMinute), now}
}

// Take takes n tokens and reports true, or takes none where there are too few. now is in ms; it may
// stand still or go back, which brings nothing.
func (b *Bucket) Take(now int64, n int) bool {
	b.tokens, b.at = b.level(now), now
	if b.tokens < float64(n) {
		return false
	}
	b.tokens -= float64(n)
	return true
}

// level is how many tokens there are.
func (b *Bucket) level(now int64) float64 {
	if now <= b.at {
		return b.tokens
	}
	return min(b.size, b.tokens+b.size*float64(now-b.at)/60_000)
}

// Connection bounds what one connection may bring (the rule connection). It is no matter of identity:
// fresh keys do not fill its buckets.
type Connection struct {
	limited bool
	pushed  Bucket
	refused Bucket
}

// NewConnection returns the bounds of a new connection; now is in ms.
func NewConnection(p *Policy, now int64) *Connection {
	v := p.rules[ruleConnection]
	if v == nil {
		return &Connection{}
	}
	return &Connection{
		limited: true,
		pushed:  NewBucket(now, int(v.integer("pushed"))),
		refused: NewBucket(now, int(v.integer("refused"))),
	}
}

// Push says whether another record may come that was not asked for.
func (c *Connection) Push(now int64) Verdict {
	if c.limited && !c.pushed.Take(now, 1) {
		return Verdict{Refuse, Local, ruleConnection, "the connection brings too many records in a minute"}
	}
	return Verdict{}
}

// Filled reports whether the bounds for refused records have half a minute's worth to spare again.
func (c *Connection) Filled(now int64) bool {
	return !c.limited || c.refused.level(now) >= c.refused.size/2
}

// Refused counts a record that was refused, whatever the reason and the policies, and
// reports whether there was a token for it. Where there was none the peer is muted until Filled.
func (c *Connection) Refused(now int64) bool { return !c.limited || c.refused.Take(now, 1) }
