package rtc

import (
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

func TestNoLeaks(t *testing.T) {
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	cycle := func(i int) {
		offer, err := a.Offer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		answer, err := b.Answer(t.Context(), offer.SDP())
		if err != nil {
			t.Fatal(err)
		}
		switch i % 5 {
		case 0: // never accepted; the answerer gives up
			offer.Close()
			b.closeAll()
			receive(t, b.closed, "Closed")
			return
		case 1: // dropped while connecting
			if err := offer.Accept(answer); err != nil {
				t.Fatal(err)
			}
			a.closeAll()
			b.closeAll()
			receive(t, a.closed, "Closed")
			receive(t, b.closed, "Closed")
			drop(a.opened)
			drop(b.opened)
			return
		case 2: // dropped while the answer is being set
			done := make(chan error, 1)
			go func() { done <- offer.Accept(answer) }()
			runtime.Gosched()
			a.closeAll()
			b.closeAll()
			if receive(t, done, "end of Accept") == nil {
				receive(t, a.closed, "Closed")
			}
			receive(t, b.closed, "Closed")
			drop(a.opened)
			drop(b.opened)
			return
		}
		if err := offer.Accept(answer); err != nil {
			t.Fatal(err)
		}
		ca, cb := receive(t, a.opened, "Opened"), receive(t, b.opened, "Opened")
		ca.Send(psync.Data, message(40_000, byte(i)))
		receive(t, b.msgs[psync.Data], "message")
		if i%5 == 3 {
			ca.Close()
		} else {
			cb.Close()
		}
		receive(t, a.closed, "Closed")
		receive(t, b.closed, "Closed")
	}
	for i := range 5 { // what is made once and kept
		cycle(i)
	}
	settle := func(limit int) int {
		n := runtime.NumGoroutine()
		for end := time.Now().Add(deadline); n > limit && time.Now().Before(end); n = runtime.NumGoroutine() {
			<-time.After(10 * time.Millisecond)
		}
		return n
	}
	start := settle(3)
	for i := range leakCycles {
		cycle(i)
	}
	if n := settle(start); n > start {
		var stacks strings.Builder
		if err := pprof.Lookup("goroutine").WriteTo(&stacks, 1); err != nil {
			t.Error(err)
		}
		t.Errorf("%d goroutines, %d before\n%s", n, start, stacks.String())
	}
	for _, p := range []*peer{a, b} {
		p.API.mu.Lock()
		if n := len(p.conns); n != 0 {
			t.Errorf("%d connections are left", n)
		}
		p.API.mu.Unlock()
	}
}

// closeAll closes all connections, but not the API.
func (p *peer) closeAll() {
	p.API.mu.Lock()
	defer p.API.mu.Unlock()
	for c := range p.conns {
		go c.Close()
	}
}

// drop empties a channel.
func drop[T any](ch chan T) {
	for {
		select {
		case <-ch:
		default:
			return
		}
	}
}
