package rtc

import (
	"sync"
	"testing"
	"time"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// deadline is far beyond what anything here takes.
const deadline = 30 * time.Second

// peer is an API whose Handler passes everything on to channels and checks the
// order of calls.
type peer struct {
	*API
	t       testing.TB
	opened  chan *Conn
	closed  chan error
	drained chan *Conn
	msgs    [2]chan []byte

	onMessage func(c *Conn, ch psync.Channel, msg []byte) // instead of msgs

	mu      sync.Mutex
	life    map[*Conn]string
	calling map[*Conn]bool
}

func newPeer(t testing.TB, cfg Config) *peer {
	t.Helper()
	p := &peer{
		t:       t,
		opened:  make(chan *Conn, 1024),
		closed:  make(chan error, 1024),
		drained: make(chan *Conn, 1<<16),
		life:    make(map[*Conn]string),
		calling: make(map[*Conn]bool),
	}
	for ch := range p.msgs {
		p.msgs[ch] = make(chan []byte, 1024)
	}
	api, err := New(cfg, p)
	if err != nil {
		t.Fatal(err)
	}
	p.API = api
	t.Cleanup(api.Close)
	return p
}

// call checks that the Handler's methods are called one at a time, and in a
// sensible order, and notes what became of the connection.
func (p *peer) call(c *Conn, from, to string) (done func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calling[c] {
		p.t.Error("two calls at once")
	}
	was := p.life[c]
	if was == "" {
		was = "new"
	}
	if from != "" && was != from || was == "closed" {
		p.t.Errorf("from %q to %q", was, to)
	}
	p.life[c], p.calling[c] = to, true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.calling[c] = false
	}
}

func (p *peer) Opened(c *Conn) {
	defer p.call(c, "new", "open")()
	p.opened <- c
}

func (p *peer) Message(c *Conn, ch psync.Channel, msg []byte) {
	defer p.call(c, "open", "open")()
	if p.onMessage != nil {
		p.onMessage(c, ch, msg)
		return
	}
	p.msgs[ch] <- msg
}

func (p *peer) Drained(c *Conn) {
	defer p.call(c, "open", "open")()
	p.drained <- c
}

func (p *peer) Closed(c *Conn, err error) {
	defer p.call(c, "", "closed")()
	p.closed <- err
}

// quiet fails if the Handler heard of the end of any connection.
func (p *peer) quiet() {
	p.t.Helper()
	p.API.Close()
	select {
	case err := <-p.closed:
		p.t.Errorf("Closed was called: %v", err)
	default:
	}
}

func receive[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	timer := time.NewTimer(deadline)
	defer timer.Stop()
	select {
	case v := <-from:
		return v
	case <-timer.C:
		t.Fatalf("no %s within %v", what, deadline)
		panic("unreachable")
	}
}

// signal carries the descriptions from a to b and back.
func signal(t testing.TB, a, b *peer) {
	t.Helper()
	offer, err := a.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := b.Answer(t.Context(), offer.SDP())
	if err != nil {
		t.Fatal(err)
	}
	if err := offer.Accept(answer); err != nil {
		t.Fatal(err)
	}
}

// connect returns both ends of an open connection.
func connect(t testing.TB, a, b *peer) (ca, cb *Conn) {
	t.Helper()
	signal(t, a, b)
	return receive(t, a.opened, "Opened of the offerer"), receive(t, b.opened, "Opened of the answerer")
}
