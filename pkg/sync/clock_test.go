package sync

import (
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

const testYear = 365 * 24 * 3600

// A peer does not agree by leaving all that there is out of the comparison: its
// horizon is not ahead of the clock.
func TestHorizonOfTheFuture(t *testing.T) {
	tomorrow := testNow/1000 - testNow/1000%86400 + 86400
	for name, at := range map[string]int64{"tomorrow": tomorrow, "far": maxTime - maxTime%86400} {
		tests := []struct {
			name string
			do   func(e *evil)
		}{
			{"hello", func(e *evil) {
				h := e.hello()
				h.horizon = uint64(at)
				e.sayHello(h)
			}},
			{"root of a round", func(e *evil) {
				e.join()
				e.say(msgRoot, root{round: 1, from: at}.append(nil))
			}},
			{"root", func(e *evil) {
				e.join()
				e.say(msgRoot, root{from: at}.append(nil))
			}},
		}
		for _, tt := range tests {
			t.Run(tt.name+" "+name, func(t *testing.T) {
				e := newEvil(t, false)
				e.core.Restore(fabricated(10, 80))
				tt.do(e)
				e.mustEnd(ReasonProtocol)
			})
		}
		t.Run("buckets "+name, func(t *testing.T) {
			e := newEvil(t, true)
			e.core.Restore(fabricated(10, 80))
			e.join()
			ro, err := readRoot(e.expect(msgRoot))
			if err != nil {
				t.Fatal(err)
			}
			e.say(msgBuckets, (&buckets{round: ro.round, from: at}).append(nil))
			e.mustEnd(ReasonProtocol)
		})
	}
}

// A clock that is a year ahead for a moment costs what it drops, and no more: when it
// is right again, the same comes back from peers.
func TestClockGlitch(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	r, horizon := e.record(1), e.core.Horizon()
	e.say(msgPush, pack(r))
	e.now += testYear * 1000
	e.tick(1000)
	if e.core.Len() != 0 {
		t.Fatal("nothing was dropped")
	}
	e.now -= testYear * 1000
	e.tick(1000)
	e.mustLive()
	if e.core.Horizon() != horizon {
		t.Errorf("the horizon is %d, was %d", e.core.Horizon(), horizon)
	}
	e.say(msgHave, r.ID[:])
	e.expect(msgWant)
	e.say(msgRecords, pack(r))
	if !e.core.set.has(r.ID) {
		t.Error("not taken in again")
	}
}

// What a stalled peer was asked for is asked of another one in time, though the clock
// was set back meanwhile.
func TestFailoverAfterClockSetBack(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	f := e.friend(4).join()
	r := signed(t, testKey(t, 5), testRoom, 1, e.now/1000-7200, testContent)
	e.say(msgHave, r.ID[:])
	e.expect(msgWant)
	f.say(msgHave, r.ID[:])
	e.pass(2, f)
	e.now -= 3_600_000
	e.pass(wantTimeout/1000*3/2, f)
	e.expect(msgWant)
	f.say(msgRecords, pack(r))
	if !e.core.set.has(r.ID) {
		t.Error("not stored")
	}
	e.mustLive()
}

// Who writes all the time, so that its store is never at rest, tells its peers once a
// minute nevertheless.
func TestSteadyWriterTellsItsRoot(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	e.say(msgRoot, root{round: 1, from: e.core.Horizon(), hash: [32]byte{1}}.append(nil))
	e.say(msgDone, done{round: 1, news: true}.append(nil))
	e.got, e.hold = nil, true
	mine := testKey(t, 1)
	roots := 0
	const minutes, every = 2, settleAfter * 9 / 10
	for i := range minutes*60_000/every + 1 {
		e.core.Put(e.now, signed(t, mine, testRoom, byte(i), e.now/1000, testContent), uint64(i))
		e.run()
		for len(e.held) > 1 {
			stored := e.held[0]
			e.held = e.held[1:]
			stored()
			e.run()
		}
		e.tick(every)
		e.say(msgPing, make([]byte, 8))
		for _, ok := e.find(msgRoot); ok; _, ok = e.find(msgRoot) {
			roots++
		}
	}
	e.mustLive()
	if roots != minutes {
		t.Errorf("%d roots in %d minutes", roots, minutes)
	}
}

// What fell below the horizon while the page was closed is deleted from the store by
// one range, once.
func TestRestoreBelowTheHorizon(t *testing.T) {
	c := New(newEvil(t, false).core.cfg, testNow)
	old := Key{At: c.Horizon() - 1, ID: record.ID{1}, UUID: record.UUID{1}}
	young := Key{At: c.Horizon(), ID: record.ID{2}, UUID: record.UUID{2}}
	c.Restore([]Key{old, young})
	if c.Len() != 1 || !c.set.has(young.ID) {
		t.Fatalf("%d held", c.Len())
	}
	persists := 0
	for i := range int64(600) {
		c.Tick(testNow + i*1000)
		for _, x := range c.Effects() {
			p, ok := x.(Persist)
			if !ok {
				continue
			}
			persists++
			if p.Batch.Before != c.Horizon() || len(p.Batch.Put)+len(p.Batch.Delete) > 0 {
				t.Errorf("deleted before %d, want %d, and %d keys", p.Batch.Before, c.Horizon(), len(p.Batch.Delete))
			}
			c.Persisted(testNow+i*1000, p.Ticket, nil)
		}
	}
	if persists != 1 {
		t.Errorf("%d transactions", persists)
	}
}

// A record that the horizon passes while it is being stored does not enter the tree,
// and leaves the store.
func TestHorizonPassesWhileStoring(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	r := signed(t, e.key, testRoom, 1, e.core.Horizon()+10, testContent)
	e.say(msgHave, r.ID[:])
	e.expect(msgWant)
	e.hold = true
	e.say(msgRecords, pack(r))
	verdict := e.held[0]
	e.held = nil
	verdict()
	e.run()
	e.now += 86400_000
	e.core.Tick(e.now)
	e.run()
	e.release()
	if e.core.Horizon() <= r.CreatedAt || len(e.stored) != 1 {
		t.Fatalf("horizon %d, %d stored", e.core.Horizon(), len(e.stored))
	}
	if e.core.Len() != 0 {
		t.Error("it entered the tree")
	}
	e.core.Tick(e.now + 1000)
	deleted := false
	for _, x := range e.core.Effects() {
		p, ok := x.(Persist)
		deleted = deleted || ok && p.Batch.Before == e.core.Horizon()
	}
	if !deleted {
		t.Error("it stays in the store")
	}
}

// A version of our own that is held back may come from another tab's peer too and be
// stored a second time. When its time comes meanwhile, it is not deleted as its own
// double.
func TestHeldBackVersionStoredTwice(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	r := signed(t, testKey(t, 1), testRoom, 7, e.now/1000+maxLead+2, testContent)
	e.core.Put(e.now, r, 1)
	e.run()
	e.say(msgHave, r.ID[:])
	e.expect(msgWant)
	e.hold = true
	e.say(msgRecords, pack(r))
	verdict := e.held[0]
	e.held = nil
	verdict()
	e.run()
	e.pass(3)
	if !e.core.set.has(r.ID) {
		t.Fatal("its time has not come")
	}
	e.release()
	e.pass(3)
	if k, ok := e.core.Find(r.UUID); !ok || len(e.stored) != 1 || e.stored[k] == nil {
		t.Errorf("held: %v, %d stored", ok, len(e.stored))
	}
}
