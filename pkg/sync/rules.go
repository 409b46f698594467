package sync

import (
	"encoding/binary"
	"slices"
	"strings"
)

// place says where a message comes. One of the next number belongs to the handshake that is under
// way, or begins one; one of the number that stands, or of a number before it that nothing has
// followed on its channel yet, belongs to a session.
type place uint8

const (
	atRest          place = 1 << iota // the next number, and no handshake is under way
	atDialing                         // the next number, by the handshake's state
	atChallenged                      //
	atAuthenticated                   //
	atSyncing                         // a session's number, by its state
	atLive                            //

	atSession = atSyncing | atLive
	anywhere  = atDialing | atChallenged | atAuthenticated | atSession
)

// rule says on which channel a message comes, where it is allowed, and what it
// does. What no rule allows ends the session. The table is the one in PROTOCOL.md.
type rule struct {
	ch      Channel
	at      place
	handle  func(*Core, *session, []byte) error
	counter func(*Traffic) (in, out *uint64)
	costly  bool // its answer may cost far more than it did
	answer  bool // it has only what was asked for, which bounds it
}

var rules map[msgType]rule

func init() {
	rules = map[msgType]rule{
		msgHello:   {Control, atRest | atDialing, (*Core).onHello, other, false, false},
		msgProof:   {Control, atChallenged, (*Core).onProof, other, false, false},
		msgReady:   {Control, atAuthenticated, (*Core).onReady, other, false, false},
		msgPing:    {Control, atSession, (*Core).onPing, other, false, false},
		msgPong:    {Control, atSession, (*Core).onPong, other, false, false},
		msgBye:     {Control, anywhere, (*Core).onBye, other, false, false},
		msgRoot:    {Control, atSession, (*Core).onRoot, hashes, true, false},
		msgBuckets: {Control, atSession, (*Core).onBuckets, hashes, false, false},
		msgDescend: {Control, atSession, (*Core).onDescend, hashes, true, false},
		msgRange:   {Control, atSession, (*Core).onRange, ranges, true, false},
		msgDone:    {Control, atSession, (*Core).onDone, hashes, false, false},
		msgHave:    {Control, atSession, (*Core).onHave, ids, false, false},
		msgWant:    {Control, atSession, (*Core).onWant, ids, false, false},
		msgAbsent:  {Control, atSession, (*Core).onAbsent, ids, false, true},
		msgDecline: {Control, atSession, (*Core).onDecline, ids, false, false},
		// Data may overtake the ready that was sent before it.
		msgRecords: {Data, atAuthenticated | atSession, (*Core).onRecords, records, false, true},
		msgPush:    {Data, atAuthenticated | atSession, (*Core).onPush, records, false, false},
	}
}

func other(t *Traffic) (in, out *uint64)   { return &t.OtherIn, &t.OtherOut }
func hashes(t *Traffic) (in, out *uint64)  { return &t.BucketsIn, &t.BucketsOut }
func ranges(t *Traffic) (in, out *uint64)  { return &t.RangesIn, &t.RangesOut }
func ids(t *Traffic) (in, out *uint64)     { return &t.IDsIn, &t.IDsOut }
func records(t *Traffic) (in, out *uint64) { return &t.RecordsIn, &t.RecordsOut }

// place says where a message of a number comes, 0 if nowhere.
func (s *session) place(num byte) place {
	switch {
	case int(num) > int(s.num)+1:
		return 0
	case num <= s.num:
		return atSyncing << (s.state - Syncing)
	case s.hs == nil:
		return atRest
	default:
		return atDialing << s.hs.stage
	}
}

func (p place) String() string {
	names := [...]string{"at rest", "dialing", "challenged", "authenticated", "syncing", "live"}
	for i, name := range names {
		if p == 1<<i {
			return name
		}
	}
	return "of a later session"
}

func (c *Core) receive(s *session, ch Channel, msg []byte) error {
	switch {
	case len(msg) < 2:
		return malformed("length")
	case len(msg) > c.cfg.Limits.MaxMessage:
		return tooLarge("message", len(msg), c.cfg.Limits.MaxMessage)
	}
	t, num := msgType(msg[0]), msg[1]
	rule, ok := rules[t]
	former := num < s.seen[ch] // of a former session, and overtaken by what followed
	if !rule.answer || former {
		if err := c.charge(s, len(msg)); err != nil {
			return err
		}
	}
	at := s.place(num)
	switch {
	case !ok:
		return malformed("unknown type " + t.String())
	case rule.ch != ch:
		return malformed(t.String() + " on the wrong channel")
	case former:
		return nil
	case rule.at&at == 0:
		return malformed(t.String() + " while " + at.String())
	}
	if t > msgReady {
		s.follow(ch, num)
	}
	in, _ := rule.counter(&s.traffic)
	*in += uint64(len(msg))
	if rule.costly && (!s.offering || t == msgRoot) && !s.afford(c.now) {
		return s.postpone(t, msg)
	}
	s.reading = num
	return rule.handle(c, s, msg[2:])
}

// follow notes the number of what came on a channel: what has a lower one is done with.
func (s *session) follow(ch Channel, num byte) {
	s.seen[ch] = num
	s.voices = slices.DeleteFunc(s.voices, func(v voice) bool { return v.num < s.seen[Data] && v.num < s.num })
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
	token, clock := int64(r.u64()), r.u64()
	if err := r.done(); err != nil {
		return err
	}
	if s.pinged == 0 || token != s.pinged {
		return nil
	}
	s.rtt, s.pinged, s.measured = c.now-s.pinged, 0, c.now
	if clock <= maxTime {
		s.skew = int64(clock) - (token + s.rtt/2)
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
