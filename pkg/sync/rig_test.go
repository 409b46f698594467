package sync

import (
	"encoding/binary"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

var testRoom = record.RoomTag{1, 2, 3}

var testLimits = DefaultLimits()

const testNow = int64(1_800_000_000_000)

// evil is one end of a connection that sends what a test tells it to; the other is
// an honest core over a store in memory.
type evil struct {
	t      *testing.T
	core   *Core
	key    *record.SecretKey // identity and session key
	now    int64
	tr     transcript
	num    byte     // of the session in which it speaks
	nonces byte     // that it has used
	got    [][]byte // messages received, not yet looked at
	closed *Reason
	stored map[Key][]byte
	puts   []error
	hold   bool // keep verdicts and commits back
	held   []func()
	fail   error // what the store answers
	policy func(*record.Record) Verdict
}

func testKey(t testing.TB, n byte) *record.SecretKey {
	t.Helper()
	b := make([]byte, 32)
	b[31] = n
	k, err := record.SecretKeyFromBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func certificate(k *record.SecretKey, from, until int64) Certificate {
	e := CertificateEvent(k.PubKey(), from, until)
	if err := e.Sign(k); err != nil {
		panic(err)
	}
	return NewCertificate(k.PubKey(), until, e)
}

const testConn = ConnID(7)

// newEvil connects to a core that made the offer, or did not.
func newEvil(t *testing.T, offerer bool) *evil {
	t.Helper()
	honest := testKey(t, 1)
	e := &evil{t: t, key: testKey(t, 2), now: testNow, stored: make(map[Key][]byte), policy: func(*record.Record) Verdict { return Accept }}
	e.core = New(Config{
		Room:        testRoom,
		Certificate: certificate(honest, testNow/1000, testNow/1000+3600),
		Sign:        honest.SignHash,
		Bucket:      24 * 3600,
		Retention:   90 * 24 * 3600,
		Limits:      Limits{MaxPeers: 10},
	}, testNow)
	e.connect(offerer)
	return e
}

func (e *evil) connect(offerer bool) {
	e.core.Connected(e.now, testConn, offerer, [32]byte{1}, [32]byte{2}, [32]byte{3})
	e.run()
	e.num = 1
	e.tr = transcript{room: testRoom, session: 1, offering: !offerer}
	e.tr.prints[e.mine()], e.tr.prints[1-e.mine()] = [32]byte{2}, [32]byte{1}
	e.tr.hellos[1-e.mine()] = e.expect(msgHello)
}

func (e *evil) mine() int {
	if e.tr.offering {
		return 0
	}
	return 1
}

func (e *evil) hello() hello {
	e.nonces++
	return hello{
		version: Version, nonce: [32]byte{9, e.nonces}, room: testRoom,
		cert:     certificate(e.key, e.now/1000, e.now/1000+3600),
		instance: [16]byte{8}, policy: [32]byte{6},
		bucket: 24 * 3600, horizon: uint64(e.core.Horizon()),
	}
}

func (e *evil) sayHello(h hello) {
	b := h.append(nil)
	e.tr.hellos[e.mine()] = b
	e.say(msgHello, b)
}

// join goes through an honest handshake.
func (e *evil) join() {
	e.sayHello(e.hello())
	e.expect(msgProof)
	e.say(msgProof, e.tr.proof(e.key, [32]byte{}))
	e.expect(msgReady)
	e.say(msgReady, nil)
}

func (e *evil) say(t msgType, body []byte) {
	e.sayOn(rules[t].ch, append([]byte{byte(t), e.num}, body...))
}

func (e *evil) sayOn(ch Channel, msg []byte) {
	e.core.Receive(e.now, testConn, ch, msg)
	e.run()
}

func (e *evil) tick(ms int64) {
	for ms > 0 {
		step := min(ms, 1000)
		e.now += step
		ms -= step
		e.core.Tick(e.now)
		e.run()
	}
}

func (e *evil) run() {
	for {
		es := e.core.Effects()
		if len(es) == 0 {
			return
		}
		for _, x := range es {
			switch x := x.(type) {
			case Send:
				e.got = append(e.got, x.Msg)
			case Close:
				if e.closed != nil {
					e.t.Error("closed twice")
				}
				e.closed = &x.Reason
			case Verify:
				verdicts := make([]Verdict, len(x.Records))
				for i := range verdicts {
					verdicts[i] = e.policy(&x.Records[i])
					if x.Records[i].VerifySignature() != nil {
						verdicts[i] = Forged
					}
				}
				e.later(func() { e.core.Verified(e.now, x.Ticket, verdicts) })
			case Persist:
				e.later(func() {
					if e.fail == nil {
						for _, k := range x.Batch.Delete {
							delete(e.stored, k)
						}
						for _, p := range x.Batch.Put {
							e.stored[p.Key] = p.Body
						}
					}
					e.core.Persisted(e.now, x.Ticket, e.fail)
				})
			case Load:
				bodies := make([][]byte, len(x.Keys))
				for i, k := range x.Keys {
					bodies[i] = e.stored[k]
				}
				e.later(func() { e.core.Loaded(e.now, x.Ticket, bodies, nil) })
			case Event:
				if p, ok := x.What.(PutEvent); ok {
					e.puts = append(e.puts, p.Err)
				}
			}
		}
	}
}

func (e *evil) later(f func()) {
	if e.hold {
		e.held = append(e.held, f)
		return
	}
	f()
}

func (e *evil) release() {
	e.hold = false
	for len(e.held) > 0 {
		f := e.held[0]
		e.held = e.held[1:]
		f()
		e.run()
	}
}

// proof is what a session key proves by.
func (t *transcript) proof(k *record.SecretKey, membership [32]byte) []byte {
	b, _ := t.prove(k.SignHash, membership)
	return b
}

// expect returns the body of the next message of a type, dropping others.
func (e *evil) expect(t msgType) []byte {
	e.t.Helper()
	if b, ok := e.find(t); ok {
		return b
	}
	e.t.Fatalf("no %s came; closed: %v", t, e.closed)
	return nil
}

func (e *evil) find(t msgType) ([]byte, bool) {
	for len(e.got) > 0 {
		m := e.got[0]
		e.got = e.got[1:]
		if msgType(m[0]) == t {
			return m[2:], true
		}
	}
	return nil, false
}

func (e *evil) mustEnd(code ReasonCode) {
	e.t.Helper()
	switch {
	case e.closed == nil:
		e.t.Fatalf("the session did not end with %s", code)
	case e.closed.Code != code:
		e.t.Fatalf("the session ended with %v, want %s", e.closed, code)
	}
	bye, ok := e.find(msgBye)
	if !ok || ReasonCode(bye[0]) != code {
		e.t.Errorf("the peer was not told %s: %v", code, bye)
	}
	if len(e.core.Peers()) != 0 {
		e.t.Error("the session is still there")
	}
}

func (e *evil) mustLive() {
	e.t.Helper()
	if e.closed != nil {
		e.t.Fatalf("the session ended: %v", e.closed)
	}
}

// signed makes a record.
func signed(t testing.TB, k *record.SecretKey, room record.RoomTag, d byte, at int64, content string) record.Record {
	t.Helper()
	ev := record.New(room, [16]byte{d}, at, content)
	if err := ev.Sign(k); err != nil {
		t.Fatal(err)
	}
	r, err := record.Bind(ev, room)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func deletion(t testing.TB, k *record.SecretKey, of record.Record, at int64) record.Record {
	t.Helper()
	ev := record.NewDeletion(testRoom, of, at)
	if err := ev.Sign(k); err != nil {
		t.Fatal(err)
	}
	r, err := record.Bind(ev, testRoom)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const testContent = `{"c":{"text":"hello"},"t":1800000000000}`

func (e *evil) record(d byte) record.Record {
	return signed(e.t, e.key, testRoom, d, e.now/1000, testContent)
}

func pack(rs ...record.Record) []byte {
	var w batch
	for i := range rs {
		w.add(rs[i].AppendBinary(nil))
	}
	return w.buf
}

func varint(v uint64) []byte { return binary.AppendUvarint(nil, v) }
