package peerset_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/peersetdb/peerset/pkg/nip44"
	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/room"
	"github.com/peersetdb/peerset/pkg/rtc"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// The attackers of this file run the tracker, know the name of the room and so all of its keys,
// and hold a real connection to each page. What they lack is the session key of anybody else.

// The controls: the same tracker and the same connections, with nobody lying.
func TestAttackersPlumbing(t *testing.T) {
	t.Parallel()
	r := newRogue(t)
	a, b := r.open("a", peerset.Options{}), r.open("b", peerset.Options{})
	introduce(a, b)
	if a.live().Identity != b.Identity().Author || b.live().Identity != a.Identity().Author {
		t.Error("met somebody else")
	}
	keys := derive(t, t.Name(), "")
	for _, l := range []*leg{reach(t, keys, a), accept(t, keys, a)} {
		p := newPerson(t, keys)
		p.shake(l, 1)
		a.syncing(p.identity.PubKey())
	}
	r.survives(b)
}

// relay carries what comes on one leg to the other one, as alter leaves it, until the test ends.
func relay(from, to *leg, alter func(message) []message) {
	done := from.t.Context().Done()
	go func() {
		for {
			select {
			case m := <-from.in:
				for _, m := range alter(m) {
					to.conn.Send(m.ch, m.msg)
				}
			case <-done:
				return
			}
		}
	}()
}

// said is something that is said once.
type said struct {
	done chan struct{}
	what []byte
}

func (s *said) set(b []byte) { s.what = bytes.Clone(b); close(s.done) }

// forger alters what a page says for another one. It keeps byes back, so that each page
// has to judge by itself, and makes the part of the proof that any member can make. The hellos are
// this page's and the other's.
func forger(to *leg, keys *room.Keys, mine, theirs *said) func(message) []message {
	return func(m message) []message {
		switch m.msg[0] {
		case hello:
			mine.set(m.msg[2:])
		case proof:
			select {
			case <-theirs.done:
			case <-to.t.Context().Done():
				return nil
			}
			tr := to.transcript(keys.Tag, m.msg[1], mine.what, theirs.what)
			copy(m.msg[2+64:], tr.member(keys.Membership))
			// What follows a proof that holds.
			return []message{m, {psync.Control, []byte{ready, m.msg[1]}}}
		case bye:
			return nil
		}
		return []message{m}
	}
}

func forgers(la, lb *leg, keys *room.Keys) (toB, toA func(message) []message) {
	ofA, ofB := &said{done: make(chan struct{})}, &said{done: make(chan struct{})}
	return forger(lb, keys, ofA, ofB), forger(la, keys, ofB, ofA)
}

func withoutByes(m message) []message {
	if m.msg[0] == bye {
		return nil
	}
	return []message{m}
}

// The man in the middle has a connection to each of two pages and carries every message from
// one to the other, whichever of the two made the offer.
func TestManInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, roles := range []struct {
		name string
		a, b bool // makes an offer
	}{
		{"one offers", true, false}, {"the other offers", false, true},
		{"both offer", true, true}, {"both answer", false, false},
	} {
		for _, c := range []struct {
			name string
			want psync.ReasonCode
		}{{"relayed", psync.ReasonRoom}, {"with forged membership", psync.ReasonProof}} {
			t.Run(roles.name+", "+c.name, func(t *testing.T) {
				t.Parallel()
				r, keys := newRogue(t), derive(t, t.Name(), "")
				a, b := r.open("a", peerset.Options{}), r.open("b", peerset.Options{})
				for _, p := range []*page{a, b} {
					put(t, p.DB, "of "+p.name, peerset.PutOptions{})
				}
				connect := map[bool]func(*testing.T, *room.Keys, *page) *leg{true: accept, false: reach}
				la, lb := connect[roles.a](t, keys, a), connect[roles.b](t, keys, b)
				toB, toA := withoutByes, withoutByes
				if c.want == psync.ReasonProof {
					toB, toA = forgers(la, lb, keys)
				}
				relay(la, lb, toB)
				relay(lb, la, toA)
				a.ended(c.want)
				b.ended(c.want)
				r.survives(a, b)
			})
		}
	}
}

// An attacker who is a member, and honest at first, begins a renewal in which two others would
// prove themselves to each other across it.
func TestManInTheMiddleOfRenewal(t *testing.T) {
	t.Parallel()
	r, keys := newRogue(t), derive(t, t.Name(), "")
	a, b := r.open("a", peerset.Options{}), r.open("b", peerset.Options{})
	la, lb := reach(t, keys, a), reach(t, keys, b)
	honest := newPerson(t, keys)
	hellos := map[*leg][]byte{la: la.hear(hello, 1), lb: lb.hear(hello, 1)}
	for l, other := range map[*leg]*leg{la: lb, lb: la} {
		// The instance has to stay the same in a renewal, so the attacker has the other's from the start.
		copy(honest.instance[:], hellos[other][atInstance:atPolicy])
		mine := honest.hello()
		l.say(hello, 1, mine)
		l.say(proof, 1, l.transcript(keys.Tag, 1, mine, hellos[l]).proof(honest.key, keys.Membership))
		l.hear(proof, 1)
		l.say(ready, 1, nil)
		l.hear(ready, 1)
	}
	connA, connB := a.syncing(honest.identity.PubKey()).Conn, b.syncing(honest.identity.PubKey()).Conn
	renewed := func(p *page, conn psync.ConnID, num byte) {
		t.Helper()
		p.next("renewal", func(e peerset.Event) bool {
			pe, ok := e.(psync.PeerEvent)
			return ok && pe.Peer.Conn == conn && pe.Peer.Number == num
		})
	}
	// The control: it renews both sessions, each by its own means.
	for l, other := range map[*leg]*leg{la: lb, lb: la} {
		copy(honest.instance[:], hellos[other][atInstance:atPolicy])
		honest.shake(l, 2)
	}
	renewed(a, connA, 2)
	renewed(b, connB, 2)

	toB, toA := forgers(la, lb, keys)
	relay(la, lb, handshakeOnly(toB))
	relay(lb, la, handshakeOnly(toA))
	login(t, a.DB, peerset.Login{Fresh: true}) // a renews all of its sessions
	for p, other := range map[*page]*page{a: b, b: a} {
		end := p.next("end", func(e peerset.Event) bool {
			pe, ok := e.(psync.PeerEvent)
			if ok && pe.Peer.Identity == other.Identity().Author {
				t.Errorf("%s took the attacker for %s", p.name, other.name)
			}
			return ok && pe.Peer.State == psync.Closed
		}).(psync.PeerEvent)
		if end.Reason.Code != psync.ReasonProof || end.Reason.Remote {
			t.Errorf("%s ended with %v", p.name, end.Reason)
		}
	}
	r.survives(a, b)
}

// handshakeOnly keeps back what belongs to a session.
func handshakeOnly(alter func(message) []message) func(message) []message {
	return func(m message) []message {
		if m.msg[0] > ready && m.msg[0] != bye {
			return nil
		}
		return alter(m)
	}
}

// The attacker says that its certificate is another's, so that the pages would sign the same
// fingerprints. Then DTLS itself fails, and nothing opens.
func TestForeignFingerprint(t *testing.T) {
	t.Parallel()
	r, keys := newRogue(t), derive(t, t.Name(), "")
	a, b := r.open("a", peerset.Options{}), r.open("b", peerset.Options{})
	theirs := fingerprintLine(unsealed(t, keys.SDP, "offer", b.take().sdp))
	claimed := func(sdp string) string { return strings.Replace(sdp, fingerprintLine(sdp), theirs, 1) }
	legs := []*leg{asked(t, keys.SDP, a.take(), claimed), answered(t, keys.SDP, a, claimed)}
	for _, l := range legs {
		// Who is refused by the other side sees no more than the end of the connection.
		if err := l.awaitOver(); !errors.Is(err, rtc.ErrDTLS) && !errors.Is(err, rtc.ErrRemote) {
			t.Errorf("the attacker's connection ended with %v", err)
		}
	}
	if ps := a.Peers(); len(ps) != 0 {
		t.Errorf("%d peers", len(ps))
	}
	r.survives(a)
}

func fingerprintLine(sdp string) string {
	for line := range strings.SplitSeq(sdp, "\r\n") {
		if strings.HasPrefix(line, "a=fingerprint:") {
			return line
		}
	}
	return ""
}

// A tracker that belongs to two rooms introduces a page of one to a page of the other.
func TestWrongRoom(t *testing.T) {
	t.Parallel()
	r := newRogue(t)
	rooms := []string{t.Name() + " 1", t.Name() + " 2"}
	keys := []*room.Keys{derive(t, rooms[0], ""), derive(t, rooms[1], "")}
	meet := func(t *testing.T, in ...int) (ps []*page) {
		for _, n := range in {
			ps = append(ps, r.open(fmt.Sprintf("page-%d", len(r.pages)), peerset.Options{Room: rooms[n]}))
		}
		o := ps[0].take()
		answer := ps[1].ask(sealed(t, keys[in[1]].SDP, "offer", unsealed(t, keys[in[0]].SDP, "offer", o.sdp)))
		o.answer(sealed(t, keys[in[0]].SDP, "answer", unsealed(t, keys[in[1]].SDP, "answer", answer)))
		return ps
	}
	for _, p := range meet(t, 1, 1) { // the control
		p.live()
	}
	ps := meet(t, 0, 1)
	for _, p := range ps {
		refusedBoth(p, psync.ReasonRoom)
	}
	// A member of one room says to be in the other, whose tag is no secret.
	liar := newPerson(t, keys[1])
	liar.tag = keys[0].Tag
	attack{"tag of another room", always(liar.hello()), func(tr *transcript, _ []byte) []byte {
		return tr.proof(liar.key, liar.membership)
	}, psync.ReasonRoom}.mount(t, keys[0], ps[0])
	// And a member of this room to be in the other.
	liar = newPerson(t, keys[0])
	liar.tag = keys[1].Tag
	attack{"tag swapped", always(liar.hello()), nil, psync.ReasonRoom}.mount(t, keys[0], ps[0])
}

// refusedBoth is ended, where the other page may have been quicker to say why.
func refusedBoth(p *page, want psync.ReasonCode) {
	p.t.Helper()
	e := p.next("end", func(e peerset.Event) bool {
		pe, ok := e.(psync.PeerEvent)
		if ok && pe.Peer.Identity != (record.PubKey{}) {
			p.t.Errorf("%s: has authenticated %x", p.name, pe.Peer.Identity)
		}
		return ok && pe.Peer.State == psync.Closed
	}).(psync.PeerEvent)
	if e.Reason.Code != want {
		p.t.Errorf("%s: ended with %v", p.name, e.Reason)
	}
}

// The tracker hands a page its own offer, as another's.
func TestEcho(t *testing.T) {
	t.Parallel()
	r := newRogue(t)
	a := r.open("a", peerset.Options{})
	introduce(a, a)
	refusedBoth(a, psync.ReasonSelf)
	refusedBoth(a, psync.ReasonSelf)
	r.survives(a)
}

// Who has only what is public of a room, its tag, can open no description. With one that a
// member gave away it cannot prove that it belongs there.
func TestPublicKnowsTheTagOnly(t *testing.T) {
	t.Parallel()
	r, keys := newRogue(t), derive(t, t.Name(), "")
	a := r.open("a", peerset.Options{})
	var padded [32]byte
	copy(padded[:], keys.Tag[:])
	guesses := [][32]byte{{}, padded, sha256.Sum256(keys.Tag[:]), derive(t, keys.Tag.String(), "").SDP}
	host := peerset.HostOf(a.DB)
	o := a.take()
	l := newLeg(t, keys.SDP)
	mine, err := l.api.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range guesses {
		if _, err := nip44.Open(g, o.sdp); err == nil {
			t.Error("an offer was opened")
		}
		if _, err := host.Answer(t.Context(), sealed(t, g, "offer", mine.SDP())); !errors.Is(err, peerset.ErrDescription) {
			t.Errorf("an offer of the public: %v", err)
		}
	}
	if _, err := host.Answer(t.Context(), mine.SDP()); !errors.Is(err, peerset.ErrDescription) {
		t.Errorf("an offer in the clear: %v", err)
	}
	for _, membership := range slices.Concat(guesses, [][32]byte{keys.SDP}) {
		outsider := newPerson(t, keys)
		attack{"tag only", always(outsider.hello()), func(tr *transcript, _ []byte) []byte {
			return tr.proof(outsider.key, membership)
		}, psync.ReasonRoom}.mount(t, keys, a)
	}
	insider := newPerson(t, keys) // the control
	insider.shake(reach(t, keys, a), 1)
	a.syncing(insider.identity.PubKey())
	r.survives(a)
}
