package sync

import (
	"github.com/peersetdb/peerset/pkg/record"
)

// load is a read of the store for a peer.
type load struct {
	conn ConnID
	ids  []record.ID
}

func (c *Core) onWant(s *session, b []byte) error {
	r := reader{b: b}
	ids := r.ids()
	if err := r.done(); err != nil {
		return err
	}
	times := 3 + int(max(c.now-s.since, 0)/servedAgain)
	if s.served += len(ids); s.served > maxServed+times*c.set.tree.Len()+int(s.traffic.Announced) {
		return Reason{Code: ReasonExceeded, Text: "asked for everything again and again"}
	}
	for _, id := range ids {
		if s.isWanted[id] {
			return Reason{Code: ReasonExceeded, Text: "asked for one record twice"}
		}
		s.isWanted[id] = true
	}
	s.wanted = append(s.wanted, ids...)
	if len(s.isWanted) > maxServe {
		return Reason{Code: ReasonExceeded, Text: "asked for too many records at once"}
	}
	return nil
}

// serve reads what a peer asked for, while its channel has room.
func (c *Core) serve(s *session) {
	if s.state < Syncing || s.loads || len(s.wanted) == 0 || s.outBytes > loadBytes/2 {
		return
	}
	var absent []record.ID
	var l load
	var keys []Key
	n := min(max(loadBytes/s.bodySize, 4), 512)
	for len(s.wanted) > 0 && len(keys) < n && len(absent) < maxIDs {
		id := s.wanted[0]
		s.wanted = s.wanted[1:]
		if k, ok := c.set.find(id); ok && c.gives(k) {
			keys, l.ids = append(keys, k), append(l.ids, id)
		} else {
			absent = append(absent, id)
		}
	}
	if len(s.wanted) == 0 {
		s.wanted = nil
	}
	c.absent(s, absent)
	if len(keys) > 0 {
		l.conn = s.conn
		s.loads = true
		t := c.ticket()
		c.loading[t] = l
		c.do(Load{t, keys})
	}
}

func (c *Core) absent(s *session, ids []record.ID) {
	for _, id := range ids {
		delete(s.isWanted, id)
	}
	if len(ids) > 0 {
		c.send(s, msgAbsent, appendIDs(nil, ids))
	}
}

// Loaded is the result of a Load: a body for each key, nil where there is none
// or where err says why none could be read.
func (c *Core) Loaded(now int64, t Ticket, bodies [][]byte, err error) {
	c.advance(now)
	l, ok := c.loading[t]
	delete(c.loading, t)
	s := c.byConn[l.conn]
	if !ok || s == nil {
		c.pump()
		return
	}
	s.loads = false
	var absent []record.ID
	var w batch
	for i, id := range l.ids {
		var body []byte
		if err == nil && i < len(bodies) {
			body = bodies[i]
		}
		if len(body) <= len(record.PubKey{}) {
			absent = append(absent, id)
			continue
		}
		delete(s.isWanted, id)
		s.bodySize = (7*s.bodySize + len(body)) / 8
		if w.n > 0 && len(w.buf)+w.cost(body) > batchBytes {
			c.sendOut(s, msgRecords, w.buf)
			w = batch{}
		}
		w.add(body)
	}
	if w.n > 0 {
		c.sendOut(s, msgRecords, w.buf)
	}
	for len(absent) > maxIDs {
		c.absent(s, absent[:maxIDs])
		absent = absent[maxIDs:]
	}
	c.absent(s, absent)
	c.pump()
}

// sendOut queues bulk data, which leaves as the channel has room.
func (c *Core) sendOut(s *session, t msgType, body []byte) {
	msg := append([]byte{byte(t), s.num}, body...)
	s.out = append(s.out, msg)
	s.outBytes += len(msg)
}

func (c *Core) flushOut(s *session) {
	for len(s.out) > 0 && s.buffered < highWater {
		msg := s.out[0]
		s.out[0], s.out = nil, s.out[1:]
		s.outBytes -= len(msg)
		s.buffered += len(msg)
		s.traffic.RecordsOut += uint64(len(msg))
		c.do(Send{s.conn, Data, msg})
	}
	if len(s.out) == 0 {
		s.out = nil
	}
}
