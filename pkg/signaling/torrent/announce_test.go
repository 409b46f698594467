//go:build !race

package torrent

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// times lists when messages were sent, and with how many offers.
type sentAt struct {
	at     time.Duration
	offers int
}

func times(all []announced) []sentAt {
	var at []sentAt
	for _, m := range all {
		at = append(at, sentAt{m.at, len(m.Offers)})
	}
	return at
}

func expectTimes(t *testing.T, f *fakeServer, want ...sentAt) {
	t.Helper()
	if got := times(f.messages()); !slices.Equal(got, want) {
		t.Errorf("announced (when, with how many offers)\n %v, want\n %v", got, want)
	}
}

const second = time.Second

func TestFirstAnnouncement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 3), newServer(t, 1)
		h.padding = "\r\n<&>\u2028é\""
		_, stop := run(t, h, f)
		m := f.last()
		if m.at != 0 || m.Action != "announce" || m.Event != eventStarted || len(m.Offers) != firstOffers {
			t.Errorf("announced %+v", m)
		}
		if hash, ok := parseID(m.Hash); !ok || hash != testHash {
			t.Errorf("info hash %q", m.Hash)
		}
		if m.NumWant == nil || *m.NumWant != len(m.Offers) || m.Left == nil || *m.Left != 1 {
			t.Errorf("numwant and left are to be there: %s", m.raw)
		}
		if _, ok := parseID(m.Peer); !ok {
			t.Errorf("peer id %q", m.Peer)
		}
		for _, o := range m.Offers {
			if _, ok := parseID(o.OfferID); !ok || len(o.OfferID) != 20 {
				t.Errorf("offer id %q", o.OfferID)
			}
			if o.Offer.Type != "offer" || !strings.HasSuffix(o.Offer.SDP, h.padding) {
				t.Errorf("offer %q", o.Offer)
			}
		}
		if m.Offers[0].OfferID == m.Offers[1].OfferID || m.Offers[0].Offer.SDP == m.Offers[1].Offer.SDP {
			t.Error("one offer twice")
		}
		stop()
		if m := f.last(); m.Event != eventStopped || len(m.Offers) != 0 || m.NumWant == nil || *m.NumWant != 0 {
			t.Errorf("took leave with %s", m.raw)
		}
	})
}

func TestAloneKeepsItsOffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 8), newServer(t, 1)
		_, stop := run(t, h, f)
		defer stop()
		after(170 * second)
		expectTimes(t, f, sentAt{0, 2}, sentAt{10 * second, 2}, sentAt{40 * second, 2}, sentAt{160 * second, 2})
		if n := h.count(&h.made); n != 2 {
			t.Errorf("made %d offers", n)
		}
		for _, m := range f.messages()[1:] {
			if m.Event != "" {
				t.Errorf("event %q after the start", m.Event)
			}
		}
		// Past its shelf life an offer goes, and nothing replaces it.
		after(time.Hour)
		if made, open := h.count(&h.made), h.count(&h.open); made != 2 || open != 0 {
			t.Errorf("made %d offers, %d are open", made, open)
		}
		if n := len(f.last().Offers); n != 0 {
			t.Errorf("announced with %d offers", n)
		}
		// Somebody is there who could not be met: offers follow the response.
		f.change(func() { f.peers = 2 })
		after(121 * second)
		if n := h.count(&h.open); n != 1 {
			t.Errorf("%d offers for one other peer", n)
		}
	})
}

func TestOffersFollowTheSizeOfTheSwarm(t *testing.T) {
	for _, test := range []struct {
		name                string
		wanted, peers, open int
	}{
		{"nobody wanted", 0, 10, 0},
		{"one wanted", 1, 10, 1},
		{"one other", 8, 2, 2}, // the first announcement does not know
		{"three others", 8, 4, 3},
		{"as many as allowed", 50, 50, maxSent},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, f := newHost("a", test.wanted), newServer(t, test.peers)
				_, stop := run(t, h, f)
				defer stop()
				after(second)
				if n := h.count(&h.open); n != test.open {
					t.Errorf("%d offers wait, want %d", n, test.open)
				}
				for _, m := range f.messages() {
					if *m.NumWant != len(m.Offers) {
						t.Errorf("numwant %d with %d offers", *m.NumWant, len(m.Offers))
					}
				}
			})
		})
	}
}

func TestOffersAreReplacedAfterTheirLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 2), newServer(t, 9)
		_, stop := run(t, h, f)
		defer stop()
		after(49 * second)
		expectTimes(t, f, sentAt{0, 2}, sentAt{10 * second, 0}, sentAt{40 * second, 0})
		after(2 * second)
		// The first goes as soon as it is ready, the rest together.
		if made, open := h.count(&h.made), h.count(&h.open); made != 4 || open != 2 {
			t.Errorf("made %d offers, %d are open", made, open)
		}
		h.want(0)
		after(60 * second)
		if made, open := h.count(&h.made), h.count(&h.open); made != 4 || open != 0 {
			t.Errorf("made %d offers, %d are open though none is wanted", made, open)
		}
	})
}

func TestWantedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 0), newServer(t, 4)
		_, stop := run(t, h, f)
		defer stop()
		after(20 * second)
		expectTimes(t, f, sentAt{0, 0})
		h.want(1)
		after(wantedPoll)
		if open := h.count(&h.open); open != 1 {
			t.Errorf("%d offers are open", open)
		}
	})
}

func TestSlowOffersDoNotDelayTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 2), newServer(t, 3)
		h.offerDelay = 2 * second
		_, stop := run(t, h, f)
		defer stop()
		after(3 * second)
		all := times(f.messages())
		if all[0] != (sentAt{firstWait, 0}) {
			t.Errorf("started with %v", all[0])
		}
		total := 0
		for _, m := range all[1:] {
			total += m.offers
			if m.at != h.offerDelay-dialDelay {
				t.Errorf("followed after %v", m.at)
			}
		}
		if total != 2 {
			t.Errorf("sent %d offers", total)
		}
	})
}

func TestFailingHostIsNotPressed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 2), newServer(t, 3)
		h.offerErr = errors.New("no WebRTC")
		s, stop := run(t, h, f)
		defer stop()
		after(time.Minute)
		if n := h.count(&h.made); n > 2*(1+int(time.Minute/offerRetry)) {
			t.Errorf("asked for %d offers in a minute", n)
		}
		if status := s.Status()[0]; !status.Connected || status.LastError != "" {
			t.Errorf("the tracker is blamed: %+v", status)
		}
	})
}

func TestPeersThatWereMetGetNoOffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 8), newServer(t, 2)
		f.interval = 20
		_, stop := run(t, h, f)
		defer stop()
		f.conn().answer("b", f.last().Offers[0])
		after(metFirst - second)
		if n := h.count(&h.made); n != 2 {
			t.Errorf("made %d offers, though the only other peer was met", n)
		}
		// The host has nobody: whoever is there is tried once more.
		after(30 * second)
		if n := h.count(&h.open); n != 1 {
			t.Errorf("%d offers are open", n)
		}
		f.conn().answer("b", f.lastOffer())
		h.want(7)
		after(2*metFirst - second)
		if n := h.count(&h.open); n != 0 {
			t.Errorf("%d offers are open", n)
		}
		// The peer is lost.
		made := h.count(&h.made)
		h.want(8)
		after(21 * second)
		if n := h.count(&h.made); n == made {
			t.Error("no offer after the loss")
		}
	})
}

func TestWakeAnnouncesSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 8), newServer(t, 2)
		s, stop := run(t, h, f)
		defer stop()
		f.conn().answer("b", f.last().Offers[0]) // and yet b is not connected
		after(second)
		n := len(f.messages())
		s.Wake()
		after(minInterval - 2*second)
		if len(f.messages()) != n {
			t.Error("announced again at once")
		}
		after(2 * second)
		m := f.messages()
		if len(m) != n+1 || len(m[n].Offers) == 0 {
			t.Fatalf("announced %d times after %v, without an offer for whoever was met", len(m)-n, minInterval)
		}
		after(2 * time.Minute)
		n = len(f.messages())
		s.Wake()
		after(0)
		if len(f.messages()) != n+1 {
			t.Error("did not announce, though the last time is long ago")
		}
		h.want(0)
		after(time.Minute)
		n = len(f.messages())
		s.Wake()
		after(30 * second)
		if len(f.messages()) != n {
			t.Error("announced, though nobody is wanted")
		}
	})
}

// A new socket finds the room connected, under peer ids that it does not know.
func TestCompanyIsTakenForTheSwarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 8), newServer(t, 3)
		h.want(6)
		_, stop := run(t, h, f)
		defer stop()
		after(doubt - second)
		for _, m := range f.messages() {
			if len(m.Offers) != 0 {
				t.Fatalf("an offer after %v, though as many are connected as there are", m.at)
			}
		}
		if n := len(f.messages()); n > 2+int(doubt/(120*second)) {
			t.Errorf("announced %d times", n)
		}
		// They may be others.
		after(121 * second)
		if n := h.count(&h.made); n != 1 {
			t.Errorf("made %d offers in doubt", n)
		}
		// One more comes.
		after(sentLife)
		f.change(func() { f.peers = 4 })
		after(121 * second)
		if open := h.count(&h.open); open > 1 || h.count(&h.made) == 1 {
			t.Errorf("%d offers at once for one stranger", open)
		}
	})
}

func TestLongOffersAreSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 5), newServer(t, 9)
		h.padding = strings.Repeat("x", 6000)
		_, stop := run(t, h, f)
		defer stop()
		after(30 * second)
		total := 0
		for _, m := range f.messages() {
			total += len(m.Offers) // Write checks the sizes
		}
		if total != 5 {
			t.Errorf("sent %d offers", total)
		}
	})
}

func TestOffersThatFitInNoMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 5), newServer(t, 9)
		h.padding = strings.Repeat("x", 17000)
		s, stop := run(t, h, f)
		defer stop()
		after(time.Minute)
		if n := h.count(&h.made); n > 15 {
			t.Errorf("made %d offers in a minute", n)
		}
		for _, m := range f.messages() {
			if len(m.Offers) != 0 {
				t.Error("sent an offer")
			}
		}
		if !s.Status()[0].Connected {
			t.Error("the session ended")
		}
	})
}

func TestTheCapHoldsOverAllTrackers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost("a", 50)
		servers := []*fakeServer{newServer(t, 30), newServer(t, 30), newServer(t, 30), newServer(t, 30)}
		_, stop := run(t, h, servers...)
		defer stop()
		after(30 * time.Minute)
		if n := h.count(&h.mostOpen); n != maxOpen {
			t.Errorf("%d offers at once, want %d", n, maxOpen)
		}
		for i, f := range servers {
			total := 0
			for _, m := range f.messages() {
				total += len(m.Offers)
			}
			if total < 10 {
				t.Errorf("tracker %d got %d offers", i, total)
			}
		}
	})
}

func TestIntervalIsClamped(t *testing.T) {
	for _, test := range []struct {
		seconds any
		next    time.Duration
	}{
		{20, 20 * second},
		{0.001, minInterval},
		{1e300, maxInterval},
		{-5, firstInterval},
	} {
		synctest.Test(t, func(t *testing.T) {
			h, f := newHost("a", 0), newServer(t, 1)
			f.onMessage = func(c *fakeConn, m announced) {
				c.say(map[string]any{"complete": 0, "incomplete": 1, "interval": test.seconds})
			}
			_, stop := run(t, h, f)
			defer stop()
			after(test.next - 1)
			expectTimes(t, f, sentAt{0, 0})
			after(1)
			expectTimes(t, f, sentAt{0, 0}, sentAt{test.next, 0})
		})
	}
}
