package sync

// Between rounds peers tell each other their roots: when two sets are at rest it
// shows whether they agree.

func (c *Core) agree(s *session, agreed bool) {
	if s.rec.agreed != agreed {
		s.rec.agreed = agreed
		if s.state >= Syncing {
			c.tell(s)
		}
	}
}

// judge compares our root with the one last heard. Roots that differ by what neither
// side can get count as equal until one of them changes.
func (c *Core) judge(s *session, from int64, mine [32]byte) {
	r := &s.rec
	if !r.heardAny {
		return
	}
	switch {
	case r.heard.from == from && r.heard.hash == mine:
		r.unavailable, r.differing = 0, 0
		c.agree(s, true)
		if r.toldFor != mine || r.toldNodes == nil {
			r.toldFor, r.toldNodes = mine, prefixes(nodesAt(c.set.tree.Buckets(from), 0))
		}
	case r.agreedAt == mine && r.agreedWith == r.heard.hash:
	default:
		r.differing = 0
		for _, n := range nodesAt(c.set.tree.Buckets(from), 0) {
			if theirs, told := r.theirs[n.index]; told && theirs != n.prefix {
				r.differing++
			}
		}
		c.agree(s, false)
	}
}

// compare tells a peer of a new root, and starts a round where one is due.
func (c *Core) compare(s *session) {
	r := &s.rec
	if s.state < Syncing || r.step != idle || r.ended == 0 {
		return
	}
	busy := c.now-c.changed < settleAfter || s.open > 0 || len(s.offer) > 0 || len(s.announce) > 0 ||
		len(c.persisting) > 0 || len(c.queue) > 0
	if busy && c.now-max(r.ended, r.toldAt) < maxPause {
		return // but who never rests is compared once a minute
	}
	if busy && s.offering {
		c.begin(s)
		return
	}
	from := max(c.horizon, int64(s.peer.horizon))
	mine := c.set.tree.Root(from)
	if !r.toldAny || r.told != mine {
		c.sendRoot(s, 0)
		c.tellBuckets(s, from)
		return
	}
	if c.now-r.toldAt >= settleAfter {
		c.judge(s, from, mine)
	}
	if s.offering && !r.agreed && c.now-max(r.ended, r.toldAt) >= r.pause {
		c.begin(s)
	}
}

// tellBuckets sends the hashes of the buckets that have changed since both held
// the same, or since they were told.
func (c *Core) tellBuckets(s *session, from int64) {
	now := nodesAt(c.set.tree.Buckets(from), 0)
	var news []node
	for _, n := range now {
		if s.rec.toldNodes[n.index] != n.prefix && len(news) < maxBuckets {
			news = append(news, n)
		}
	}
	s.rec.toldFor, s.rec.toldNodes = s.rec.told, prefixes(now)
	if len(news) > 0 {
		m := buckets{from: from, nodes: news}
		c.send(s, msgBuckets, m.append(nil))
	}
}

// onTold notes the hashes that a peer has told.
func (c *Core) onTold(s *session, m *buckets) error {
	if m.level != 0 || len(m.nodes) > maxBuckets {
		return malformed("told buckets")
	}
	if s.rec.theirs == nil {
		s.rec.theirs = make(map[int64][16]byte)
	}
	for _, n := range m.nodes {
		if _, known := s.rec.theirs[n.index]; known || len(s.rec.theirs) < maxNodes {
			s.rec.theirs[n.index] = n.prefix
		}
	}
	return nil
}

func prefixes(ns []node) map[int64][16]byte {
	m := make(map[int64][16]byte, len(ns))
	for _, n := range ns {
		m[n.index] = n.prefix
	}
	return m
}
