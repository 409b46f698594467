package sync

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

// Sessions are renewed while records flow and both channels run as they like, at either side's wish, with
// the same identity or another one. Nobody is struck, and nothing is lost or asked for twice.
func TestRenewalInAnyOrder(t *testing.T) {
	renewals := 0
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 7))
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := newCrossing(t, Limits{PeerSession: 3000})
			for range 400 {
				who := rng.IntN(2)
				n, qs := rng.IntN(100), p.waiting()
				switch {
				case n < 5:
					p.put(who)
				case n < 7:
					p.certify(who, p.keys[who])
				case n < 8:
					p.certify(who, testKey(t, byte(10+rng.IntN(4))))
				case n < 20:
					// Nothing is under way for longer than a network may take.
					if late := p.latest(); late != nil {
						p.deliver(late[0], Channel(late[1]))
						break
					}
					p.now += rng.Int64N(300)
					p.tick(who)
				case len(qs) > 0:
					q := qs[rng.IntN(len(qs))]
					// Now and then one queue is far ahead of the others.
					for k := rng.IntN(4); k >= 0 && len(p.queue[q[0]][q[1]]) > 0; k-- {
						p.deliver(q[0], Channel(q[1]))
					}
				}
			}
			p.mustAgree()
			renewals += int(p.peer(0).Number) - 1
		})
		if !ok {
			return
		}
	}
	t.Logf("%d renewals", renewals)
	if renewals < 200 {
		t.Error("hardly anything was renewed")
	}
}

// latest is a queue whose first message has been under way for 2 s.
func (p *crossing) latest() []int {
	for _, q := range p.waiting() {
		if p.now-p.queue[q[0]][q[1]][0].sent >= 2000 {
			return q[:]
		}
	}
	return nil
}

// Every order in which the messages of one renewal, and the records that both sides
// write before and after it, can come: orders that differ only in what two different
// sides get are one.
func TestRenewalInEveryOrder(t *testing.T) {
	made := make(map[vow]Certificate)
	for _, tt := range []struct {
		starters []int
		login    bool
	}{{[]int{0}, true}, {[]int{1}, false}, {[]int{0, 1}, true}} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			seen := make(map[string]bool)
			var path []int // the choices that this run repeats
			runs := 0
			for done := false; !done; runs++ {
				path, done = renewalRun(newCrossingOf(t, Limits{}, made), tt.starters, tt.login, path, seen)
			}
			t.Logf("%d orders", runs)
		})
	}
}

// renewalRun repeats the choices of path, then takes the first ones that lead
// to something new. It returns the path of the next run.
func renewalRun(p *crossing, starters []int, login bool, path []int, seen map[string]bool) (next []int, done bool) {
	p.skip()
	p.put(0)
	p.put(1)
	for _, i := range starters {
		key := p.keys[i]
		if login {
			key = testKey(p.t, byte(10+i))
		}
		p.certify(i, key)
	}
	var counts []int // of the choices there were
	var got [2]string
	var wrote [2]bool // since the renewal
	for {
		for i, c := range p.cores {
			if !wrote[i] && c.byConn[testConn].num == 2 {
				wrote[i] = true
				p.put(i)
			}
		}
		qs := p.waiting()
		if len(qs) == 0 {
			break
		}
		depth := len(counts)
		if depth == len(path) {
			key := got[0] + "|" + got[1]
			if seen[key] {
				return following(path, counts)
			}
			seen[key] = true
			path = append(path, 0)
		}
		counts = append(counts, len(qs))
		q := qs[path[depth]]
		got[1-q[0]] += string("cd"[q[1]])
		p.deliver(q[0], Channel(q[1]))
	}
	if n := p.peer(0).Number; n != 2 {
		p.t.Fatalf("number %d by %v", n, path)
	}
	p.mustAgree()
	return following(path, counts)
}

// following counts the path up.
func following(path, counts []int) (next []int, done bool) {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i]+1 < counts[i] {
			return append(path[:i:i], path[i]+1), false
		}
	}
	return nil, true
}

// The offerer renews a session when it is old enough, and the answerer does if the offerer does not.
func TestWhoRenews(t *testing.T) {
	for _, offerer := range []bool{true, false} {
		e := newEvil(t, offerer)
		e.join()
		if offerer {
			ro, _ := readRoot(e.expect(msgRoot))
			e.say(msgDone, done{round: ro.round}.append(nil))
		}
		last := testLimits.PeerSession
		if !offerer {
			last += renewLate
		}
		e.pass(int(last/1000) - 1)
		e.got = nil
		e.pass(1)
		m := e.expect(msgHello)
		if h, err := readHello(m); err != nil || h.instance != e.core.cfg.Instance {
			t.Fatalf("hello: %v", err)
		}
		e.answerRenewal(m, e.hello())
		p := e.core.Peers()[0]
		if p.Number != 2 || p.Renewed != e.now || p.Since != testNow {
			t.Errorf("number %d since %d", p.Number, p.Renewed-testNow)
		}
		e.num = 2
		e.pass(60)
		e.mustLive()
	}
}

// begin lets evil start to renew its session, up to where the core's proof has come.
func (e *evil) beginRenewal(h hello) {
	e.t.Helper()
	e.num++
	e.tr.session = e.num
	b := h.append(nil)
	e.tr.hellos[e.mine()] = b
	e.say(msgHello, b)
	if e.closed == nil {
		e.tr.hellos[1-e.mine()] = e.expect(msgHello)
		e.expect(msgProof)
	}
}

// answerRenewal goes through a renewal that the core began with a hello. Afterwards evil still
// speaks under the number that stood before.
func (e *evil) answerRenewal(theirs []byte, h hello) {
	e.t.Helper()
	e.num++
	e.tr.session = e.num
	e.tr.hellos[1-e.mine()] = theirs
	e.sayHello(h)
	e.expect(msgProof)
	e.proveRenewal()
	e.num--
}

func (e *evil) proveRenewal() {
	e.t.Helper()
	e.say(msgProof, e.tr.proof(e.key, [32]byte{}))
	e.expect(msgReady)
	e.say(msgReady, nil)
}

func TestBadRenewal(t *testing.T) {
	hour := int64(3600)
	with := func(change func(e *evil, h *hello)) func(e *evil) {
		return func(e *evil) {
			h := e.hello()
			change(e, &h)
			e.beginRenewal(h)
		}
	}
	tests := []struct {
		name string
		do   func(e *evil)
		want ReasonCode
	}{
		{"number left out", func(e *evil) { e.num++; e.beginRenewal(e.hello()) }, ReasonProtocol},
		{"number that stands", func(e *evil) { e.sayHello(e.hello()) }, ReasonProtocol},
		{"downgraded version", with(func(e *evil, h *hello) { h.version = 0 }), ReasonVersion},
		{"other version", with(func(e *evil, h *hello) { h.version = 2 }), ReasonVersion},
		{"other room", with(func(e *evil, h *hello) { h.room[0]++ }), ReasonRoom},
		{"other instance", with(func(e *evil, h *hello) { h.instance[0]++ }), ReasonProtocol},
		{"oneself", with(func(e *evil, h *hello) { h.cert, h.instance = e.core.cfg.Certificate, e.core.cfg.Instance }), ReasonSelf},
		{"expired certificate", with(func(e *evil, h *hello) {
			h.cert = certificate(e.key, e.now/1000-3*hour, e.now/1000-hour)
		}), ReasonCertificate},
		{"certificate of the far future", with(func(e *evil, h *hello) {
			h.cert = certificate(e.key, e.now/1000+1000*hour, e.now/1000+1001*hour)
		}), ReasonCertificate},
		{"stolen identity", with(func(e *evil, h *hello) { h.cert.Identity = e.core.cfg.Certificate.Identity }), ReasonCertificate},
		{"nonce of the session before", with(func(e *evil, h *hello) { h.nonce[1]-- }), ReasonProof},
		{"our nonce", with(func(e *evil, h *hello) { h.nonce = nonce([32]byte{3}, 1) }), ReasonProof},
		{"hello twice", func(e *evil) { e.beginRenewal(e.hello()); e.sayHello(e.hello()) }, ReasonProtocol},
		{"proof first", func(e *evil) { e.num++; e.say(msgProof, e.tr.proof(e.key, [32]byte{})) }, ReasonProtocol},
		{"ready first", func(e *evil) { e.num++; e.say(msgReady, nil) }, ReasonProtocol},
		{"ready before proof", func(e *evil) { e.beginRenewal(e.hello()); e.say(msgReady, nil) }, ReasonProtocol},
		{"replayed proof", func(e *evil) {
			old := e.tr.proof(e.key, [32]byte{})
			e.beginRenewal(e.hello())
			e.say(msgProof, old)
		}, ReasonRoom},
		{"proof for the number before", func(e *evil) {
			e.beginRenewal(e.hello())
			e.tr.session--
			e.say(msgProof, e.tr.proof(e.key, [32]byte{}))
		}, ReasonRoom},
		{"reflected proof", func(e *evil) {
			e.num++
			e.tr.session = e.num
			e.sayHello(e.hello())
			e.say(msgProof, e.expect(msgProof))
		}, ReasonRoom},
		{"no member", func(e *evil) {
			e.beginRenewal(e.hello())
			e.say(msgProof, e.tr.proof(e.key, [32]byte{1}))
		}, ReasonRoom},
		{"another key's proof", func(e *evil) {
			e.beginRenewal(e.hello())
			e.say(msgProof, e.tr.proof(testKey(e.t, 3), [32]byte{}))
		}, ReasonProof},
		{"another wire", func(e *evil) {
			e.beginRenewal(e.hello())
			e.tr.prints[0][5]++
			e.say(msgProof, e.tr.proof(e.key, [32]byte{}))
		}, ReasonRoom},
		{"data before the proof", func(e *evil) { e.beginRenewal(e.hello()); e.say(msgPush, pack(e.record(1))) }, ReasonProtocol},
		{"ping before ready", func(e *evil) {
			e.beginRenewal(e.hello())
			e.say(msgProof, e.tr.proof(e.key, [32]byte{}))
			e.say(msgPing, make([]byte, 8))
		}, ReasonProtocol},
		{"silence after hello", func(e *evil) {
			e.beginRenewal(e.hello())
			e.num--
			e.pass(int(testLimits.ChallengeTimeout / 1000))
		}, ReasonTimeout},
		{"silence after proof", func(e *evil) {
			e.beginRenewal(e.hello())
			e.say(msgProof, e.tr.proof(e.key, [32]byte{}))
			e.num--
			e.pass(int(testLimits.ChallengeTimeout / 1000))
		}, ReasonTimeout},
		{"no answer to hello", func(e *evil) {
			e.core.Certify(e.now, certificate(testKey(e.t, 1), e.now/1000, e.now/1000+7200), testKey(e.t, 1).SignHash)
			e.run()
			e.pass(int(testLimits.HandshakeTimeout / 1000))
		}, ReasonTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, offerer := range []bool{true, false} {
				e := newEvil(t, offerer)
				e.join()
				e.mustLive()
				tt.do(e)
				e.mustEnd(tt.want)
				if len(e.stored) != 0 {
					t.Error("something was stored")
				}
			}
		})
	}
}

// On each channel the former number is good until the new one came on it, and ignored from then on.
func TestFormerNumber(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	first := e.key
	e.key = testKey(t, 5) // another identity
	e.beginRenewal(e.hello())
	e.say(msgProof, e.tr.proof(e.key, [32]byte{}))
	if p := e.core.Peers()[0]; p.Number != 1 || p.Identity != first.PubKey() {
		t.Error("the page was told too early")
	}
	// Data of the new session overtakes its ready.
	e.say(msgPush, pack(e.record(1)))
	if e.core.Len() != 1 {
		t.Fatal("what overtook the ready was not taken in")
	}
	// On Data the number has moved on, on Control not yet.
	e.num = 1
	e.say(msgPush, pack(e.record(2)))
	if e.core.Len() != 1 {
		t.Fatal("what came too late was taken in")
	}
	e.got = nil
	e.say(msgPing, make([]byte, 8))
	e.expect(msgPong)
	e.num = 2
	e.say(msgReady, nil)
	if p := e.core.Peers()[0]; p.Number != 2 || p.Identity != e.key.PubKey() || p.Session != e.key.PubKey() {
		t.Errorf("number %d", p.Number)
	}
	e.num = 1
	e.say(msgPing, make([]byte, 8))
	e.expect(msgPong)
	e.num = 2
	e.say(msgPing, make([]byte, 8))
	e.expect(msgPong)
	e.num = 1
	e.say(msgPing, make([]byte, 8))
	if _, ok := e.find(msgPong); ok {
		t.Error("answered what came too late")
	}
	e.mustLive()
}

// A record is pushed under the identity that its session has proven, neither a former nor a
// later one.
func TestPushOfAFormerIdentity(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	first := e.key
	e.key = testKey(t, 5)
	e.beginRenewal(e.hello())
	e.proveRenewal()
	e.num = 1
	e.say(msgPush, pack(signed(t, first, testRoom, 1, e.now/1000, testContent)))
	if e.core.Len() != 1 {
		t.Fatal("a push that was under way was lost")
	}
	e.num = 2
	e.say(msgPush, pack(signed(t, first, testRoom, 2, e.now/1000, testContent)))
	e.mustEnd(ReasonUnsolicited)
}

// After 255 sessions a connection ends, and another one takes its place.
func TestLastNumber(t *testing.T) {
	p := newCrossing(t, Limits{PeerSession: 5000})
	p.drain()
	for i := range p.cores {
		s := p.cores[i].byConn[testConn]
		s.num, s.seen = 254, [2]byte{254, 254}
	}
	p.certify(0, p.keys[0])
	p.drain()
	if a, b := p.peer(0), p.peer(1); a.Number != 255 || b.Number != 255 {
		t.Fatalf("numbers %d and %d", a.Number, b.Number)
	}
	p.put(0)
	p.mustAgree()
	cert, sign := p.certificate(1, p.keys[1])
	p.cores[1].Certify(p.now, cert, sign)
	for _, e := range p.cores[1].Effects() {
		switch e := e.(type) {
		case Send:
			p.cores[0].Receive(p.now, testConn, e.Channel, e.Msg)
		case Close:
			if e.Reason.Code != ReasonExpired {
				t.Errorf("ended with %v", e.Reason)
			}
		}
	}
	if len(p.cores[0].Peers())+len(p.cores[1].Peers()) != 0 {
		t.Error("the connection is still there")
	}
}

// Who gives a session key up while a handshake waits for the peer's hello makes no false proof.
func TestKeyGivenUpDuringAHandshake(t *testing.T) {
	for _, renewal := range []bool{false, true} {
		e := newEvil(t, true)
		given := func() {
			e.core.byConn[testConn].hs.sign = func([32]byte) record.Sig { return record.Sig{} }
		}
		if renewal {
			e.join()
			e.core.Certify(e.now, certificate(testKey(t, 3), e.now/1000, e.now/1000+3600), testKey(t, 3).SignHash)
			e.run()
			e.num++
		}
		given()
		e.sayHello(e.hello())
		e.mustEnd(ReasonExpired)
	}
}

// A certificate that comes in the middle of a handshake is shown in the next one.
func TestCertifyDuringAHandshake(t *testing.T) {
	p := newCrossing(t, Limits{})
	p.certify(0, testKey(t, 10))
	p.certify(1, p.keys[1])
	p.certify(0, testKey(t, 11))
	p.put(0)
	p.mustAgree()
	if n := p.peer(1).Number; n != 2 {
		t.Errorf("number %d", n)
	}
}
