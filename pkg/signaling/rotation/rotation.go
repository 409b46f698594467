package rotation

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/peersetdb/peerset/pkg/signaling"
)

// ErrConfig says that a Config cannot be used.
var ErrConfig = errors.New("rotation: unusable configuration")

// Config says what to run.
type Config struct {
	// New makes the strategy of an epoch. It is called anew for every start.
	New func(epoch int64) (signaling.Strategy, error)
	// Length is that of an epoch, in whole seconds and at least 40 minutes.
	// Epoch n begins n lengths after the start of 1970.
	Length time.Duration
	// Now is the wall clock; nil means time.Now.
	Now func() time.Time
	// Rand is the source of the random moments; nil means crypto/rand.
	Rand io.Reader
}

// Strategy runs the strategies of the epochs. It implements [signaling.Strategy].
type Strategy struct {
	make func(epoch int64) (signaling.Strategy, error)
	now  func() time.Time
	poke chan struct{} // has room for one Wake

	mu     sync.Mutex // guards what follows
	epochs epochs
	runs   []*run // by epoch; two of one epoch are one that ends and its successor
	board  board
}

var _ signaling.Strategy = (*Strategy)(nil)

// run is an epoch's strategy. It is in Strategy.runs until its Run has returned.
type run struct {
	signaling.Strategy
	epoch  int64
	ctx    context.Context // of its Run; nil before that
	cancel context.CancelFunc
	ending bool
}

// New makes the strategies of this moment, so that mistakes in them show at once.
// Its own errors wrap [ErrConfig], others are those of Config.New.
func New(c Config) (*Strategy, error) {
	if c.Length < minLength || c.Length%time.Second != 0 {
		return nil, fmt.Errorf("%w: an epoch of %v, not of whole seconds from %v on", ErrConfig, c.Length, minLength)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	s := &Strategy{
		make: c.New, now: c.Now, poke: make(chan struct{}, 1),
		epochs: epochs{length: c.Length, random: c.Rand, drawn: make(map[int64]moments)},
		board:  board{lines: make(map[string]*line)},
	}
	if err := s.turn(); err != nil {
		return nil, err
	}
	return s, nil
}

// Run runs the strategies until ctx is done, and returns ctx's error. One Run at
// a time.
func (s *Strategy) Run(ctx context.Context, h signaling.Host) error {
	var running sync.WaitGroup
	defer running.Wait()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		// A strategy that cannot be made now may be at a later look.
		_ = s.turn()
		for _, r := range s.begin(ctx) {
			running.Go(func() {
				// Why it ended is of no matter: what is due is made anew.
				_ = r.Run(r.ctx, h)
				s.end(r)
			})
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		case <-s.poke:
		}
	}
}

// turn ends the strategies that are over, and makes those that are due.
func (s *Strategy) turn() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	due, err := s.epochs.due(now)
	if err != nil {
		return err
	}
	for _, r := range s.runs {
		if s.epochs.over(r.epoch, now) {
			r.ending = true
			if r.cancel != nil {
				r.cancel()
			}
		}
	}
	for _, n := range due {
		if slices.ContainsFunc(s.runs, func(r *run) bool { return r.epoch == n && !r.ending }) {
			continue
		}
		made, err := s.make(n)
		if err != nil {
			return err
		}
		s.runs = append(s.runs, &run{Strategy: made, epoch: n})
		slices.SortStableFunc(s.runs, func(a, b *run) int { return cmp.Compare(a.epoch, b.epoch) })
	}
	return nil
}

// begin returns the strategies that are to be run, with their contexts. Those that
// were over before they began are forgotten.
func (s *Strategy) begin(ctx context.Context) (begun []*run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs = slices.DeleteFunc(s.runs, func(r *run) bool { return r.ending && r.ctx == nil })
	for _, r := range s.runs {
		if r.ctx == nil {
			r.ctx, r.cancel = context.WithCancel(ctx)
			begun = append(begun, r)
		}
	}
	return begun
}

func (s *Strategy) end(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.cancel()
	s.board.read(s.runs) // what it says last
	s.board.retire(r)
	s.runs = slices.DeleteFunc(s.runs, func(other *run) bool { return other == r })
}

// Wake wakes the strategies, and looks at the clock.
func (s *Strategy) Wake() {
	s.mu.Lock()
	runs := slices.Clone(s.runs)
	s.mu.Unlock()
	for _, r := range runs {
		r.Wake()
	}
	select {
	case s.poke <- struct{}{}:
	default:
	}
}

// Status has one line for each server, whatever the number of strategies that use it.
// What it counts goes on from epoch to epoch.
func (s *Strategy) Status() []signaling.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.board.read(s.runs)
}
