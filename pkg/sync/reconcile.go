package sync

import (
	"encoding/binary"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/negentropy"
	"github.com/peersetdb/peerset/pkg/record"
)

// A round compares two sets. The offerer asks, the answerer answers:
//
//	root ->          <- done            equal, the end
//	                 <- buckets         the answerer's hashes, from the top level
//	descend ->       <- buckets         only above 128 buckets
//	range ->         <- range           Negentropy, over the buckets that differ
//	done ->                             the end
//
// The sets may change meanwhile: what a round finds are hints, and the next one
// finds what it missed.
type reconciliation struct {
	round   uint64 // the number of the last round
	step    step
	since   int64 // ms, when the step began
	ended   int64 // ms, when the last round ended; 0: none did
	pause   int64 // ms, before the next round while the peers disagree
	agreed  bool
	from    int64 // seconds; the common horizon of this round
	level   int
	trips   int            // range messages of this round
	asked   map[int64]bool // nodes whose children were asked for
	differ  []negentropy.Range
	found   bool     // this round found something to ask for
	told    [32]byte // the root last told
	toldAny bool
	heard   root // the root last heard
	any     bool // a root was heard
}

// step is what a round waits for.
type step uint8

const (
	idle step = iota
	awaitBuckets
	awaitRange
)

// begin starts a round; only the offerer does.
func (c *Core) begin(s *session) {
	s.rec.round++
	s.rec.step, s.rec.since = awaitBuckets, c.now
	s.rec.from = max(c.horizon, int64(s.peer.horizon))
	s.rec.differ, s.rec.found = nil, false
	s.rec.level, s.rec.trips = -1, 0
	c.sendRoot(s, s.rec.round)
}

func (c *Core) sendRoot(s *session, round uint64) {
	from := max(c.horizon, int64(s.peer.horizon))
	m := root{round, from, c.set.tree.Root(from), uint64(c.set.tree.Len())}
	s.rec.told, s.rec.toldAny = m.hash, true
	c.send(s, msgRoot, m.append(nil))
}

func (c *Core) onRoot(s *session, b []byte) error {
	m, err := readRoot(b)
	if err != nil {
		return err
	}
	if m.from%c.cfg.Bucket != 0 {
		return malformed("horizon")
	}
	s.peer.horizon = uint64(max(int64(s.peer.horizon), m.from))
	from := max(c.horizon, m.from)
	mine := c.set.tree.Root(from)
	s.rec.heard, s.rec.any = m, true
	c.agree(s, from == m.from && mine == m.hash)
	if m.round == 0 {
		return nil
	}
	if s.tr.offering {
		return malformed("root from the answerer")
	}
	if m.round <= s.rec.round {
		return malformed("round")
	}
	s.rec.round, s.rec.from, s.rec.since, s.rec.trips = m.round, from, c.now, 0
	if s.rec.agreed {
		s.rec.told, s.rec.toldAny = mine, true
		c.finish(s)
		c.send(s, msgDone, binary.AppendUvarint(nil, m.round))
		return nil
	}
	s.rec.step = awaitRange
	all := c.set.tree.Buckets(from)
	s.rec.level = topLevel(all)
	c.sendBuckets(s, nodesAt(all, s.rec.level))
	return nil
}

func (c *Core) sendBuckets(s *session, nodes []node) {
	m := buckets{round: s.rec.round, from: s.rec.from, level: s.rec.level, nodes: nodes}
	c.send(s, msgBuckets, m.append(nil))
}

// onBuckets compares the answerer's nodes with ours.
func (c *Core) onBuckets(s *session, b []byte) error {
	m, err := readBuckets(b)
	if err != nil {
		return err
	}
	top := s.rec.level < 0
	switch {
	case !s.tr.offering || s.rec.step != awaitBuckets || m.round != s.rec.round:
		return malformed("buckets that were not asked for")
	case m.from%c.cfg.Bucket != 0 || !top && m.level != s.rec.level-1:
		return malformed("buckets of another level")
	case len(m.nodes) > 0 && m.nodes[len(m.nodes)-1].index >= maxTime/c.cfg.Bucket>>uint(4*m.level):
		return malformed("buckets beyond all time")
	}
	if top {
		s.rec.from = max(s.rec.from, m.from)
	}
	s.rec.level, s.rec.since = m.level, c.now

	mine := nodesAt(c.set.tree.Buckets(s.rec.from), m.level)
	if !top {
		mine = childrenOf(mine, s.rec.asked)
	}
	var descend []int64
	for _, i := range differing(mine, m.nodes) {
		if !top && !s.rec.asked[i>>4] {
			return malformed("buckets that were not asked for")
		}
		if m.level > 0 && len(descend) < maxDescend {
			descend = append(descend, i)
			continue
		}
		s.rec.addRange(i, m.level, c.cfg.Bucket)
	}
	if len(descend) > 0 {
		s.rec.asked = make(map[int64]bool, len(descend))
		for _, i := range descend {
			s.rec.asked[i] = true
		}
		c.send(s, msgDescend, appendDescend(nil, s.rec.round, descend))
		return nil
	}
	if len(s.rec.differ) == 0 {
		c.finish(s)
		c.send(s, msgDone, binary.AppendUvarint(nil, s.rec.round))
		return nil
	}
	s.rec.step = awaitRange
	s.rec.differ = sortRanges(s.rec.differ)
	c.sendRange(s, c.view(s).Initiate(s.rec.differ, rangeFrame))
	return nil
}

// addRange notes that a node differs.
func (r *reconciliation) addRange(node int64, level int, width int64) {
	shift := uint(4 * level)
	lo, hi := node<<shift, (node+1)<<shift
	r.differ = append(r.differ, negentropy.Range{
		Lo: merkle.Bound{Time: max(lo*width, r.from)},
		Hi: merkle.Bound{Time: hi * width},
	})
}

func (c *Core) onDescend(s *session, b []byte) error {
	round, nodes, err := readDescend(b)
	if err != nil {
		return err
	}
	if s.tr.offering || s.rec.step != awaitRange || round != s.rec.round {
		return malformed("descend outside a round")
	}
	if s.rec.level < 1 {
		return malformed("descend below the buckets")
	}
	s.rec.since = c.now
	s.rec.level--
	asked := make(map[int64]bool, len(nodes))
	for _, i := range nodes {
		asked[i] = true
	}
	all := nodesAt(c.set.tree.Buckets(s.rec.from), s.rec.level)
	c.sendBuckets(s, childrenOf(all, asked))
	return nil
}

// view is what takes part in a session's round.
func (c *Core) view(s *session) negentropy.View {
	return negentropy.View{Tree: c.set.tree, From: s.rec.from}
}

func (c *Core) sendRange(s *session, msg []byte) {
	c.send(s, msgRange, append(binary.AppendUvarint(nil, s.rec.round), msg...))
}

func (c *Core) onRange(s *session, b []byte) error {
	r := reader{b: b}
	round := r.varint(1 << 62)
	if r.err != nil {
		return r.err
	}
	if len(r.b) > rangeFrame {
		return malformed("range message too long")
	}
	if s.rec.step != awaitRange || round != s.rec.round {
		return malformed("range outside a round")
	}
	s.rec.since = c.now
	if s.rec.trips++; s.rec.trips > maxTrips {
		return Reason{Code: ReasonExceeded, Text: "a round without end"}
	}
	if !s.tr.offering {
		reply, err := c.view(s).Respond(r.b, rangeFrame)
		if err != nil {
			return malformed(err.Error())
		}
		c.sendRange(s, reply)
		return nil
	}
	next, have, need, err := c.view(s).Reconcile(r.b, rangeFrame)
	if err != nil {
		return malformed(err.Error())
	}
	for _, id := range need {
		if c.offered(s, record.ID(id)) {
			s.rec.found = true
		}
	}
	for _, id := range have {
		// It may have left the set since, and what was refused here is
		// still news elsewhere.
		if c.set.has(record.ID(id)) {
			c.announceTo(s, record.ID(id))
		}
	}
	c.flushAnnounce(s)
	if len(next) == 0 {
		c.finish(s)
		c.send(s, msgDone, binary.AppendUvarint(nil, s.rec.round))
		return nil
	}
	c.sendRange(s, next)
	return nil
}

func (c *Core) onDone(s *session, b []byte) error {
	r := reader{b: b}
	round := r.varint(1 << 62)
	if err := r.done(); err != nil {
		return err
	}
	if s.rec.step == idle || round != s.rec.round {
		return malformed("done outside a round")
	}
	if s.tr.offering {
		if s.rec.step != awaitBuckets || s.rec.level >= 0 {
			return malformed("done in the middle of a round")
		}
		c.agree(s, true)
	}
	c.finish(s)
	return nil
}

// finish ends a round.
func (c *Core) finish(s *session) {
	if s.rec.found || s.rec.agreed {
		s.rec.pause = resyncAfter
	} else {
		s.rec.pause = min(max(2*s.rec.pause, resyncAfter), maxPause)
	}
	s.rec.step, s.rec.ended = idle, c.now
	s.rec.differ, s.rec.asked, s.rec.level = nil, nil, -1
	c.settle(s)
}

// settle notes that a session is live once its first round is over and all
// that it found has come.
func (c *Core) settle(s *session) {
	if s.state == Syncing && s.rec.ended != 0 && s.rec.step == idle && s.open == 0 && len(s.offer) == 0 {
		s.state = Live
		c.tell(s)
	}
}

func (c *Core) agree(s *session, agreed bool) {
	if s.rec.agreed != agreed {
		s.rec.agreed = agreed
		if s.state >= Syncing {
			c.tell(s)
		}
	}
}

// compare tells a peer of a new root, and starts a round where one is due.
func (c *Core) compare(s *session) {
	if s.state < Syncing || s.rec.step != idle || s.rec.ended == 0 {
		return
	}
	quiet := s.open == 0 && len(s.offer) == 0 && len(s.announce) == 0 && len(c.persisting) == 0 && len(c.queue) == 0
	if !quiet {
		return
	}
	settled := c.now-c.changed >= settleAfter
	from := max(c.horizon, int64(s.peer.horizon))
	if settled {
		mine := c.set.tree.Root(from)
		if s.rec.any && s.rec.heard.from == from {
			c.agree(s, s.rec.heard.hash == mine)
		}
		if !s.rec.toldAny || s.rec.told != mine {
			c.sendRoot(s, 0)
			return
		}
	}
	if s.tr.offering && !s.rec.agreed && c.now-s.rec.ended >= s.rec.pause && (settled || c.now-s.rec.ended >= maxPause) {
		c.begin(s)
	}
}
