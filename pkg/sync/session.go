package sync

import (
	"errors"
	"slices"
	"strings"

	"github.com/peersetdb/peerset/pkg/record"
)

// session is one connection's state. What is synced belongs to the connection; its
// sessions follow one another, each with a number and a handshake of its own.
type session struct {
	conn     ConnID
	offering bool        // we made the offer
	prints   [2][32]byte // of the DTLS certificates, offerer's first
	seed     [32]byte    // of our nonces
	state    State
	num      byte        // of the session that stands; 0: none yet
	cert     Certificate // that we showed for it
	peer     hello       // the peer's for it, once proven; the horizon may have moved on since
	renewed  int64       // ms, since when it stands
	hs       *handshake  // the first, or one that renews the session; nil: none is under way
	seen     [2]byte     // by channel: the greatest number of what came but handshakes
	reading  byte        // the number of the message that is being handled
	voices   []voice     // whom the peer has proven to be, by number
	muted    bool        // what the peer tells of its own accord is ignored

	costly   tokens // messages that may be answered at once
	delayed  []byte // one that waits for its turn
	messages tokens // that the peer may send at once
	bytes    tokens
	pushed   tokens // pushes that we may send at once, and their bytes
	pushedIn tokens
	since    int64
	heard    int64 // when anything last came
	pinged   int64 // when the unanswered ping left; 0: none
	measured int64 // when the last pong came; 0: none did
	rtt      int64
	skew     int64 // ms, of the peer's clock against ours

	rec    reconciliation
	asked  map[record.ID]int64 // ms, since when its answer is waited for; 0: given to another peer
	open   int                 // asked that are waited for
	coming int                 // records that came and are not stored yet
	doubt  doubt
	moved  int64              // when a record that was asked for last came
	review int64              // when stalled is due
	offer  []record.ID        // ids that this peer can give
	lacks  map[record.ID]bool // wanted ids of which this peer has no body
	// spilled are those of lacks that were put off with no room to note it; respill is ms, when the
	// first pause of those is over at the earliest.
	spilled  map[record.ID]bool
	respill  int64
	declined map[record.ID]bool // of our ids those that this peer does not want
	lapsed   int                // how many of Core.lapsed it was considered for

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

// voice is the identity that a peer had proven for a session.
type voice struct {
	num      byte
	identity record.PubKey
}

// speaker is the identity under which the message that is being handled was sent.
func (s *session) speaker() record.PubKey {
	for _, v := range s.voices {
		if v.num == s.reading {
			return v.identity
		}
	}
	return s.peer.cert.Identity
}

func (c *Core) info(s *session) Peer {
	p := Peer{
		Conn: s.conn, State: s.state, Offerer: s.offering, Since: s.since, Number: s.num, Renewed: s.renewed,
		RTT: s.rtt, ClockSkew: s.skew, Muted: s.muted, Behind: c.behind(s),
		Agreed: s.rec.agreed, Unavailable: s.rec.unavailable, Differing: s.rec.differing, Wanted: s.open + len(s.offer), Traffic: s.traffic,
	}
	if len(s.voices) > 0 {
		p.Identity, p.Session = s.peer.cert.Identity, s.peer.cert.Session
		p.Instance, p.Policy = s.peer.instance, s.peer.policy
	}
	return p
}

// behind is by how many entries the two sets differ at least.
func (c *Core) behind(s *session) int {
	switch r := &s.rec; {
	case !r.heardAny:
		return -1
	case r.agreed:
		return 0
	default:
		n := int(r.heard.count) - c.set.tree.Len()
		return max(n, -n)
	}
}

// Connected opens a session on a connection whose channels are open. The
// fingerprints are those of the DTLS certificates; the nonces of all handshakes on this
// connection follow from seed, which is random.
func (c *Core) Connected(now int64, conn ConnID, offerer bool, local, remote, seed [32]byte) {
	c.advance(now)
	l := &c.cfg.Limits
	s := &session{
		conn: conn, offering: offerer, seed: seed, seen: [2]byte{1, 1}, since: now, heard: now, rtt: -1,
		asked:     make(map[record.ID]int64),
		lacks:     make(map[record.ID]bool),
		spilled:   make(map[record.ID]bool),
		isWanted:  make(map[record.ID]bool),
		announced: make(map[record.ID]bool),
		bodySize:  600,
		doubt:     doubt{trial: full(now, doubtRate)},
		costly:    full(now, askBurst),
		messages:  full(now, rateBurst*l.MessagesPerSecond),
		bytes:     full(now, rateBurst*l.BytesPerSecond),
		pushed:    full(now, pushBurst*l.MessagesPerSecond),
		pushedIn:  full(now, pushBurst*l.BytesPerSecond),
	}
	s.prints[s.mine()], s.prints[1-s.mine()] = local, remote
	c.sessions = append(c.sessions, s)
	c.byConn[conn] = s
	c.shake(s)
	c.tell(s)
	c.pump()
}

// mine is our place in what is ordered by offerer and answerer.
func (s *session) mine() int {
	if s.offering {
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

// Disconnect ends the session on a connection because the page wants it. Both sides are given the reason.
func (c *Core) Disconnect(now int64, conn ConnID, code ReasonCode, text string) {
	c.advance(now)
	if s := c.byConn[conn]; s != nil {
		c.end(s, code, text)
	}
	c.pump()
}

// Mute lets what a peer pushes and announces be ignored, or no longer. It is still served,
// and told of our own records.
func (c *Core) Mute(now int64, conn ConnID, on bool) {
	c.advance(now)
	if s := c.byConn[conn]; s != nil && s.muted != on {
		s.muted = on
		if on {
			c.forgo(s)
		} else {
			s.rec.agreedAt, s.rec.pause = [32]byte{}, resyncAfter
			c.agree(s, false)
		}
		c.tell(s)
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

// send queues a message; bulk data goes through flushOut.
func (c *Core) send(s *session, t msgType, body []byte) {
	msg := make([]byte, 0, len(body)+2)
	msg = append(append(msg, byte(t), s.number(t)), body...)
	_, out := rules[t].counter(&s.traffic)
	*out += uint64(len(msg))
	c.do(Send{s.conn, rules[t].ch, msg})
}

// number is that of a message which is about to be sent.
func (s *session) number(t msgType) byte {
	if t <= msgReady {
		return s.hs.num
	}
	return max(s.num, 1) // a bye may be said before there is a session
}

// tell tells the page what has become of a peer.
func (c *Core) tell(s *session) { c.do(Event{PeerEvent{Peer: c.info(s)}}) }

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
	c.do(Event{PeerEvent{Peer: c.info(s), Reason: why}})
	c.do(Close{s.conn, why})
}

// Shutdown ends all sessions.
func (c *Core) Shutdown(now int64) {
	c.advance(now)
	for _, s := range slices.Clone(c.sessions) {
		c.end(s, ReasonClosed, "")
	}
}

// Certify sets the certificate that handshakes show from now on, and what signs with its session
// key. Sessions that stand on another one are renewed. What signed before is still called for handshakes that
// have shown the former certificate; if its key is gone it returns zeros, and they end with ReasonExpired.
func (c *Core) Certify(now int64, cert Certificate, sign func(hash [32]byte) record.Sig) {
	c.advance(now)
	c.cfg.Certificate, c.cfg.Sign = cert, sign
	for _, s := range slices.Clone(c.sessions) {
		c.renew(s)
	}
	c.pump()
}
