package sync

import (
	"crypto/hmac"
	"crypto/sha256"
	"math"
	"slices"

	"github.com/peersetdb/peerset/pkg/record"
)

// handshake is what proves two peers to each other: a hello, a proof and a ready of each
// side. The first opens a connection. Each further one renews the session, with fresh nonces and
// the next number, while all else goes on under the number that stands:
//
//	number n      | hello n+1   proof n+1   ready n+1 |  number n+1
//	sent by us ---+-----------------------------------+------------> from both readys on
//
// On either channel messages of number n are valid until the first of number n+1. What
// has that number may come on Data before the peer's ready comes on Control, but never before
// ours was sent: the peer waits for it. So nothing is lost or asked twice, whatever the order between
// the channels.
type handshake struct {
	num      byte
	stage    State // Dialing, Challenged or Authenticated
	deadline int64 // ms, of the stage
	cert     Certificate
	sign     func(hash [32]byte) record.Sig // with the session key of cert
	tr       transcript
	peer     hello
}

// shake starts a handshake.
func (c *Core) shake(s *session) {
	h := &handshake{num: s.num + 1, cert: c.cfg.Certificate, sign: c.cfg.Sign, deadline: c.now + c.cfg.Limits.HandshakeTimeout}
	m := hello{
		version: Version, nonce: nonce(s.seed, h.num), room: c.cfg.Room, cert: h.cert,
		instance: c.cfg.Instance, policy: c.cfg.Policy,
		bucket: uint64(c.cfg.Bucket), horizon: uint64(c.horizon),
	}
	h.tr = transcript{room: c.cfg.Room, session: h.num, offering: s.offering, prints: s.prints}
	h.tr.hellos[s.mine()] = m.append(nil)
	c.note(m.nonce)
	s.hs = h
	c.send(s, msgHello, h.tr.hellos[s.mine()])
}

// nonce is ours for a session of a connection.
func nonce(seed [32]byte, num byte) [32]byte {
	m := hmac.New(sha256.New, seed[:])
	m.Write([]byte{num})
	return [32]byte(m.Sum(nil))
}

// renew starts a handshake if the session that stands is to be renewed. When it has lasted long enough
// the offerer begins, and the answerer only if the offerer does not; either does at once when it
// has another certificate to show.
func (c *Core) renew(s *session) {
	last := c.cfg.Limits.PeerSession
	if !s.offering {
		last += renewLate
	}
	switch {
	case s.state < Syncing || s.hs != nil:
	case s.cert == c.cfg.Certificate && c.now-s.renewed < last:
	case s.num == math.MaxUint8:
		c.end(s, ReasonExpired, "the last of 255 sessions on one connection")
	default:
		c.shake(s)
	}
}

// reach takes a handshake to its next stage, and with the first one the connection.
func (c *Core) reach(s *session, stage State) {
	s.hs.stage, s.hs.deadline = stage, c.now+c.cfg.Limits.ChallengeTimeout
	if s.num == 0 {
		s.state = stage
		c.tell(s)
	}
}

func (c *Core) onHello(s *session, b []byte) error {
	h, err := readHello(b)
	mine := c.cfg.Certificate.Session
	if s.hs != nil {
		mine = s.hs.cert.Session
	}
	switch {
	case err != nil:
		return err
	case h.version != Version:
		return Reason{Code: ReasonVersion, Text: "this side speaks version 1"}
	case h.room != c.cfg.Room:
		return Reason{Code: ReasonRoom}
	case h.cert.Session == mine && h.instance == c.cfg.Instance:
		return Reason{Code: ReasonSelf}
	case int64(h.horizon) > c.now/1000+maxSkew:
		return malformed("horizon in the future")
	case h.bucket != uint64(c.cfg.Bucket):
		return Reason{Code: ReasonBucket, Text: "the width of buckets differs"}
	case s.num == 0 && c.full():
		return Reason{Code: ReasonFull}
	case s.num != 0 && h.instance != s.peer.instance:
		return malformed("another instance on the same connection")
	case slices.Contains(c.nonces, h.nonce):
		return Reason{Code: ReasonProof, Text: "the nonce was used before"}
	}
	if err := h.cert.Check(c.now / 1000); err != nil {
		return Reason{Code: ReasonCertificate, Text: err.Error()}
	}
	c.note(h.nonce)
	if s.hs == nil {
		c.shake(s) // the peer renews
	}
	s.hs.peer = h
	s.hs.tr.hellos[1-s.mine()] = slices.Clone(b)
	proof, ok := s.hs.tr.prove(s.hs.sign, c.cfg.Membership)
	if !ok {
		return Reason{Code: ReasonExpired, Text: "the session key was given up during the handshake"}
	}
	c.send(s, msgProof, proof)
	c.reach(s, Challenged)
	return nil
}

// note keeps a nonce in mind for a while: nobody may use it again.
func (c *Core) note(nonce [32]byte) {
	if len(c.nonces) >= maxNonces {
		c.nonces = slices.Delete(c.nonces, 0, maxNonces/2)
	}
	c.nonces = append(c.nonces, nonce)
}

// full reports whether there are as many authenticated peers as are wanted.
func (c *Core) full() bool {
	n := 0
	for _, s := range c.sessions {
		if s.state >= Authenticated {
			n++
		}
	}
	return n >= c.cfg.Limits.MaxPeers
}

func (c *Core) onProof(s *session, b []byte) error {
	h := s.hs
	if code := h.tr.check(b, h.peer.cert.Session, c.cfg.Membership); code != ReasonGone {
		return Reason{Code: code}
	}
	if err := c.admit(s); err != nil {
		return err
	}
	c.send(s, msgReady, nil)
	s.voices = append(s.voices, voice{h.num, h.peer.cert.Identity})
	if s.num == 0 {
		s.peer = h.peer
	}
	c.reach(s, Authenticated)
	return nil
}

// admit reports why a peer that is who it says cannot stay: it is connected already, or there are too
// many.
func (c *Core) admit(s *session) error {
	h, others, older := s.hs, 0, true
	for _, t := range slices.Clone(c.sessions) {
		switch {
		case t == s:
			older = false
		case t.state < Authenticated:
		case t.peer.cert.Session == h.peer.cert.Session && t.peer.instance == h.peer.instance:
			if !c.decides(h) {
				continue
			}
			// The older one stays unless it seems dead.
			if older && c.now-t.heard <= pingAfter {
				return Reason{Code: ReasonDuplicate}
			}
			c.end(t, ReasonDuplicate, "")
		case t.peer.cert.Identity == h.peer.cert.Identity:
			others++
		}
	}
	switch {
	case others >= c.cfg.Limits.SessionsPerIdentity:
		return Reason{Code: ReasonSessions}
	case s.num == 0 && c.full(): // of several that were let in at once
		return Reason{Code: ReasonFull}
	}
	return nil
}

// decides reports whether it is our part to close a duplicate connection: the
// lower session key's, of one key in two instances the lower instance's.
func (c *Core) decides(h *handshake) bool {
	if d := slices.Compare(h.cert.Session[:], h.peer.cert.Session[:]); d != 0 {
		return d < 0
	}
	return slices.Compare(c.cfg.Instance[:], h.peer.instance[:]) < 0
}

func (c *Core) onReady(s *session, b []byte) error {
	if len(b) != 0 {
		return malformed("ready")
	}
	h := s.hs
	h.peer.horizon = max(h.peer.horizon, s.peer.horizon)
	s.hs, s.num, s.cert, s.peer, s.renewed = nil, h.num, h.cert, h.peer, c.now
	s.declined = nil // it may want it by now
	if s.state < Syncing {
		s.state = Syncing
		c.tell(s)
		if s.offering {
			c.begin(s)
		}
	} else {
		c.tell(s)
	}
	c.renew(s)
	return nil
}
