package torrent

import (
	"context"
	"sync"
	"time"

	"github.com/peersetdb/peerset/pkg/signaling"
)

// crew is the trackers in use: the first so many of those that are ranked.
type crew struct {
	*Strategy
	ctx     context.Context
	host    signaling.Host
	run     func(context.Context, *tracker)
	running sync.WaitGroup
	posts   []*post // in the order of Strategy.ranked

	worked   time.Time     // when a tracker did, or more joined for want of one
	patience time.Duration // from then on
	met      time.Time     // when the host had a peer, or more joined for want of one
	steady   time.Time     // since when fewer would do; zero if they would not
}

// post is a tracker's place in the crew.
type post struct {
	*tracker
	leave context.CancelFunc
	ended chan struct{}
}

// employ runs the first trackers until ctx is done, and further ones while they are
// needed.
func (s *Strategy) employ(ctx context.Context, h signaling.Host, run func(context.Context, *tracker)) {
	now := time.Now()
	c := &crew{
		Strategy: s, ctx: ctx, host: h, run: run,
		worked: now, patience: firstPatience, met: now,
	}
	defer c.running.Wait()
	c.join(s.atOnce)
	if len(c.posts) == len(s.ranked) {
		return // there is nothing to choose
	}
	timer := time.NewTimer(firstPatience)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		case <-timer.C:
		}
		timer.Reset(c.review(time.Now()))
	}
}

// review lets trackers join and leave, and returns when to look again at the latest.
func (c *crew) review(now time.Time) time.Duration {
	var working, failed, enough int // enough: the first so many hold atOnce that work
	for i, p := range c.posts {
		switch status := p.health.get(); {
		case works(status):
			if working++; working == c.atOnce {
				enough = i + 1
			}
		case hasFailed(status, now):
			failed++
		}
	}
	alone := c.host.Connected() <= 0
	if !alone {
		c.met = now
	}
	if working > 0 {
		c.worked, c.patience = now, workPatience
	}
	more := c.atOnce - (len(c.posts) - failed) // whoever has failed is replaced
	if now.Sub(c.worked) >= c.patience {
		more = c.atOnce
		c.worked, c.patience = now, max(c.patience/2, leastPatience)
	}
	if now.Sub(c.met) >= lonelyPatience {
		more = c.atOnce
		c.met = now
	}
	switch {
	case more > 0:
		c.join(more)
		c.steady = time.Time{}
	case alone || enough == 0 || enough == len(c.posts):
		c.steady = time.Time{}
	case c.steady.IsZero():
		c.steady = now
	case now.Sub(c.steady) >= restAfter:
		for _, p := range c.posts[enough:] {
			p.leave()
		}
		c.posts = c.posts[:enough]
	}
	if working == 0 && len(c.posts) < len(c.ranked) {
		return c.worked.Add(c.patience).Sub(now)
	}
	return employLook
}

// join lets the next n trackers in, as far as there are any.
func (c *crew) join(n int) {
	for ; n > 0 && len(c.posts) < len(c.ranked); n-- {
		p := &post{tracker: c.ranked[len(c.posts)], ended: make(chan struct{})}
		var ctx context.Context
		ctx, p.leave = context.WithCancel(c.ctx)
		before := p.last
		p.last = p.ended
		c.posts = append(c.posts, p)
		c.running.Go(func() {
			defer close(p.ended)
			defer p.leave()
			if before != nil {
				<-before // it may still take leave
			}
			p.health.idle(false)
			c.run(ctx, p.tracker)
			p.health.idle(true)
		})
	}
}

// works reports whether a tracker has responded and is still there. An open socket
// alone proves nothing.
func works(s signaling.Status) bool { return s.Connected && s.Peers > 0 }

// hasFailed reports whether a tracker is to be replaced. One that did work may be back
// soon.
func hasFailed(s signaling.Status, now time.Time) bool {
	return !s.Connected && s.LastError != "" && (s.Since.IsZero() || now.Sub(s.Since) >= workPatience)
}
