package sync

import (
	"slices"
	"testing"
)

// Every message counts as one kind, on both sides: the counts of a connection add up to
// the bytes that went over it.
func TestTrafficByKind(t *testing.T) {
	type kind struct {
		name  string
		types []msgType
		of    func(*Traffic) (in, out uint64)
	}
	kinds := []kind{
		{"records", []msgType{msgRecords, msgPush}, func(t *Traffic) (in, out uint64) { return t.RecordsIn, t.RecordsOut }},
		{"buckets", []msgType{msgRoot, msgBuckets, msgDescend, msgDone}, func(t *Traffic) (in, out uint64) { return t.BucketsIn, t.BucketsOut }},
		{"ranges", []msgType{msgRange}, func(t *Traffic) (in, out uint64) { return t.RangesIn, t.RangesOut }},
		{"ids", []msgType{msgHave, msgWant, msgAbsent, msgDecline}, func(t *Traffic) (in, out uint64) { return t.IDsIn, t.IDsOut }},
		{"other", []msgType{msgHello, msgProof, msgReady, msgPing, msgPong, msgBye}, func(t *Traffic) (in, out uint64) { return t.OtherIn, t.OtherOut }},
	}
	p := newCrossing(t, Limits{})
	for i := range p.cores {
		p.put(i) // the first round finds these
	}
	seen := make(map[msgType]bool)
	var sent [2][]uint64 // by side and kind
	for i := range sent {
		sent[i] = make([]uint64, len(kinds))
	}
	drain := func() {
		for qs := p.waiting(); len(qs) > 0; qs = p.waiting() {
			from, ch := qs[0][0], Channel(qs[0][1])
			msg := p.queue[from][ch][0].msg
			typ := msgType(msg[0])
			k := slices.IndexFunc(kinds, func(k kind) bool { return slices.Contains(k.types, typ) })
			seen[typ], sent[from][k] = true, sent[from][k]+uint64(len(msg))
			p.deliver(from, ch)
		}
	}
	drain()
	p.put(0) // a push
	drain()
	for range 12 { // a root that is told, and pings
		p.now += 1000
		p.tick(0)
		p.tick(1)
		drain()
	}
	for _, typ := range []msgType{msgHello, msgPing, msgRoot, msgBuckets, msgRange, msgDone, msgHave, msgWant, msgRecords, msgPush} {
		if !seen[typ] {
			t.Errorf("no %s was sent", typ)
		}
	}
	for i := range p.cores {
		traffic := p.peer(i).Traffic
		for k, kind := range kinds {
			if in, out := kind.of(&traffic); in != sent[1-i][k] || out != sent[i][k] {
				t.Errorf("side %d, %s: counted %d in and %d out of %d and %d", i, kind.name, in, out, sent[1-i][k], sent[i][k])
			}
		}
	}
	// Those that were not sent here as well.
	for typ, rule := range rules {
		var traffic Traffic
		in, out := rule.counter(&traffic)
		*in, *out = 1, 2
		for _, kind := range kinds {
			a, b := kind.of(&traffic)
			if got := a == 1 && b == 2; got != slices.Contains(kind.types, typ) {
				t.Errorf("%s counts as %s: %v", typ, kind.name, got)
			}
		}
	}
}
