package sync

import (
	"errors"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

// What a peer may not do ends its session with a reason, and leaves nothing behind.
func TestBadHandshake(t *testing.T) {
	hour := int64(3600)
	tests := []struct {
		name string
		do   func(e *evil)
		want ReasonCode
	}{
		{"garbage", func(e *evil) { e.sayOn(Control, []byte("GET / HTTP/1.1")) }, ReasonProtocol},
		{"empty", func(e *evil) { e.sayOn(Control, nil) }, ReasonProtocol},
		{"too long", func(e *evil) { e.sayOn(Control, make([]byte, MaxMessage+1)) }, ReasonTooLarge},
		{"hello on data", func(e *evil) { h := e.hello(); e.sayOn(Data, append([]byte{1, 1}, h.append(nil)...)) }, ReasonProtocol},
		{"records first", func(e *evil) { e.say(msgRecords, pack(e.record(1))) }, ReasonProtocol},
		{"later session", func(e *evil) { e.sayOn(Control, []byte{byte(msgHello), 2}) }, ReasonProtocol},
		{"hello twice", func(e *evil) { e.sayHello(e.hello()); e.sayHello(e.hello()) }, ReasonProtocol},
		{"cut hello", func(e *evil) { h := e.hello(); b := h.append(nil); e.say(msgHello, b[:len(b)-1]) }, ReasonProtocol},
		{"long hello", func(e *evil) { h := e.hello(); e.say(msgHello, append(h.append(nil), 0)) }, ReasonProtocol},
		{"other version", func(e *evil) { h := e.hello(); h.version = 2; e.sayHello(h) }, ReasonVersion},
		{"version 0", func(e *evil) { h := e.hello(); h.version = 0; e.sayHello(h) }, ReasonVersion},
		{"other room", func(e *evil) { h := e.hello(); h.room[0]++; e.sayHello(h) }, ReasonRoom},
		{"other bucket", func(e *evil) { h := e.hello(); h.bucket, h.horizon = 3600, 3600; e.sayHello(h) }, ReasonBucket},
		{"horizon within a bucket", func(e *evil) { h := e.hello(); h.horizon++; e.sayHello(h) }, ReasonProtocol},
		{"oneself", func(e *evil) {
			h := e.hello()
			h.cert, h.instance = e.core.cfg.Certificate, e.core.cfg.Instance
			e.sayHello(h)
		}, ReasonSelf},
		{"expired certificate", func(e *evil) {
			h := e.hello()
			h.cert = certificate(e.key, e.now/1000-3*hour, e.now/1000-hour)
			e.sayHello(h)
		}, ReasonCertificate},
		{"certificate of the future", func(e *evil) {
			h := e.hello()
			h.cert = certificate(e.key, e.now/1000+hour, e.now/1000+2*hour)
			e.sayHello(h)
		}, ReasonCertificate},
		{"certificate for a year", func(e *evil) {
			h := e.hello()
			h.cert = certificate(e.key, e.now/1000, e.now/1000+365*24*hour)
			e.sayHello(h)
		}, ReasonCertificate},
		{"stolen identity", func(e *evil) {
			h := e.hello()
			h.cert.Identity = e.core.cfg.Certificate.Identity
			e.sayHello(h)
		}, ReasonCertificate},
		{"no member", func(e *evil) {
			e.sayHello(e.hello())
			e.say(msgProof, e.tr.proof(e.key, [32]byte{1}))
		}, ReasonRoom},
		{"another key's proof", func(e *evil) {
			e.sayHello(e.hello())
			e.say(msgProof, e.tr.proof(testKey(e.t, 3), [32]byte{}))
		}, ReasonProof},
		{"reflected proof", func(e *evil) {
			e.sayHello(e.hello())
			e.say(msgProof, e.expect(msgProof))
		}, ReasonRoom},
		{"proof for other certificates of DTLS", func(e *evil) {
			e.sayHello(e.hello())
			e.tr.prints[0], e.tr.prints[1] = e.tr.prints[1], e.tr.prints[0]
			e.say(msgProof, e.tr.proof(e.key, [32]byte{}))
		}, ReasonRoom},
		{"ready before proof", func(e *evil) { e.sayHello(e.hello()); e.say(msgReady, nil) }, ReasonProtocol},
		{"push before proof", func(e *evil) { e.sayHello(e.hello()); e.say(msgPush, pack(e.record(1))) }, ReasonProtocol},
		{"silence", func(e *evil) { e.tick(testLimits.HandshakeTimeout) }, ReasonTimeout},
		{"silence after hello", func(e *evil) { e.sayHello(e.hello()); e.tick(testLimits.HandshakeTimeout) }, ReasonTimeout},
		{"silence after proof", func(e *evil) {
			e.sayHello(e.hello())
			e.say(msgProof, e.tr.proof(e.key, [32]byte{}))
			e.tick(testLimits.HandshakeTimeout)
		}, ReasonTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, offerer := range []bool{true, false} {
				e := newEvil(t, offerer)
				tt.do(e)
				e.mustEnd(tt.want)
				if len(e.stored) != 0 {
					t.Error("something was stored")
				}
			}
		})
	}
}

// A proof from an earlier connection does not hold for another one.
func TestReplayedProof(t *testing.T) {
	e := newEvil(t, true)
	e.sayHello(e.hello())
	old := e.tr.proof(e.key, [32]byte{})
	e.core.Closed(e.now, testConn, "")
	e.run()
	e.closed, e.got = nil, nil
	e.core.Connected(e.now, testConn, true, [32]byte{1}, [32]byte{2}, [32]byte{4})
	e.run()
	e.sayHello(e.hello())
	e.say(msgProof, old)
	e.mustEnd(ReasonRoom)
}

func TestBadTransfer(t *testing.T) {
	tests := []struct {
		name string
		do   func(e *evil)
		want ReasonCode
	}{
		{"unsolicited", func(e *evil) { e.say(msgRecords, pack(e.record(1))) }, ReasonUnsolicited},
		{"absent unasked", func(e *evil) { e.say(msgAbsent, make([]byte, 32)) }, ReasonUnsolicited},
		{"another's push", func(e *evil) {
			e.say(msgPush, pack(signed(e.t, testKey(e.t, 5), testRoom, 1, e.now/1000, testContent)))
		}, ReasonUnsolicited},
		{"wrong signature", func(e *evil) {
			r := e.record(1)
			r.Sig[63] ^= 1
			e.say(msgPush, pack(r))
		}, ReasonBadSignature},
		{"wrong signature of a wanted record", func(e *evil) {
			r := e.record(1)
			e.say(msgHave, r.ID[:])
			e.expect(msgWant)
			r.Sig[63] ^= 1
			e.say(msgRecords, pack(r))
		}, ReasonBadSignature},
		{"another record than was wanted", func(e *evil) {
			r := e.record(1)
			e.say(msgHave, r.ID[:])
			e.say(msgRecords, pack(e.record(2)))
		}, ReasonUnsolicited},
		{"empty batch", func(e *evil) { e.say(msgPush, nil) }, ReasonProtocol},
		{"cut batch", func(e *evil) { b := pack(e.record(1)); e.say(msgPush, b[:len(b)-1]) }, ReasonProtocol},
		{"cut record", func(e *evil) {
			r := e.record(1)
			var w batch
			b := r.AppendBinary(nil)
			w.add(b[:len(b)-1])
			e.say(msgPush, w.buf)
		}, ReasonBadRecord},
		{"half an id", func(e *evil) { e.say(msgHave, make([]byte, 33)) }, ReasonProtocol},
		{"too many ids", func(e *evil) { e.say(msgHave, make([]byte, 32*(maxIDs+1))) }, ReasonProtocol},
		{"wanting one record twice", func(e *evil) { e.say(msgWant, make([]byte, 64)) }, ReasonExceeded},
		{"range outside a round", func(e *evil) { e.say(msgRange, append(varint(9), 0x61)) }, ReasonProtocol},
		{"done outside a round", func(e *evil) { e.say(msgDone, varint(9)) }, ReasonProtocol},
		{"descend outside a round", func(e *evil) { e.say(msgDescend, append(varint(9), 1)) }, ReasonProtocol},
		{"unknown type", func(e *evil) { e.sayOn(Control, []byte{0x77, 1}) }, ReasonProtocol},
		{"hello again", func(e *evil) { e.sayHello(e.hello()) }, ReasonProtocol},
		{"short ping", func(e *evil) { e.say(msgPing, []byte{1}) }, ReasonProtocol},
		{"silence", func(e *evil) { e.tick(testLimits.IdleTimeout) }, ReasonTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newEvil(t, false)
			e.join()
			e.mustLive()
			tt.do(e)
			e.mustEnd(tt.want)
			if len(e.stored) != 0 || e.core.Len() != 0 {
				t.Error("something was stored")
			}
			if len(e.core.wants) != 0 {
				t.Error("something is still wanted")
			}
		})
	}
}

func TestPushIsAcknowledgedOnceStored(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	e.hold = true
	r := e.record(1)
	e.say(msgPush, pack(r))
	e.tick(500)
	if _, ok := e.find(msgHave); ok || e.core.Len() != 0 {
		t.Fatal("acknowledged before it was stored")
	}
	e.release()
	e.tick(500)
	if b := e.expect(msgHave); record.ID(b) != r.ID {
		t.Errorf("acknowledged %x", b)
	}
	if e.core.Len() != 1 || len(e.stored) != 1 {
		t.Errorf("%d held, %d stored", e.core.Len(), len(e.stored))
	}
}

func TestStoreFails(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	e.fail = ErrStoreFull
	r := e.record(1)
	e.say(msgPush, pack(r))
	mine := signed(t, testKey(t, 1), testRoom, 2, e.now/1000, testContent)
	e.core.Put(e.now, mine, 1)
	e.run()
	if len(e.puts) != 1 || !errors.Is(e.puts[0], ErrStoreFull) {
		t.Fatalf("the writer was told %v", e.puts)
	}
	if e.core.Len() != 0 {
		t.Error("held, but not stored")
	}
	e.mustLive()
	e.say(msgHave, r.ID[:])
	if _, ok := e.find(msgWant); ok {
		t.Error("asked again at once")
	}
	e.fail = nil
	for range 9 {
		e.tick(deferFor / 9)
		e.say(msgPing, make([]byte, 8))
	}
	e.tick(1000)
	e.say(msgHave, r.ID[:])
	e.expect(msgWant)
	e.say(msgRecords, pack(r))
	if e.core.Len() != 1 {
		t.Error("not stored when there was room again")
	}
}

func TestVersions(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	at := e.now / 1000
	content := func(s string) string { return `{"c":"` + s + `","t":1}` }
	v := func(at int64, s string) record.Record { return signed(t, e.key, testRoom, 1, at, content(s)) }
	mustHold := func(rs ...record.Record) {
		t.Helper()
		if e.core.Len() != len(rs) || len(e.stored) != len(rs) {
			t.Fatalf("%d held, %d stored, want %d", e.core.Len(), len(e.stored), len(rs))
		}
		for _, r := range rs {
			if !e.core.set.has(r.ID) {
				t.Fatalf("%s is not held", r.ID)
			}
		}
	}
	first, second := v(at-10, "1"), v(at-5, "2")
	e.say(msgPush, pack(second))
	e.say(msgPush, pack(first))
	mustHold(second)

	// A tie goes to the lowest id, whichever comes first.
	a, b := v(at-4, "a"), v(at-4, "b")
	if a.ID.String() > b.ID.String() {
		a, b = b, a
	}
	e.say(msgPush, pack(b))
	e.say(msgPush, pack(a))
	e.say(msgPush, pack(b))
	mustHold(a)

	// A deletion ends what is as old as itself, and stays.
	del := deletion(t, e.key, a, at-4)
	e.say(msgPush, pack(del))
	mustHold(del)
	e.say(msgPush, pack(a, second))
	mustHold(del)

	// Something newer may be written after it; of deletions the newest stays.
	third := v(at-3, "3")
	e.say(msgPush, pack(third))
	mustHold(del, third)
	later := deletion(t, e.key, a, at-2)
	e.say(msgPush, pack(later))
	mustHold(later)
	e.say(msgPush, pack(del))
	mustHold(later)
	e.mustLive()
}

func TestManyVersionsInOneMessage(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	var rs []record.Record
	for i := range int64(20) {
		rs = append(rs, signed(t, e.key, testRoom, 1, e.now/1000-(i*7)%20, testContent))
	}
	e.say(msgPush, pack(rs...))
	if e.core.Len() != 1 || len(e.stored) != 1 {
		t.Fatalf("%d held, %d stored, want 1", e.core.Len(), len(e.stored))
	}
	if k, ok := e.core.Find(rs[0].UUID); !ok || k.ID != rs[0].ID {
		t.Error("the newest is not current")
	}
}

func TestTimesOutOfBounds(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	now := e.now / 1000
	old := signed(t, e.key, testRoom, 1, e.core.Horizon()-1, testContent)
	edge := signed(t, e.key, testRoom, 2, e.core.Horizon(), testContent)
	future := signed(t, e.key, testRoom, 3, now+maxAhead+1, testContent)
	near := signed(t, e.key, testRoom, 4, now+maxAhead, testContent)
	e.say(msgPush, pack(old, edge, future, near))
	e.mustLive()
	if e.core.Len() != 2 || !e.core.set.has(edge.ID) || !e.core.set.has(near.ID) {
		t.Errorf("%d held", e.core.Len())
	}
}

// A peer that gives nothing is passed over for one that holds the record too.
func TestStall(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	r := e.record(1)
	e.say(msgHave, r.ID[:])
	e.expect(msgWant)

	other := ConnID(8)
	k := testKey(t, 4)
	tr := transcript{room: testRoom, session: 1, offering: true}
	e.core.Connected(e.now, other, false, [32]byte{5}, [32]byte{6}, [32]byte{7})
	e.run()
	tr.prints = [2][32]byte{{6}, {5}}
	tr.hellos[1] = e.expect(msgHello)
	h := e.hello()
	h.cert = certificate(k, e.now/1000, e.now/1000+3600)
	tr.hellos[0] = h.append(nil)
	say := func(t msgType, b []byte) {
		e.core.Receive(e.now, other, rules[t].ch, append([]byte{byte(t), 1}, b...))
		e.run()
	}
	say(msgHello, tr.hellos[0])
	say(msgProof, tr.proof(k, [32]byte{}))
	say(msgReady, nil)
	say(msgHave, r.ID[:])
	if _, ok := e.find(msgWant); ok {
		t.Fatal("asked of two at once")
	}
	for range 3 {
		e.tick(wantTimeout / 2)
		e.say(msgPing, make([]byte, 8))
		say(msgPing, make([]byte, 8))
	}
	e.expect(msgWant)
	say(msgRecords, pack(r))
	if e.core.Len() != 1 {
		t.Fatal("not stored")
	}
	// What the first one gives late is no offence.
	e.say(msgRecords, pack(r))
	e.mustLive()
}
