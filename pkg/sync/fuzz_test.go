package sync

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/negentropy"
	"github.com/peersetdb/peerset/pkg/record"
)

// FuzzPeer lets two peers do to a core what the fuzzer makes up, from well-formed messages that fit
// the state to plain bytes, while its store and its page do what they like. It must not
// panic, and after every step what it keeps must be consistent.
func FuzzPeer(f *testing.F) {
	world := newFuzzWorld(f)
	// Records come, one of them to expire; they are evicted and reconsidered, while the store is slow.
	f.Add([]byte{
		0, 5, 0x60, 0, 22, 0x29, 0xff, 0xff, 0x2b, 0x22, 0xff, 0xff, 4, 0x60, 0, 0x23, 0x2a, 0xff, 0xff, 5, 0x60, 1, 0x29, 0xff, 0xff,
		21, 0xff, 0xff, 0x23, 0x20, 0x0f, 23, 22, 0x24, 0x2c, 0x20, 0x0c, 0x24, 0x20, 0x0c, 6, 1, 0x20, 0x0c,
	})
	f.Fuzz(func(t *testing.T, script []byte) {
		p := newPrey(t, world, &fuzzScript{script})
		for len(p.in.b) > 0 {
			p.step()
			p.check()
		}
		p.finish()
	})
}

// fuzzWorld is what takes signatures to make. It is made once.
type fuzzWorld struct {
	// keys and certs are those of the core and of its two peers.
	keys  [3]*record.SecretKey
	certs [3]Certificate
	// recs are records to play with; the first ownRecs are the core's. fleeting is one of a peer's
	// that expires.
	recs     []record.Record
	fleeting record.Record
	index    map[record.ID]int
}

const ownRecs = 5

func newFuzzWorld(f *testing.F) *fuzzWorld {
	w := &fuzzWorld{index: make(map[record.ID]int)}
	now := testNow / 1000
	keys := &w.keys
	for i := range keys {
		keys[i] = testKey(f, byte(i+1))
		w.certs[i] = certificate(keys[i], now, now+MaxCertificateLife)
	}
	at := func(author int, d byte, at int64) record.Record {
		return signed(f, keys[author], testRoom, d, now+at, testContent)
	}
	own := at(0, 1, -5)
	theirs := at(1, 1, -3*24*3600)
	w.recs = []record.Record{
		own, at(0, 1, -4), deletion(f, keys[0], own, now-3), at(0, 2, 0), at(0, 2, maxLead+3),
		theirs, at(1, 1, -9), at(1, 1, -9+1), deletion(f, keys[1], theirs, now-9), at(1, 2, -40*24*3600),
		at(1, 3, maxAhead+5), at(1, 4, -100*24*3600), at(2, 1, -1), at(2, 2, -24*3600), at(2, 3, 0), at(2, 4, 0),
	}
	ev := record.New(testRoom, [16]byte{5}, now-5, testContent)
	ev.Tags = append(ev.Tags, record.ExpirationTag(now+20))
	err := ev.Sign(keys[1])
	if err == nil {
		w.fleeting, err = record.Bind(ev, testRoom)
	}
	if err != nil {
		f.Fatal(err)
	}
	for i := range w.recs {
		w.index[w.recs[i].ID] = i
	}
	return w
}

// fuzzScript gives out the fuzzer's bytes, and zeros after them.
type fuzzScript struct{ b []byte }

func (s *fuzzScript) byte() byte {
	if len(s.b) == 0 {
		return 0
	}
	c := s.b[0]
	s.b = s.b[1:]
	return c
}

func (s *fuzzScript) bytes(n int) []byte {
	n = min(n, len(s.b))
	b := slices.Clone(s.b[:n])
	s.b = s.b[n:]
	return b
}

// prey is the core with its store and its connections, whose sessions begin in the state Syncing.
type prey struct {
	t      *testing.T
	w      *fuzzWorld
	in     *fuzzScript
	core   *Core
	now    int64
	stored map[Key][]byte
	ledger map[Key]bool // what SetEvents add up to
	hold   bool         // results of effects are kept back
	held   []func()
	fail   error
	conns  ConnID
	peers  [2]ConnID // 0: closed
	asked  [2][]byte // the last range message from the core
	ahead  [2]byte   // what a peer says bears the number that stands, plus this
	nonces byte
	certs  int64
}

func newPrey(t *testing.T, w *fuzzWorld, in *fuzzScript) *prey {
	p := &prey{t: t, w: w, in: in, now: testNow, stored: make(map[Key][]byte), ledger: make(map[Key]bool)}
	p.core = New(Config{
		Room: testRoom, Certificate: w.certs[0], Sign: w.keys[0].SignHash, Bucket: 24 * 3600, Retention: 90 * 24 * 3600, Limits: Limits{MaxPeers: 10}, Facts: factsOf, Follow: true,
	}, testNow)
	p.connect(0, in.byte())
	return p
}

// connect opens a session and takes it past the handshake.
func (p *prey) connect(i int, how byte) {
	if p.peers[i] != 0 {
		return
	}
	p.conns++
	p.peers[i], p.ahead[i] = p.conns, 0
	p.core.Connected(p.now, p.conns, how&1 != 0, [32]byte{1}, [32]byte{2}, [32]byte{3})
	s := p.core.byConn[p.conns]
	s.peer = hello{cert: p.w.certs[1+i], bucket: 24 * 3600, horizon: uint64(p.core.horizon)}
	s.hs.peer, s.hs.stage, s.state = s.peer, Authenticated, Authenticated
	s.voices = []voice{{1, s.peer.cert.Identity}}
	if how&2 == 0 {
		p.say(i, msgReady, nil)
	}
	p.run()
}

// step does one thing.
func (p *prey) step() {
	op := p.in.byte()
	i := int(op >> 7)
	s := p.core.byConn[p.peers[i]]
	if s == nil && op&0x7f < 0x20 {
		p.connect(i, op)
		return
	}
	switch op & 0x7f {
	case 0: // anything
		n := int(binary.LittleEndian.Uint16(append(p.in.bytes(2), 0, 0)))
		b := p.in.bytes(n % 2048)
		ch := Control
		if len(b) > 0 && b[0] >= byte(msgRecords) {
			ch = Data
		}
		p.sayOn(i, ch, b)
	case 1, 2, 3:
		t := [...]msgType{msgHave, msgWant, msgAbsent}[op&0x7f-1]
		var b []byte
		for _, r := range p.some() {
			b = append(b, r.ID[:]...)
		}
		p.say(i, t, append(b, p.in.bytes(int(p.in.byte())%96)...))
	case 4:
		p.say(i, msgRecords, pack(p.some()...))
	case 5:
		p.say(i, msgPush, pack(p.some()...))
	case 6: // a root: told, asked, or asked again
		how := p.in.byte()
		m := root{round: p.round(s, how), from: p.horizon(how >> 2), hash: p.core.Root(), count: uint64(how)}
		m.hash[0] += how >> 4
		p.say(i, msgRoot, m.append(nil))
	case 7: // buckets: of a set, or any nodes
		how := p.in.byte()
		m := buckets{round: p.round(s, how), from: p.horizon(how >> 2), level: int(how >> 6)}
		if how&0x20 == 0 {
			m.nodes = nodesAt(p.view().Tree.Buckets(m.from), m.level)
		} else {
			index := m.from / (24 * 3600) >> (4 * m.level)
			for range p.in.byte() {
				index += int64(p.in.byte())
				m.nodes = append(m.nodes, node{index: index, prefix: [16]byte{p.in.byte()}})
				index++
			}
		}
		p.say(i, msgBuckets, m.append(nil))
	case 8:
		how := p.in.byte()
		var nodes []int64
		index := p.horizon(0) / (24 * 3600) >> (4 * (how >> 6))
		for range how & 0x0f {
			index += int64(p.in.byte())
			nodes = append(nodes, index)
		}
		p.say(i, msgDescend, appendDescend(nil, p.round(s, how), nodes))
	case 9: // the answer of a set to what the core asked, or a question by one
		v := p.view()
		msg, err := v.Respond(p.asked[i], rangeFrame)
		if err != nil {
			msg = v.Initiate(nil, rangeFrame)
		}
		p.say(i, msgRange, append(varint(p.round(s, p.in.byte())), msg...))
	case 10: // any range message, or a question for a list
		b := append(varint(p.round(s, p.in.byte())), 0x61)
		if lo := p.in.byte(); lo == 0 {
			b = append(b, p.in.bytes(int(p.in.byte()))...)
		} else {
			from := merkle.Bound{Time: testNow/1000 - int64(lo)*24*3600}
			b = append(b[:len(b)-1], negentropy.AskList(negentropy.Range{Lo: from, Hi: merkle.Max})...)
		}
		p.say(i, msgRange, b)
	case 11:
		how := p.in.byte()
		p.say(i, msgDone, done{round: p.round(s, how), news: how&4 != 0, lack: uint64(how >> 6), own: uint64(how >> 4 & 3)}.append(nil))
	case 12:
		p.say(i, msgPing, p.in.bytes(8))
	case 13:
		p.say(i, msgPong, binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(s.pinged)), uint64(p.now)))
	case 14:
		p.say(i, msgBye, p.in.bytes(int(p.in.byte())))
	case 15:
		p.core.Closed(p.now, p.peers[i], "gone")
	case 16:
		p.core.Disconnect(p.now, p.peers[i], ReasonClosed, "")
	case 21:
		var b []byte
		for _, r := range p.some() {
			b = append(b, r.ID[:]...)
		}
		p.say(i, msgDecline, b)
	case 22:
		p.say(i, msgPush, pack(p.w.fleeting))
	case 23:
		p.say(i, msgHave, p.w.fleeting.ID[:])
	case 17:
		p.core.Buffered(p.now, p.peers[i], Channel(p.in.byte()&1), int(p.in.byte())<<12)
	case 0x18: // the next message of a renewal, or another one
		p.renew(i, s, p.in.byte())
	case 0x19:
		p.ahead[i] = p.in.byte() % 3
	case 0x1a:
		p.core.Mute(p.now, p.peers[i], p.in.byte()&1 != 0)
	case 0x38:
		p.certs++
		p.core.Certify(p.now, certificate(p.w.keys[0], testNow/1000, testNow/1000+MaxCertificateLife-p.certs), p.w.keys[0].SignHash)
	case 0x20: // up to 32 s pass, or the clock is set
		how := p.in.byte()
		p.now += int64(1) << (how & 0x0f)
		if how == 0xff {
			p.now -= 60_000
		}
		p.core.Tick(p.now)
	case 0x21:
		r := p.w.recs[int(p.in.byte())%ownRecs]
		p.core.Put(p.now, r, 1)
	case 0x22:
		p.core.Stamp(p.now, p.w.recs[0].UUID)
		var ids []record.ID
		for _, r := range p.some() {
			ids = append(ids, r.ID)
		}
		p.core.Reconsider(p.now, ids)
	case 0x29, 0x2a:
		ids := []record.ID{p.w.fleeting.ID}
		for _, r := range p.some() {
			ids = append(ids, r.ID)
		}
		p.core.Evict(p.now, ids, op&1 != 0)
	case 0x2b:
		p.core.ReconsiderAll(p.now)
	case 0x2c:
		p.core.Prune(p.now)
	case 0x2d:
		p.core.Retry(p.now)
	case 0x2e:
		var ids []record.ID
		for _, r := range p.some() {
			ids = append(ids, r.ID)
		}
		p.core.Withhold(p.now, ids)
	case 0x23:
		p.hold = !p.hold
	case 0x24:
		p.fail = map[bool]error{true: ErrStoreFull}[p.fail == nil]
	}
	p.run()
}

// renew says what the handshake under way calls for, or begins one; how may say something else.
func (p *prey) renew(i int, s *session, how byte) {
	num, stage := s.num+1, Dialing
	if s.hs != nil {
		stage = s.hs.stage
	}
	var msg []byte
	switch (byte(stage) + how&3) % 3 {
	case 0:
		p.nonces++
		h := s.peer
		h.version, h.room, h.nonce, h.policy[0] = Version, testRoom, [32]byte{9, p.nonces}, how
		msg = h.append([]byte{byte(msgHello), num})
	case 1:
		msg = []byte{byte(msgProof), num}
		if s.hs != nil && s.hs.tr.hellos[1-s.mine()] != nil {
			tr := s.hs.tr
			tr.offering = !tr.offering
			msg = append(msg, tr.proof(p.w.keys[1+i], p.core.cfg.Membership)...)
		}
	case 2:
		msg = []byte{byte(msgReady), num}
	}
	if how&4 != 0 {
		p.flip(msg)
	}
	p.sayOn(i, Control, msg)
}

func (p *prey) flip(msg []byte) {
	if n := int(p.in.byte()) | int(p.in.byte())<<8; len(msg) > 2 {
		msg[2+n%(len(msg)-2)] ^= 1 << (n & 7)
	}
}

// some picks records by a bit set of two bytes.
func (p *prey) some() (rs []record.Record) {
	bits := int(p.in.byte()) | int(p.in.byte())<<8
	for i, r := range p.w.recs {
		if bits>>i&1 != 0 {
			rs = append(rs, r)
		}
	}
	return rs
}

// view is a set of such records.
func (p *prey) view() negentropy.View {
	v := negentropy.View{Tree: merkle.New(24 * 3600), From: p.core.horizon}
	for _, r := range p.some() {
		v.Tree.Insert(merkle.Item{Time: r.CreatedAt, ID: merkle.ID(r.ID)})
	}
	return v
}

// round is that of the session, mostly.
func (p *prey) round(s *session, how byte) uint64 {
	switch how & 3 {
	case 2:
		return 0
	case 3:
		return s.rec.round + 1
	}
	return s.rec.round
}

func (p *prey) horizon(how byte) int64 {
	return p.core.horizon + int64(how&3)*24*3600*30
}

func (p *prey) say(i int, t msgType, body []byte) {
	num := byte(1)
	if s := p.core.byConn[p.peers[i]]; s != nil {
		num = max(s.num, 1) + p.ahead[i]
	}
	p.sayOn(i, rules[t].ch, append([]byte{byte(t), num}, body...))
}

func (p *prey) sayOn(i int, ch Channel, msg []byte) { p.core.Receive(p.now, p.peers[i], ch, msg) }

// run carries out effects, and what follows from them.
func (p *prey) run() {
	for n := 0; ; n++ {
		if n > 10_000 {
			p.t.Fatal("one effect leads to another without end")
		}
		es := p.core.Effects()
		for _, e := range es {
			p.effect(e)
		}
		if len(es) > 0 {
			continue
		}
		if p.hold || len(p.held) == 0 {
			return
		}
		f := p.held[0]
		p.held = p.held[1:]
		f()
	}
}

func (p *prey) effect(e Effect) {
	switch e := e.(type) {
	case Send:
		if len(e.Msg) > MaxMessage {
			p.t.Fatalf("a message of %d bytes", len(e.Msg))
		}
		if i := p.peer(e.Conn); i >= 0 && msgType(e.Msg[0]) == msgRange {
			_, n := binary.Uvarint(e.Msg[2:])
			p.asked[i] = e.Msg[2+n:]
		}
	case Close:
		i := p.peer(e.Conn)
		if i < 0 {
			p.t.Fatal("closed twice")
		}
		p.peers[i], p.asked[i] = 0, nil
	case Verify:
		verdicts := make([]Verdict, len(e.Records))
		for i, r := range e.Records {
			// One of the world's is accepted unless its number says otherwise.
			n, known := p.w.index[r.ID]
			switch {
			case r.ID == p.w.fleeting.ID:
			case !known:
				verdicts[i] = Verdict(r.ID[0] % 4)
			case n == 13 || n == 7:
				verdicts[i] = Refuse
			case n == 14:
				verdicts[i] = Defer
			case n == 15:
				verdicts[i] = Forged
			}
		}
		p.later(func() { p.core.Verified(p.now, e.Ticket, verdicts) })
	case Persist:
		fail := p.fail
		p.later(func() {
			if fail == nil {
				p.apply(e.Batch)
			}
			p.core.Persisted(p.now, e.Ticket, fail)
		})
	case Load:
		p.later(func() {
			bodies := make([][]byte, len(e.Keys))
			for i, k := range e.Keys {
				bodies[i] = p.stored[k]
			}
			p.core.Loaded(p.now, e.Ticket, bodies, p.fail)
		})
	case Event:
		if e, ok := e.What.(SetEvent); ok {
			p.follow(e)
		}
	}
}

// follow keeps what the SetEvents add up to.
func (p *prey) follow(e SetEvent) {
	for _, k := range e.Removed {
		if !p.ledger[k] {
			p.t.Fatal("what never was in the set has left it")
		}
		delete(p.ledger, k)
	}
	for _, k := range e.Added {
		p.ledger[k] = true
	}
}

func (p *prey) apply(b Batch) {
	for _, k := range b.Delete {
		delete(p.stored, k)
	}
	for k := range p.stored {
		if b.Before != 0 && k.At < b.Before {
			delete(p.stored, k)
		}
	}
	for _, e := range b.Put {
		p.stored[e.Key] = e.Body
	}
}

func (p *prey) peer(conn ConnID) int {
	for i, c := range p.peers {
		if c == conn {
			return i
		}
	}
	return -1
}

func (p *prey) later(f func()) { p.held = append(p.held, f) }

// check holds the core to what it says of its fields.
func (p *prey) check() {
	c := p.core
	var bad string
	n, refused, lapsed, due := 0, 0, 0, 0
	for r := range c.set.tree.Ascend(merkle.Min, merkle.Max) {
		k := c.set.key(r)
		body := k
		body.Kind &^= KindRefused // it may be evicted in a moment
		_, ok := p.stored[k]
		if _, soon := p.stored[body]; !ok && !soon {
			bad = "an id is in the tree and not in the store"
		}
		if n++; !p.ledger[k] {
			bad = "an entry is in the tree and not in the ledger"
		}
		if k.Kind.Refused() {
			refused++
		}
		if c.set.meta[r].lapsed {
			lapsed++
		}
		if k.Expires != 0 {
			due++
		}
	}
	if n != len(p.ledger) || lapsed != c.set.lapsed || due != c.set.due.Len() || due != len(c.set.expires) {
		bad = "miscounted"
	}
	if refused != c.set.refused {
		bad = "the refused ids are miscounted"
	}
	for _, s := range c.sessions {
		open := 0
		for _, since := range s.asked {
			if since != 0 {
				open++
			}
		}
		if open != s.open {
			bad = fmt.Sprintf("%d answers are waited for, counted as %d", open, s.open)
		}
		if s.hs != nil && s.hs.num != s.num+1 || len(s.voices) > int(s.num)+1 || s.seen[Control] > max(s.num, 1) || int(s.seen[Data]) > int(s.num)+1 {
			bad = "the numbers of sessions do not follow one another"
		}
		if s.outBytes < 0 || s.served > maxServed+3*c.Len()+maxIDs {
			bad = "out of bounds"
		}
	}
	for id, w := range c.wants {
		if w.asked != 0 && !c.byConn[w.asked].waits(id) && !w.busy {
			bad = "a record is waited for that nobody was asked for"
		}
		if c.set.has(id) && !w.busy && len(w.sources)+len(w.absent) == 0 {
			bad = "a want without a source"
		}
	}
	if bad != "" {
		p.t.Fatal(bad)
	}
}

func (s *session) waits(id record.ID) bool { return s != nil && s.asked[id] != 0 }

// finish ends everything: nothing may be left of sessions that have ended.
func (p *prey) finish() {
	p.hold, p.fail = false, nil
	p.run()
	p.check()
	p.core.Shutdown(p.now)
	p.run()
	c := p.core
	if len(c.sessions)+len(c.byConn)+len(c.wants)+len(c.verifying)+len(c.loading)+len(c.persisting)+len(c.pending)+len(c.queue) != 0 {
		p.t.Fatalf("left: %d wants, %d verifying, %d loading, %d persisting, %d pending, %d queued",
			len(c.wants), len(c.verifying), len(c.loading), len(c.persisting), len(c.pending), len(c.queue))
	}
}
