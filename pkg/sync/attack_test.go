package sync

import (
	"bytes"
	"testing"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/negentropy"
	"github.com/peersetdb/peerset/pkg/record"
)

// friend is an honest peer that is connected to the core beside the evil one. What
// the core sends it is among what evil got.
type friend struct {
	e    *evil
	conn ConnID
	key  *record.SecretKey
	tr   transcript
}

// friend connects a peer and says hello.
func (e *evil) friend(n byte) *friend { return e.friendWith(n, func(*friend, *hello) {}) }

// friendWith connects a peer whose hello is changed before it is said.
func (e *evil) friendWith(n byte, change func(*friend, *hello)) *friend {
	return e.friendWithKey(n, testKey(e.t, n), change)
}

func (e *evil) friendWithKey(n byte, key *record.SecretKey, change func(*friend, *hello)) *friend {
	e.t.Helper()
	f := &friend{e: e, conn: 100 + ConnID(n), key: key}
	f.tr = transcript{room: testRoom, session: 1, offering: true, prints: [2][32]byte{{6}, {5}}}
	e.core.Connected(e.now, f.conn, false, [32]byte{5}, [32]byte{6}, [32]byte{n})
	e.run()
	f.tr.hellos[1] = e.expect(msgHello)
	h := e.hello()
	h.cert = certificate(f.key, e.now/1000, e.now/1000+3600)
	change(f, &h)
	f.tr.hellos[0] = h.append(nil)
	f.say(msgHello, f.tr.hellos[0])
	return f
}

// join goes through the rest of the handshake.
func (f *friend) join() *friend {
	f.say(msgProof, f.tr.proof(f.key, [32]byte{}))
	f.say(msgReady, nil)
	return f
}

func (f *friend) say(t msgType, body []byte) {
	f.e.core.Receive(f.e.now, f.conn, rules[t].ch, append([]byte{byte(t), 1}, body...))
	f.e.run()
}

// sayNext says something under the next number.
func (f *friend) sayNext(t msgType, body []byte) {
	f.e.core.Receive(f.e.now, f.conn, rules[t].ch, append([]byte{byte(t), f.tr.session}, body...))
	f.e.run()
}

// pass lets time pass, a second at a time, in which all peers show that they are there.
func (e *evil) pass(seconds int, fs ...*friend) {
	for range seconds {
		e.tick(1000)
		e.say(msgPing, make([]byte, 8))
		for _, f := range fs {
			f.say(msgPing, make([]byte, 8))
		}
	}
}

// take is say, but what is to be verified waits for acceptAll.
func (e *evil) take(t msgType, body []byte) {
	e.core.Receive(e.now, testConn, rules[t].ch, append([]byte{byte(t), e.num}, body...))
	for _, x := range e.core.Effects() {
		if m, ok := x.(Send); ok {
			e.got = append(e.got, m.Msg)
		}
	}
}

// waiting counts the records that were received and are not verified yet.
func (e *evil) waiting() (n int) {
	for _, v := range e.core.verifying {
		n += len(v.items)
	}
	return n
}

// acceptAll gives every record that waits for a verdict a good one.
func (e *evil) acceptAll() {
	for t, v := range e.core.verifying {
		e.core.Verified(e.now, t, make([]Verdict, len(v.items)))
		e.run()
	}
}

// unsigned makes records whose signatures nobody looks at.
func unsigned(t *testing.T, author *record.SecretKey, n int) []record.Record {
	t.Helper()
	rs := make([]record.Record, n)
	for i := range rs {
		ev := record.New(testRoom, [16]byte{byte(i), byte(i >> 8)}, testNow/1000-int64(i), testContent)
		ev.Author = author.PubKey()
		ev.ID = ev.Hash()
		var err error
		if rs[i], err = record.Bind(ev, testRoom); err != nil {
			t.Fatal(err)
		}
	}
	return rs
}

// offerAll announces records.
func (e *evil) offerAll(rs []record.Record) {
	var ids []record.ID
	for i := range rs {
		if ids = append(ids, rs[i].ID); len(ids) == maxIDs || i == len(rs)-1 {
			e.say(msgHave, appendIDs(nil, ids))
			ids = nil
		}
	}
}

// A forged copy that comes late, while the honest one arrives, does not keep the
// record out: it is asked of the honest peer again.
func TestForgedLateCopyIsAskedOfOthers(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	f := e.friend(4).join()
	r := signed(t, testKey(t, 5), testRoom, 1, e.now/1000, testContent)
	e.say(msgHave, r.ID[:])
	e.expect(msgWant)
	f.say(msgHave, r.ID[:])
	e.pass(wantTimeout/1000*3/2, f)
	e.expect(msgWant)

	forged := r
	forged.Sig[63] ^= 1
	e.hold = true
	e.say(msgRecords, pack(forged))
	f.say(msgRecords, pack(r))
	e.release()
	if e.closed == nil || e.closed.Code != ReasonBadSignature {
		t.Fatalf("the forger's session ended with %v", e.closed)
	}
	if b := e.expect(msgWant); record.ID(b) != r.ID {
		t.Fatalf("asked for %x", b)
	}
	f.say(msgRecords, pack(r))
	if !e.core.set.has(r.ID) || len(e.core.wants) != 0 {
		t.Errorf("%d held, %d wanted", e.core.Len(), len(e.core.wants))
	}
}

// Who takes part for hours asks for every edit once. That is not asking for
// everything again and again, however many edits there were.
func TestManyEditsInALongSession(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	f := e.friend(4).join()
	s := e.core.byConn[testConn]
	s.served = maxServed // as after ten thousand edits before
	for i := range int64(30) {
		e.got = nil
		f.say(msgPush, pack(signed(t, f.key, testRoom, 1, e.now/1000-60+i, testContent)))
		e.tick(2 * flushAfter)
		e.say(msgWant, e.expect(msgHave))
		e.core.Buffered(e.now, testConn, Data, 0)
		e.run()
		e.mustLive()
		e.expect(msgRecords)
	}
}

// A record that had expired when it came is fetched once, whoever offers it how often.
func TestExpiredIsFetchedOnce(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	ev := record.New(testRoom, [16]byte{1}, e.now/1000-100, testContent)
	ev.Tags = append(ev.Tags, record.ExpirationTag(e.now/1000-50))
	if err := ev.Sign(e.key); err != nil {
		t.Fatal(err)
	}
	r, err := record.Bind(ev, testRoom)
	if err != nil {
		t.Fatal(err)
	}
	fetched := 0
	for range 10 {
		e.say(msgHave, r.ID[:])
		for _, ok := e.find(msgWant); ok; _, ok = e.find(msgWant) {
			fetched++
			e.say(msgRecords, pack(r))
		}
		e.pass(deferFor / 1000 / 2)
	}
	if fetched != 1 {
		t.Errorf("fetched %d times", fetched)
	}
	if _, ok := e.core.Find(r.UUID); ok {
		t.Error("shown")
	}
}

// The window is of what was asked for and is not stored: neither a slow check nor a
// slow store lets more come.
func TestWindowEndsWithTheStore(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	e.hold = true
	rs := unsigned(t, testKey(t, 5), 2*window)
	bodies := make(map[record.ID]record.Record, len(rs))
	for _, r := range rs {
		bodies[r.ID] = r
	}
	e.offerAll(rs)
	give := func() (n int) {
		for b, ok := e.find(msgWant); ok; b, ok = e.find(msgWant) {
			for ; len(b) > 0; b = b[32:] {
				e.take(msgRecords, pack(bodies[record.ID(b[:32])]))
				n++
			}
		}
		return n
	}
	came := give()
	if came < window/2 || came > window || e.waiting() != came {
		t.Fatalf("%d records came, %d wait to be verified; the window is %d", came, e.waiting(), window)
	}
	e.acceptAll()
	if n := give(); n != 0 {
		t.Fatalf("%d records more came before the first were stored", n)
	}
	e.release()
	if e.core.Len() != came {
		t.Errorf("%d stored of %d", e.core.Len(), came)
	}
	e.expect(msgWant)
}

// What a peer pushes faster than it can be stored is not taken in but asked for later.
func TestPushesBeyondTheWindowAreOffers(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	const more = 100
	for rs := unsigned(t, e.key, maxServe+more); len(rs) > 0; {
		n := min(len(rs), 200)
		e.take(msgPush, pack(rs[:n]...))
		rs = rs[n:]
	}
	if _, ok := e.find(msgWant); ok {
		t.Fatal("asked for more while so much waits to be verified")
	}
	if n := e.waiting(); n != maxServe {
		t.Fatalf("%d records wait to be verified, want %d", n, maxServe)
	}
	e.acceptAll()
	if b := e.expect(msgWant); len(b) != 32*more {
		t.Errorf("asked for %d of the %d that were left", len(b)/32, more)
	}
	if e.core.Len() != maxServe {
		t.Errorf("%d held", e.core.Len())
	}
	e.mustLive()
}

// inRound brings a core that makes the offer to its first range message, and
// returns the number of the round. Evil claims to hold something on the first day.
func (e *evil) inRound() (round uint64) {
	e.t.Helper()
	ro, err := readRoot(e.expect(msgRoot))
	if err != nil {
		e.t.Fatal(err)
	}
	m := buckets{round: ro.round, from: ro.from, nodes: []node{{index: ro.from / 86400, prefix: [16]byte{1}}}}
	e.say(msgBuckets, m.append(nil))
	e.expect(msgRange)
	return ro.round
}

// emptyAndMore is a Negentropy message: no ids before the year 2029, and another
// fingerprint than anybody's for what follows.
var emptyAndMore = append([]byte{
	0x61,
	0x87, 0x80, 0x80, 0x80, 0x00, 0, 2, 0,
	0, 0, 1,
}, bytes.Repeat([]byte{7}, 16)...)

// The answerer of a round answers: a range message that the offerer does not wait for
// ends the session.
func TestRangeThatWasNotAskedFor(t *testing.T) {
	e := newEvil(t, true)
	e.join()
	round := e.inRound()
	// So many offers make the offerer pause in the middle of the round.
	for i := range maxOffer/2/maxIDs + window/maxIDs + 2 {
		ids := make([]record.ID, maxIDs)
		for j := range ids {
			ids[j] = record.ID{1, byte(i), byte(j), byte(j >> 8)}
		}
		e.say(msgHave, appendIDs(nil, ids))
	}
	e.say(msgRange, append(varint(round), emptyAndMore...))
	e.mustLive()
	if _, ok := e.find(msgRange); ok {
		t.Fatal("the offerer did not pause")
	}
	e.say(msgRange, append(varint(round), emptyAndMore...))
	e.mustEnd(ReasonProtocol)
}

// A round announces a bounded number of ids, however often the answerer claims to
// hold nothing.
func TestAnnouncementsOfARound(t *testing.T) {
	e := newEvil(t, true)
	e.core.Restore(fabricated(8000, 80))
	e.join()
	round := e.inRound()
	for range 6 {
		e.say(msgRange, append(varint(round), emptyAndMore...))
		e.mustLive()
	}
	n := 0
	for b, ok := e.find(msgHave); ok; b, ok = e.find(msgHave) {
		n += len(b) / 32
	}
	if n < 8000 || n > maxOffer {
		t.Errorf("%d ids were announced, want each at least once and %d at most", n, maxOffer)
	}
}

// What comes while a round is under way was not compared, so the round does not end
// in agreement on it, and another one follows.
func TestAgreementIsOfWhatWasCompared(t *testing.T) {
	e := newEvil(t, true)
	f := e.friend(4).join()
	e.got = nil
	e.join()
	// The peer has yesterday's id without a body, and nothing else.
	lost := record.ID{9}
	peer := merkle.New(86400)
	peer.Insert(merkle.Item{Time: e.now/1000 - 86400, ID: merkle.ID(lost)})
	next := func() root {
		t.Helper()
		for range 20 {
			for b, ok := e.find(msgRoot); ok; b, ok = e.find(msgRoot) {
				if r, err := readRoot(b); err == nil && r.round != 0 {
					return r
				}
			}
			e.pass(1, f)
		}
		e.mustLive()
		t.Fatal("no round begins")
		return root{}
	}
	round := func(meanwhile func()) {
		t.Helper()
		ro := next()
		m := buckets{round: ro.round, from: ro.from, nodes: nodesAt(peer.Buckets(ro.from), 0)}
		e.say(msgBuckets, m.append(nil))
		r := reader{b: e.expect(msgRange)}
		r.varint(1 << 62)
		answer, err := negentropy.View{Tree: peer, From: ro.from}.Respond(r.b, rangeFrame)
		if err != nil {
			t.Fatal(err)
		}
		meanwhile()
		e.say(msgRange, append(varint(ro.round), answer...))
		e.expect(msgDone)
	}
	agreed := func() bool { return e.core.byConn[testConn].rec.agreed }
	round(func() {})
	e.expect(msgWant)
	e.say(msgAbsent, lost[:])
	round(func() { f.say(msgPush, pack(signed(t, f.key, testRoom, 5, e.now/1000, testContent))) })
	if agreed() {
		t.Error("agreed on a record that was not compared")
	}
	k, _ := e.core.Find(record.UUIDOf(f.key.PubKey(), [16]byte{5}))
	peer.Insert(merkle.Item{Time: k.At, ID: merkle.ID(k.ID)})
	round(func() {})
	if !agreed() || e.core.byConn[testConn].rec.unavailable != 1 {
		t.Error("not agreed once it was compared")
	}
}

// Peers that say hello at the same time do not get in beyond the limit.
func TestMaxPeersAtOnce(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	limit := e.core.cfg.Limits.MaxPeers
	var fs []*friend
	for i := range limit {
		fs = append(fs, e.friend(byte(20+i)))
	}
	for _, f := range fs {
		f.join()
	}
	if e.closed == nil || e.closed.Code != ReasonFull {
		t.Errorf("the last one was told %v", e.closed)
	}
	ps := e.core.Peers()
	for _, p := range ps {
		if p.State < Authenticated {
			t.Errorf("%d is %s", p.Conn, p.State)
		}
	}
	if len(ps) != limit {
		t.Errorf("%d peers, want %d", len(ps), limit)
	}
}

// Who asks and does not read the answers gets none while much is buffered for it, and
// is disconnected when it is too much.
func TestControlIsNotRead(t *testing.T) {
	e := newEvil(t, false)
	e.core.Restore(fabricated(100, 80))
	e.join()
	ask := func(round uint64) {
		e.say(msgRoot, root{round: round, from: e.core.Horizon(), hash: [32]byte{1}}.append(nil))
	}
	buffered := func(n int) {
		e.core.Buffered(e.now, testConn, Control, n)
		e.run()
	}
	buffered(highWater)
	ask(1)
	e.expect(msgBuckets)
	buffered(highWater + 1)
	ask(2)
	e.pass(5)
	if _, ok := e.find(msgBuckets); ok {
		t.Fatal("answered a peer that does not read")
	}
	buffered(0)
	e.tick(1000)
	e.expect(msgBuckets)
	buffered(maxControl)
	e.mustLive()
	buffered(maxControl + 1)
	e.mustEnd(ReasonExceeded)
}
