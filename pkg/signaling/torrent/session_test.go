//go:build !race

package torrent

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnswerConnectsItsOffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 8), newServer(t, 3)
		s, stop := run(t, h, f)
		defer stop()
		offer := f.last().Offers[1]
		f.conn().answer("b", offer)
		f.conn().answer("c", offer) // comes second
		f.conn().answer("d", offerOut{OfferID: pad("unknown")})
		synctest.Wait()
		if got := h.accepted[offer.Offer.SDP]; got != answerTo(offer.Offer.SDP, "b") || len(h.accepted) != 1 {
			t.Errorf("accepted %q", h.accepted)
		}
		if status := s.Status()[0]; status.Answers != 1 || status.Peers != 3 || !status.Connected {
			t.Errorf("%+v", status)
		}
	})
}

func TestAnswerAfterTheOffersLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 8), newServer(t, 3)
		_, stop := run(t, h, f)
		defer stop()
		offer := f.messages()[0].Offers[0]
		after(sentLife + second)
		f.conn().answer("b", offer)
		synctest.Wait()
		if len(h.accepted) != 0 {
			t.Errorf("accepted %q", h.accepted)
		}
	})
}

func TestOfferIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 8), newServer(t, 2)
		s, stop := run(t, h, f)
		defer stop()
		sdp := "v=0\r\na=<&>\u2028\x01é"
		f.conn().offer("b", "offer", sdp)
		synctest.Wait()
		m := f.last()
		if m.Answer == nil || m.Answer.Type != "answer" || m.Answer.SDP != answerTo(sdp, "a") {
			t.Fatalf("answered %s", m.raw)
		}
		if m.To != pad("b") || m.Offer != pad("offer") || m.Peer != f.messages()[0].Peer || m.Hash != testHash.wire() {
			t.Errorf("answered %s", m.raw)
		}
		if status := s.Status()[0]; status.Offers != 1 {
			t.Errorf("%+v", status)
		}
	})
}

func TestOffersThatAreNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 8), newServer(t, 2)
		_, stop := run(t, h, f)
		defer stop()
		c := f.conn()
		c.offer("b", "twice", "sdp")
		c.offer("c", "twice", "sdp")
		c.say(map[string]any{ // our own
			"peer_id": f.last().Peer, "offer_id": pad("own"), "offer": description{SDP: "sdp"},
		})
		c.say(map[string]any{ // another swarm's
			"info_hash": pad("other"), "peer_id": pad("b"), "offer_id": pad("foreign"), "offer": description{SDP: "sdp"},
		})
		synctest.Wait()
		if n := h.answers(); n != 1 {
			t.Errorf("answered %d offers", n)
		}
		h.want(0)
		c.offer("b", "unwanted", "sdp")
		synctest.Wait()
		if n := h.answers(); n != 1 {
			t.Errorf("answered an offer though no peer is wanted")
		}
	})
}

func TestAnsweringIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 100), newServer(t, 2)
		h.answerDelay = second
		s, stop := run(t, h, f)
		defer stop()
		for i := range 60 {
			f.conn().offer("b", fmt.Sprint("o", i), "sdp")
			if i == 9 {
				after(second)
				if n := h.answers(); n != maxAnswering {
					t.Errorf("answered %d offers at once", n)
				}
			}
			if i > 9 {
				after(second / 4)
			}
		}
		after(second)
		if n := h.answers(); n != maxAnswers {
			t.Errorf("answered %d offers in a minute", n)
		}
		after(time.Minute)
		f.conn().offer("b", "later", "sdp")
		after(second)
		if n := h.answers(); n != maxAnswers+1 {
			t.Errorf("answered %d offers", n)
		}
		if status := s.Status()[0]; status.Offers != 61 {
			t.Errorf("%+v", status)
		}
	})
}

func TestSlowHostDoesNotHoldUpTheSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 8), newServer(t, 4)
		h.answerDelay = answerTimeout
		s, stop := run(t, h, f)
		defer stop()
		offer := f.last().Offers[0]
		f.conn().offer("b", "slow", "sdp")
		f.conn().answer("c", offer)
		f.change(func() { f.peers = 7 })
		f.conn().respond(announced{})
		after(second)
		if s.Status()[0].Peers != 7 || h.acceptedAnswers() != 1 {
			t.Errorf("%+v, %d accepted", s.Status()[0], h.acceptedAnswers())
		}
	})
}

func TestFailureReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 8), newServer(t, 2)
		respond := f.onMessage
		f.onMessage = func(c *fakeConn, m announced) {
			c.say(map[string]any{"failure reason": "not today\n\x00" + strings.Repeat("!", 1000)})
		}
		s, stop := run(t, h, f)
		defer stop()
		status := s.Status()[0]
		if !strings.Contains(status.LastError, "not today") || len(status.LastError) > 300 ||
			strings.ContainsAny(status.LastError, "\n\x00") || !status.Connected {
			t.Errorf("%+v", status)
		}
		after(59 * second)
		expectTimes(t, f, sentAt{0, 2}) // 30 s doubled
		f.change(func() { f.onMessage = respond })
		after(2 * second)
		m := f.messages()[1]
		if m.Event != eventStarted || len(m.Offers) != 2 {
			t.Errorf("the second start was %s", m.raw)
		}
		if status := s.Status()[0]; status.LastError != "" || status.Peers != 2 {
			t.Errorf("%+v", status)
		}
		if n := h.count(&h.made); n != 2 {
			t.Errorf("made %d offers", n)
		}
	})
}

func TestTrackerIDIsEchoed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 8), newServer(t, 1)
		ids := []string{"first", "", strings.Repeat("x", maxTrackerID+1)}
		f.onMessage = func(c *fakeConn, m announced) {
			if m.Answer != nil || len(ids) == 0 {
				return
			}
			c.say(map[string]any{"complete": 1, "interval": 20, "tracker id": ids[0]})
			ids = ids[1:]
		}
		_, stop := run(t, h, f)
		after(50 * second)
		f.conn().offer("b", "offer", "sdp")
		synctest.Wait()
		stop()
		for i, m := range f.messages() {
			if want := map[bool]string{true: "", false: "first"}[i == 0]; m.Tracker != want {
				t.Errorf("message %d echoes %q, want %q", i, m.Tracker, want)
			}
		}
	})
}

func TestSilentTracker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 8), newServer(t, 2)
		f.onMessage = func(*fakeConn, announced) {}
		s, stop := run(t, h, f)
		defer stop()
		after(responseTimeout)
		if status := s.Status()[0]; status.Connected || !strings.Contains(status.LastError, "respond") {
			t.Errorf("%+v", status)
		}
		if n := h.count(&h.open); n != 0 {
			t.Errorf("%d offers wait for nobody", n)
		}
		after(retryFirst*3/2 + dialDelay)
		all := f.messages()
		if len(all) != 2 || all[1].Event != eventStarted || all[1].Peer == all[0].Peer {
			t.Errorf("after the reconnect: %+v", all)
		}
	})
}

func TestAnswerJustBeforeTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 8), newServer(t, 2)
		s, stop := run(t, h, f)
		defer stop()
		offer, c := f.last().Offers[0], f.conn()
		c.answer("b", offer)
		c.say(map[string]any{"failure reason": "shutting down"})
		c.Close()
		synctest.Wait()
		if h.acceptedAnswers() != 1 {
			t.Error("the answer is lost")
		}
		if status := s.Status()[0]; !strings.Contains(status.LastError, "shutting down") {
			t.Errorf("%+v", status)
		}
	})
}
