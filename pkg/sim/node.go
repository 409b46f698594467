package sim

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"

	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// Node is a simulated peer: a core, its connections and its store.
type Node struct {
	net    *Net
	core   *psync.Core
	key    *record.SecretKey // identity and, before Certify, session key
	skew   int64             // ms, of its clock
	links  map[psync.ConnID]*link
	conns  psync.ConnID
	runs   uint64 // counts starts and stops: what belongs to a former run is dropped
	due    int64  // the time of the next Tick, by the node's clock
	store  map[psync.Key][]byte
	side   int // of a partition
	malice Malice
	heard  []said        // what a malicious node may say again
	ended  psync.Traffic // of sessions that have ended
	// Reasons counts why sessions with honest nodes ended, Struck those with malicious ones.
	Reasons, Struck map[psync.ReasonCode]int
	// Fail is what the store answers from now on.
	Fail error
	// Slow delays what the store reads, in ms.
	Slow int64
	// Policy, if set, judges records from peers.
	Policy func(*record.Record) psync.Verdict
}

// Add adds a node whose clock is off by skew ms.
func (n *Net) Add(skew int64) *Node { return n.add(skew, Honest) }

func (n *Net) add(skew int64, m Malice) *Node {
	x := &Node{
		net: n, key: n.key(), skew: skew, malice: m,
		store:   make(map[psync.Key][]byte),
		Reasons: make(map[psync.ReasonCode]int),
		Struck:  make(map[psync.ReasonCode]int),
	}
	n.Nodes = append(n.Nodes, x)
	x.Start()
	return x
}

// key makes a secret key.
func (n *Net) key() *record.SecretKey {
	b := n.random32()
	b[0] &= 0x7f // below the order of the curve
	key, err := record.SecretKeyFromBytes(b[:])
	if err != nil {
		panic(err)
	}
	return key
}

// Core is the node's core, nil while it is stopped.
func (x *Node) Core() *psync.Core { return x.core }

// Stored is the number of entries in the node's store.
func (x *Node) Stored() int { return len(x.store) }

// Author is the node's public key.
func (x *Node) Author() record.PubKey { return x.key.PubKey() }

func (x *Node) time() int64 { return x.net.now + x.skew }

// Malice is what the node does instead of keeping to the protocol.
func (x *Node) Malice() Malice { return x.malice }

// Traffic sums up what the node's sessions have counted since it was added.
func (x *Node) Traffic() psync.Traffic {
	t := x.ended
	if x.core != nil {
		for _, p := range x.core.Peers() {
			sum(&t, p.Traffic)
		}
	}
	return t
}

func sum(t *psync.Traffic, u psync.Traffic) {
	t.RecordsIn += u.RecordsIn
	t.RecordsOut += u.RecordsOut
	t.BucketsIn += u.BucketsIn
	t.BucketsOut += u.BucketsOut
	t.RangesIn += u.RangesIn
	t.RangesOut += u.RangesOut
	t.IDsIn += u.IDsIn
	t.IDsOut += u.IDsOut
	t.OtherIn += u.OtherIn
	t.OtherOut += u.OtherOut
	t.Bodies += u.Bodies
	t.Duplicates += u.Duplicates
	t.Announced += u.Announced
}

// Start starts the node from its store, unless it runs.
func (x *Node) Start() {
	if x.core != nil {
		return
	}
	x.core = psync.New(psync.Config{
		Room:        x.net.room,
		Certificate: x.certificate(x.key),
		Sign:        x.key.SignHash,
		Bucket:      x.net.cfg.Bucket,
		Retention:   x.net.cfg.Retention,
		Instance:    x.instance(),
		Limits:      psync.Limits{MaxPeers: x.net.cfg.MaxPeers, PeerSession: x.net.cfg.PeerSession},
	}, x.time())
	keys := make([]psync.Key, 0, len(x.store))
	for k := range x.store {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b psync.Key) int {
		if a.At != b.At {
			return int(a.At - b.At)
		}
		return slices.Compare(a.ID[:], b.ID[:])
	})
	x.core.Restore(keys)
	x.links = make(map[psync.ConnID]*link)
	x.runs++
	x.due = math.MaxInt64
	x.effects()
	if x.malice != Honest {
		x.later(misbehaveEvery, x.misbehave)
	}
}

// certificate lets the node's identity vouch for a session key for a day.
func (x *Node) certificate(session *record.SecretKey) psync.Certificate {
	from := x.time()/1000 - 600
	until := from + psync.MaxCertificateLife
	e := psync.CertificateEvent(session.PubKey(), from, until)
	if err := e.Sign(x.key); err != nil {
		panic(err)
	}
	return psync.NewCertificate(session.PubKey(), until, e)
}

// Certify gives the node another session key: all its sessions are renewed.
func (x *Node) Certify() {
	session := x.net.key()
	x.core.Certify(x.time(), x.certificate(session), session.SignHash)
	x.effects()
}

// instance tells the runs of a node apart.
func (x *Node) instance() (i [16]byte) {
	key := x.Author()
	copy(i[:8], key[:])
	binary.BigEndian.PutUint64(i[8:], x.runs)
	return i
}

// Stop kills the node, if it runs: its links break, and only its store stays.
func (x *Node) Stop() {
	if x.core == nil {
		return
	}
	x.ended = x.Traffic()
	for _, id := range x.peers() {
		l := x.links[id]
		l.dead = true
		l.cut(x.net)
	}
	x.core, x.links = nil, nil
	x.runs++
}

// tick calls Tick, unless something else has moved the deadline meanwhile.
func (x *Node) tick(at int64, run uint64) {
	if x.core == nil || run != x.runs || at != x.due {
		return
	}
	x.due = math.MaxInt64
	x.core.Tick(x.time())
	x.effects()
}

// schedule sees to a Tick at the core's deadline.
func (x *Node) schedule() {
	at := max(x.core.Deadline(), x.time()+1)
	if at < x.due {
		run := x.runs
		x.due = at
		x.net.After(at-x.time(), func() { x.tick(at, run) })
	}
}

// peers returns the ids of the links in ascending order.
func (x *Node) peers() []psync.ConnID {
	ids := make([]psync.ConnID, 0, len(x.links))
	for id := range x.links {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Degree is the number of the node's links.
func (x *Node) Degree() int { return len(x.links) }

func (x *Node) linked(y *Node) psync.ConnID {
	for id, l := range x.links {
		if l.peer == y && !l.dead {
			return id
		}
	}
	return 0
}

func (x *Node) attach(l *link) {
	x.conns++
	l.id = x.conns
	x.links[l.id] = l
}

func (x *Node) closed(l *link) {
	if x.core == nil || x.links[l.id] != l {
		return
	}
	x.core.Closed(x.time(), l.id, "link broke")
	x.effects()
	delete(x.links, l.id)
}

// Put writes a record: a new one for a fresh d, a new version for a known one.
func (x *Node) Put(d [16]byte, content string) record.Record {
	u := record.UUIDOf(x.Author(), d)
	return x.sign(record.New(x.net.room, d, x.core.Stamp(x.time(), u), content))
}

// Delete deletes a record of the node's own.
func (x *Node) Delete(r record.Record) record.Record {
	return x.sign(record.NewDeletion(x.net.room, r, x.core.Stamp(x.time(), r.UUID)))
}

func (x *Node) sign(e record.Event) record.Record {
	r := x.seal(e)
	x.core.Put(x.time(), r, 1)
	x.effects()
	return r
}

// seal signs an event and notes that its signature holds.
func (x *Node) seal(e record.Event) record.Record {
	if err := e.Sign(x.key); err != nil {
		panic(err)
	}
	r, err := record.Bind(e, x.net.room)
	if err != nil {
		panic(err)
	}
	x.net.good[r.ID] = r.Sig
	return r
}

// PutNew writes a new record with content that is a JSON text.
func (x *Node) PutNew(content string) record.Record {
	b := x.net.random32()
	return x.Put([16]byte(b[:16]), content)
}

// effects carries out what the core asks for.
func (x *Node) effects() {
	if x.core == nil {
		return
	}
	for _, e := range x.core.Effects() {
		switch e := e.(type) {
		case psync.Send:
			if l := x.links[e.Conn]; l != nil {
				l.send(x.net, e.Channel, e.Msg)
				if e.Channel == psync.Data {
					x.later(x.net.latency(), func() { x.core.Buffered(x.time(), e.Conn, psync.Data, 0) })
				}
			}
		case psync.Close:
			if l := x.links[e.Conn]; l != nil {
				x.net.After(2*x.net.cfg.MaxLatency, func() { l.cut(x.net) })
			}
		case psync.Verify:
			verdicts := make([]psync.Verdict, len(e.Records))
			for i := range verdicts {
				switch r := &e.Records[i]; {
				case x.net.good[r.ID] != r.Sig || r.Sig == (record.Sig{}):
					verdicts[i] = psync.Forged
				case x.Policy != nil:
					verdicts[i] = x.Policy(r)
				}
			}
			x.later(1, func() { x.core.Verified(x.time(), e.Ticket, verdicts) })
		case psync.Persist:
			x.later(x.net.cfg.Commit, func() {
				if x.Fail == nil {
					x.apply(e.Batch)
				}
				x.core.Persisted(x.time(), e.Ticket, x.Fail)
			})
		case psync.Load:
			bodies := make([][]byte, len(e.Keys))
			for i, k := range e.Keys {
				bodies[i] = x.store[k]
			}
			x.later(1+x.Slow, func() { x.core.Loaded(x.time(), e.Ticket, bodies, nil) })
		case psync.Event:
			if p, ok := e.What.(psync.PeerEvent); ok && p.Peer.State == psync.Closed {
				sum(&x.ended, p.Peer.Traffic)
				if l := x.links[p.Peer.Conn]; l.peer.malice == Honest {
					x.Reasons[p.Reason.Code]++
				} else {
					x.Struck[p.Reason.Code]++
				}
			}
		}
	}
	x.schedule()
}

// later runs f on this run of the node.
func (x *Node) later(ms int64, f func()) {
	run := x.runs
	x.net.After(ms, func() {
		if x.core != nil && x.runs == run {
			f()
			x.effects()
		}
	})
}

func (x *Node) apply(b psync.Batch) {
	for _, k := range b.Delete {
		delete(x.store, k)
	}
	if b.Before != 0 {
		maps.DeleteFunc(x.store, func(k psync.Key, _ []byte) bool { return k.At < b.Before })
	}
	for _, e := range b.Put {
		x.store[e.Key] = x.net.share(e.ID, e.Body)
	}
}
