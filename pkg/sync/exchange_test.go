package sync

import (
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

// exchange is two honest cores on one connection, of which the first has nothing.
type exchange struct {
	cores  [2]*Core // who gets, who gives
	now    int64
	bodies map[Key][]byte // of who gives
	fail   error          // what the store of who gets answers
	policy func(now int64, r *record.Record) Verdict
	wants  int // ids in the wants of who gets
	ended  *Reason
}

// newExchange gives the second core keys; offers is the place of who makes the offer.
func newExchange(t *testing.T, offers int, keys []Key) *exchange {
	t.Helper()
	x := &exchange{now: testNow}
	for i := range x.cores {
		k := testKey(t, byte(1+i))
		x.cores[i] = New(Config{
			Room: testRoom, Certificate: certificate(k, testNow/1000, testNow/1000+MaxCertificateLife), Sign: k.SignHash,
			Bucket: 24 * 3600, Retention: 90 * 24 * 3600, Limits: Limits{MaxPeers: 10},
		}, testNow)
	}
	x.cores[1].Restore(keys)
	for i, c := range x.cores {
		c.Connected(testNow, duoConn, i == offers, [32]byte{byte(i)}, [32]byte{byte(1 - i)}, [32]byte{byte(i), 3})
	}
	return x
}

// pass lets time pass, a second at a time.
func (x *exchange) pass(seconds int) {
	for range seconds {
		x.now += 1000
		for _, c := range x.cores {
			c.Tick(x.now)
			x.run()
		}
	}
}

func (x *exchange) run() {
	for again := true; again; {
		again = false
		for i, c := range x.cores {
			for _, e := range c.Effects() {
				again = true
				x.effect(i, e)
			}
		}
	}
}

func (x *exchange) effect(i int, e Effect) {
	c := x.cores[i]
	switch e := e.(type) {
	case Send:
		if i == 0 && msgType(e.Msg[0]) == msgWant {
			x.wants += len(e.Msg) / 32
		}
		c.Buffered(x.now, duoConn, e.Channel, 0)
		x.cores[1-i].Receive(x.now, duoConn, e.Channel, e.Msg)
	case Close:
		x.ended = &e.Reason
	case Verify:
		verdicts := make([]Verdict, len(e.Records))
		for j := range verdicts {
			if i == 0 && x.policy != nil {
				verdicts[j] = x.policy(x.now, &e.Records[j])
			}
		}
		c.Verified(x.now, e.Ticket, verdicts)
	case Persist:
		var err error
		if i == 0 {
			err = x.fail
		}
		c.Persisted(x.now, e.Ticket, err)
	case Load:
		bodies := make([][]byte, len(e.Keys))
		for j, k := range e.Keys {
			bodies[j] = x.bodies[k]
		}
		c.Loaded(x.now, e.Ticket, bodies, nil)
	}
}

// A newcomer that meets a peer with very many ids whose bodies it refused agrees with it
// once it knows that none is to be had, and asks for each once at most.
func TestManyUnavailable(t *testing.T) {
	const n = 15_000
	keys := fabricated(n, 80)
	for i := range keys {
		keys[i].Kind = KindRefused
	}
	for offers := range 2 {
		x := newExchange(t, offers, keys)
		for s := 0; s < 20 && x.ended == nil && !x.cores[0].Peers()[0].Agreed; s++ {
			x.pass(1)
		}
		if x.ended != nil {
			t.Fatalf("the session ended: %v", x.ended)
		}
		if p := x.cores[0].Peers()[0]; !p.Agreed || p.Unavailable != n || x.wants > n {
			t.Errorf("agreed: %v, %d unavailable, %d asked for, want %d", p.Agreed, p.Unavailable, x.wants, n)
		}
	}
}

// stocked makes the keys and bodies of n records, which nobody has signed.
func stocked(t *testing.T, n int) ([]Key, map[Key][]byte) {
	t.Helper()
	rs := unsigned(t, testKey(t, 9), n)
	keys := make([]Key, n)
	bodies := make(map[Key][]byte, n)
	for i := range rs {
		keys[i] = keyOf(&rs[i])
		bodies[keys[i]] = rs[i].AppendBinary(nil)
	}
	return keys, bodies
}

// With a full disk a newcomer does not ask all the time for what it cannot store, is not
// disconnected for what it asks again, and does so when there is room.
func TestFullDisk(t *testing.T) {
	const n = 8000
	keys, bodies := stocked(t, n)
	for offers := range 2 {
		x := newExchange(t, offers, keys)
		x.bodies, x.fail = bodies, ErrStoreFull
		x.pass(55)
		if x.wants < n || x.wants > 3*n {
			t.Errorf("asked for %d records in a minute, and there are %d", x.wants, n)
		}
		x.fail = nil
		x.pass(15)
		if x.ended != nil {
			t.Fatalf("the session ended: %v", x.ended)
		}
		if l := x.cores[0].Len(); l < maxDeferred {
			t.Errorf("%d stored when there was room again", l)
		}
	}
}
