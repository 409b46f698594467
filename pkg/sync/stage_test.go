package sync

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

// Times on the stage, in ms.
const (
	stageLatency = 20 // of a message
	stageVerify  = 1
	stageCommit  = 5
	stageLoad    = 1
)

// stage is where a golden script plays: peers, and a network that takes equally long for
// every message and keeps their order. Keys, nonces and times are fixed, so that a script
// always gives the same trace.
type stage struct {
	t        *testing.T
	now      int64
	queue    []happening // ordered by time, then by when they were scheduled
	actors   map[string]*actor
	names    []string // of the actors, in the order in which they came
	conns    ConnID
	sessions byte // session keys given out
	out      strings.Builder
	hidden   bool                         // nothing is written
	hide     map[string]bool              // messages and effects that are not written
	recs     map[string]record.Record     // by name
	titles   map[record.ID]string         // names of records
	latest   map[string]record.Record     // by name of the record: its last version
	count    map[string]int               // of versions and deletions, by name of the record
	total    map[[2]string]map[string]int // messages and bytes since the last count
}

type happening struct {
	at int64
	do func()
}

// actor is a peer on the stage.
type actor struct {
	st     *stage
	name   string
	author string // the name of whoever owns the identity
	core   *Core
	wires  map[ConnID]*wire
	store  map[Key][]byte
	due    int64
	asleep bool
	inbox  []func()           // what waits for a sleeper
	mute   map[msgType]bool   // messages that are kept back
	kept   []func()           // until they are released
	lies   int                // range messages to be answered with nothing
	refuse map[string]Verdict // what the policy says of a record, by its name
}

// wire is one side of a connection.
type wire struct {
	owner *actor
	id    ConnID
	other *wire
	dead  bool
}

func newStage(t *testing.T) *stage {
	return &stage{
		t: t, now: testNow,
		actors: make(map[string]*actor),
		hide:   make(map[string]bool),
		recs:   make(map[string]record.Record),
		titles: make(map[record.ID]string),
		latest: make(map[string]record.Record),
		count:  make(map[string]int),
		total:  make(map[[2]string]map[string]int),
	}
}

// after schedules something. What comes at one time keeps its order.
func (st *stage) after(ms int64, do func()) {
	h := happening{st.now + ms, do}
	i := sort.Search(len(st.queue), func(i int) bool { return st.queue[i].at > h.at })
	st.queue = slices.Insert(st.queue, i, h)
}

func (st *stage) run(ms int64) {
	end := st.now + ms
	for len(st.queue) > 0 && st.queue[0].at <= end {
		h := st.queue[0]
		st.queue = st.queue[1:]
		st.now = max(st.now, h.at)
		h.do()
	}
	st.now = end
}

// join adds a peer of an author.
func (st *stage) join(name, author string) error {
	if st.actors[name] != nil {
		return fmt.Errorf("there is a peer %s", name)
	}
	a := &actor{
		st: st, name: name, author: author,
		wires:  make(map[ConnID]*wire),
		store:  make(map[Key][]byte),
		mute:   make(map[msgType]bool),
		refuse: make(map[string]Verdict),
	}
	st.actors[name] = a
	st.names = append(st.names, name)
	a.start()
	return nil
}

// identity is an author's key.
func (st *stage) identity(author string) *record.SecretKey { return testKey(st.t, author[0]) }

// certify lets the author vouch for a session key that nobody has had before.
func (a *actor) certify() (Certificate, func([32]byte) record.Sig) {
	a.st.sessions++
	key := testKey(a.st.t, a.st.sessions)
	from := a.st.now / 1000
	ev := CertificateEvent(key.PubKey(), from, from+MaxCertificateLife)
	if err := ev.Sign(a.st.identity(a.author)); err != nil {
		a.st.t.Fatal(err)
	}
	return NewCertificate(key.PubKey(), from+MaxCertificateLife, ev), key.SignHash
}

// start gives a peer a session key and a core over its store.
func (a *actor) start() {
	cert, sign := a.certify()
	a.core = New(Config{
		Room:        testRoom,
		Certificate: cert,
		Sign:        sign,
		Instance:    [16]byte{a.name[0]},
		Bucket:      24 * 3600,
		Retention:   90 * 24 * 3600,
		Limits:      Limits{MaxPeers: 10},
	}, a.st.now)
	a.due = math.MaxInt64
	a.effects()
}

// connect links two peers; a makes the offer.
func (st *stage) connect(a, b *actor) {
	st.conns++
	x, y := &wire{owner: a, id: st.conns}, &wire{owner: b, id: st.conns}
	x.other, y.other = y, x
	a.wires[x.id], b.wires[y.id] = x, y
	n := byte(st.conns)
	fa, fb := [32]byte{n, 1}, [32]byte{n, 2}
	a.core.Connected(st.now, x.id, true, fa, fb, [32]byte{n, 3})
	b.core.Connected(st.now, y.id, false, fb, fa, [32]byte{n, 4})
	a.effects()
	b.effects()
}

// wireTo is a's side of the connection between two peers.
func (a *actor) wireTo(b *actor) (*wire, error) {
	for _, id := range slices.Sorted(maps.Keys(a.wires)) {
		if w := a.wires[id]; w.other.owner == b && !w.dead {
			return w, nil
		}
	}
	return nil, fmt.Errorf("%s is not connected to %s", a.name, b.name)
}

// cut ends a connection: both sides learn of it.
func (w *wire) cut(text string) {
	for _, s := range [...]*wire{w, w.other} {
		if s.dead {
			continue
		}
		s.dead = true
		s.owner.input(func() { s.owner.core.Closed(s.owner.st.now, s.id, text) })
	}
}

// input gives the core an input, at once or when the peer wakes up.
func (a *actor) input(f func()) {
	if a.asleep {
		a.inbox = append(a.inbox, f)
		return
	}
	f()
	a.effects()
}

func (a *actor) later(ms int64, f func()) { a.st.after(ms, func() { a.input(f) }) }

// schedule sees to a Tick at the core's deadline.
func (a *actor) schedule() {
	at := max(a.core.Deadline(), a.st.now+1)
	if a.asleep || at >= a.due {
		return
	}
	a.due = at
	a.st.after(at-a.st.now, func() {
		if a.due == at && !a.asleep {
			a.tick()
		}
	})
}

func (a *actor) tick() {
	a.due = math.MaxInt64
	a.core.Tick(a.st.now)
	a.effects()
}

// sleep stops a peer's machine: nothing is handled before it wakes up.
func (a *actor) sleep() { a.asleep, a.due = true, math.MaxInt64 }

func (a *actor) wake() {
	a.asleep = false
	for len(a.inbox) > 0 && !a.asleep {
		f := a.inbox[0]
		a.inbox = a.inbox[1:]
		f()
		a.effects()
	}
	a.tick()
}

// effects carries out what the core asks for.
func (a *actor) effects() {
	for es := a.core.Effects(); len(es) > 0; es = a.core.Effects() {
		for _, e := range es {
			a.effect(e)
		}
	}
	a.schedule()
}

func (a *actor) effect(e Effect) {
	st := a.st
	switch e := e.(type) {
	case Send:
		a.send(a.wires[e.Conn], e.Channel, e.Msg)
	case Close:
		w := a.wires[e.Conn]
		st.after(2*stageLatency, func() { w.cut("the peer closed it") })
	case Verify:
		verdicts := make([]Verdict, len(e.Records))
		for i := range e.Records {
			r := &e.Records[i]
			if verdicts[i] = a.refuse[st.title(r.ID)]; r.VerifySignature() != nil {
				verdicts[i] = Forged
			}
		}
		st.line(a.name, "verify", st.recordNames(e.Records))
		a.later(stageVerify, func() { a.core.Verified(st.now, e.Ticket, verdicts) })
	case Persist:
		st.line(a.name, "persist", st.batchText(e.Batch))
		a.later(stageCommit, func() {
			a.apply(e.Batch)
			a.core.Persisted(st.now, e.Ticket, nil)
		})
	case Load:
		bodies := make([][]byte, len(e.Keys))
		for i, k := range e.Keys {
			bodies[i] = a.store[k]
		}
		a.later(stageLoad, func() { a.core.Loaded(st.now, e.Ticket, bodies, nil) })
	case Event:
		if text := a.eventText(e.What); text != "" {
			st.line(a.name, "event", text)
		}
	}
}

func (a *actor) apply(b Batch) {
	for _, k := range b.Delete {
		delete(a.store, k)
	}
	if b.Before != 0 {
		maps.DeleteFunc(a.store, func(k Key, _ []byte) bool { return k.At < b.Before })
	}
	for _, e := range b.Put {
		a.store[e.Key] = e.Body
	}
}

// send writes a message into the trace and delivers it, unless the script keeps it back.
func (a *actor) send(w *wire, ch Channel, msg []byte) {
	if w == nil || w.dead {
		return
	}
	st, to := a.st, w.other
	deliver := func() {
		st.message(a, to.owner, msg)
		st.after(stageLatency, func() {
			if to.dead {
				return
			}
			if msgType(msg[0]) == msgRange && to.owner.lies > 0 {
				to.owner.lies--
				_, n := binary.Uvarint(msg[2:])
				to.owner.send(to, Control, append(append([]byte{byte(msgRange), 1}, msg[2:2+n]...), 0x61))
				return
			}
			to.owner.input(func() { to.owner.core.Receive(st.now, to.id, ch, msg) })
		})
		if ch == Data {
			a.later(stageLatency, func() { a.core.Buffered(st.now, w.id, Data, 0) })
		}
	}
	if a.mute[msgType(msg[0])] {
		a.kept = append(a.kept, deliver)
		return
	}
	deliver()
}

// write makes a version of a record, or its deletion, and puts it. It returns the name.
func (a *actor) write(name string, at int64, deletes bool) error {
	st := a.st
	author, d, err := splitName(name)
	if err != nil {
		return err
	}
	if author != a.author {
		return fmt.Errorf("%s writes the records of %s", a.name, a.author)
	}
	key := st.identity(author)
	if at == 0 {
		at = a.core.Stamp(st.now, record.UUIDOf(key.PubKey(), d))
	}
	st.count[name]++
	title := fmt.Sprintf("%s.v%d", name, st.count[name])
	ev := record.New(testRoom, d, at, fmt.Sprintf(`{"c":{"text":"this is %s"},"t":%d}`, title, st.now))
	if deletes {
		st.count[name]--
		st.count[name+".del"]++
		if title = name + ".del"; st.count[title] > 1 {
			title += fmt.Sprint(st.count[title])
		}
		ev = record.NewDeletion(testRoom, st.latest[name], at)
	}
	if err := ev.Sign(key); err != nil {
		return err
	}
	r, err := record.Bind(ev, testRoom)
	if err != nil {
		return err
	}
	st.recs[title], st.titles[r.ID], st.latest[name] = r, title, r
	a.core.Put(st.now, r, 1)
	a.effects()
	return nil
}
