package sync

import "slices"

// Bucket is a slice of time of the set, beside a peer's.
type Bucket struct {
	Start   int64 // s
	Entries int   // records, tombstones and refused ids
	Hash    [32]byte
	// Compared says that the peer's hash is known, Differs that it is another.
	Compared, Differs bool
}

// Buckets returns the buckets that are not empty, ascending, compared with those of a peer
// as far as it has told; 0 is no peer. What only the peer has is in it with no
// entries of ours.
func (c *Core) Buckets(conn ConnID) []Bucket {
	s := c.byConn[conn]
	all := c.set.tree.Buckets(c.horizon)
	bs := make([]Bucket, 0, len(all))
	mine := make(map[int64]bool, len(all))
	for _, b := range all {
		v := Bucket{Start: b.Index * c.cfg.Bucket, Entries: b.Count, Hash: b.Hash}
		if s != nil {
			theirs, told := s.rec.theirs[b.Index]
			switch {
			case s.rec.agreed:
				v.Compared = true
			case told:
				v.Compared, v.Differs = true, theirs != [16]byte(b.Hash[:16])
			}
		}
		mine[b.Index] = true
		bs = append(bs, v)
	}
	if s != nil && !s.rec.agreed {
		for index := range s.rec.theirs {
			if !mine[index] && index*c.cfg.Bucket >= c.horizon {
				bs = append(bs, Bucket{Start: index * c.cfg.Bucket, Compared: true, Differs: true})
			}
		}
		slices.SortFunc(bs, func(a, b Bucket) int { return int(min(max(a.Start-b.Start, -1), 1)) })
	}
	return bs
}

// Compare tells all peers the hashes of the buckets now, and starts a round with those that
// we may start one with, without waiting until it is due.
func (c *Core) Compare(now int64) {
	c.advance(now)
	for _, s := range slices.Clone(c.sessions) {
		if s.state != Live || s.rec.step != idle {
			continue
		}
		s.rec.toldNodes = nil
		c.sendRoot(s, 0)
		c.tellBuckets(s, max(c.horizon, int64(s.peer.horizon)))
		if s.offering {
			c.begin(s)
		}
	}
	c.pump()
}

// Refused is the number of ids that are held without a body.
func (c *Core) Refused() int { return c.set.refused }
