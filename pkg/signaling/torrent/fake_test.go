// Tests in bubbles of synctest are in files that are not built for the race detector: it
// crashes now and then when a bubble's timer starts a goroutine (golang/go#78156). The other
// tests of this package, and those of pkg/peerset, run this code with it.

package torrent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/peersetdb/peerset/pkg/signaling"
)

// fakeHost makes offers and answers of text.
type fakeHost struct {
	name        string
	offerDelay  time.Duration
	answerDelay time.Duration
	offerErr    error
	padding     string // makes descriptions as long as real ones

	mu       sync.Mutex
	wanted   int
	most     int // ever wanted
	made     int // offers
	open     int // offers neither accepted nor closed
	mostOpen int
	answered []string // offers that were answered
	accepted map[string]string
	mistakes []string
}

func newHost(name string, wanted int) *fakeHost {
	return &fakeHost{name: name, wanted: wanted, most: wanted, accepted: make(map[string]string)}
}

func (h *fakeHost) Wanted() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wanted
}

// Connected takes who is no longer wanted for connected.
func (h *fakeHost) Connected() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.most - h.wanted
}

func (h *fakeHost) want(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wanted = n
	h.most = max(h.most, n)
}

// count reads a field under the lock.
func (h *fakeHost) count(field *int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return *field
}

func (h *fakeHost) answers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.answered)
}

func (h *fakeHost) acceptedAnswers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.accepted)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func (h *fakeHost) Offer(ctx context.Context) (signaling.Offer, error) {
	if err := pause(ctx, h.offerDelay); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.made++
	if h.offerErr != nil {
		return nil, h.offerErr
	}
	h.open++
	h.mostOpen = max(h.mostOpen, h.open)
	return &fakeOffer{host: h, sdp: fmt.Sprintf("v=0 offer %d of %s%s", h.made, h.name, h.padding)}, nil
}

func (h *fakeHost) Answer(ctx context.Context, offer string) (string, error) {
	if err := pause(ctx, h.answerDelay); err != nil {
		return "", err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answered = append(h.answered, offer)
	return answerTo(offer, h.name), nil
}

func answerTo(offer, name string) string { return "answer of " + name + " to " + offer }

type fakeOffer struct {
	host  *fakeHost
	sdp   string
	ended bool
}

func (o *fakeOffer) SDP() string { return o.sdp }

func (o *fakeOffer) Accept(answer string) error {
	o.host.mu.Lock()
	defer o.host.mu.Unlock()
	if o.ended {
		o.host.mistakes = append(o.host.mistakes, "accepted after its end: "+o.sdp)
	}
	o.ended = true
	o.host.open--
	o.host.accepted[o.sdp] = answer
	return nil
}

func (o *fakeOffer) Close() {
	o.host.mu.Lock()
	defer o.host.mu.Unlock()
	if o.ended {
		o.host.mistakes = append(o.host.mistakes, "closed after its end: "+o.sdp)
		return
	}
	o.ended = true
	o.host.open--
}

// announced is what a client sent.
type announced struct {
	at      time.Duration // since the first socket opened
	raw     string
	Action  string       `json:"action"`
	Hash    string       `json:"info_hash"`
	Peer    string       `json:"peer_id"`
	To      string       `json:"to_peer_id"`
	Event   string       `json:"event"`
	Offer   string       `json:"offer_id"`
	NumWant *int         `json:"numwant"`
	Left    *int         `json:"left"`
	Tracker string       `json:"trackerid"`
	Offers  []offerOut   `json:"offers"`
	Answer  *description `json:"answer"`
}

// dialDelay is how long a socket takes to open.
const dialDelay = 100 * time.Millisecond

// fakeServer is a tracker at the end of a fake dialer.
type fakeServer struct {
	t     *testing.T
	start time.Time
	// onMessage answers a message; by default the swarm has peers.
	onMessage func(c *fakeConn, m announced)
	peers     int
	interval  int

	dialErr   error
	dialHangs bool

	mu    sync.Mutex // guards what follows, and what a test changes while it runs
	dials []time.Duration
	heard []announced
	conns []*fakeConn
}

type fakeConn struct {
	server *fakeServer
	in     chan string
	once   sync.Once
	closed chan struct{}
}

func newServer(t *testing.T, peers int) *fakeServer {
	f := &fakeServer{t: t, start: time.Now(), peers: peers, interval: 120}
	f.onMessage = func(c *fakeConn, m announced) {
		if m.Answer == nil && m.Event != eventStopped {
			c.respond(m)
		}
	}
	return f
}

func (f *fakeServer) dial(ctx context.Context, _ string) (conn, error) {
	f.mu.Lock()
	f.dials = append(f.dials, time.Since(f.start))
	f.mu.Unlock()
	if f.dialHangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if f.dialErr != nil {
		return nil, f.dialErr
	}
	if err := pause(ctx, dialDelay); err != nil {
		return nil, err
	}
	c := &fakeConn{server: f, in: make(chan string, 100), closed: make(chan struct{})}
	f.mu.Lock()
	f.conns = append(f.conns, c)
	f.mu.Unlock()
	return c, nil
}

// change changes the server's behaviour while it runs.
func (f *fakeServer) change(how func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	how()
}

func (f *fakeServer) conn() *fakeConn {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.conns[len(f.conns)-1]
}

// messages returns what was heard so far.
func (f *fakeServer) messages() []announced {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]announced(nil), f.heard...)
}

func (f *fakeServer) dialed() []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]time.Duration(nil), f.dials...)
}

// last returns the newest message.
func (f *fakeServer) last() announced {
	all := f.messages()
	if len(all) == 0 {
		f.t.Fatal("the tracker heard nothing")
	}
	return all[len(all)-1]
}

// lastOffer returns the newest offer.
func (f *fakeServer) lastOffer() offerOut {
	all := f.messages()
	for i := len(all) - 1; i >= 0; i-- {
		if n := len(all[i].Offers); n > 0 {
			return all[i].Offers[n-1]
		}
	}
	f.t.Fatal("the tracker got no offer")
	return offerOut{}
}

var errFakeClosed = errors.New("fake: closed")

func (c *fakeConn) Read(ctx context.Context) ([]byte, error) {
	select {
	case msg := <-c.in:
		return []byte(msg), nil
	default:
	}
	select {
	case msg := <-c.in:
		return []byte(msg), nil
	case <-c.closed:
		return nil, errFakeClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *fakeConn) Write(_ context.Context, msg []byte) error {
	select {
	case <-c.closed:
		return errFakeClosed
	default:
	}
	if len(msg) >= 16<<10 {
		c.server.t.Errorf("a message of %d bytes", len(msg))
	}
	m := announced{at: time.Since(c.server.start) - dialDelay, raw: string(msg)}
	if err := json.Unmarshal(msg, &m); err != nil {
		c.server.t.Error(err)
	}
	c.server.mu.Lock()
	c.server.heard = append(c.server.heard, m)
	onMessage := c.server.onMessage
	c.server.mu.Unlock()
	onMessage(c, m)
	return nil
}

func (c *fakeConn) Close() { c.once.Do(func() { close(c.closed) }) }

func (c *fakeConn) say(fields map[string]any) {
	msg := map[string]any{"action": "announce", "info_hash": testHash.wire()}
	for k, v := range fields {
		msg[k] = v
	}
	c.in <- string(encode(msg))
}

func (c *fakeConn) respond(announced) {
	c.server.mu.Lock()
	peers, interval := c.server.peers, c.server.interval
	c.server.mu.Unlock()
	c.say(map[string]any{"complete": 0, "incomplete": peers, "interval": interval})
}

// offer relays an offer of another peer.
func (c *fakeConn) offer(peer, offerID, sdp string) {
	c.say(map[string]any{
		"peer_id": pad(peer), "offer_id": pad(offerID),
		"offer": description{Type: "offer", SDP: sdp},
	})
}

// answer relays the answer of another peer to one of the client's offers.
func (c *fakeConn) answer(peer string, to offerOut) {
	c.say(map[string]any{
		"peer_id": pad(peer), "offer_id": to.OfferID,
		"answer": description{Type: "answer", SDP: answerTo(to.Offer.SDP, peer)},
	})
}

func pad(s string) string { return s + strings.Repeat("_", 20-len(s)) }

// testHash has bytes that differ between Latin-1 and UTF-8.
var testHash = func() (i id) {
	for k := range i {
		i[k] = byte(k*13 + 120)
	}
	return i
}()

// run serves h by one tracker for each server, and ends it with the test, which
// is one in a bubble of synctest.
func run(t *testing.T, h *fakeHost, servers ...*fakeServer) (s *Strategy, stop func()) {
	t.Helper()
	return runAtOnce(t, h, 0, servers...)
}

func runAtOnce(t *testing.T, h *fakeHost, atOnce int, servers ...*fakeServer) (s *Strategy, stop func()) {
	t.Helper()
	c := Config{InfoHash: testHash, AtOnce: atOnce}
	for i := range servers {
		c.Trackers = append(c.Trackers, fmt.Sprintf("wss://tracker%d.example/", i))
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range servers {
		s.trackers[i].dial = f.dial
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx, h) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
		if n := h.count(&h.open); n != 0 {
			t.Errorf("%d offers are left open", n)
		}
		for _, m := range h.mistakes {
			t.Error(m)
		}
	})
	after(dialDelay)
	return s, stop
}

// after lets d pass by the bubble's clock.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
