package sim

import (
	"encoding/binary"
	"slices"

	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// Malice is what a node does instead of keeping to the protocol. It runs a core with a
// key of its own, so that it passes the handshake; what that core sends is tampered with, and
// messages of no core are sent beside.
type Malice uint8

const (
	Honest    Malice = iota
	WrongIDs         // offers ids of records that do not exist
	Withhold         // offers what others hold and gives none of it: absent to some, silence to others
	Endless          // differs in every answer of a round, and starts rounds without end
	Replay           // says again what was said before, on any link
	BadSigs          // flips bits of signatures
	BadTimes         // writes records from far in the past and future, and two of one time
	Garbage          // sends bytes at random, cuts messages short, mixes channels up
	allMalice        // how many there are
)

var malices = [allMalice]string{"honest", "wrong ids", "withhold", "endless", "replay", "bad signatures", "bad times", "garbage"}

func (m Malice) String() string { return malices[m] }

// MaliceOf returns one kind after the other.
func MaliceOf(i int) Malice { return Malice(1 + i%int(allMalice-1)) }

// Types of messages, by PROTOCOL.md, that malicious nodes know.
const (
	typeReady   = 0x03
	typeRoot    = 0x10
	typeRange   = 0x13
	typeHave    = 0x20
	typeWant    = 0x21
	typeAbsent  = 0x22
	typeRecords = 0x30
	typePush    = 0x31
)

const (
	misbehaveEvery = 1000 // ms
	keptToReplay   = 64   // messages
	idsOfHave      = 448  // at most
)

// said is a message that may be said again.
type said struct {
	ch  psync.Channel
	msg []byte
}

// AddMalicious adds a node that does not keep to the protocol.
func (n *Net) AddMalicious(skew int64, m Malice) *Node { return n.add(skew, m) }

// tamper sends what the core wants to be sent, or something else.
func (x *Node) tamper(l *link, ch psync.Channel, msg []byte) {
	n := x.net
	t := msg[0]
	switch x.malice {
	case Withhold:
		if t == typeRecords || t == typeAbsent {
			return
		}
	case Endless:
		if t == typeRange && n.rng.IntN(2) == 0 {
			msg = slices.Clone(msg)
			x.flip(msg[len(msg)/2:])
		}
	case BadSigs:
		if (t == typeRecords || t == typePush) && n.rng.IntN(2) == 0 {
			msg = slices.Clone(msg)
			_, length := binary.Uvarint(msg[2+1+32:])
			x.flip(msg[2+1+32+length:][:64])
		}
	case Garbage:
		switch n.rng.IntN(20) {
		case 0:
			msg = msg[:n.rng.IntN(len(msg))+1]
		case 1:
			msg = slices.Clone(msg)
			x.flip(msg)
		case 2:
			ch = 1 - ch
		}
	case Replay:
		x.remember(ch, msg)
	}
	l.carry(n, ch, msg)
}

// overhear sees a message before the core does, and reports whether it keeps it from it.
func (x *Node) overhear(l *link, ch psync.Channel, msg []byte) bool {
	switch {
	case x.malice == Replay:
		x.remember(ch, msg)
	case x.malice == Withhold && msg[0] == typeWant:
		if l.id%2 == 0 {
			reply := slices.Clone(msg)
			reply[0] = typeAbsent
			l.carry(x.net, psync.Control, reply)
		}
		return true
	case x.malice == Endless && msg[0] == typeRange && l.id%2 == 0:
		// The whole range with a fingerprint of nothing that exists.
		_, round := binary.Uvarint(msg[2:])
		if round <= 0 {
			return false
		}
		reply := append(slices.Clone(msg[:2+round]), 0x61, 0, 0, 1)
		sum := x.net.random32()
		l.carry(x.net, psync.Control, append(reply, sum[:16]...))
		return true
	}
	return false
}

// misbehave does what nobody asked for, on every link that has passed the handshake.
func (x *Node) misbehave() {
	x.later(misbehaveEvery, x.misbehave)
	var links []*link
	for _, p := range x.core.Peers() {
		if l := x.links[p.Conn]; l != nil && p.State >= psync.Syncing {
			links = append(links, l)
		}
	}
	if x.malice == BadTimes {
		if x.net.rng.IntN(10) == 0 {
			x.pushBadTimes(links)
		}
		return
	}
	for _, l := range links {
		switch x.malice {
		case WrongIDs:
			x.have(l, func(int) record.ID { return x.net.random32() })
		case Withhold:
			// Ids of records that do exist: all that this node has heard of.
			var ids []record.ID
			x.core.Keys(func(k psync.Key) bool { ids = append(ids, k.ID); return true })
			if len(ids) > 0 {
				x.have(l, func(int) record.ID { return ids[x.net.rng.IntN(len(ids))] })
			}
		case Endless:
			x.roots(l)
		case Replay:
			for range 4 {
				if len(x.heard) > 0 {
					again := x.heard[x.net.rng.IntN(len(x.heard))]
					l.carry(x.net, again.ch, again.msg)
				}
			}
		case Garbage:
			if x.net.rng.IntN(10) == 0 {
				b := x.net.random32()
				l.carry(x.net, psync.Channel(x.net.rng.IntN(2)), append([]byte{b[0] & 0x37, 1}, b[1:]...))
			}
		}
	}
}

func (x *Node) have(l *link, id func(int) record.ID) {
	msg := []byte{typeHave, 1}
	for i := range 1 + x.net.rng.IntN(idsOfHave) {
		v := id(i)
		msg = append(msg, v[:]...)
	}
	l.carry(x.net, psync.Control, msg)
}

// roots starts rounds, each before the last one has ended.
func (x *Node) roots(l *link) {
	for i := range 30 {
		msg := []byte{typeRoot, 1}
		msg = binary.AppendUvarint(msg, uint64(x.net.now)*100+uint64(i))
		msg = binary.AppendUvarint(msg, uint64(x.core.Horizon()))
		hash := x.net.random32()
		msg = append(msg, hash[:]...)
		l.carry(x.net, psync.Control, binary.AppendUvarint(msg, 1))
	}
}

// pushBadTimes writes records with times that an honest writer does not give, and two
// versions with one time, of which each peer gets one.
func (x *Node) pushBadTimes(links []*link) {
	now := x.time() / 1000
	for _, at := range [...]int64{
		0, x.core.Horizon() - 1, x.core.Horizon(), x.core.Horizon() + 1,
		now + 600, now + 660, now + 661, now + 24*3600, 1<<53 - 1,
	} {
		b := x.net.random32()
		r := x.seal(record.New(x.net.room, [16]byte(b[:16]), at, `{"c":0,"t":1}`))
		for _, l := range links {
			x.push(l, r)
		}
	}
	b := x.net.random32()
	versions := [...]record.Record{
		x.seal(record.New(x.net.room, [16]byte(b[:16]), now, `{"c":0,"t":1}`)),
		x.seal(record.New(x.net.room, [16]byte(b[:16]), now, `{"c":1,"t":1}`)),
	}
	for i, l := range links {
		x.push(l, versions[i%2])
	}
}

// push sends a record as the node's own.
func (x *Node) push(l *link, r record.Record) {
	bin := r.AppendBinary(nil)
	author, rest := bin[:32], bin[32:]
	msg := append([]byte{typePush, 1, 0}, author...)
	msg = binary.AppendUvarint(msg, uint64(len(rest)))
	l.carry(x.net, psync.Data, append(msg, rest...))
}

func (x *Node) remember(ch psync.Channel, msg []byte) {
	if len(x.heard) < keptToReplay {
		x.heard = append(x.heard, said{ch, msg})
	} else {
		x.heard[x.net.rng.IntN(keptToReplay)] = said{ch, msg}
	}
}

// flip flips one bit.
func (x *Node) flip(b []byte) {
	if len(b) > 0 {
		b[x.net.rng.IntN(len(b))] ^= 1 << x.net.rng.IntN(8)
	}
}
