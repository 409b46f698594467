//go:build !race

package torrent

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

const apart = 10 * time.Minute // of two clocks, at most

// Members stay, join and leave over several epochs, with clocks up to 10 minutes
// apart. Any two can meet at every moment, a newcomer meets somebody at once and all
// in the end, and no socket and peer id serves two epochs.
func TestEpochs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seed := [2]uint64{rand.Uint64(), rand.Uint64()}
		rnd := rand.New(rand.NewPCG(seed[0], seed[1]))
		defer func() { t.Logf("seed %v", seed) }()
		const (
			duration = 6 * time.Hour
			step     = 5 * time.Second
			mostHere = 6 // guests
			allMet   = 20 * time.Minute
		)
		w := newWorld(t, 5)
		w.enter("fast", apart/2)
		w.enter("slow", -apart/2)
		w.enter("exact", 0)
		var guests []*member
		came, hours := 0, 0.0 // of members, together
		for elapsed := time.Duration(0); elapsed < duration; elapsed += step {
			switch n := rnd.IntN(300); {
			case n == 0 && len(guests) < mostHere:
				came++
				offset := time.Duration(rnd.Int64N(int64(apart)+1)) - apart/2
				guests = append(guests, w.enter(fmt.Sprintf("guest %d", came), offset))
			case n == 1 && len(guests) > 0:
				i := rnd.IntN(len(guests))
				guests[i].leave()
				guests = slices.Delete(guests, i, i+1)
			}
			after(step)
			w.checkMeeting()
			here := w.here()
			hours += float64(len(here)) * step.Hours()
			for i, m := range here {
				if time.Since(m.joined) >= settled && m.Connected() == 0 {
					t.Fatalf("%v after it came %s is alone", time.Since(m.joined), m.name)
				}
				for _, other := range here[:i] {
					if min(time.Since(m.joined), time.Since(other.joined)) > allMet && !w.connected(m, other) {
						t.Fatalf("%s and %s have not met", m.name, other.name)
					}
				}
			}
		}
		w.checkSockets()
		announcements := 0
		for _, r := range w.relays {
			announcements += r.heard
		}
		rate := float64(announcements) / hours
		t.Logf("%d guests; a member had %.0f announcements, %.1f offers and %.1f connections to those who were connected in an hour",
			came, rate, float64(w.offers)/hours, float64(w.duplicates)/hours)
		// Three trackers every two minutes, for two epochs at once a quarter of the
		// time, and what newcomers do. Without regard to who is connected it was 294.
		if rate > 3*30*1.5 {
			t.Errorf("%.0f announcements a member and hour", rate)
		}
		// Out of doubt four times an hour, and by what newcomers offer to several
		// trackers at once. Without regard to who is connected it was 137 an hour.
		if most := 6*hours + 20*float64(came); float64(w.duplicates) > most {
			t.Errorf("%d connections of those who were connected, more than %.0f", w.duplicates, most)
		}
	})
}

// Whose machine slept for hours is where the others are within seconds.
func TestSleepingThroughEpochs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		a := w.enter("a", 0)
		after(20 * time.Minute)
		b := w.enter("b", -5*time.Hour) // as if its timers had stood still
		after(time.Minute)
		if a.Connected()+b.Connected() != 0 {
			t.Error("they met in different epochs")
		}
		w.mu.Lock()
		b.offset = 0
		w.mu.Unlock()
		b.Wake()
		after(settled)
		w.checkMeeting()
		if !w.connected(a, b) {
			t.Error("they have not met")
		}
		w.checkSockets()
		for _, c := range b.conns[:2] {
			if !c.farewell {
				t.Error("the epoch that was slept through got no farewell")
			}
		}
	})
}

// Which trackers are used rotates, and is the same for all members.
func TestTrackersRotate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5)
		w.enter("a", 0)
		w.enter("b", 0)
		after(12*time.Hour + 30*time.Minute)
		used := make(map[string][]string) // trackers by hash
		epochs := make(map[string]int)    // by tracker
		for _, url := range w.urls {
			for _, c := range w.relays[url].conns {
				if hash := c.hashes[0]; !slices.Contains(used[hash], url) {
					used[hash] = append(used[hash], url)
					epochs[url]++
				}
			}
		}
		for _, urls := range used {
			if len(urls) != 3 {
				t.Errorf("an epoch used %d trackers", len(urls))
			}
		}
		for _, url := range w.urls {
			if n := epochs[url]; n == 0 || n == len(used) {
				t.Errorf("%s was used in %d of %d epochs", url, n, len(used))
			}
		}
		for _, m := range w.here() {
			status := m.Status()
			if len(status) != len(w.urls) {
				t.Errorf("%d lines for %d trackers", len(status), len(w.urls))
			}
			for i, s := range status {
				if s.URL != w.urls[i] || s.Connected == s.Idle || s.LastError != "" {
					t.Errorf("%+v", s)
				}
			}
		}
	})
}

// Where none of the chosen trackers can be reached, the members meet at others.
func TestChosenTrackersAreDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		after(30 * time.Minute)
		w := newWorld(t, 5)
		a := w.enter("a", apart/2)
		after(settled)
		for _, status := range a.Status() {
			if !status.Idle {
				w.relays[status.URL].fail()
			}
		}
		b := w.enter("b", -apart/2)
		after(30 * time.Second)
		w.checkMeeting()
		if !w.connected(a, b) {
			t.Error("they have not met")
		}
	})
}

// checkSockets checks that no two epochs are linked by a socket or a peer id.
func (w *world) checkSockets() {
	peers := make(map[string]bool)
	for url, r := range w.relays {
		for _, c := range r.conns {
			if len(c.hashes) != 1 || len(c.peers) != 1 {
				w.t.Errorf("a socket to %s announced %d hashes and %d peer ids", url, len(c.hashes), len(c.peers))
			}
			for _, peer := range c.peers {
				if peers[peer] {
					w.t.Errorf("peer id %q on two sockets", peer)
				}
				peers[peer] = true
			}
		}
	}
}

func (w *world) connected(a, b *member) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return a.peers[b]
}
