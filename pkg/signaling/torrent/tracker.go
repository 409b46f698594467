package torrent

import (
	"context"
	"sync"
	"time"

	"github.com/peersetdb/peerset/pkg/signaling"
)

// conn is an open socket, a [socket.Conn].
type conn interface {
	Read(ctx context.Context) ([]byte, error)
	Write(ctx context.Context, msg []byte) error
	Close()
}

// tracker keeps up a session with one tracker.
type tracker struct {
	url      string
	infoHash id
	random   *random
	dial     func(ctx context.Context, url string) (conn, error)
	health   health
	poke     chan struct{} // has room for one Wake
	last     chan struct{} // closed by the end of the last run; nil before the first
}

// run dials and serves sessions until ctx is done.
func (t *tracker) run(ctx context.Context, h signaling.Host, p *pool) {
	claim := p.join()
	defer p.leave(claim)
	for failures := 0; ctx.Err() == nil; {
		proven, err := t.once(ctx, h, p, claim)
		p.want(claim, 0)
		if ctx.Err() != nil {
			err = nil
		}
		t.health.disconnected(err)
		if proven {
			failures = 0
		}
		failures++
		pause, err := t.random.jitter(backoff(failures))
		if err != nil {
			pause = backoff(failures)
		}
		select {
		case <-ctx.Done():
		case <-t.poke:
			failures = 0
		case <-time.After(pause):
		}
	}
}

// once dials and serves one session. It reports whether the session was one
// that worked.
func (t *tracker) once(ctx context.Context, h signaling.Host, p *pool, claim *user) (proven bool, err error) {
	self, err := t.random.id()
	if err != nil {
		return false, err
	}
	// Offers are made while the socket opens.
	p.want(claim, blindOffers(h.Wanted(), h.Connected()))
	dialing, cancel := context.WithTimeout(ctx, dialTimeout)
	c, err := t.dial(dialing, t.url)
	cancel()
	if err != nil {
		return false, err
	}
	t.health.connected()
	s := newSession(t, c, h, p, claim, self)
	err = s.serve(ctx)
	return s.responded && time.Since(s.opened) >= provenAfter, err
}

// serve runs the session's goroutines: one reads, one decides and writes, and
// each call of the host that may take time has its own.
func (s *session) serve(ctx context.Context) error {
	hosting, cancelHost := context.WithCancel(ctx)
	// Reading does not end with ctx: that would break the connection before
	// the farewell is sent.
	reading, cancelRead := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRead()
	s.hosting = hosting

	var reader, hosted sync.WaitGroup
	s.hosted = &hosted
	reader.Go(func() { s.read(reading) })
	err := s.decide(ctx)
	if ctx.Err() != nil {
		s.sayGoodbye()
	}
	s.conn.Close()
	close(s.done)
	cancelHost()
	s.dropOffers()

	// The reader sees the other side's close, or is cut off.
	cut := time.AfterFunc(farewell, cancelRead)
	reader.Wait()
	cut.Stop()
	hosted.Wait()
	return err
}
