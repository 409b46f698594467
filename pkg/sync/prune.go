package sync

import (
	"slices"

	"github.com/peersetdb/peerset/pkg/record"
)

// Removal says why entries left the set without a successor.
type Removal uint8

const (
	RemovedExpired Removal = iota // their time has come (NIP-40)
	RemovedPast                   // they fell below the horizon
	RemovedEvicted                // by Evict
)

func (r Removal) String() string { return [...]string{"expired", "past", "evicted"}[r] }

// RemovedEvent says that entries have left the set, or, evicted, have lost their bodies.
// Keys are those that they had. A page drops the records among them that Find no longer finds.
type RemovedEvent struct {
	Keys []Key
	Why  Removal
}

// Pruned says how much Prune has removed.
type Pruned struct {
	Records int  // with a body
	Entries int  // in all: records, tombstones and refused ids
	More    bool // there may be more
}

// Prune drops a slice of what has fallen below the horizon and of what has expired, as
// ticks do by and by; call it until there is no more. The store follows by Persist effects.
func (c *Core) Prune(now int64) Pruned {
	c.advance(now)
	c.moveHorizon()
	p := c.prune(pruneSlice)
	c.garbage, c.leftover = append(c.garbage, c.leftover...), nil
	c.pump()
	p.More = c.pruning
	return p
}

// moveHorizon moves the horizon on, and back where the clock was ahead. What lies before
// it is no longer held, though it is in the tree until prune has dropped it.
func (c *Core) moveHorizon() {
	if h := c.horizonAt(c.now); h > c.horizon || h < c.horizon-maxSkew {
		c.horizon = h
	}
}

// prune drops at most n entries that have fallen below the horizon or have expired. c.pruning
// says whether more are left.
func (c *Core) prune(n int) (p Pruned) {
	past := c.set.cut(c.horizon, n)
	c.below = c.below || len(past) > 0
	if c.below && len(past) < n {
		c.below = false
		t := c.ticket()
		c.persisting[t] = transaction{before: c.horizon}
		c.do(Persist{t, Batch{Before: c.horizon}})
	}
	over := c.set.expire(c.now, n-len(past))
	over = append(over, c.expireHeld()...)
	for _, k := range over {
		c.unwanted.add(k.ID, k.Expires)
	}
	c.garbage = append(c.garbage, over...)
	if len(past)+len(over) > 0 {
		c.changed = c.now
	}
	c.removed(past, RemovedPast)
	c.removed(over, RemovedExpired)
	for _, k := range slices.Concat(past, over) {
		if p.Entries++; k.Kind == KindBody {
			p.Records++
		}
	}
	c.pruning = p.Entries >= n
	return p
}

// expireHeld drops the versions that expired while they were held back.
func (c *Core) expireHeld() (gone []Key) {
	for u, k := range c.held {
		if k.expired(c.now) {
			delete(c.held, u)
			gone = append(gone, k)
		}
	}
	slices.SortFunc(gone, func(a, b Key) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return gone
}

// removed tells the page what has left.
func (c *Core) removed(keys []Key, why Removal) {
	if len(keys) > 0 {
		c.do(Event{RemovedEvent{keys, why}})
	}
}

// shows reports whether an entry is a record that the page may see: what is to be
// dropped next no longer is.
func (c *Core) shows(k Key) bool {
	return k.Kind == KindBody && k.At >= c.horizon && !k.expired(c.now)
}

// tooLate drops a record that had expired when it came; its id is not asked for again.
func (c *Core) tooLate(id record.ID, expires int64) {
	c.unwanted.add(id, expires)
	c.settled(id)
}
