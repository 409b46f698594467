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
	round    uint64 // the number of the last round
	step     step
	since    int64          // ms, when the step began
	began    int64          // ms, when the round began
	mine     [32]byte       // our root then
	waiting  bool           // the offerer's range message is to be answered
	from     int64          // seconds; the common horizon of this round
	level    int            // of the nodes last compared; -1: none were
	trips    int            // range messages of this round
	asked    map[int64]bool // nodes whose children were asked for
	differ   []negentropy.Range
	next     []byte             // a range message that waits
	given    int                // ids that this round announced
	fresh    bool               // this round found something to ask for
	differed bool               // nodes did
	news     bool               // this round found something that either side can get
	lack     map[record.ID]bool // ids of the peer's that nobody gives a body for
	own      map[record.ID]bool // ids that the peer lacks and we have no body of

	// Buckets that differed in a round which found nothing: their sums are
	// forged. The next round asks for their ids, once per session.
	suspect, listed map[int64]bool
	lists           []negentropy.Range // still to be asked for
	open0           []int64            // buckets that this round compares by their sums

	ended       int64 // ms, when the last round ended; 0: none did
	pause       int64 // ms, before the next round while the peers disagree
	agreed      bool
	unavailable int      // with agreed: what we lack nevertheless
	agreedAt    [32]byte // with unavailable on either side: our root then, and the peer's
	agreedWith  [32]byte
	told        [32]byte // the root last told
	toldAny     bool
	toldAt      int64
	toldNodes   map[int64][16]byte // our buckets when last told, or agreed
	toldFor     [32]byte           // the root that toldNodes were computed for
	heard       root               // the root last heard
	heardAny    bool
	theirs      map[int64][16]byte // hashes of buckets that the peer has told
	differing   int                // those of them that were not ours when the roots last differed
}

// step is what a round waits for.
type step uint8

const (
	idle step = iota
	awaitBuckets
	awaitRange
)

// open forgets the last round.
func (r *reconciliation) open() {
	r.differ, r.asked, r.lists = nil, nil, nil
	r.level, r.trips, r.open0, r.given = -1, 0, nil, 0
	r.differed, r.news, r.fresh, r.next = false, false, false, nil
	r.lack, r.own = make(map[record.ID]bool), make(map[record.ID]bool)
}

// begin starts a round; only the offerer does.
func (c *Core) begin(s *session) {
	s.rec.round++
	s.rec.step, s.rec.since = awaitBuckets, c.now
	s.rec.from = max(c.horizon, int64(s.peer.horizon))
	s.rec.open()
	c.sendRoot(s, s.rec.round)
	s.rec.began, s.rec.mine = c.now, s.rec.told
}

func (c *Core) sendRoot(s *session, round uint64) {
	from := max(c.horizon, int64(s.peer.horizon))
	m := root{round, from, c.set.tree.Root(from), uint64(c.set.tree.Len())}
	s.rec.told, s.rec.toldAny, s.rec.toldAt = m.hash, true, c.now
	c.send(s, msgRoot, m.append(nil))
}

func (c *Core) onRoot(s *session, b []byte) error {
	m, err := readRoot(b)
	if err != nil {
		return err
	}
	if m.from%c.cfg.Bucket != 0 || m.from > c.now/1000+maxSkew {
		return malformed("horizon")
	}
	s.peer.horizon = uint64(max(int64(s.peer.horizon), m.from))
	from := max(c.horizon, m.from)
	mine := c.set.tree.Root(from)
	s.rec.heard, s.rec.heardAny = m, true
	if m.round == 0 {
		if from == m.from && mine == m.hash {
			c.judge(s, from, mine)
		}
		return nil // whether roots differ shows when both sets are at rest
	}
	c.judge(s, from, mine)
	if s.offering {
		return malformed("root from the answerer")
	}
	if m.round <= s.rec.round {
		return malformed("round")
	}
	s.rec.round, s.rec.from, s.rec.since = m.round, from, c.now
	s.rec.open()
	s.rec.mine = mine
	if from == m.from && mine == m.hash {
		s.rec.told, s.rec.toldAny, s.rec.toldAt = mine, true, c.now
		c.endRound(s)
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
	if m.round == 0 {
		return c.onTold(s, &m)
	}
	top := s.rec.level < 0
	switch {
	case !s.offering || s.rec.step != awaitBuckets || m.round != s.rec.round:
		return malformed("buckets that were not asked for")
	case m.from%c.cfg.Bucket != 0 || m.from > c.now/1000+maxSkew || !top && m.level != s.rec.level-1:
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
		s.rec.differed = true
		if !top && !s.rec.asked[i>>4] {
			return malformed("buckets that were not asked for")
		}
		if m.level > 0 && len(descend) < maxDescend {
			descend = append(descend, i)
			continue
		}
		switch r := s.rec.nodeRange(i, m.level, c.cfg.Bucket); {
		case m.level == 0 && s.rec.suspect[i] && !s.rec.listed[i]:
			if s.rec.listed == nil {
				s.rec.listed = make(map[int64]bool)
			}
			s.rec.listed[i] = true // at most maxNodes a round, and once each
			s.rec.lists = append(s.rec.lists, r)
		default:
			s.rec.differ = append(s.rec.differ, r)
			if m.level == 0 && len(s.rec.open0) < maxNodes {
				s.rec.open0 = append(s.rec.open0, i)
			}
		}
	}
	if len(descend) > 0 {
		s.rec.asked = make(map[int64]bool, len(descend))
		for _, i := range descend {
			s.rec.asked[i] = true
		}
		c.send(s, msgDescend, appendDescend(nil, s.rec.round, descend))
		return nil
	}
	s.rec.step = awaitRange
	if len(s.rec.differ) == 0 {
		c.nextList(s)
		return nil
	}
	s.rec.differ = sortRanges(s.rec.differ)
	c.traceHashes(s, s.rec.differ)
	c.sendRange(s, c.view(s).Initiate(s.rec.differ, rangeFrame))
	return nil
}

// nodeRange is what a node covers.
func (r *reconciliation) nodeRange(node int64, level int, width int64) negentropy.Range {
	shift := uint(4 * level)
	lo, hi := node<<shift, (node+1)<<shift
	return negentropy.Range{
		Lo: merkle.Bound{Time: max(lo*width, r.from)},
		Hi: merkle.Bound{Time: hi * width},
	}
}

func (c *Core) onDescend(s *session, b []byte) error {
	round, nodes, err := readDescend(b)
	if err != nil {
		return err
	}
	if s.offering || s.rec.step != awaitRange || round != s.rec.round {
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
	s.rec.waiting = s.offering
	c.trace(s, msg, true)
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
	c.trace(s, r.b, false)
	if s.rec.trips++; s.rec.trips > maxTrips {
		return Reason{Code: ReasonExceeded, Text: "a round without end"}
	}
	if !s.offering {
		reply, err := c.view(s).Respond(r.b, rangeFrame)
		if err != nil {
			return malformed(err.Error())
		}
		c.sendRange(s, reply)
		return nil
	}
	if !s.rec.waiting {
		return malformed("range that was not asked for")
	}
	s.rec.waiting = false
	if len(s.rec.differ) == 0 {
		return c.onList(s, r.b)
	}
	next, have, need, err := c.view(s).Reconcile(r.b, rangeFrame)
	if err != nil {
		return malformed(err.Error())
	}
	c.found(s, have, need)
	switch {
	case len(next) == 0:
		s.rec.differ = nil
		c.nextList(s)
	case len(s.offer) >= maxOffer/2:
		s.rec.next = next // it leaves when the peer's offers have become fewer
	default:
		c.sendRange(s, next)
	}
	return nil
}

// onList takes the answer to a list that was asked for.
func (c *Core) onList(s *session, msg []byte) error {
	left, have, need, err := c.view(s).ReadList(s.rec.lists[0], msg)
	if err != nil {
		return malformed(err.Error())
	}
	c.found(s, have, need)
	if s.rec.lists[0] = left; left.Lo == left.Hi {
		s.rec.lists = s.rec.lists[1:]
	}
	c.nextList(s)
	return nil
}

// nextList asks for the next list of ids, or ends the round.
func (c *Core) nextList(s *session) {
	if len(s.rec.lists) == 0 {
		c.endRound(s)
		return
	}
	c.sendRange(s, negentropy.AskList(s.rec.lists[0]))
}

// found takes in what a round found: what the peer needs is announced, what
// we need is asked for.
func (c *Core) found(s *session, have, need []merkle.ID) {
	for _, x := range need {
		id := record.ID(x)
		if c.offered(s, id) {
			s.rec.fresh = true
		}
		switch w := c.wants[id]; {
		case w == nil && (s.muted || c.isDeferred(id) || c.refuses(id)), w != nil && w.lacking():
			s.rec.lack[id] = true
		default:
			s.rec.news = true
		}
	}
	for _, x := range have {
		id := record.ID(x)
		switch k, ok := c.set.find(id); {
		case !ok: // it left the set meanwhile
			s.rec.news = true
		case !c.gives(k), s.declined[id]:
			s.rec.own[id] = true
		case s.rec.given >= maxOffer:
			s.rec.news = true // it may note no more at once: in a later round
		default:
			s.rec.news = true
			s.rec.given++
			c.announceTo(s, id)
		}
	}
	c.flushAnnounce(s)
}

// endRound ends a round on this side and on the other. The message says whether there was
// news, and what either side lacks for good.
func (c *Core) endRound(s *session) {
	r := &s.rec
	if s.offering && !r.news && len(r.lack)+len(r.own) == 0 {
		// The hashes differ and nothing was found.
		r.suspect = make(map[int64]bool, len(r.open0))
		for _, i := range r.open0 {
			// What changed meanwhile explains the difference as well.
			r.suspect[i] = c.changed < r.began-settleAfter
		}
		r.news = r.differed
	}
	m := done{round: r.round, news: r.news, lack: uint64(len(r.lack)), own: uint64(len(r.own))}
	c.send(s, msgDone, m.append(nil))
	c.roundEnded(s, !r.news, len(r.lack))
}

// roundEnded ends a round on this side.
func (c *Core) roundEnded(s *session, agreed bool, unavailable int) {
	r := &s.rec
	if agreed && c.set.tree.Root(r.from) != r.mine {
		agreed, r.fresh = false, true // what came meanwhile was not compared
	}
	if agreed {
		r.unavailable = unavailable
		r.agreedAt, r.agreedWith = r.mine, r.heard.hash // what came meanwhile was not compared
		c.agree(s, true)
	}
	if r.fresh || agreed && len(r.lack)+len(r.own) == 0 {
		r.pause = resyncAfter
	} else {
		r.pause = min(max(2*r.pause, resyncAfter), maxPause)
	}
	r.step, r.ended = idle, c.now
	r.open()
	c.settle(s)
}

func (c *Core) onDone(s *session, b []byte) error {
	m, err := readDone(b)
	switch {
	case err != nil:
		return err
	case s.rec.step == idle || m.round != s.rec.round:
		return malformed("done outside a round")
	case s.offering && (s.rec.step != awaitBuckets || s.rec.level >= 0):
		return malformed("done in the middle of a round")
	}
	if s.offering {
		// The answerer's root is the one that we sent.
		s.rec.heard, s.rec.heardAny = root{from: s.rec.from, hash: s.rec.told, count: uint64(c.set.tree.Len())}, true
	}
	c.roundEnded(s, !m.news, int(m.own))
	return nil
}

// settle notes that a session is live once its first round is over and all
// that it found has come.
func (c *Core) settle(s *session) {
	if s.state == Syncing && s.rec.ended != 0 && s.rec.step == idle && s.open == 0 && len(s.offer) == 0 {
		s.state = Live
		c.tell(s)
	}
}
