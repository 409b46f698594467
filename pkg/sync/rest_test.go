package sync

import "testing"

// An offerer that never rests begins a round once a minute nevertheless.
func TestSteadyOffererBeginsRounds(t *testing.T) {
	e := newEvil(t, true)
	e.join()
	e.expect(msgRoot)
	e.say(msgDone, done{round: 1, news: true}.append(nil))
	e.got = nil
	mine := testKey(t, 1)
	for i := range 300 {
		e.core.Put(e.now, signed(t, mine, testRoom, byte(i), e.now/1000, testContent), uint64(i))
		e.run()
		e.tick(900)
		e.say(msgPing, make([]byte, 8))
		for b, ok := e.find(msgRoot); ok; b, ok = e.find(msgRoot) {
			if r, _ := readRoot(b); r.round > 1 {
				return
			}
		}
	}
	t.Error("no round in 270 s, though the peers disagree")
}

// What is unavailable stays so in later rounds, on either side.
func TestUnavailableStays(t *testing.T) {
	keys := fabricated(3, 80)
	for i := range keys {
		keys[i].Kind = KindRefused
	}
	x := newExchange(t, 1, keys)
	for range 6 {
		x.pass(1)
		p, q := x.cores[0].Peers()[0], x.cores[1].Peers()[0]
		t.Logf("%d s: answerer agreed %v, unavailable %d; offerer agreed %v", (x.now-testNow)/1000, p.Agreed, p.Unavailable, q.Agreed)
	}
	if p := x.cores[0].Peers()[0]; p.Unavailable != 3 {
		t.Errorf("%d unavailable, want 3", p.Unavailable)
	}
}

// Whoever made the offer, all that a full disk kept out comes when there is room.
func TestFullDiskAllComes(t *testing.T) {
	const n = 8000
	keys, bodies := stocked(t, n)
	for offers := range 2 {
		x := newExchange(t, offers, keys)
		x.bodies, x.fail = bodies, ErrStoreFull
		x.pass(55)
		w := x.wants
		x.fail = nil
		x.pass(1200)
		p := x.cores[0].Peers()[0]
		t.Logf("offers %d: %d wants in 55 s", offers, w)
		if x.cores[0].Len() != n {
			t.Errorf("offers %d: 20 minutes later %d of %d stored; agreed %v, unavailable %d", offers, x.cores[0].Len(), n, p.Agreed, p.Unavailable)
		}
	}
}
