package rotation

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/peersetdb/peerset/pkg/signaling"
)

// Two epochs' strategies are one line for who looks.
func TestStatusOverAChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		after(20 * time.Minute) // of one epoch only
		m := enter(t, 0)
		opened := time.Now()
		_, _, made := m.history()
		made[0].say(
			signaling.Status{URL: "a", Connected: true, Peers: 9, Offers: 3, Answers: 1, Since: opened},
			signaling.Status{URL: "b", Connected: true, Peers: 2, Since: opened},
			signaling.Status{URL: "c", Idle: true},
		)
		offers := 3
		var lost time.Time
		for elapsed := time.Duration(0); elapsed < time.Hour; elapsed += time.Second {
			after(time.Second)
			_, running, made := m.history()
			if len(made) == 2 && len(made[1].Status()) == 0 {
				// The next epoch does without b, and uses c.
				made[1].say(
					signaling.Status{URL: "a", Connected: true, Peers: 1, Offers: 1, Since: time.Now()},
					signaling.Status{URL: "b", Idle: true},
					signaling.Status{URL: "c", LastError: "refused"},
				)
				offers = 4
			}
			got := m.Status()
			ended := running == 1 && len(made) == 2
			if ended && lost.IsZero() {
				lost = time.Now()
			}
			want := []signaling.Status{
				{URL: "a", Connected: true, Peers: 9, Offers: offers, Answers: 1, Since: opened},
				{URL: "b", Connected: !ended, Idle: ended, Peers: 2, Since: opened},
				{URL: "c", Idle: len(made) == 1},
			}
			if len(made) == 2 {
				want[2].LastError = "refused"
			}
			if ended {
				want[0].Peers, want[1].Peers = 1, 0
				want[1].Since = got[1].Since
				if got[1].Since.After(lost) || got[1].Since.Before(lost.Add(-time.Second)) {
					t.Fatalf("b was lost at %v, shown as %v", lost, got[1].Since)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("after %v\n%+v, want\n%+v", elapsed, got, want)
			}
		}
		if lost.IsZero() {
			t.Error("the first epoch's strategy did not end")
		}
	})
}

func TestJoin(t *testing.T) {
	early, late := time.Unix(1, 0), time.Unix(2, 0)
	for name, c := range map[string]struct{ older, newer, want signaling.Status }{
		"both connected": {
			signaling.Status{Connected: true, Since: early, LastError: "old"},
			signaling.Status{Connected: true, Since: late},
			signaling.Status{Connected: true, Since: early},
		},
		"the newer first": {
			signaling.Status{Connected: true, Since: late},
			signaling.Status{Connected: true, Since: early},
			signaling.Status{Connected: true, Since: early},
		},
		"the older alone": {
			signaling.Status{Connected: true, Since: early},
			signaling.Status{Since: late, LastError: "refused"},
			signaling.Status{Connected: true, Since: early},
		},
		"the newer alone": {
			signaling.Status{Since: early, LastError: "gone"},
			signaling.Status{Connected: true, Since: late},
			signaling.Status{Connected: true, Since: late},
		},
		"neither": {
			signaling.Status{Since: late, LastError: "gone"},
			signaling.Status{LastError: "refused"},
			signaling.Status{Since: late, LastError: "refused"},
		},
	} {
		if got := join(c.older, c.newer); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
