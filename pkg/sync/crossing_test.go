package sync

import (
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

// crossing is two honest cores on one connection, whose network a test keeps in its hands:
// each side has a queue for each channel, and what goes next is for the test to say.
type crossing struct {
	t     *testing.T
	now   int64
	cores [2]*Core
	keys  [2]*record.SecretKey // identities
	certs [2]int64             // certificates made
	made  map[vow]Certificate  // those of other runs too: signing is slow
	queue [2][2][]parcel       // by who sent it, and the channel
	wants [2]map[record.ID]int // by who asks
	store [2]map[Key][]byte
	puts  byte
	news  [2][]any // what the pages are told
}

// vow is who vouches for which session key.
type vow struct{ identity, session record.PubKey }

type parcel struct {
	sent int64
	msg  []byte
}

func newCrossing(t *testing.T, l Limits) *crossing {
	return newCrossingOf(t, l, make(map[vow]Certificate))
}

func newCrossingOf(t *testing.T, l Limits, made map[vow]Certificate) *crossing {
	p := &crossing{t: t, now: testNow, made: made}
	for i := range p.cores {
		p.keys[i] = testKey(t, byte(1+i))
		p.wants[i], p.store[i] = make(map[record.ID]int), make(map[Key][]byte)
		cert, sign := p.certificate(i, p.keys[i])
		p.cores[i] = New(Config{
			Room: testRoom, Certificate: cert, Sign: sign, Instance: [16]byte{byte(i)},
			Bucket: 24 * 3600, Retention: 90 * 24 * 3600, Limits: l,
		}, testNow)
	}
	for i, c := range p.cores {
		c.Connected(testNow, testConn, i == 0, [32]byte{byte(i)}, [32]byte{byte(1 - i)}, [32]byte{byte(i), 3})
		p.effects(i)
	}
	return p
}

// certificate lets an identity vouch for a session key that nobody has seen.
func (p *crossing) certificate(i int, identity *record.SecretKey) (Certificate, func([32]byte) record.Sig) {
	p.certs[i]++
	session := testKey(p.t, byte(100+40*i+int(p.certs[i])%40))
	v := vow{identity.PubKey(), session.PubKey()}
	if _, ok := p.made[v]; !ok {
		until := int64(testNow/1000 + 7200)
		ev := CertificateEvent(session.PubKey(), testNow/1000, until)
		if err := ev.Sign(identity); err != nil {
			p.t.Fatal(err)
		}
		p.made[v] = NewCertificate(session.PubKey(), until, ev)
	}
	return p.made[v], session.SignHash
}

// skip takes both sides past the first handshake and round.
func (p *crossing) skip() {
	for i, c := range p.cores {
		s, other := c.byConn[testConn], p.cores[1-i]
		s.cert, s.peer = c.cfg.Certificate, hello{cert: other.cfg.Certificate, instance: other.cfg.Instance}
		s.hs, s.num, s.state, s.renewed, s.rec.ended = nil, 1, Live, p.now, p.now
		s.voices = []voice{{1, s.peer.cert.Identity}}
		p.queue[i] = [2][]parcel{}
	}
}

// certify gives a side a new certificate, for the same identity or another one.
func (p *crossing) certify(i int, identity *record.SecretKey) {
	p.keys[i] = identity
	cert, sign := p.certificate(i, identity)
	p.cores[i].Certify(p.now, cert, sign)
	p.effects(i)
}

func (p *crossing) put(i int) {
	p.puts++
	ev := record.New(testRoom, [16]byte{p.puts}, p.now/1000, testContent)
	ev.Author = p.keys[i].PubKey()
	ev.ID = ev.Hash() // nobody looks at signatures
	r, err := record.Bind(ev, testRoom)
	if err != nil {
		p.t.Fatal(err)
	}
	p.cores[i].Put(p.now, r, 1)
	p.effects(i)
}

func (p *crossing) tick(i int) {
	p.cores[i].Tick(p.now)
	p.effects(i)
}

func (p *crossing) deliver(from int, ch Channel) {
	q := p.queue[from][ch]
	p.queue[from][ch] = q[1:]
	p.cores[1-from].Receive(p.now, testConn, ch, q[0].msg)
	p.effects(1 - from)
}

// waiting lists the queues that something waits in.
func (p *crossing) waiting() (qs [][2]int) {
	for i := range p.queue {
		for ch := range p.queue[i] {
			if len(p.queue[i][ch]) > 0 {
				qs = append(qs, [2]int{i, ch})
			}
		}
	}
	return qs
}

// drain delivers all that waits, and what follows from it.
func (p *crossing) drain() {
	for qs := p.waiting(); len(qs) > 0; qs = p.waiting() {
		p.deliver(qs[0][0], Channel(qs[0][1]))
	}
}

func (p *crossing) effects(i int) {
	c := p.cores[i]
	for es := c.Effects(); len(es) > 0; es = c.Effects() {
		for _, e := range es {
			switch e := e.(type) {
			case Send:
				p.queue[i][e.Channel] = append(p.queue[i][e.Channel], parcel{p.now, e.Msg})
				if msgType(e.Msg[0]) == msgWant {
					r := reader{b: e.Msg[2:]}
					for _, id := range r.ids() {
						p.wants[i][id]++
					}
				}
				if e.Channel == Data {
					c.Buffered(p.now, testConn, Data, 0)
				}
			case Event:
				p.news[i] = append(p.news[i], e.What)
			case Close:
				p.t.Fatalf("the session of %d ended: %v", i, e.Reason)
			case Verify:
				c.Verified(p.now, e.Ticket, make([]Verdict, len(e.Records)))
			case Persist:
				for _, x := range e.Batch.Put {
					p.store[i][x.Key] = x.Body
				}
				c.Persisted(p.now, e.Ticket, nil)
			case Load:
				bodies := make([][]byte, len(e.Keys))
				for j, k := range e.Keys {
					bodies[j] = p.store[i][k]
				}
				c.Loaded(p.now, e.Ticket, bodies, nil)
			}
		}
	}
}

// peer is what a side knows of the other.
func (p *crossing) peer(i int) Peer { return p.cores[i].Peers()[0] }

// mustAgree lets time pass until the sets are equal, and nothing was asked for twice.
func (p *crossing) mustAgree() {
	p.t.Helper()
	p.drain()
	for range 20 {
		if a, b := p.peer(0), p.peer(1); a.Agreed && b.Agreed && p.cores[0].Root() == p.cores[1].Root() {
			break
		}
		p.now += 1000
		p.tick(0)
		p.tick(1)
		p.drain()
	}
	a, b := p.peer(0), p.peer(1)
	if !a.Agreed || !b.Agreed || p.cores[0].Len() != int(p.puts) || p.cores[0].Root() != p.cores[1].Root() {
		p.t.Fatalf("no agreement: %d and %d held of %d", p.cores[0].Len(), p.cores[1].Len(), p.puts)
	}
	if a.Number != b.Number {
		p.t.Fatalf("session %d here, %d there", a.Number, b.Number)
	}
	if a.Identity != p.keys[1].PubKey() || b.Identity != p.keys[0].PubKey() {
		p.t.Fatal("not the identities that were proven")
	}
	for i := range p.wants {
		for id, n := range p.wants[i] {
			if n > 1 {
				p.t.Fatalf("%d asked %d times for %s", i, n, id)
			}
		}
	}
}
