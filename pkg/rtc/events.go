package rtc

import (
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// What a link reports. The events of one channel come in order; natively those of
// several come at once. None comes before newLink has returned, and those that
// come after the end are ignored.

// onCandidate: an address of this side was found.
func (c *Conn) onCandidate() { c.candidateOnce.Do(func() { close(c.candidate) }) }

// onGathered: there are no more addresses.
func (c *Conn) onGathered() { c.gatheredOnce.Do(func() { close(c.gathered) }) }

// onOpen: a channel can be written to.
func (c *Conn) onOpen(ch psync.Channel) {
	c.calls.Lock()
	defer c.calls.Unlock()
	c.mu.Lock()
	c.opened[ch] = true
	c.mu.Unlock()
	c.tryOpen()
}

// onFrame: a WebRTC message came. The link gives it away.
func (c *Conn) onFrame(ch psync.Channel, frame []byte) {
	c.calls.Lock()
	defer c.calls.Unlock()
	if c.is(closed) {
		return
	}
	msg, err := c.join[ch].add(frame)
	if err != nil {
		c.finish(err)
		return
	}
	if msg != nil {
		c.deliver(ch, msg)
	}
}

// onLow: what is queued on Data fell to LowWater.
func (c *Conn) onLow() {
	c.calls.Lock()
	defer c.calls.Unlock()
	if c.is(open) {
		c.api.handler.Drained(c)
	}
}

// onEnd: the link is of no more use.
//
// A channel of a connection that never opened is closed by its transport, which
// failed; which of the two ends is heard of first is chance.
func (c *Conn) onEnd(err error) {
	if err == ErrRemote && c.is(connecting) {
		err = ErrDTLS
	}
	c.finish(err)
}
