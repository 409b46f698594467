package sync

import (
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

// A peer whose records are refused is asked for a window of them, and then for few a second.
func TestFloodByReconciliation(t *testing.T) {
	const n = 30_000
	keys, bodies := stocked(t, n)
	for _, verdict := range []Verdict{Refuse, Defer} {
		for offers := range 2 {
			x := newExchange(t, offers, keys)
			x.bodies, x.policy = bodies, func(int64, *record.Record) Verdict { return verdict }
			x.pass(60)
			if most := window + doubtAfter + 61*doubtRate; x.wants > most || x.wants < window {
				t.Errorf("asked for %d records in a minute, at most %d are right", x.wants, most)
			}
			if x.ended != nil {
				t.Errorf("the session ended: %v", x.ended)
			}
		}
	}
}

// One that has good records behind bad ones is not starved, and one whose every third is bad is
// asked as fast as any other.
func TestDoubtPasses(t *testing.T) {
	const n = 12_000
	keys, bodies := stocked(t, n)
	for name, c := range map[string]struct {
		bad     func(i int) bool
		seconds int
	}{
		"every third":   {func(i int) bool { return i%3 == 0 }, 5},
		"the first":     {func(i int) bool { return i < 3000 }, 60},
		"three of five": {func(i int) bool { return i%5 < 3 }, 150},
	} {
		x := newExchange(t, 0, keys)
		i := 0
		x.bodies, x.policy = bodies, func(int64, *record.Record) Verdict {
			if i++; c.bad(i) {
				return Refuse
			}
			return Accept
		}
		s := 0
		for ; x.cores[0].Len() < n && s < 1000; s++ {
			x.pass(1)
		}
		if s > c.seconds {
			t.Errorf("%s: it took %d s, %d are right", name, s, c.seconds)
		}
	}
}

// Nor is one asked for more whose records are of another time than it said: ahead of all clocks, long past, or over.
func TestFloodOfAnotherTime(t *testing.T) {
	const n = 4000
	author := testKey(t, 9).PubKey()
	for name, from := range map[string]int64{"ahead": 24 * 3600, "past": -100 * 24 * 3600, "expired": -24 * 3600} {
		keys := make([]Key, n)
		bodies := make(map[Key][]byte, n)
		for i := range keys {
			ev := record.New(testRoom, [16]byte{byte(i), byte(i >> 8)}, testNow/1000+from, testContent)
			if name == "expired" {
				ev.Tags = append(ev.Tags, record.ExpirationTag(testNow/1000-50))
			}
			ev.Author = author
			ev.ID = ev.Hash()
			r, err := record.Bind(ev, testRoom)
			if err != nil {
				t.Fatal(err)
			}
			keys[i] = keyOf(&r)
			keys[i].At, keys[i].Expires = testNow/1000-int64(n-i), 0
			bodies[keys[i]] = r.AppendBinary(nil)
		}
		x := newExchange(t, 0, keys)
		x.bodies = bodies
		x.pass(30)
		if most := window + doubtAfter + 31*doubtRate; x.wants > most || x.wants < window {
			t.Errorf("%s: asked for %d records in half a minute, at most %d are right", name, x.wants, most)
		}
	}
}
