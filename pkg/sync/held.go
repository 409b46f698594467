package sync

import (
	"slices"

	"github.com/peersetdb/peerset/pkg/record"
)

// A version of our own that is further ahead of the clock than maxLead, because many
// were written within a second, is durable here and held back from peers. It is in
// the store, not in the tree; a later edit replaces it, at the same second. A
// restart lets it go: by then nearly all of its lead is gone.

// leads reports whether a version of our own is to be held back.
func (c *Core) leads(k Key) bool { return k.At > c.now/1000+maxLead }

// Stamp returns the created_at, in seconds, that a new version of a record must
// bear to replace what is known of it.
func (c *Core) Stamp(now int64, u record.UUID) int64 {
	c.advance(now)
	at := now / 1000
	for _, k := range c.set.held(u) {
		at = max(at, k.At+1)
	}
	last, held := c.held[u]
	for _, it := range c.pending[u] {
		if it.held {
			last, held = it.key, true
		} else {
			at = max(at, it.key.At+1)
		}
	}
	if held {
		at = max(at, last.At)
	}
	return at
}

// replaced reports whether a version that is held back is about to be replaced.
func (c *Core) replaced(k Key) bool {
	return slices.ContainsFunc(c.pending[k.UUID], func(p *item) bool { return p.from == 0 && !p.out && p.key.ID != k.ID })
}

// releaseHeld lets the versions go whose time has come. Their bodies are in the
// store, so they are announced rather than pushed.
func (c *Core) releaseHeld() {
	var due []Key
	for _, k := range c.held {
		if !c.leads(k) && !c.replaced(k) {
			due = append(due, k)
		}
	}
	slices.SortFunc(due, func(a, b Key) int { return slices.Compare(a.ID[:], b.ID[:]) })
	for _, k := range due {
		delete(c.held, k.UUID)
		gone, added := c.set.add(k)
		c.garbage = append(c.garbage, gone...)
		if !added {
			if !c.set.has(k.ID) {
				c.garbage = append(c.garbage, k)
			}
			continue
		}
		c.changed = c.now
		for _, s := range c.sessions {
			if s.state >= Syncing {
				c.announceTo(s, k.ID)
			}
		}
	}
}
