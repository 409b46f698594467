package sync

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/record"
)

// pair is two honest cores, each with a clock, a store and a policy of its own, on a connection
// that takes no time. The first makes the offer.
type pair struct {
	t     *testing.T
	now   int64
	sides [2]*side
	conn  ConnID // 0: none
	conns ConnID
	ended *Reason // of a session, by either side
}

type side struct {
	p       *pair
	i       int
	key     *record.SecretKey
	core    *Core
	skew    int64 // ms, of its clock
	stored  map[Key][]byte
	fail    error // what the store answers
	hold    bool  // the store answers later
	held    []func()
	policy  func(*record.Record) Verdict
	puts    []error
	removed []RemovedEvent
	refused []RefusedEvent
	ledger  map[Key]bool // what SetEvents add up to
	sent    map[msgType]int
	bytes   int
	deletes int // the most that one transaction had
}

func newPair(t *testing.T) *pair {
	p := &pair{t: t, now: testNow}
	for i := range p.sides {
		p.sides[i] = &side{
			p: p, i: i, key: testKey(t, byte(21+i)),
			stored: make(map[Key][]byte), sent: make(map[msgType]int),
			policy: func(*record.Record) Verdict { return Accept },
		}
		p.sides[i].start()
	}
	return p
}

// factsOf is the least that facts could be.
func factsOf(r *record.Record) (f Facts) {
	copy(f[:8], r.Author[:])
	f[15] = byte(len(r.Content))
	return f
}

func (x *side) time() int64 { return x.p.now + x.skew }

// start makes a core over the store.
func (x *side) start() {
	x.p.t.Helper()
	from := x.time()/1000 - 600
	x.core = New(Config{
		Room:        testRoom,
		Certificate: certificate(x.key, from, from+MaxCertificateLife),
		Sign:        x.key.SignHash,
		Instance:    [16]byte{byte(x.i)},
		Bucket:      24 * 3600,
		Retention:   90 * 24 * 3600,
		Facts:       factsOf,
		Follow:      true,
	}, x.time())
	x.ledger, x.removed, x.refused, x.held = make(map[Key]bool), nil, nil, nil
	x.core.Restore(inOrder(slices.Collect(maps.Keys(x.stored))))
	x.p.run()
}

func inOrder(keys []Key) []Key {
	slices.SortFunc(keys, func(a, b Key) int { return itemOf(a).Compare(itemOf(b)) })
	return keys
}

func (p *pair) connect() {
	p.conns++
	p.conn = p.conns
	for i, x := range p.sides {
		x.core.Connected(x.time(), p.conn, i == 0, [32]byte{byte(i)}, [32]byte{byte(1 - i)}, [32]byte{byte(i), byte(p.conn)})
	}
	p.run()
}

func (p *pair) disconnect() {
	for _, x := range p.sides {
		x.core.Closed(x.time(), p.conn, "test")
	}
	p.conn = 0
	p.run()
}

// pass lets time pass, a second at a time.
func (p *pair) pass(seconds int) {
	for range seconds {
		p.now += 1000
		for _, x := range p.sides {
			x.core.Tick(x.time())
			p.run()
		}
	}
}

func (p *pair) run() {
	for again := true; again; {
		again = false
		for _, x := range p.sides {
			if x == nil || x.core == nil {
				continue
			}
			for _, e := range x.core.Effects() {
				again = true
				x.effect(e)
			}
		}
	}
	for _, x := range p.sides {
		if x != nil && x.core != nil {
			x.check()
		}
	}
}

func (x *side) effect(e Effect) {
	now := x.time()
	switch e := e.(type) {
	case Send:
		x.sent[msgType(e.Msg[0])]++
		x.bytes += len(e.Msg)
		if e.Conn != x.p.conn {
			return
		}
		x.core.Buffered(now, e.Conn, e.Channel, 0)
		y := x.p.sides[1-x.i]
		y.core.Receive(y.time(), e.Conn, e.Channel, e.Msg)
	case Close:
		if x.p.ended == nil {
			x.p.ended = &e.Reason
		}
	case Verify:
		verdicts := make([]Verdict, len(e.Records))
		for i := range verdicts {
			verdicts[i] = x.policy(&e.Records[i])
		}
		x.core.Verified(now, e.Ticket, verdicts)
	case Persist:
		x.deletes = max(x.deletes, len(e.Batch.Delete))
		answer := func() {
			if x.fail == nil {
				x.apply(e.Batch)
			}
			x.core.Persisted(x.time(), e.Ticket, x.fail)
		}
		if x.hold || len(x.held) > 0 { // in order
			x.held = append(x.held, answer)
			return
		}
		answer()
	case Load:
		bodies := make([][]byte, len(e.Keys))
		for i, k := range e.Keys {
			bodies[i] = x.stored[k]
		}
		x.core.Loaded(now, e.Ticket, bodies, nil)
	case Event:
		switch e := e.What.(type) {
		case PutEvent:
			x.puts = append(x.puts, e.Err)
		case RemovedEvent:
			x.removed = append(x.removed, e)
		case RefusedEvent:
			x.refused = append(x.refused, e)
		case SetEvent:
			x.follow(e)
		}
	}
}

func (x *side) apply(b Batch) {
	for _, k := range b.Delete {
		delete(x.stored, k)
	}
	maps.DeleteFunc(x.stored, func(k Key, _ []byte) bool { return b.Before != 0 && k.At < b.Before })
	for _, e := range b.Put {
		x.stored[e.Key] = e.Body
	}
}

// release lets the store answer.
func (x *side) release() {
	x.hold = false
	for len(x.held) > 0 {
		f := x.held[0]
		x.held = x.held[1:]
		f()
		x.p.run()
	}
}

// follow keeps a ledger: what SetEvents say must fit, and add up to the set.
func (x *side) follow(e SetEvent) {
	x.p.t.Helper()
	for _, k := range e.Removed {
		if !x.ledger[k] {
			x.p.t.Errorf("a SetEvent removes what never was there: %v", k)
		}
		delete(x.ledger, k)
	}
	for _, k := range e.Added {
		if x.ledger[k] {
			x.p.t.Errorf("a SetEvent adds what is there: %v", k)
		}
		x.ledger[k] = true
	}
}

func (x *side) check() {
	x.p.t.Helper()
	n := 0
	for r := range x.core.set.tree.Ascend(merkle.Min, merkle.Max) {
		n++
		if k := x.core.set.key(r); !x.ledger[k] {
			x.p.t.Fatalf("in the set and not in the ledger: %v", k)
		}
	}
	if n != len(x.ledger) {
		x.p.t.Fatalf("%d entries in the set, %d in the ledger", n, len(x.ledger))
	}
}

// stores checks that the store has what the set has, and nothing else.
func (x *side) stores() {
	x.p.t.Helper()
	if len(x.stored) != len(x.ledger) {
		x.p.t.Errorf("%d entries stored, %d held", len(x.stored), len(x.ledger))
	}
	for k := range x.stored {
		if !x.ledger[k] {
			x.p.t.Errorf("stored and not held: %v", k)
		}
	}
	for k := range x.ledger {
		if body, ok := x.stored[k]; !ok || (len(body) == 0) != k.Kind.Refused() {
			x.p.t.Errorf("stored: %v, %d bytes: %v", ok, len(body), k)
		}
	}
}

// write puts a record that expires, unless that is 0.
func (x *side) write(d byte, at, expires int64) record.Record {
	x.p.t.Helper()
	ev := record.New(testRoom, [16]byte{d}, at, testContent)
	if expires != 0 {
		ev.Tags = append(ev.Tags, record.ExpirationTag(expires))
	}
	if err := ev.Sign(x.key); err != nil {
		x.p.t.Fatal(err)
	}
	r, err := record.Bind(ev, testRoom)
	if err != nil {
		x.p.t.Fatal(err)
	}
	x.core.Put(x.time(), r, 1)
	x.p.run()
	return r
}

func (x *side) has(r record.Record) bool {
	k, ok := x.core.Find(r.UUID)
	return ok && k.ID == r.ID
}

func (x *side) peer() Peer {
	x.p.t.Helper()
	if ps := x.core.Peers(); len(ps) == 1 {
		return ps[0]
	}
	x.p.t.Fatalf("the session ended: %v", x.p.ended)
	return Peer{}
}

// agreed checks that both sides say so, with this many records unavailable to each.
func (p *pair) agreed(unavailable ...int) {
	p.t.Helper()
	for i, x := range p.sides {
		if q := x.peer(); !q.Agreed || q.Unavailable != unavailable[i] {
			p.t.Errorf("side %d agrees: %v, with %d unavailable, want %d", i, q.Agreed, q.Unavailable, unavailable[i])
		}
	}
}

func (p *pair) equal() {
	p.t.Helper()
	if p.sides[0].core.Root() != p.sides[1].core.Root() {
		p.t.Errorf("the roots differ: %d and %d entries", p.sides[0].core.Len(), p.sides[1].core.Len())
	}
	p.agreed(0, 0)
}

// fill puts records of nobody's signature into a side's store and starts it anew.
func (x *side) fill(n int) []Key {
	x.p.t.Helper()
	rs := unsigned(x.p.t, testKey(x.p.t, 9), n)
	keys := make([]Key, n)
	for i := range rs {
		keys[i] = keyOf(&rs[i])
		keys[i].Facts = factsOf(&rs[i])
		x.stored[keys[i]] = rs[i].AppendBinary(nil)
	}
	x.start()
	return keys
}

func idsOf(keys []Key) []record.ID {
	ids := make([]record.ID, len(keys))
	for i, k := range keys {
		ids[i] = k.ID
	}
	return ids
}

func randomly(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
