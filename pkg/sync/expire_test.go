package sync

import (
	"errors"
	"fmt"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

// A record leaves when its time comes, with its id and its body, and so does a refused one; the
// page is told, and the tick comes in time.
func TestExpiry(t *testing.T) {
	p := newPair(t)
	a, b := p.sides[0], p.sides[1]
	b.policy = func(r *record.Record) Verdict {
		if r.Expires != 0 && r.D[0] == 2 {
			return Refuse
		}
		return Accept
	}
	p.connect()
	p.pass(1)
	at := p.now / 1000
	stays, goes, refused := a.write(1, at, 0), a.write(3, at, at+100), a.write(2, at, at+100)
	p.pass(3)
	if p.equal(); b.core.Len() != 3 || !b.has(goes) || b.has(refused) {
		t.Fatalf("%d held", b.core.Len())
	}
	for _, x := range p.sides {
		if k, _ := x.core.set.find(refused.ID); k.Expires != at+100 || k.Facts != factsOf(&refused) {
			t.Errorf("key of the refused one: %v", k)
		}
	}
	p.pass(95)
	if !a.has(goes) || len(a.removed) != 0 {
		t.Fatal("gone too early")
	}
	p.disconnect()
	p.pass(1)
	for _, x := range p.sides {
		if due := (at + 100) * 1000; x.core.Deadline() != due {
			t.Errorf("the next tick is due %d ms after the expiry", x.core.Deadline()-due)
		}
	}
	p.pass(1)
	for i, x := range p.sides {
		if x.core.Len() != 1 || !x.has(stays) || x.has(goes) {
			t.Errorf("side %d: %d held", i, x.core.Len())
		}
		x.stores()
		if len(x.removed) != 1 || x.removed[0].Why != RemovedExpired || len(x.removed[0].Keys) != 2 {
			t.Errorf("side %d: the page is told %v", i, x.removed)
		}
	}
}

// What expired while the page was closed is not shown when it opens again, and leaves with the
// first tick.
func TestExpiryWhileClosed(t *testing.T) {
	p := newPair(t)
	a := p.sides[0]
	at := p.now / 1000
	first := a.write(1, at-10, 0)
	last := a.write(1, at, at+100) // takes the place of the first
	a.write(2, at, at+200)
	p.now += 150_000
	// As another tab may have left it.
	k := keyOf(&first)
	a.stored[k] = first.AppendBinary(nil)
	a.start()
	n := 0
	a.core.Keys(func(Key) bool { n++; return true })
	if _, ok := a.core.Find(last.UUID); ok || n != 1 {
		t.Errorf("shown: %v, %d in all", ok, n)
	}
	p.pass(1)
	if a.core.Len() != 1 || a.has(first) {
		t.Errorf("%d held; the version before it came back: %v", a.core.Len(), a.has(first))
	}
	a.stores()
}

func TestPutExpired(t *testing.T) {
	a := newPair(t).sides[0]
	a.write(1, testNow/1000-10, testNow/1000)
	if len(a.puts) != 1 || !errors.Is(a.puts[0], ErrExpired) || a.core.Len() != 0 {
		t.Errorf("put: %v, %d held", a.puts, a.core.Len())
	}
}

// Peers whose clocks differ by minutes hold different sets for as long. They say that they
// agree nevertheless, ask for nothing again and again, and are equal afterwards.
func TestExpiryWithSkewedClocks(t *testing.T) {
	for _, skew := range []int64{300_000, -300_000} {
		for author := range 2 {
			t.Run(fmt.Sprintf("skew %d author %d", skew, author), func(t *testing.T) {
				p := newPair(t)
				p.sides[0].skew = skew
				p.sides[0].start()
				p.connect()
				p.pass(3)
				at := p.now / 1000
				var rs []record.Record
				for d := range byte(20) {
					rs = append(rs, p.sides[author].write(d, at, at+600))
				}
				p.sides[author].write(100, at, 0)
				p.pass(5)
				p.equal()
				// Whose clock is ahead drops them while the other side holds them.
				ahead := p.sides[0]
				if skew < 0 {
					ahead = p.sides[1]
				}
				p.pass(int(at+600-ahead.time()/1000) + 1)
				if behind := p.sides[1-ahead.i]; ahead.has(rs[0]) || !behind.has(rs[0]) {
					t.Fatal("both or neither have expired")
				}
				for _, x := range p.sides {
					clear(x.sent)
					x.bytes = 0
				}
				p.sides[1-author].write(101, p.now/1000, 0)
				p.pass(285)
				for i, x := range p.sides {
					if x.sent[msgWant]+x.sent[msgRecords] > 2 || x.sent[msgRange] > 60 || x.bytes > 40_000 {
						t.Errorf("side %d: %d bytes, messages %v", i, x.bytes, x.sent)
					}
				}
				p.pass(700)
				p.equal()
				for _, x := range p.sides {
					if x.core.Len() != 2 {
						t.Errorf("%d held", x.core.Len())
					}
					x.stores()
				}
				if p.ended != nil {
					t.Errorf("a session ended: %v", p.ended)
				}
			})
		}
	}
}

// While the clocks differ either side counts the expired as unavailable to the one whose clock
// is ahead, whoever makes the offer.
func TestExpiredIsDeclined(t *testing.T) {
	for ahead := range 2 {
		p := newPair(t)
		p.sides[ahead].skew = 300_000
		p.sides[ahead].start()
		at := p.now / 1000
		p.sides[1-ahead].write(1, at, at+200)
		p.sides[1-ahead].write(2, at, 0)
		p.connect()
		p.pass(60)
		unavailable := []int{0, 0}
		unavailable[ahead] = 1
		p.agreed(unavailable...)
		if n := p.sides[1-ahead].sent[msgRecords]; n > 2 {
			t.Errorf("%d messages of records", n)
		}
		p.pass(200)
		p.equal()
	}
}

// A clock that was far ahead for a moment drops what will expire; it comes back.
func TestExpiryByAGlitch(t *testing.T) {
	p := newPair(t)
	a, b := p.sides[0], p.sides[1]
	p.connect()
	p.pass(1)
	at := p.now / 1000
	r := b.write(1, at, at+3600)
	p.pass(3)
	a.skew = 2 * 3600 * 1000
	a.core.Tick(a.time())
	p.run()
	if a.has(r) {
		t.Fatal("not expired")
	}
	a.skew = 0
	p.pass(130)
	if !a.has(r) {
		t.Errorf("it did not come back: %+v", a.peer())
	}
	p.equal()
}

// A tick drops a bounded number of entries and comes again soon; a transaction deletes a bounded number.
func TestPruneInSlices(t *testing.T) {
	const n = 3*pruneSlice + 10
	p := newPair(t)
	a := p.sides[0]
	for i, k := range fabricated(2*n, 30) {
		if i%2 == 0 {
			k.Expires = p.now/1000 + 50
		}
		k.At -= 60 * 24 * 3600
		a.stored[k] = []byte{1}
	}
	a.start()
	horizon := a.core.Horizon()
	a.core.Restore(nil)
	if a.core.Len() != 2*n {
		t.Fatalf("%d restored", a.core.Len())
	}
	tick := func(want int) {
		t.Helper()
		before := len(a.ledger)
		a.core.Tick(a.time())
		p.run()
		if gone := before - len(a.ledger); gone != want {
			t.Fatalf("a tick dropped %d entries, want %d", gone, want)
		}
		if soon := a.core.Deadline() - a.time(); (soon <= rehashEvery) != (want == pruneSlice) {
			t.Errorf("the next tick is due in %d ms", soon)
		}
	}
	p.now += 60_000
	tick(pruneSlice)
	tick(pruneSlice)
	tick(pruneSlice)
	tick(10)
	if a.deletes > cleanBatch {
		t.Errorf("%d deletes in one transaction", a.deletes)
	}
	a.stores()
	// The other half falls below the horizon.
	p.now += 95 * 24 * 3600 * 1000
	tick(pruneSlice)
	if a.core.Len() != 0 || a.core.Horizon() <= horizon {
		t.Errorf("%d held", a.core.Len())
	}
	if len(a.stored) == 0 {
		t.Error("the store was cut before the set")
	}
	tick(pruneSlice)
	for _, want := range []Pruned{{pruneSlice, pruneSlice, true}, {10, 10, false}, {}} {
		if got := a.core.Prune(a.time()); got != want {
			t.Errorf("pruned %+v, want %+v", got, want)
		}
	}
	p.run()
	a.stores()
	if len(a.stored) != 0 || a.removed[len(a.removed)-1].Why != RemovedPast {
		t.Errorf("%d stored, the page was told %s", len(a.stored), a.removed[len(a.removed)-1].Why)
	}
}

// Prune does without waiting what ticks do by and by, and tells how much that was.
func TestPrune(t *testing.T) {
	p := newPair(t)
	a := p.sides[0]
	keys := fabricated(4*pruneSlice, 80)
	records := 0
	for i := range keys {
		k := keys[i]
		switch i % 4 {
		case 0:
			k.Expires = p.now/1000 + 5
		case 1:
			k.Expires, k.Kind = p.now/1000+5, KindRefused
		case 2:
			k.Kind = KindTombstone
		}
		if a.stored[k] = []byte{1}; k.Kind == KindBody && (k.Expires != 0 || k.At < p.now/1000-40*24*3600) {
			records++
		}
		if k.Kind.Refused() {
			a.stored[k] = nil
		}
	}
	a.start()
	a.fail = ErrStoreFull
	p.now += 10_000
	a.core.cfg.Retention = 39 * 24 * 3600
	a.core.advance(a.time())
	before := a.core.Len()
	a.core.moveHorizon()
	want := 0
	for k := range a.ledger {
		if k.At < a.core.horizon || k.expired(a.time()) {
			want++
		}
	}
	var got Pruned
	for more := true; more; {
		slice := a.core.Prune(a.time())
		got.Records, got.Entries, more = got.Records+slice.Records, got.Entries+slice.Entries, slice.More
		if slice.Entries > pruneSlice {
			t.Errorf("a slice of %+v", slice)
		}
	}
	p.run()
	if got.Entries != want || a.core.Len() != len(keys)-want || before != len(keys) || got.Records > got.Entries {
		t.Errorf("pruned %+v of %d, want %d", got, before, want)
	}
	// What the store could not do it does when it can.
	a.fail = nil
	p.pass(3)
	a.stores()
}
