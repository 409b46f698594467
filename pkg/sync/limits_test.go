package sync

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

func TestLimits(t *testing.T) {
	for _, l := range []Limits{{}, DefaultLimits(), {PeerSession: 60_000, MaxPeers: 1, MaxRecord: 2000, MaxMessage: 61_000}} {
		if err := l.Check(); err != nil {
			t.Errorf("%+v: %v", l, err)
		}
	}
	tests := map[string]Limits{
		"HandshakeTimeout":    {HandshakeTimeout: -1},
		"ChallengeTimeout":    {ChallengeTimeout: 1},
		"IdleTimeout":         {IdleTimeout: 1 << 40},
		"PeerSession":         {PeerSession: 25 * 3600 * 1000},
		"MaxPeers":            {MaxPeers: 1001},
		"SessionsPerIdentity": {SessionsPerIdentity: -1},
		"MessagesPerSecond":   {MessagesPerSecond: 1},
		"BytesPerSecond":      {BytesPerSecond: 1000},
		"MaxMessage":          {MaxMessage: 60_000},
		"MaxRecord":           {MaxRecord: record.MaxBinary + 1},
	}
	for name, l := range tests {
		if err := l.Check(); !errors.Is(err, ErrLimits) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A message must hold the largest record.
	if err := (Limits{MaxMessage: 61_000}).Check(); !errors.Is(err, ErrLimits) {
		t.Error(err)
	}
}

func (e *evil) limit(change func(l *Limits)) { change(&e.core.cfg.Limits) }

func TestExceeding(t *testing.T) {
	tests := []struct {
		name string
		do   func(e *evil)
		want ReasonCode
	}{
		{"message", func(e *evil) {
			e.limit(func(l *Limits) { l.MaxMessage = 1000 })
			e.sayOn(Data, make([]byte, 1001))
		}, ReasonTooLarge},
		{"record", func(e *evil) {
			e.limit(func(l *Limits) { l.MaxRecord = 1024 })
			e.say(msgPush, pack(signed(e.t, e.key, testRoom, 1, e.now/1000, `{"c":"`+strings.Repeat("x", 1000)+`","t":1}`)))
		}, ReasonTooLarge},
		{"messages a second", func(e *evil) {
			for range rateBurst*testLimits.MessagesPerSecond + 1 {
				e.say(msgPing, make([]byte, 8))
				e.got = e.got[len(e.got)-1:]
			}
		}, ReasonRate},
		{"bytes a second", func(e *evil) {
			e.limit(func(l *Limits) { l.BytesPerSecond = 1000 })
			for range 2000 {
				e.say(msgHave, make([]byte, 32))
			}
		}, ReasonRate},
		{"messages of a former session", func(e *evil) {
			e.core.byConn[testConn].seen[Data] = 2
			for range rateBurst*testLimits.MessagesPerSecond + 1 {
				e.say(msgRecords, nil)
			}
		}, ReasonRate},
		{"silence", func(e *evil) { e.limit(func(l *Limits) { l.IdleTimeout = 5000 }); e.tick(5000) }, ReasonTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newEvil(t, false)
			e.join()
			e.got = nil
			tt.do(e)
			e.mustEnd(tt.want)
			if len(e.stored) != 0 {
				t.Error("something was stored")
			}
		})
	}
	for name, do := range map[string]func(e *evil){
		"hello": func(e *evil) { e.limit(func(l *Limits) { l.HandshakeTimeout = 90_000 }) },
		"proof": func(e *evil) { e.limit(func(l *Limits) { l.ChallengeTimeout = 90_000 }); e.sayHello(e.hello()) },
	} {
		t.Run("no "+name, func(t *testing.T) {
			e := newEvil(t, false)
			do(e)
			e.core.byConn[testConn].hs.deadline = e.now + 90_000
			e.tick(89_000)
			e.mustLive()
			e.tick(1000)
			e.mustEnd(ReasonTimeout)
		})
	}
}

// What was asked for does not count: the window bounds it.
func TestWhatWasAskedForIsNoFlood(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	e.core.cfg.Limits.BytesPerSecond, e.core.cfg.Limits.MessagesPerSecond = 1000, 2
	rs := unsigned(t, testKey(t, 5), 100)
	ids := make([]record.ID, len(rs))
	for i := range rs {
		ids[i] = rs[i].ID
	}
	e.say(msgHave, appendIDs(nil, ids))
	e.expect(msgWant)
	for i := range rs {
		e.take(msgRecords, pack(rs[i]))
	}
	e.acceptAll()
	e.mustLive()
	if e.core.Len() != len(rs) {
		t.Errorf("%d held", e.core.Len())
	}
}

// A writer announces what it may not push: however fast it writes, a peer that has slept through all of
// it takes it for no flood.
func TestPushesKeepToTheLimits(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	mine := testKey(t, 1)
	pushes, bytes, announced := 0, 0, 0
	const seconds, each = 30, 300
	for i := range seconds * each {
		ev := record.New(testRoom, [16]byte{byte(i), byte(i >> 8)}, e.now/1000, testContent)
		ev.Author = mine.PubKey()
		ev.ID = ev.Hash()
		r, err := record.Bind(ev, testRoom)
		if err != nil {
			t.Fatal(err)
		}
		e.core.Put(e.now, r, 1)
		e.run()
		e.core.Buffered(e.now, testConn, Data, 0)
		e.run()
		if i%each == each-1 {
			e.pass(1)
		}
		for _, m := range e.got {
			switch msgType(m[0]) {
			case msgPush:
				pushes++
				bytes += len(m)
			case msgHave:
				announced += len(m) / 32
			}
		}
		e.got = nil
	}
	e.mustLive()
	if most := rateBurst * testLimits.MessagesPerSecond * 9 / 10; pushes > most || bytes > rateBurst*testLimits.BytesPerSecond {
		t.Errorf("%d pushes of %d bytes", pushes, bytes)
	}
	if pushes+announced != seconds*each {
		t.Errorf("%d pushed and %d announced of %d", pushes, announced, seconds*each)
	}
}

func TestSessionsPerIdentity(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	e.core.cfg.Limits.SessionsPerIdentity = 3
	identity := testKey(t, 50)
	vouch := func(f *friend) Certificate {
		ev := CertificateEvent(f.key.PubKey(), e.now/1000, e.now/1000+3600)
		if err := ev.Sign(identity); err != nil {
			t.Fatal(err)
		}
		return NewCertificate(f.key.PubKey(), e.now/1000+3600, ev)
	}
	for n := byte(20); n < 24; n++ {
		e.closed = nil
		e.friendWith(n, func(f *friend, h *hello) { h.cert = vouch(f) }).join()
		switch last := n == 23; {
		case last && (e.closed == nil || e.closed.Code != ReasonSessions):
			t.Errorf("the fourth one was told %v", e.closed)
		case !last && e.closed != nil:
			t.Fatalf("session %d ended: %v", n, e.closed)
		}
	}
	// Another identity is let in, and stays out of the first one's way when it becomes that.
	e.closed = nil
	f := e.friend(30).join()
	if e.closed != nil {
		t.Fatalf("another identity: %v", e.closed)
	}
	h := e.hello()
	h.cert = vouch(f)
	f.tr.session, f.tr.hellos[0] = 2, h.append(nil)
	e.got = nil
	f.sayNext(msgHello, f.tr.hellos[0])
	f.tr.hellos[1] = e.expect(msgHello)
	f.sayNext(msgProof, f.tr.proof(f.key, [32]byte{}))
	if e.closed == nil || e.closed.Code != ReasonSessions {
		t.Errorf("the one that became it was told %v", e.closed)
	}
}

// One session key may serve several databases at once, the tabs of one page: they are no duplicates and no
// echo, neither to others nor to each other.
func TestInstances(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	one := func(f *friend, h *hello) {
		h.cert, h.instance = certificate(testKey(t, 60), e.now/1000, e.now/1000+3600), [16]byte{1}
	}
	two := func(f *friend, h *hello) { one(f, h); h.instance = [16]byte{2} }
	e.friendWithKey(20, testKey(t, 60), one).join()
	e.friendWithKey(21, testKey(t, 60), two).join()
	if e.closed != nil || len(e.core.Peers()) != 3 {
		t.Fatalf("%v, %d peers", e.closed, len(e.core.Peers()))
	}
	// With a lower key it is for the core to close what is double, with a higher one for the peer.
	key, lower := testKey(t, 60).PubKey(), testKey(t, 1).PubKey()
	e.friendWithKey(22, testKey(t, 60), one).join()
	if slices.Compare(lower[:], key[:]) < 0 != (e.closed != nil && e.closed.Code == ReasonDuplicate) {
		t.Errorf("the second connection of one instance: %v", e.closed)
	}
	// A tab of our own.
	e.closed = nil
	e.friendWithKey(23, testKey(t, 1), func(f *friend, h *hello) {
		h.cert, h.instance = e.core.cfg.Certificate, [16]byte{7}
	}).join()
	if e.closed != nil {
		t.Errorf("a tab of our own: %v", e.closed)
	}
}

func TestDisconnectTellsWhy(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	e.core.Disconnect(e.now, testConn, ReasonBanned, strings.Repeat("é", 200))
	e.run()
	if e.closed == nil || e.closed.Code != ReasonBanned {
		t.Fatalf("ended with %v", e.closed)
	}
	if b := e.expect(msgBye); ReasonCode(b[0]) != ReasonBanned || len(b) > 1+maxReason {
		t.Errorf("told %q", b)
	}
}

// What a muted peer tells of its own accord is ignored, in rounds too; it is served, and nothing is
// held against it. When it is heard again, nothing is missing.
func TestMute(t *testing.T) {
	p := newCrossing(t, Limits{})
	p.mustAgree()
	p.cores[1].Mute(p.now, testConn, true)
	p.effects(1)
	p.put(0)
	p.put(1)
	for range 90 {
		p.now += 1000
		p.tick(0)
		p.tick(1)
		p.drain()
	}
	if p.cores[1].Len() != 1 || p.cores[0].Len() != 2 || !p.peer(1).Muted || p.peer(0).Muted {
		t.Fatalf("%d and %d held", p.cores[0].Len(), p.cores[1].Len())
	}
	p.cores[1].Mute(p.now, testConn, false)
	p.effects(1)
	for range 70 {
		p.now += 1000
		p.tick(0)
		p.tick(1)
		p.drain()
	}
	p.mustAgree()
}

// A pong tells how far the clocks are apart.
func TestClockSkew(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	peer := func() Peer { return e.core.Peers()[0] }
	if p := peer(); p.RTT != -1 || p.ClockSkew != 0 {
		t.Fatalf("%+v", p)
	}
	e.tick(1000)
	pong := func(clock uint64) {
		token := e.expect(msgPing)
		e.now += 400
		e.say(msgPong, binary.BigEndian.AppendUint64(slices.Clone(token), clock))
	}
	pong(uint64(e.now + 200 + 5000))
	if p := peer(); p.RTT != 400 || p.ClockSkew != 5000 {
		t.Errorf("rtt %d, skew %d", p.RTT, p.ClockSkew)
	}
	e.pass(measureAfter/1000 - 1)
	if _, ok := e.find(msgPing); ok {
		t.Error("measured too early")
	}
	e.pass(2)
	pong(1 << 63) // no clock
	if p := peer(); p.ClockSkew != 5000 {
		t.Errorf("skew %d", p.ClockSkew)
	}
	e.mustLive()
}

func TestBehind(t *testing.T) {
	e := newEvil(t, false)
	e.core.Restore(fabricated(10, 80))
	e.join()
	behind := func() int { return e.core.Peers()[0].Behind }
	if behind() != -1 {
		t.Errorf("%d before anything was told", behind())
	}
	e.say(msgRoot, root{from: e.core.Horizon(), hash: [32]byte{1}, count: 25}.append(nil))
	if behind() != 15 {
		t.Errorf("%d, want 15", behind())
	}
	e.say(msgRoot, root{from: e.core.Horizon(), hash: [32]byte{1}, count: 4}.append(nil))
	if behind() != 6 {
		t.Errorf("%d, want 6", behind())
	}
	e.say(msgRoot, root{from: e.core.Horizon(), hash: e.core.Root(), count: 10}.append(nil))
	if behind() != 0 {
		t.Errorf("%d in agreement", behind())
	}
}

// A peer's hello says which policy and instance it has.
func TestPeerTellsPolicy(t *testing.T) {
	e := newEvil(t, false)
	e.sayHello(e.hello())
	if p := e.core.Peers()[0]; p.Policy != [32]byte{} || p.Identity != (record.PubKey{}) {
		t.Error("shown before it was proven")
	}
	e.say(msgProof, e.tr.proof(e.key, [32]byte{}))
	p := e.core.Peers()[0]
	if p.Policy != [32]byte{6} || p.Instance != [16]byte{8} || p.Number != 0 {
		t.Errorf("%+v", p)
	}
	e.say(msgReady, nil)
	if p := e.core.Peers()[0]; p.Number != 1 || p.Renewed != e.now {
		t.Errorf("number %d", p.Number)
	}
}

// A record of our own that peers would not take is not stored.
func TestPutTooLarge(t *testing.T) {
	e := newEvil(t, false)
	e.core.cfg.Limits.MaxRecord = 1024
	e.core.Put(e.now, signed(t, testKey(t, 1), testRoom, 1, e.now/1000, `{"c":"`+strings.Repeat("x", 1000)+`","t":1}`), 1)
	e.run()
	if len(e.puts) != 1 || !errors.Is(e.puts[0], ErrTooLarge) || len(e.stored) != 0 {
		t.Errorf("%v, %d stored", e.puts, len(e.stored))
	}
}
