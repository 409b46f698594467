package rtc

import (
	"fmt"
	"sync"
	"time"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

var _ psync.Conn = (*Conn)(nil)

// state is a connection's way: making → waiting → making → connecting → open for
// the side that offers, making → connecting → open for the other, and closed from
// anywhere.
type state uint8

const (
	making     state = iota // a caller waits for a step and hears of its failure
	waiting                 // the offer is out
	connecting              // from here on the Handler hears of the end
	open
	closed
)

const (
	// maxEarly is how many messages may come before this side has seen both
	// channels open. An honest peer waits for the answer to its first one.
	maxEarly = 16

	// closeWait is how long the platform may take to finish a step that was
	// under way at the end: one that is cut off by closing is never finished
	// in a browser, and its callbacks are never freed.
	closeWait = 5 * time.Second
)

// Conn is a connection to one peer. A *Conn serves as key of a map.
type Conn struct {
	api     *API
	link    *link
	offerer bool

	unopened bool // it counts as that; guarded by api.mu

	// Set before the state is connecting, fixed from then on.
	local, remote [32]byte

	done                chan struct{} // closed with the state
	candidate, gathered chan struct{} // closed by the events
	candidateOnce       sync.Once
	gatheredOnce        sync.Once

	// sending keeps the fragments of a message together.
	sending [2]sync.Mutex

	// calls makes the calls to the Handler one at a time. It is taken before
	// mu, and never by a method that the Handler may call.
	calls sync.Mutex
	join  [2]joiner // guarded by calls

	mu     sync.Mutex
	state  state
	err    error           // why it is closed; fixed once done is closed
	opened [2]bool         // per channel
	early  []early         // messages that came before the state was open
	timer  *time.Timer     // set while connecting
	busy   <-chan struct{} // closed when the latest run has ended; nil before
}

type early struct {
	ch  psync.Channel
	msg []byte
}

// Offerer tells whether this side made the offer.
func (c *Conn) Offerer() bool { return c.offerer }

// side is 1 for connections with an offer of ours, and 0 for others.
func (c *Conn) side() int {
	if c.offerer {
		return 1
	}
	return 0
}

// Fingerprints returns the SHA-256 fingerprints of the two DTLS certificates.
func (c *Conn) Fingerprints() (local, remote [32]byte) { return c.local, c.remote }

// Send queues a message of 1 to sync.MaxMessage bytes and keeps nothing of msg. It
// never blocks; what cannot be queued ends the connection.
func (c *Conn) Send(ch psync.Channel, msg []byte) {
	c.sending[ch].Lock()
	defer c.sending[ch].Unlock()
	if !c.is(open) {
		return
	}
	err := split(msg, func(header byte, payload []byte) error {
		if err := c.link.send(ch, header, payload); err != nil {
			return fmt.Errorf("%w: %w", ErrSend, err)
		}
		return nil
	})
	if err != nil {
		c.finish(err)
	}
}

// Buffered returns the bytes queued on a channel and not yet sent, the headers
// of fragments included.
func (c *Conn) Buffered(ch psync.Channel) int {
	if !c.is(open) {
		return 0
	}
	return c.link.buffered(ch)
}

// Close ends the connection at once; what is queued is lost.
func (c *Conn) Close() { c.finish(ErrClosed) }

func (c *Conn) is(s state) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state == s
}

// advance takes the connection from one state to another.
func (c *Conn) advance(from, to state) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.state {
	case from:
		c.state = to
		return nil
	case closed:
		return c.err
	default:
		return ErrAccepted
	}
}

// setBusy notes a run, which close waits for.
func (c *Conn) setBusy(busy <-chan struct{}) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == closed {
		return c.err
	}
	c.busy = busy
	return nil
}

// connect hands the connection over to the Handler and its deadline.
func (c *Conn) connect() error {
	c.calls.Lock()
	defer c.calls.Unlock()
	if err := c.advance(making, connecting); err != nil {
		return err
	}
	c.mu.Lock()
	if c.state == connecting {
		c.timer = time.AfterFunc(c.api.timeout, func() { c.expire(connecting, ErrTimeout) })
	}
	c.mu.Unlock()
	c.tryOpen()
	return nil
}

// tryOpen opens the connection if all is ready. It is called with calls held.
func (c *Conn) tryOpen() {
	c.mu.Lock()
	if c.state != connecting || !c.opened[psync.Control] || !c.opened[psync.Data] {
		c.mu.Unlock()
		return
	}
	c.state = open
	c.timer.Stop()
	early := c.early
	c.early = nil
	c.mu.Unlock()
	c.api.settle(c)
	c.api.handler.Opened(c)
	for _, e := range early {
		c.deliver(e.ch, e.msg)
	}
}

// deliver is called with calls held.
func (c *Conn) deliver(ch psync.Channel, msg []byte) {
	c.mu.Lock()
	switch {
	case c.state == open:
		c.mu.Unlock()
		c.api.handler.Message(c, ch, msg)
		return
	case c.state == closed:
	case len(c.early) == maxEarly:
		c.shut(fmt.Errorf("%w: messages before the connection is open", ErrProtocol))
	default:
		c.early = append(c.early, early{ch, msg})
	}
	c.mu.Unlock()
}

// finish closes the connection, unless it is closed.
func (c *Conn) finish(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != closed {
		c.shut(err)
	}
}

// expire closes the connection if it still is in the given state.
func (c *Conn) expire(s state, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == s {
		c.shut(err)
	}
}

// shut is called with mu held, once.
func (c *Conn) shut(err error) {
	if c.state >= connecting {
		go c.tell(err)
	}
	c.state, c.err, c.early = closed, err, nil
	if c.timer != nil {
		c.timer.Stop()
	}
	close(c.done)
	go c.release(c.busy)
}

// tell is the last call to the Handler. It waits for the one under way, which may
// be the one that closed the connection.
func (c *Conn) tell(err error) {
	c.calls.Lock()
	defer c.calls.Unlock()
	c.api.handler.Closed(c, err)
}

// release gives back what the platform holds, when the step under way is done.
func (c *Conn) release(busy <-chan struct{}) {
	defer c.api.gone.Done()
	defer c.api.settle(c)
	c.api.forget(c)
	if busy != nil {
		timer := time.NewTimer(closeWait)
		defer timer.Stop()
		select {
		case <-busy:
		case <-timer.C:
		}
	}
	c.link.close()
}
