//go:build !js

package torrent

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	servertracker "github.com/peersetdb/peerset/pkg/tracker"
)

// These tests run over loopback: our client and the reference's, against
// our tracker and the reference's.

// servers start a tracker at an address, or at any free one if it is empty.
var servers = map[string]func(t *testing.T, address string) (url string, stop func()){
	"peerset":            startOurs,
	"bittorrent-tracker": startReference,
}

func startOurs(t *testing.T, address string) (string, func()) {
	t.Helper()
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	handler := servertracker.New(servertracker.Config{})
	server := &http.Server{Handler: handler}
	go server.Serve(listener)
	stop := sync.OnceFunc(func() {
		server.Close()
		handler.Close()
	})
	t.Cleanup(stop)
	return "ws://" + listener.Addr().String() + "/", stop
}

func startReference(t *testing.T, address string) (string, func()) {
	t.Helper()
	var args []string
	if _, port, err := net.SplitHostPort(address); err == nil {
		args = append(args, port)
	}
	n := startNode(t, "reference-server.mjs", args...)
	return n.await("listening").URL, n.stop
}

// join runs a Strategy for h until the test ends or stop is called.
func join(t *testing.T, h *fakeHost, urls ...string) (s *Strategy, stop func()) {
	t.Helper()
	s, err := New(Config{Trackers: urls, InfoHash: testHash})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx, h) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, m := range h.mistakes {
			t.Error(m)
		}
		if h.open != 0 {
			t.Errorf("%d offers are left open", h.open)
		}
	})
	t.Cleanup(stop)
	return s, stop
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(patience); !holds(); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come", what)
		}
	}
}

// realHost makes descriptions of a browser's length, with what JSON and UTF-8 can spoil.
func realHost(name string) *fakeHost {
	h := newHost(name, 8)
	h.padding = "\r\na=<&>\u2028é\x01\\\"" + strings.Repeat("\r\na=candidate:1 1 udp 2113937151 192.0.2.1 50000 typ host", 20)
	return h
}

// acceptedAnswer returns an offer of h and what was accepted for it.
func (h *fakeHost) acceptedAnswer() (offer, answer string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for offer, answer = range h.accepted {
	}
	return offer, answer
}

func responded(s *Strategy) func() bool {
	return func() bool { return s.Status()[len(s.Status())-1].Peers > 0 }
}

// meet lets b join where a is and waits until b's offer came back answered by a.
func meet(t *testing.T, a, b *fakeHost, urls ...string) {
	t.Helper()
	start := time.Now()
	join(t, b, urls...)
	eventually(t, "an answer", func() bool { return b.acceptedAnswers() > 0 })
	t.Logf("%s and %s met after %v", a.name, b.name, time.Since(start))
	if offer, answer := b.acceptedAnswer(); answer != answerTo(offer, a.name) || !strings.HasSuffix(offer, b.padding) {
		t.Errorf("the offer\n%q was answered\n%q", offer, answer)
	}
}

func TestTwoOfUs(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			url, _ := start(t, "")
			a := realHost("a")
			s, _ := join(t, a, url)
			eventually(t, "a response", responded(s))
			meet(t, a, realHost("b"), url)
		})
	}
}

func TestWithTheReferenceClient(t *testing.T) {
	for name, start := range servers {
		t.Run(name+", it comes second", func(t *testing.T) {
			url, _ := start(t, "")
			a := realHost("a")
			s, _ := join(t, a, url)
			eventually(t, "a response", responded(s))
			reference := startNode(t, "reference-client.mjs", url, hex.EncodeToString(testHash[:]))
			got := reference.await("answer")
			if !strings.HasPrefix(got.Local, "v=0 offer") || got.SDP != answerTo(got.Local, "a") {
				t.Errorf("its offer %q was answered %q", got.Local, got.SDP)
			}
			fmt.Fprintln(reference.stdin, "scrape")
			if got := reference.await("scrape"); got.Peers != 2 {
				t.Errorf("it counts %d peers", got.Peers)
			}
		})
		t.Run(name+", it comes first", func(t *testing.T) {
			url, _ := start(t, "")
			reference := startNode(t, "reference-client.mjs", url, hex.EncodeToString(testHash[:]))
			reference.await("update")
			meet(t, &fakeHost{name: "the reference"}, realHost("a"), url)
		})
	}
}

// silentServer accepts connections and says nothing.
func silentServer(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return "ws://" + listener.Addr().String()
}

func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	return "ws://" + listener.Addr().String()
}

func TestDeadTrackersBesideALiveOne(t *testing.T) {
	page := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(page.Close)
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			live, _ := start(t, "")
			urls := []string{closedPort(t), silentServer(t), "ws" + strings.TrimPrefix(page.URL, "http"), live}
			a := realHost("a")
			s, stop := join(t, a, urls...)
			eventually(t, "a response", responded(s))
			meet(t, a, realHost("b"), urls...)
			for i, status := range s.Status()[:3] {
				if status.Connected || i != 1 && status.LastError == "" {
					t.Errorf("%+v", status)
				}
			}
			before := time.Now()
			stop()
			if took := time.Since(before); took > 2*farewell+time.Second {
				t.Errorf("the end took %v", took)
			}
		})
	}
}

func TestTrackerComesBack(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // it waits for the backoff
			url, kill := start(t, "")
			a := realHost("a")
			s, _ := join(t, a, url)
			eventually(t, "a response", responded(s))
			kill()
			eventually(t, "the loss", func() bool { return !s.Status()[0].Connected })
			start(t, strings.Trim(strings.TrimPrefix(url, "ws://"), "/"))
			eventually(t, "the reconnect", responded(s))
			meet(t, a, realHost("b"), url)
		})
	}
}

func TestFarewellIsHeard(t *testing.T) {
	n := startNode(t, "reference-server.mjs")
	s, stop := join(t, realHost("a"), n.await("listening").URL)
	eventually(t, "a response", responded(s))
	stop()
	n.await("stop")
}
