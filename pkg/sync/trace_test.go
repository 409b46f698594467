package sync

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/peersetdb/peerset/pkg/record"
)

// output returns the trace since the last call.
func (st *stage) output() string {
	s := st.out.String()
	st.out.Reset()
	st.hidden = false
	if s == "" {
		return "ok\n"
	}
	return s
}

// line writes a line of the trace: when, who, what, and the particulars.
func (st *stage) line(who, what, text string) {
	if name, _, _ := strings.Cut(what, " "); st.hidden || st.hide[name] {
		return
	}
	s := fmt.Sprintf("%7.3f  %-7s %-14s %s", float64(st.now-testNow)/1000, who, what, text)
	st.out.WriteString(strings.TrimRight(s, " ") + "\n")
}

// message writes a message: who to whom, its name and length, and what it says.
func (st *stage) message(from, to *actor, msg []byte) {
	pair := [2]string{from.name, to.name}
	if st.total[pair] == nil {
		st.total[pair] = make(map[string]int)
	}
	st.total[pair]["messages"]++
	st.total[pair]["bytes"] += len(msg)
	t := msgType(msg[0])
	if st.hide["handshake"] && t <= msgReady {
		return
	}
	text := st.describe(t, msg[2:])
	if msg[1] > 1 {
		text = strings.TrimSuffix(fmt.Sprintf("session %d: %s", msg[1], text), ": ")
	}
	st.line(from.name+" → "+to.name, fmt.Sprintf("%-8s %4d", t, len(msg)), text)
}

func (st *stage) printCount() {
	sum := 0
	for _, a := range st.names {
		for _, b := range st.names {
			if n := st.total[[2]string{a, b}]; n != nil {
				fmt.Fprintf(&st.out, "%-7s %d messages, %d bytes\n", a+" → "+b, n["messages"], n["bytes"])
				sum += n["bytes"]
			}
		}
	}
	fmt.Fprintf(&st.out, "in all  %d bytes\n", sum)
	clear(st.total)
}

// describe says what is in a message.
func (st *stage) describe(t msgType, b []byte) string {
	var text string
	var err error
	switch t {
	case msgHello:
		var h hello
		h, err = readHello(b)
		text = fmt.Sprintf("version %d, identity %s, buckets of %d s from %s on", h.version,
			st.authorOf(h.cert.Identity), h.bucket, day(int64(h.horizon)))
	case msgBye:
		text = ReasonCode(b[0]).String()
		if len(b) > 1 {
			text += ": " + string(b[1:])
		}
	case msgRoot:
		var m root
		m, err = readRoot(b)
		text = fmt.Sprintf("%s %s of %d", roundText(m.round), short(m.hash[:]), m.count)
	case msgBuckets:
		var m buckets
		m, err = readBuckets(b)
		text = fmt.Sprintf("%s level %d:%s", roundText(m.round), m.level, nodesText(m.nodes))
	case msgDescend:
		var round uint64
		var nodes []int64
		round, nodes, err = readDescend(b)
		text = fmt.Sprintf("%s nodes %v", roundText(round), nodes)
	case msgRange:
		round, n := binary.Uvarint(b)
		text = fmt.Sprintf("%s %s", roundText(round), st.rangeText(b[n:]))
	case msgDone:
		var m done
		m, err = readDone(b)
		text = roundText(m.round) + map[bool]string{true: " there was news", false: " nothing is missing"}[m.news]
		if m.lack+m.own > 0 {
			text += fmt.Sprintf("; ids without a body: %d here, %d there", m.own, m.lack)
		}
	case msgHave, msgWant, msgAbsent:
		r := reader{b: b}
		text = st.idNames(r.ids())
		err = r.done()
	case msgRecords, msgPush:
		var bins [][]byte
		bins, err = readBatch(b)
		var rs []record.Record
		for _, bin := range bins {
			r, err := record.DecodeBinary(bin, testRoom)
			if err != nil {
				return err.Error()
			}
			rs = append(rs, r)
		}
		text = st.recordNames(rs)
	}
	if err != nil {
		return err.Error()
	}
	return text
}

func roundText(round uint64) string {
	if round == 0 {
		return "told:"
	}
	return fmt.Sprintf("round %d:", round)
}

func nodesText(ns []node) string {
	s := ""
	for i, n := range ns {
		if i == 4 {
			return s + fmt.Sprintf(" … (%d)", len(ns))
		}
		s += fmt.Sprintf(" %d=%s", n.index, short(n.prefix[:]))
	}
	if s == "" {
		return " none"
	}
	return s
}

// rangeText reads a Negentropy message, which is in order: each range is an upper bound, a mode
// (skip, fingerprint, ids) and what that demands.
func (st *stage) rangeText(b []byte) string {
	varint := func() (v int) {
		for {
			c := b[0]
			b = b[1:]
			if v = v<<7 | int(c&0x7f); c < 0x80 {
				return v
			}
		}
	}
	b = b[1:] // the version
	var parts []string
	prints := 0
	for len(b) > 0 {
		varint()         // time of the bound
		b = b[varint():] // its prefix
		mode := varint()
		if mode == 1 {
			prints++
			b = b[16:]
			if len(b) > 0 {
				continue
			}
		}
		if prints > 0 {
			parts = append(parts, fmt.Sprintf("%d fingerprints", prints))
			prints = 0
		}
		switch mode {
		case 0:
			parts = append(parts, "skip")
		case 2:
			var ids []record.ID
			for range varint() {
				ids = append(ids, record.ID(b[:32]))
				b = b[32:]
			}
			parts = append(parts, "list of "+st.idNames(ids))
		}
	}
	if len(parts) == 0 {
		return "nothing differs"
	}
	return strings.Join(parts, ", ")
}

// title is the name of a version.
func (st *stage) title(id record.ID) string {
	if s, ok := st.titles[id]; ok {
		return s
	}
	return short(id[:])
}

func (st *stage) idNames(ids []record.ID) string {
	if len(ids) == 0 {
		return "nothing"
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = st.title(id)
	}
	if n := len(names); n > 6 {
		return fmt.Sprintf("%s … %s (%d)", strings.Join(names[:3], " "), names[n-1], n)
	}
	return strings.Join(names, " ")
}

func (st *stage) recordNames(rs []record.Record) string {
	ids := make([]record.ID, len(rs))
	for i := range rs {
		ids[i] = rs[i].ID
	}
	return st.idNames(ids)
}

func (st *stage) batchText(b Batch) string {
	var parts []string
	var ids, bare []record.ID
	for _, e := range b.Put {
		if len(e.Body) == 0 {
			bare = append(bare, e.ID)
		} else {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) > 0 {
		parts = append(parts, "put "+st.idNames(ids))
	}
	if len(bare) > 0 {
		parts = append(parts, "put the id of "+st.idNames(bare))
	}
	ids = nil
	for _, k := range b.Delete {
		ids = append(ids, k.ID)
	}
	if len(ids) > 0 {
		parts = append(parts, "delete "+st.idNames(ids))
	}
	if b.Before != 0 {
		parts = append(parts, "delete all before "+day(b.Before))
	}
	return strings.Join(parts, ", ")
}

// eventText says what a page is told; "" for what goes without saying.
func (a *actor) eventText(what any) string {
	st := a.st
	switch e := what.(type) {
	case RecordEvent:
		if e.Local {
			return st.title(e.Record.ID) + " is stored"
		}
		return fmt.Sprintf("%s is stored, from %s", st.title(e.Record.ID), a.wires[e.From].other.owner.name)
	case RefusedEvent:
		return fmt.Sprintf("%s is refused", st.title(e.Record.ID))
	case PutEvent:
		if e.Err != nil {
			return "not stored: " + e.Err.Error()
		}
	case StoreEvent:
		return fmt.Sprintf("%d records could not be stored: %v", e.Records, e.Err)
	case PeerEvent:
		if st.hide["handshake"] && e.Peer.State < Syncing {
			return ""
		}
		text := a.peerText(e.Peer)
		if e.Peer.State == Closed {
			text += ": " + strings.TrimPrefix(e.Reason.Error(), "sync: ")
			if e.Reason.Remote {
				text += " (its words)"
			}
		}
		return text
	}
	return ""
}

func (a *actor) peerText(p Peer) string {
	text := fmt.Sprintf("%s is %s", a.wires[p.Conn].other.owner.name, p.State)
	if p.Number > 1 {
		text += fmt.Sprintf(" as %s in session %d", a.st.authorOf(p.Identity), p.Number)
	}
	switch {
	case p.State != Syncing && p.State != Live:
	case p.Agreed && p.Unavailable > 0:
		text += fmt.Sprintf(", in agreement, %d unavailable", p.Unavailable)
	case p.Agreed:
		text += ", in agreement"
	default:
		text += ", not in agreement"
	}
	return text
}

// authorOf names the author that an identity is.
func (st *stage) authorOf(id record.PubKey) string {
	for _, name := range st.names {
		if a := st.actors[name]; st.identity(a.author).PubKey() == id {
			return a.author
		}
	}
	return short(id[:])
}

func short(b []byte) string { return hex.EncodeToString(b[:2]) }

func day(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.DateOnly) }
