//go:build !race

package torrent

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestTrackersAtOnce(t *testing.T) {
	const atOnce = 2
	dead := func(f *fakeServer) { f.dialErr = errors.New("refused") }
	mute := func(f *fakeServer) { f.onMessage = func(*fakeConn, announced) {} }
	for _, test := range []struct {
		name    string
		first   func(*fakeServer) // what is wrong with the first two
		company bool
		used    map[time.Duration]int // trackers, after how long
	}{
		{"company", nil, true, map[time.Duration]int{second: 2, time.Hour: 2}},
		{"alone", nil, false, map[time.Duration]int{50 * second: 2, 70 * second: 4, 110 * second: 4, 130 * second: 5}},
		{"dead", dead, true, map[time.Duration]int{second / 10: 4, time.Hour: 4}},
		{"mute", mute, true, map[time.Duration]int{second / 2: 2, second: 4, time.Hour: 4}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost("a", 8)
				if test.company {
					h.want(7)
				}
				servers := make([]*fakeServer, 5)
				for i := range servers {
					servers[i] = newServer(t, 2)
					if i < atOnce && test.first != nil {
						test.first(servers[i])
					}
				}
				s, stop := runAtOnce(t, h, atOnce, servers...)
				defer stop()
				for _, at := range sorted(test.used) {
					after(at - time.Since(servers[0].start))
					got := 0
					for i, status := range s.Status() {
						if dialed := len(servers[i].dialed()) > 0; dialed == status.Idle {
							t.Errorf("after %v: %+v", at, status)
						} else if dialed {
							got++
						}
					}
					if want := test.used[at]; got != want {
						t.Errorf("after %v %d trackers are used, want %d", at, got, want)
					}
				}
			})
		})
	}
}

// A tracker that fails is replaced, and its place is its own again when it is back.
func TestTrackerIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost("a", 8)
		h.want(7)
		one, two, three := newServer(t, 2), newServer(t, 2), newServer(t, 2)
		s, stop := runAtOnce(t, h, 2, one, two, three)
		defer stop()
		expect := func(when string, connected ...bool) {
			t.Helper()
			for i, status := range s.Status() {
				if status.Connected != connected[i] || status.Idle && connected[i] {
					t.Errorf("%s: %+v", when, status)
				}
			}
		}
		after(time.Hour)
		expect("all is well", true, true, false)
		one.change(func() { one.dialErr = errors.New("gone") })
		one.conn().Close()
		after(workPatience - second)
		expect("one may be back soon", false, true, false)
		after(employLook + second + dialDelay)
		expect("one is gone", false, true, true)
		after(time.Hour)
		expect("one stays away", false, true, true)
		one.change(func() { one.dialErr = nil })
		s.Wake()
		after(second)
		expect("one is back", true, true, true)
		after(restAfter + 2*employLook)
		expect("three rests", true, true, false)
		if three.last().Event != eventStopped {
			t.Error("three heard no farewell")
		}
		// Alone, it takes all there are.
		h.want(8)
		after(lonelyPatience + employLook + second)
		expect("alone", true, true, true)
		if all := three.messages(); all[len(all)-1].Peer == all[0].Peer {
			t.Error("one peer id on two sockets")
		}
	})
}

// However many trackers are silent, the last is reached soon.
func TestManySilentTrackers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		servers := make([]*fakeServer, 10)
		for i := range servers {
			servers[i] = newServer(t, 2)
			servers[i].dialHangs = i < 9
		}
		_, stop := runAtOnce(t, newHost("a", 8), 3, servers...)
		defer stop()
		after(1500 * time.Millisecond)
		if len(servers[9].messages()) == 0 {
			t.Error("nothing was announced")
		}
	})
}

func sorted(m map[time.Duration]int) []time.Duration {
	return slices.Sorted(maps.Keys(m))
}
