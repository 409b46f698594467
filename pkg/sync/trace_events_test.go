package sync

import "testing"

// A page that wants to sees how a reconciliation descends: from hashes to fingerprints to ids, into
// ever smaller ranges, with the same bounds on both sides.
func TestRangeEvents(t *testing.T) {
	for _, trace := range []bool{true, false} {
		p := newCrossing(t, Limits{})
		all := fabricated(40_000, 80)
		at := all[7000].At
		p.cores[0].Restore(append(all[:7000:7000], all[7001:]...))
		p.cores[1].Restore(all)
		for _, c := range p.cores {
			c.cfg.Trace = trace
		}
		p.drain()
		var got [2]map[RangeKind][]RangeEvent
		for i := range got {
			got[i] = make(map[RangeKind][]RangeEvent)
			for _, what := range p.news[i] {
				e, ok := what.(RangeEvent)
				if !ok {
					continue
				}
				if e.Conn != testConn || e.From > e.To {
					t.Errorf("%+v", e)
				}
				e.Out = e.Out == (i == 0) // as the offerer sees it
				got[i][e.Kind] = append(got[i][e.Kind], e)
			}
		}
		if !trace {
			if len(got[0])+len(got[1]) > 0 {
				t.Error("told without being asked")
			}
			continue
		}
		if len(got[0][RangeHash]) != 1 || len(got[1][RangeHash]) != 0 {
			t.Errorf("%d hashes differ", len(got[0][RangeHash]))
		}
		for _, kind := range []RangeKind{RangeFingerprint, RangeIDs} {
			a, b := got[0][kind], got[1][kind]
			if len(a) != len(b) {
				t.Fatalf("%s: %d here, %d there", kind, len(a), len(b))
			}
			for i := range a {
				if a[i] != b[i] {
					t.Errorf("%s: %+v here, %+v there", kind, a[i], b[i])
				}
			}
		}
		day := got[0][RangeHash][0]
		if prints := got[0][RangeFingerprint]; len(prints) < 16 || !prints[0].Out || prints[0].From != day.From || prints[15].To != day.To {
			t.Errorf("%d fingerprints, of %d to %d", len(prints), day.From, day.To)
		}
		if ids := got[0][RangeIDs]; len(ids) == 0 || ids[0].IDs == 0 || ids[0].From > at || ids[0].To < at {
			t.Errorf("no ids around %d: %+v", at, ids)
		}
	}
}

// Whatever a range message holds, what is told of it is bounded.
func TestRangeEventsOfGarbage(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	e.core.cfg.Trace = true
	s := e.core.byConn[testConn]
	for _, b := range [][]byte{nil, {0x61}, {0x61, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, {0x61, 1, 0xff, 0x7f}, {0x61, 0, 0, 2, 0x7f, 1}, {0x61, 0, 0, 1}, {0x61, 0, 0, 7}} {
		e.core.trace(s, b, false)
		if es := e.core.Effects(); len(es) != 0 {
			t.Errorf("%x: %v", b, es)
		}
	}
	many := []byte{0x61}
	for range 3 * maxTraced {
		many = append(many, 2, 0, 2, 0)
	}
	e.core.trace(s, many, false)
	if n := len(e.core.Effects()); n != maxTraced {
		t.Errorf("%d events", n)
	}
}
