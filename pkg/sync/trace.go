package sync

import "github.com/peersetdb/peerset/pkg/negentropy"

// trace tells the page what a range message says of which ranges.
func (c *Core) trace(s *session, msg []byte, out bool) {
	if !c.cfg.Trace {
		return
	}
	r := reader{b: msg}
	r.byte() // the version
	at := int64(0)
	for n := 0; len(r.b) > 0 && n < maxTraced; {
		e := RangeEvent{Conn: s.conn, From: at, To: maxTime, Out: out}
		if delta := r.base128(); delta > 0 {
			e.To = at + int64(delta) - 1
			at = e.To
		}
		r.bytes(int(r.base128()))
		switch mode := r.base128(); mode {
		case 1:
			r.bytes(16)
			e.Kind = RangeFingerprint
		case 2:
			e.Kind, e.IDs = RangeIDs, int(r.base128())
			r.bytes(32 * e.IDs)
		default:
			continue // nothing is said of it
		}
		if r.err != nil {
			return
		}
		n++
		c.do(Event{e})
	}
}

// traceHashes tells the page which nodes differ.
func (c *Core) traceHashes(s *session, rs []negentropy.Range) {
	if !c.cfg.Trace {
		return
	}
	for _, r := range rs[:min(len(rs), maxTraced)] {
		c.do(Event{RangeEvent{Conn: s.conn, From: r.Lo.Time, To: r.Hi.Time, Kind: RangeHash}})
	}
}

// base128 is a number of the Negentropy protocol: most significant first.
func (r *reader) base128() (v uint64) {
	for {
		b := r.byte()
		if v = v<<7 | uint64(b&0x7f); b < 0x80 || r.err != nil || v > maxTime {
			break
		}
	}
	if v > maxTime {
		r.fail("number too large")
		return 0
	}
	return v
}
