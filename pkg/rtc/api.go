package rtc

import (
	"sync"
	"time"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// Config says how connections are made.
type Config struct {
	// ICEServers tell this side its public address (STUN) or relay its
	// packets (TURN). Without any, only peers on the same network, or
	// with a public address, can be reached.
	ICEServers []ICEServer
	// ConnectTimeout is the time that a connection has to open, from Accept
	// or from the answer on. 0 means 30 s.
	ConnectTimeout time.Duration
}

// ICEServer is a STUN or TURN server.
type ICEServer struct {
	URLs                 []string // "stun:host:port", "turn:host:port?transport=tcp", "turns:…"
	Username, Credential string   // for TURN
}

// Handler hears of connections. Package documentation says how it is called.
type Handler interface {
	// Opened: both channels are open. It comes before all messages.
	Opened(c *Conn)
	// Message: a whole message has come, in order for its channel. The
	// callee owns msg.
	Message(c *Conn, ch psync.Channel, msg []byte)
	// Drained: what is queued on Data fell to LowWater or below.
	Drained(c *Conn)
	// Closed comes exactly once and last for every connection whose Accept
	// or Answer returned no error, whether it opened or not. The error says
	// why: it wraps one of this package's, ErrClosed if this side closed.
	Closed(c *Conn, err error)
}

// LowWater is the number of queued bytes on Data at which Handler's Drained is
// called, on the way down.
const LowWater = 128 << 10

const defaultConnectTimeout = 30 * time.Second

// MaxUnopened is how many connections of an API may be there that are not open, of those
// with an offer of ours and of those with a peer's: offers that wait, and attempts that may
// come to nothing, as whoever sends us descriptions likes. It is what three trackers can
// bring in the time that an attempt has, and far from the few hundred peer connections
// that browsers allow a page.
const MaxUnopened = 32

// patience is what gathering addresses may cost. STUN servers that do not answer
// are the usual reason for slowness.
type patience struct {
	first time.Duration // until the first address; none by then is an error
	more  time.Duration // from the first address on
}

// API makes connections. Its methods may be called from several goroutines.
type API struct {
	handler  Handler
	timeout  time.Duration
	patience patience
	platform *platform

	gone sync.WaitGroup // of connections

	mu       sync.Mutex
	closed   bool
	conns    map[*Conn]struct{}
	unopened [2]int // by side, as Conn.side
}

// New checks that the platform makes connections with this configuration.
func New(cfg Config, h Handler) (*API, error) {
	p, err := newPlatform(cfg)
	if err != nil {
		return nil, err
	}
	a := &API{
		handler:  h,
		timeout:  cfg.ConnectTimeout,
		patience: patience{first: 5 * time.Second, more: time.Second},
		platform: p,
		conns:    make(map[*Conn]struct{}),
	}
	if a.timeout == 0 {
		a.timeout = defaultConnectTimeout
	}
	return a, nil
}

// Close closes all connections and offers and returns when the platform has
// let go of them. Calls of Handler's Closed may still follow. It must not be
// called from within a Handler's method.
func (a *API) Close() {
	a.mu.Lock()
	a.closed = true
	conns := make([]*Conn, 0, len(a.conns))
	for c := range a.conns {
		conns = append(conns, c)
	}
	a.mu.Unlock()
	for _, c := range conns {
		c.finish(ErrClosed)
	}
	a.gone.Wait()
}

// newConn makes a connection that the caller describes next.
func (a *API) newConn(offerer bool) (*Conn, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := &Conn{
		api:       a,
		offerer:   offerer,
		done:      make(chan struct{}),
		candidate: make(chan struct{}),
		gathered:  make(chan struct{}),
		unopened:  true,
	}
	switch {
	case a.closed:
		return nil, ErrClosed
	case a.unopened[c.side()] >= MaxUnopened:
		return nil, ErrBusy
	}
	l, err := a.platform.newLink(c)
	if err != nil {
		return nil, err
	}
	c.link = l
	a.conns[c] = struct{}{}
	a.unopened[c.side()]++
	a.gone.Add(1)
	return c, nil
}

// settle is called when a connection is open, and when the platform has let go of it.
func (a *API) settle(c *Conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c.unopened {
		c.unopened = false
		a.unopened[c.side()]--
	}
}

// forget is called once for each Conn, when it is closed.
func (a *API) forget(c *Conn) {
	a.mu.Lock()
	delete(a.conns, c)
	a.mu.Unlock()
}
