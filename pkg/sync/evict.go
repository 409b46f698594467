package sync

import (
	"slices"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/record"
)

// Evict takes away the bodies of records that are held. If kept, their ids stay in the set
// as refused ones, so that peers still agree, until Reconsider wants them again.
//
// If not kept they leave the set, for want of room: the ids are remembered, as
// many as there is room for, and are not asked for again before the page is loaded anew.
// Peers that hold them are told so, and agree without them. Ids that are not
// kept because too many refused ones are in the set are treated alike. A deletion
// leaves never: what it deleted would come back.
func (c *Core) Evict(now int64, ids []record.ID, kept bool) {
	c.advance(now)
	var gone []Key
	for _, id := range ids {
		k, ok := c.set.find(id)
		switch {
		case !ok:
			continue
		case kept && k.Kind.Refused():
			c.set.lapse(c.set.ref(id), false)
			c.unwant(id)
			continue
		case kept && c.set.refused < maxRefused:
			c.set.refuse(k)
		case k.Kind.Deletes():
			continue
		default:
			c.set.remove(k)
			c.unwanted.add(id, 0)
			c.unwant(id)
			c.changed = c.now
		}
		gone = append(gone, k)
	}
	c.garbage = append(c.garbage, gone...)
	if !kept && len(gone) > 0 {
		c.roomAgain()
	}
	c.removed(gone, RemovedEvicted)
	c.pump()
}

// Withhold keeps the bodies of records that are held from peers, until Reconsider, or until the core is made
// anew: for what one's own policy refuses and one's own page has all the same. The ids stay in the set, and
// peers who ask are told that there is no body.
func (c *Core) Withhold(now int64, ids []record.ID) {
	c.advance(now)
	for _, id := range ids {
		if r := c.set.ref(id); r != 0 {
			c.set.meta[r].withheld = true
		}
	}
	c.pump()
}

// gives reports whether a peer that asks for what is held gets it.
func (c *Core) gives(k Key) bool {
	return !k.Kind.Refused() && !c.set.meta[c.set.ref(k.ID)].withheld
}

// unwant ends a want, unless its record is here already.
func (c *Core) unwant(id record.ID) {
	if w := c.wants[id]; w != nil && !w.busy {
		c.settled(id)
	}
}

// Oldest returns the keys of the oldest records that have a body, at most n of them, in
// ascending order and without those that skip tells to leave out.
func (c *Core) Oldest(n int, skip func(Key) bool) (keys []Key) {
	for r, it := range c.set.tree.Ascend(merkle.Bound{Time: c.horizon}, merkle.Max) {
		if len(keys) == n {
			break
		}
		if k := c.set.keyOf(r, it); c.shows(k) && !skip(k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// clean lets a transaction delete what is garbage: keys that the store has and the set
// has not. The set may hold an id under the key of a refused one instead, whose
// body was evicted; then that is stored.
func (c *Core) clean(b *Batch, tx *transaction) {
	for len(c.garbage) > 0 && len(tx.garbage) < cleanBatch {
		k := c.garbage[0]
		c.garbage = c.garbage[1:]
		if c.underWay(k) {
			c.leftover = append(c.leftover, k) // who knows what becomes of it
			continue
		}
		now, ok := c.set.find(k.ID)
		if ok && now == k || c.held[k.UUID] == k {
			continue // it has come back
		}
		tx.garbage = append(tx.garbage, k)
		b.Delete = append(b.Delete, k)
		if ok && now.Kind.Refused() {
			b.Put = append(b.Put, Entry{Key: now})
		}
	}
	if len(c.garbage) == 0 {
		c.garbage = nil
	}
}

// underWay reports whether a transaction that is not over stores the record of a key, or
// deletes it in favour of another.
func (c *Core) underWay(k Key) bool {
	return slices.ContainsFunc(c.pending[k.UUID], func(p *item) bool {
		return p.key.ID == k.ID && !p.out ||
			slices.ContainsFunc(p.frees, func(f Key) bool { return f.ID == k.ID })
	})
}
