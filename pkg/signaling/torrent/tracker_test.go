//go:build !race

package torrent

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

func TestConfig(t *testing.T) {
	good := "wss://tracker.example/announce"
	for name, c := range map[string]Config{
		"no tracker":        {},
		"no URL":            {Trackers: []string{""}},
		"a web page":        {Trackers: []string{"https://tracker.example/"}},
		"no host":           {Trackers: []string{"wss:///announce"}},
		"broken URL":        {Trackers: []string{"wss://\x7f"}},
		"one twice":         {Trackers: []string{good, good}},
		"too many trackers": {Trackers: make([]string, maxTrackers+1)},
		"less than none":    {Trackers: []string{good}, AtOnce: -1},
	} {
		if _, err := New(c); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, err := New(Config{Trackers: []string{good, "ws://127.0.0.1:1"}})
	if err != nil {
		t.Fatal(err)
	}
	if status := s.Status(); len(status) != 2 || status[0].URL != good || status[0].Connected {
		t.Errorf("%+v", status)
	}
}

// expectDials checks the pauses between dials against their jitter.
func expectDials(t *testing.T, f *fakeServer, lasting time.Duration, pauses ...time.Duration) {
	t.Helper()
	dials := f.dialed()
	if len(dials) <= len(pauses) {
		t.Fatalf("dialed %d times", len(dials))
	}
	for i, want := range pauses {
		if got := dials[i+1] - dials[i] - lasting; got < want/2 || got > want*3/2 {
			t.Errorf("pause %d was %v, want about %v", i, got, want)
		}
	}
}

func TestBackoff(t *testing.T) {
	for name, test := range map[string]struct {
		make    func(f *fakeServer)
		lasting time.Duration
		message string
	}{
		"refused":    {func(f *fakeServer) { f.dialErr = errors.New("refused") }, 0, "refused"},
		"hanging":    {func(f *fakeServer) { f.dialHangs = true }, dialTimeout, "deadline"},
		"closes":     {func(f *fakeServer) { f.onMessage = func(c *fakeConn, _ announced) { c.Close() } }, dialDelay, "closed"},
		"hangs up":   {func(f *fakeServer) { f.onMessage = func(c *fakeConn, m announced) { c.respond(m); c.Close() } }, dialDelay, "closed"},
		"silent":     {func(f *fakeServer) { f.onMessage = func(*fakeConn, announced) {} }, dialDelay + responseTimeout, "respond"},
		"gibberish":  {func(f *fakeServer) { f.onMessage = chatter("{", maxMalformed) }, dialDelay, "malformed"},
		"talkative":  {func(f *fakeServer) { f.onMessage = chatter("{}", maxMessages+1) }, dialDelay, "messages in a minute"},
		"wrong type": {func(f *fakeServer) { f.onMessage = chatter(`{"interval":"soon"}`, maxMalformed) }, dialDelay, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, f := newHost("a", 2), newServer(t, 2)
				test.make(f)
				s, stop := run(t, h, f)
				defer stop()
				after(3 * time.Hour)
				expectDials(t, f, test.lasting, 2*second, 10*second, 20*second, 40*second, 80*second, 160*second)
				if status := s.Status()[0]; status.Connected || !strings.Contains(status.LastError, test.message) {
					t.Errorf("%+v", status)
				}
			})
		})
	}
	if got := backoff(50); got != time.Hour {
		t.Errorf("the longest pause is %v", got)
	}
}

func chatter(msg string, times int) func(*fakeConn, announced) {
	return func(c *fakeConn, _ announced) {
		go func() {
			for range times {
				select {
				case c.in <- msg:
				case <-c.closed:
				}
			}
		}()
	}
}

func TestSessionThatWorkedResetsTheBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 2), newServer(t, 2)
		s, stop := run(t, h, f)
		defer stop()
		for range 4 {
			if !s.Status()[0].Connected {
				t.Fatal("not connected")
			}
			after(provenAfter)
			f.conn().Close()
			after(retryFirst*3/2 + dialDelay)
		}
		if n := len(f.dialed()); n != 5 {
			t.Errorf("dialed %d times", n)
		}
	})
}

func TestWakeDialsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 2), newServer(t, 2)
		f.dialErr = errors.New("offline")
		s, stop := run(t, h, f)
		defer stop()
		after(3 * time.Hour)
		f.change(func() { f.dialErr = nil })
		s.Wake()
		after(dialDelay)
		if !s.Status()[0].Connected {
			t.Error("not connected after the network came back")
		}
		n := len(f.dialed())
		s.Wake()
		after(second)
		if len(f.dialed()) != n {
			t.Error("dialed although connected")
		}
	})
}

func TestDeadTrackersChangeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused, hanging, closing, garbage := newServer(t, 2), newServer(t, 2), newServer(t, 2), newServer(t, 2)
		refused.dialErr = errors.New("refused")
		hanging.dialHangs = true
		closing.onMessage = func(c *fakeConn, _ announced) { c.Close() }
		garbage.onMessage = chatter("garbage", 1e6)
		h, live := newHost("a", 2), newServer(t, 3)
		s, stop := run(t, h, refused, hanging, closing, garbage, live)
		defer stop()
		if m := live.last(); m.at != 0 || len(m.Offers) != 2 {
			t.Errorf("announced after %v with %d offers", m.at, len(m.Offers))
		}
		live.conn().offer("b", "offer", "sdp")
		live.conn().answer("c", live.lastOffer())
		synctest.Wait()
		if h.answers() != 1 || h.acceptedAnswers() != 1 {
			t.Errorf("%d offers answered, %d accepted", h.answers(), h.acceptedAnswers())
		}
		connected := []bool{false, false, false, false, true}
		for i, status := range s.Status() {
			if status.Connected != connected[i] {
				t.Errorf("tracker %d: %+v", i, status)
			}
		}
	})
}

func TestRunEndsQuickly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging, refused, live := newServer(t, 2), newServer(t, 2), newServer(t, 2)
		hanging.dialHangs = true
		refused.dialErr = errors.New("refused")
		h := newHost("a", 5)
		h.offerDelay, h.answerDelay = second, time.Hour
		s, stop := run(t, h, hanging, refused, live)
		after(5 * second)
		live.conn().offer("b", "offer", "sdp")
		synctest.Wait()
		before := time.Now()
		stop()
		if took := time.Since(before); took > 2*farewell {
			t.Errorf("took %v", took)
		}
		if live.last().Event != eventStopped {
			t.Error("no farewell")
		}
		for _, status := range s.Status() {
			if status.Connected {
				t.Errorf("%+v", status)
			}
		}
	})
}

func TestStatusSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newHost("a", 2), newServer(t, 2)
		s, stop := run(t, h, f)
		defer stop()
		opened := time.Now()
		after(time.Minute)
		if since := s.Status()[0].Since; !since.Equal(opened) {
			t.Errorf("since %v", since)
		}
		f.conn().Close()
		synctest.Wait()
		if status := s.Status()[0]; status.Connected || status.Peers != 0 || !status.Since.Equal(time.Now()) {
			t.Errorf("%+v", status)
		}
	})
}

func TestRandIsUsed(t *testing.T) {
	source := func() *bytes.Reader { return bytes.NewReader(bytes.Repeat([]byte{7, 99, 200, 3}, 100)) }
	var peers []string
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			h, f := newHost("a", 2), newServer(t, 2)
			s, err := New(Config{Trackers: []string{"wss://t.example/"}, InfoHash: testHash, Rand: source()})
			if err != nil {
				t.Fatal(err)
			}
			s.trackers[0].dial = f.dial
			ctx, cancel := context.WithTimeout(t.Context(), second)
			defer cancel()
			if err := s.Run(ctx, h); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			peers = append(peers, f.last().Peer)
		})
	}
	if len(peers) != 2 || peers[0] != peers[1] {
		t.Errorf("peer ids %q", peers)
	}
}

func TestRandFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{Trackers: []string{"wss://t.example/"}, Rand: iotest.ErrReader(errors.New("dry"))})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Run(ctx, newHost("a", 2)); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if status := s.Status()[0]; !strings.Contains(status.LastError, "dry") {
			t.Errorf("%+v", status)
		}
	})
}

func TestMemory(t *testing.T) {
	var s seen
	for i := range 3 * maxSeen {
		if fresh := (id{byte(i), byte(i >> 8)}); !s.add(fresh) || s.add(fresh) {
			t.Fatal(i)
		}
	}
	if len(s.ids) != maxSeen || len(s.ring) != maxSeen {
		t.Errorf("remembers %d", len(s.ids))
	}
	m := make(met)
	now := time.Unix(1e9, 0)
	for i := range 2 * maxMet {
		m.add(id{byte(i), byte(i >> 8)}, now.Add(time.Duration(i)))
	}
	if len(m) != maxMet || m.recent(now) != maxMet || m.recent(now.Add(metFirst+second)) != 0 {
		t.Errorf("remembers %d", len(m))
	}
	peer := id{1}
	clear(m)
	var lasts []time.Duration
	for range 8 {
		m.add(peer, now)
		lasts = append(lasts, m[peer].until.Sub(now))
	}
	if !slices.IsSorted(lasts) || lasts[0] != metFirst || lasts[7] != metLast {
		t.Errorf("counts for %v", lasts)
	}
}
