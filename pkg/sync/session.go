package sync

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/peersetdb/peerset/pkg/record"
)

// session is one connection's state.
type session struct {
	conn  ConnID
	state State
	num   byte // of the session on this connection

	budget   float64 // costly messages that may be answered at once
	budgetAt int64   // ms, when it was last filled up
	delayed  []byte  // a costly message that waits for its turn
	tr       transcript
	peer     hello
	since    int64
	deadline int64 // of a state before Syncing
	heard    int64 // when anything last came
	pinged   int64 // when the unanswered ping left; 0: none
	rtt      int64

	rec    reconciliation
	asked  map[record.ID]int64 // ms, since when its answer is waited for; 0: given to another peer
	open   int                 // asked that are waited for
	coming int                 // records that came and are not stored yet
	moved  int64               // when a record that was asked for last came
	review int64               // when stalled is due
	offer  []record.ID         // ids that this peer can give
	lacks  map[record.ID]bool  // wanted ids of which this peer has no body
	// spilled are those of lacks that were put off with no room to note it.
	spilled map[record.ID]bool

	// What the peer asked of us, and bulk data that waits for the channel.
	wanted    []record.ID
	isWanted  map[record.ID]bool
	loads     bool
	served    int // records asked for in all
	bodySize  int // running mean
	out       [][]byte
	outBytes  int
	buffered  int                // bytes in the data channel
	control   int                // bytes in the control channel
	announced map[record.ID]bool // to be announced at the next flush
	announce  []record.ID
	flushAt   int64

	traffic Traffic
}

func (s *session) info() Peer {
	p := Peer{
		Conn: s.conn, State: s.state, Offerer: s.tr.offering, Since: s.since, RTT: s.rtt,
		Agreed: s.rec.agreed, Unavailable: s.rec.unavailable, Differing: s.rec.differing, Wanted: s.open + len(s.offer), Traffic: s.traffic,
	}
	if s.state >= Authenticated {
		p.Identity, p.Session = s.peer.cert.Identity, s.peer.cert.Session
	}
	return p
}

// Connected opens a session on a connection whose channels are open. The
// fingerprints are those of the DTLS certificates; nonce is random.
func (c *Core) Connected(now int64, conn ConnID, offerer bool, local, remote, nonce [32]byte) {
	c.advance(now)
	s := &session{
		conn: conn, num: 1, since: now, deadline: now + handshakeTimeout, heard: now, rtt: -1,
		asked:     make(map[record.ID]int64),
		lacks:     make(map[record.ID]bool),
		spilled:   make(map[record.ID]bool),
		isWanted:  make(map[record.ID]bool),
		announced: make(map[record.ID]bool),
		bodySize:  600,
		budget:    askBurst,
		budgetAt:  now,
	}
	s.tr = transcript{room: c.cfg.Room, session: s.num, offering: offerer}
	h := hello{
		version: Version, nonce: nonce, room: c.cfg.Room, cert: c.cfg.Certificate,
		bucket: uint64(c.cfg.Bucket), horizon: uint64(c.horizon),
	}
	mine := h.append(nil)
	s.tr.hellos[s.mine()], s.tr.prints[s.mine()] = mine, local
	s.tr.prints[1-s.mine()] = remote
	c.sessions = append(c.sessions, s)
	c.byConn[conn] = s
	c.send(s, msgHello, mine)
	c.tell(s)
	c.pump()
}

// mine is our place in what is ordered by offerer and answerer.
func (s *session) mine() int {
	if s.tr.offering {
		return 0
	}
	return 1
}

// Closed says that a connection has ended.
func (c *Core) Closed(now int64, conn ConnID, text string) {
	c.advance(now)
	if s := c.byConn[conn]; s != nil {
		c.drop(s, Reason{Code: ReasonGone, Text: text})
	}
	c.pump()
}

// Buffered says how many bytes wait in a channel of a connection: after sends,
// when Data has room again, and before every Tick.
func (c *Core) Buffered(now int64, conn ConnID, ch Channel, bytes int) {
	c.advance(now)
	s := c.byConn[conn]
	switch {
	case s == nil:
	case ch == Data:
		s.buffered = bytes
	case bytes > maxControl:
		c.end(s, ReasonExceeded, "does not read what it asks for")
	default:
		s.control = bytes
	}
	c.pump()
}

// Disconnect ends a session because the page wants it.
func (c *Core) Disconnect(now int64, conn ConnID) {
	c.advance(now)
	if s := c.byConn[conn]; s != nil {
		c.end(s, ReasonClosed, "")
	}
	c.pump()
}

// Receive takes a message from a peer.
func (c *Core) Receive(now int64, conn ConnID, ch Channel, msg []byte) {
	c.advance(now)
	if s := c.byConn[conn]; s != nil {
		s.heard = now
		c.endIf(s, c.receive(s, ch, msg))
	}
	c.pump()
}

// endIf ends a session for an error.
func (c *Core) endIf(s *session, err error) {
	if err == nil {
		return
	}
	var r Reason
	if !errors.As(err, &r) {
		r = Reason{Code: ReasonProtocol, Text: err.Error()}
	}
	c.end(s, r.Code, r.Text)
}

// rule says on which channel a message comes, in which states it is allowed,
// and what it does. The table is the one in PROTOCOL.md.
type rule struct {
	ch      Channel
	from    State
	to      State
	handle  func(*Core, *session, []byte) error
	counter func(*Traffic) (in, out *uint64)
	costly  bool // its answer may cost far more than it did
}

var rules map[msgType]rule

func init() {
	rules = map[msgType]rule{
		msgHello:   {Control, Dialing, Dialing, (*Core).onHello, other, false},
		msgProof:   {Control, Challenged, Challenged, (*Core).onProof, other, false},
		msgReady:   {Control, Authenticated, Authenticated, (*Core).onReady, other, false},
		msgPing:    {Control, Authenticated, Live, (*Core).onPing, other, false},
		msgPong:    {Control, Authenticated, Live, (*Core).onPong, other, false},
		msgBye:     {Control, Dialing, Live, (*Core).onBye, other, false},
		msgRoot:    {Control, Syncing, Live, (*Core).onRoot, ranges, true},
		msgBuckets: {Control, Syncing, Live, (*Core).onBuckets, ranges, false},
		msgDescend: {Control, Syncing, Live, (*Core).onDescend, ranges, true},
		msgRange:   {Control, Syncing, Live, (*Core).onRange, ranges, true},
		msgDone:    {Control, Syncing, Live, (*Core).onDone, ranges, false},
		msgHave:    {Control, Syncing, Live, (*Core).onHave, ids, false},
		msgWant:    {Control, Syncing, Live, (*Core).onWant, ids, false},
		msgAbsent:  {Control, Syncing, Live, (*Core).onAbsent, ids, false},
		// Data may overtake the ready that was sent before it.
		msgRecords: {Data, Authenticated, Live, (*Core).onRecords, records, false},
		msgPush:    {Data, Authenticated, Live, (*Core).onPush, records, false},
	}
}

func other(t *Traffic) (in, out *uint64)   { return &t.OtherIn, &t.OtherOut }
func ranges(t *Traffic) (in, out *uint64)  { return &t.RangesIn, &t.RangesOut }
func ids(t *Traffic) (in, out *uint64)     { return &t.IDsIn, &t.IDsOut }
func records(t *Traffic) (in, out *uint64) { return &t.RecordsIn, &t.RecordsOut }

func (c *Core) receive(s *session, ch Channel, msg []byte) error {
	if len(msg) < 2 || len(msg) > MaxMessage {
		return malformed("length")
	}
	t := msgType(msg[0])
	rule, ok := rules[t]
	switch {
	case !ok:
		return malformed("unknown type " + t.String())
	case rule.ch != ch:
		return malformed(t.String() + " on the wrong channel")
	case msg[1] < s.num:
		return nil // of a former session, overtaken by a newer one
	case msg[1] > s.num:
		return malformed("session number")
	case s.state < rule.from || s.state > rule.to:
		return malformed(t.String() + " while " + s.state.String())
	}
	in, _ := rule.counter(&s.traffic)
	*in += uint64(len(msg))
	if rule.costly && (!s.tr.offering || t == msgRoot) && !s.afford(c.now) {
		return s.postpone(t, msg)
	}
	return rule.handle(c, s, msg[2:])
}

// send queues a message; bulk data goes through flushOut.
func (c *Core) send(s *session, t msgType, body []byte) {
	msg := make([]byte, 0, len(body)+2)
	msg = append(append(msg, byte(t), s.num), body...)
	_, out := rules[t].counter(&s.traffic)
	*out += uint64(len(msg))
	c.do(Send{s.conn, rules[t].ch, msg})
}

// tell tells the page what has become of a peer.
func (c *Core) tell(s *session) { c.do(Event{PeerEvent{Peer: s.info()}}) }

// end says bye and closes the connection.
func (c *Core) end(s *session, code ReasonCode, text string) {
	if s.state == Closed {
		return
	}
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "")
	}
	c.send(s, msgBye, append([]byte{byte(code)}, text...))
	c.drop(s, Reason{Code: code, Text: text})
}

// drop forgets a session; what was asked of it is asked of others.
func (c *Core) drop(s *session, why Reason) {
	if s.state == Closed {
		return
	}
	s.state = Closed
	c.sessions = slices.DeleteFunc(c.sessions, func(t *session) bool { return t == s })
	delete(c.byConn, s.conn)
	c.release(s)
	c.do(Event{PeerEvent{Peer: s.info(), Reason: why}})
	c.do(Close{s.conn, why})
}

// Shutdown ends all sessions.
func (c *Core) Shutdown(now int64) {
	c.advance(now)
	for _, s := range slices.Clone(c.sessions) {
		c.end(s, ReasonClosed, "")
	}
}

func (c *Core) onHello(s *session, b []byte) error {
	h, err := readHello(b)
	switch {
	case err != nil:
		return err
	case h.version != Version:
		return Reason{Code: ReasonVersion, Text: "this side speaks version 1"}
	case h.room != c.cfg.Room:
		return Reason{Code: ReasonRoom}
	case h.cert.Session == c.cfg.Certificate.Session:
		return Reason{Code: ReasonSelf}
	case int64(h.horizon) > c.now/1000+maxSkew:
		return malformed("horizon in the future")
	case h.bucket != uint64(c.cfg.Bucket):
		return Reason{Code: ReasonBucket, Text: "the width of buckets differs"}
	case c.full():
		return Reason{Code: ReasonFull}
	}
	if err := h.cert.Check(c.now / 1000); err != nil {
		return Reason{Code: ReasonCertificate, Text: err.Error()}
	}
	s.peer = h
	s.tr.hellos[1-s.mine()] = slices.Clone(b)
	c.send(s, msgProof, s.tr.prove(c.cfg.Sign, c.cfg.Membership))
	s.state, s.deadline = Challenged, c.now+handshakeTimeout
	c.tell(s)
	return nil
}

// full reports whether there are as many authenticated peers as are wanted.
func (c *Core) full() bool {
	n := 0
	for _, s := range c.sessions {
		if s.state >= Authenticated {
			n++
		}
	}
	return n >= c.cfg.MaxPeers
}

func (c *Core) onProof(s *session, b []byte) error {
	if code := s.tr.check(b, s.peer.cert.Session, c.cfg.Membership); code != ReasonGone {
		return Reason{Code: code}
	}
	for _, t := range c.sessions {
		if t != s && t.state >= Authenticated && t.peer.cert.Session == s.peer.cert.Session && c.decides(s) {
			// The older one stays unless it seems dead.
			if c.now-t.heard <= pingAfter {
				return Reason{Code: ReasonDuplicate}
			}
			c.end(t, ReasonDuplicate, "")
			break
		}
	}
	if c.full() { // of several that were let in at once
		return Reason{Code: ReasonFull}
	}
	c.send(s, msgReady, nil)
	s.state, s.deadline = Authenticated, c.now+handshakeTimeout
	c.tell(s)
	return nil
}

// decides reports whether it is our part to close a duplicate connection: the
// lower session key's.
func (c *Core) decides(s *session) bool {
	mine := c.cfg.Certificate.Session
	return slices.Compare(mine[:], s.peer.cert.Session[:]) < 0
}

func (c *Core) onReady(s *session, b []byte) error {
	if len(b) != 0 {
		return malformed("ready")
	}
	s.state = Syncing
	c.tell(s)
	if s.tr.offering {
		c.begin(s)
	}
	return nil
}

func (c *Core) onPing(s *session, b []byte) error {
	if len(b) != 8 {
		return malformed("ping")
	}
	c.send(s, msgPong, binary.BigEndian.AppendUint64(slices.Clone(b), uint64(c.now)))
	return nil
}

func (c *Core) onPong(s *session, b []byte) error {
	r := reader{b: b}
	token := int64(r.u64())
	r.u64()
	if err := r.done(); err != nil {
		return err
	}
	if s.pinged != 0 && token == s.pinged {
		s.rtt, s.pinged = c.now-s.pinged, 0
	}
	return nil
}

func (c *Core) onBye(s *session, b []byte) error {
	if len(b) < 1 || len(b) > 1+maxReason {
		return malformed("bye")
	}
	c.drop(s, Reason{Code: ReasonCode(b[0]), Text: strings.ToValidUTF8(string(b[1:]), ""), Remote: true})
	return nil
}

// Certify replaces the certificate that future sessions show.
func (c *Core) Certify(cert Certificate) { c.cfg.Certificate = cert }
