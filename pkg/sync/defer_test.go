package sync

import (
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

// What is refused for a while is asked for ever more rarely, down to once an hour, whether or not there is room
// to note it apart, and at once when the page says that the reason may have lapsed.
func TestRefusedForAWhile(t *testing.T) {
	const n = maxDeferred + 500
	keys, bodies := stocked(t, n)
	for offers := range 2 {
		x := newExchange(t, offers, keys)
		lapsed := false
		asked := make(map[record.ID]int)
		x.bodies, x.policy = bodies, func(_ int64, r *record.Record) Verdict {
			if asked[r.ID]++; lapsed {
				return Accept
			}
			return Defer
		}
		x.pass(100 * 60)
		if x.ended != nil {
			t.Fatalf("the session ended: %v", x.ended)
		}
		// After 0, 1, 9 and 73 minutes; some later, because a peer whose records are refused is asked slowly.
		for id, times := range asked {
			if times != 4 {
				t.Fatalf("%s was fetched %d times in 100 minutes", id, times)
			}
		}
		for i, c := range x.cores {
			if p := c.Peers()[0]; !p.Agreed || p.Unavailable != (1-i)*n {
				t.Errorf("core %d agrees meanwhile: %v, with %d unavailable", i, p.Agreed, p.Unavailable)
			}
		}
		if len(asked) != n || len(x.cores[0].deferred) > maxDeferred {
			t.Errorf("%d of %d were fetched, %d are deferred", len(asked), n, len(x.cores[0].deferred))
		}
		lapsed = true
		x.cores[0].Retry(x.now)
		x.pass(60)
		if l := x.cores[0].Len(); l != n {
			t.Errorf("%d of %d are here once the reason has lapsed", l, n)
		}
		if c := x.cores[0]; len(c.deferred)+len(c.wants) != 0 {
			t.Errorf("%d are deferred, %d wanted still", len(c.deferred), len(c.wants))
		}
	}
}

// While nothing can be stored one record a minute is tried, and when there is room all come within a few minutes.
func TestRoomIsProbed(t *testing.T) {
	const n, minutes = 3000, 60
	keys, bodies := stocked(t, n)
	for offers := range 2 {
		x := newExchange(t, offers, keys)
		x.bodies, x.fail = bodies, ErrStoreFull
		x.pass(minutes * 60)
		if most := 3*n + 2*minutes; x.wants > most { // after 0, 1 and 9 minutes, and the probes
			t.Errorf("asked for %d records, at most %d are right", x.wants, most)
		}
		x.fail = nil
		x.pass(180)
		if l := x.cores[0].Len(); l != n {
			t.Errorf("%d of %d are here when there is room again", l, n)
		}
	}
}

// What finds no room, and of which nothing can be remembered either, is asked for slowly.
func TestRoomForNothing(t *testing.T) {
	const n = 8000
	keys, bodies := stocked(t, n)
	x := newExchange(t, 0, keys)
	x.bodies, x.fail = bodies, ErrStoreFull
	s := x.cores[0].byConn[duoConn]
	for i := range maxLacks {
		s.lacks[record.ID{byte(i), byte(i >> 8), byte(i >> 16)}] = true
	}
	x.pass(55)
	if most := window + 56*doubtRate; x.wants > most {
		t.Errorf("asked for %d records in a minute, at most %d are right", x.wants, most)
	}
	x.fail = nil
	x.pass(180)
	if l := x.cores[0].Len(); l != n || x.ended != nil {
		t.Errorf("%d of %d are here when there is room again: %v", l, n, x.ended)
	}
}

// One a minute it is also where what is tried is not stored, because it is refused by now; and where the clock was
// set back after the failure.
func TestProbesAreRare(t *testing.T) {
	const n, minutes = 3000, 30
	keys, bodies := stocked(t, n)
	x := newExchange(t, 0, keys)
	x.now += 3_600_000
	x.bodies, x.fail = bodies, ErrStoreFull
	x.pass(12 * 60)
	x.policy = func(int64, *record.Record) Verdict { return Defer }
	x.wants = 0
	x.pass(minutes * 60)
	if x.wants > minutes {
		t.Errorf("asked for %d records in %d minutes", x.wants, minutes)
	}
	x.fail, x.policy = nil, nil
	x.now -= 3_600_000
	x.pass(300)
	if l := x.cores[0].Len(); l < n-minutes { // those that were refused have a longer pause
		t.Errorf("%d of %d are here when there is room again", l, n)
	}
}

// A record that is refused for a while and is then pushed by its author is asked of those who offered it before, when
// the author is gone.
func TestPushOfDeferred(t *testing.T) {
	e := newEvil(t, false)
	e.policy = func(*record.Record) Verdict { return Defer }
	e.join()
	f := e.friend(4).join()
	r := signed(t, f.key, testRoom, 1, e.now/1000, testContent)
	e.say(msgHave, r.ID[:])
	e.expect(msgWant)
	e.say(msgRecords, pack(r))
	f.say(msgPush, pack(r))
	e.core.Closed(e.now, f.conn, "")
	e.run()
	e.policy = func(*record.Record) Verdict { return Accept }
	e.core.Retry(e.now)
	e.tick(1000)
	if b := e.expect(msgWant); record.ID(b) != r.ID {
		t.Errorf("asked for %x", b)
	}
}

// Where the end of a refusal is known the record is asked for then, and not before.
func TestRefusedUntil(t *testing.T) {
	const n, minutes = 100, 45
	keys, bodies := stocked(t, n)
	x := newExchange(t, 0, keys)
	end, fetched := x.now+minutes*60_000, 0
	x.bodies, x.policy = bodies, func(now int64, _ *record.Record) Verdict {
		if fetched++; now < end {
			return DeferUntil(end)
		}
		return Accept
	}
	x.pass(minutes*60 - 1)
	if fetched != n || x.cores[0].Len() != 0 {
		t.Errorf("fetched %d times, %d held", fetched, x.cores[0].Len())
	}
	x.pass(3)
	if fetched != 2*n || x.cores[0].Len() != n {
		t.Errorf("fetched %d times, %d held when the time has come", fetched, x.cores[0].Len())
	}
}

// A peer that comes again does not make us fetch what is deferred.
func TestDeferralOutlivesTheSession(t *testing.T) {
	p := newPair(t)
	a, b := p.sides[0], p.sides[1]
	keys := a.fill(20)
	fetched := 0
	b.policy = func(*record.Record) Verdict { fetched++; return Defer }
	for range 30 { // minutes
		p.connect()
		p.pass(40)
		p.disconnect()
		p.pass(20)
	}
	// After 0, 1 and 9 minutes.
	if most := 3 * len(keys); fetched != most {
		t.Errorf("fetched %d times, %d times are right", fetched, most)
	}
	// Nobody offers them any more: they are forgotten.
	b.core.Tick(b.time())
	p.pass(2*3600 + 60)
	if n := len(b.core.deferred); n != 0 {
		t.Errorf("%d are remembered", n)
	}
}

// A clock that is set back does not put off what was deferred.
func TestDeferredAndTheClock(t *testing.T) {
	p := newPair(t)
	a, b := p.sides[0], p.sides[1]
	a.fill(20)
	accepts := false
	b.policy = func(*record.Record) Verdict {
		if accepts {
			return Accept
		}
		return Defer
	}
	p.connect()
	p.pass(5)
	accepts = true
	b.skew = -300_000
	p.pass(70)
	if n := b.core.Len(); n != 20 {
		t.Errorf("%d held", n)
	}
}
