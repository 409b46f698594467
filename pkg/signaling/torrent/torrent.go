package torrent

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"

	"github.com/peersetdb/peerset/pkg/signaling"
	"github.com/peersetdb/peerset/pkg/signaling/socket"
)

// ErrConfig says that a Config cannot be used.
var ErrConfig = errors.New("torrent: unusable configuration")

// Config says where to announce what.
type Config struct {
	// Trackers are the URLs of the trackers, ws: or wss:, each once.
	Trackers []string
	// AtOnce is how many of them to use as long as they work; 0 means all.
	// Others take the place of those that do not, and join while the host is
	// alone.
	AtOnce int
	// Rank says which come first: those with the lowest. nil means the
	// order of Trackers.
	Rank func(tracker string) uint64
	// InfoHash names the swarm.
	InfoHash [20]byte
	// Rand is the source of identifiers and jitter; nil means crypto/rand.
	Rand io.Reader
}

// Strategy announces one info hash to trackers. It implements
// [signaling.Strategy].
type Strategy struct {
	infoHash id
	random   *random
	trackers []*tracker // as in Config
	ranked   []*tracker // in the order in which they are used
	atOnce   int
	changed  chan struct{} // has a token after a tracker's health changed
}

var _ signaling.Strategy = (*Strategy)(nil)

// New checks c. The errors that it returns wrap [ErrConfig].
func New(c Config) (*Strategy, error) {
	if n := len(c.Trackers); n == 0 || n > maxTrackers {
		return nil, fmt.Errorf("%w: %d trackers, not 1 to %d", ErrConfig, n, maxTrackers)
	}
	if c.AtOnce < 0 {
		return nil, fmt.Errorf("%w: %d trackers at once", ErrConfig, c.AtOnce)
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	s := &Strategy{infoHash: c.InfoHash, random: &random{source: c.Rand}, changed: make(chan struct{}, 1)}
	known := make(map[string]bool, len(c.Trackers))
	for _, raw := range c.Trackers {
		u, err := url.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("%w: tracker %w", ErrConfig, err)
		}
		if u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "" {
			return nil, fmt.Errorf("%w: tracker %q is not a ws: or wss: URL", ErrConfig, raw)
		}
		if known[raw] {
			return nil, fmt.Errorf("%w: tracker %q is named twice", ErrConfig, raw)
		}
		known[raw] = true
		t := &tracker{url: raw, infoHash: s.infoHash, random: s.random, dial: dialSocket, poke: make(chan struct{}, 1)}
		t.health.status.URL = raw
		t.health.changed = s.changed
		s.trackers = append(s.trackers, t)
	}
	s.ranked = slices.Clone(s.trackers)
	if c.Rank != nil {
		slices.SortStableFunc(s.ranked, func(a, b *tracker) int { return cmp.Compare(c.Rank(a.url), c.Rank(b.url)) })
	}
	if s.atOnce = c.AtOnce; s.atOnce == 0 {
		s.atOnce = len(s.trackers)
	}
	for i, t := range s.ranked {
		t.health.idle(i >= s.atOnce)
	}
	return s, nil
}

// dialSocket returns a nil conn with an error: a nil *socket.Conn in an
// interface would not be nil.
func dialSocket(ctx context.Context, url string) (conn, error) {
	c, err := socket.Dial(ctx, url)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Run serves the host until ctx is done, and returns ctx's error. It takes leave
// of the trackers, which takes two seconds at most, and waits for the calls of
// the host that are under way; those end with their context. One Run at a time.
//
// Backoff starts anew with Wake: call it when the network comes back.
func (s *Strategy) Run(ctx context.Context, h signaling.Host) error {
	p := newPool(ctx, h)
	s.employ(ctx, h, func(ctx context.Context, t *tracker) { t.run(ctx, h, p) })
	p.close()
	return ctx.Err()
}

// Wake dials the trackers again that failed, at once, and announces to the others without
// waiting until it is due, though not within minInterval of the last time.
func (s *Strategy) Wake() {
	for _, t := range s.trackers {
		if t.health.get().Idle {
			continue
		}
		select {
		case t.poke <- struct{}{}:
		default:
		}
	}
}

// Status returns the health of every tracker, in the order of Config.Trackers.
func (s *Strategy) Status() []signaling.Status {
	all := make([]signaling.Status, len(s.trackers))
	for i, t := range s.trackers {
		all[i] = t.health.get()
	}
	return all
}
