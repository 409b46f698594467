package torrent

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/peersetdb/peerset/pkg/signaling"
)

// pool makes offers and keeps those that wait. Trackers say how many they have
// use for; an offer belongs to none before it is taken.
type pool struct {
	ctx  context.Context // ends the making
	host signaling.Host
	work sync.WaitGroup // the makers under way

	mu      sync.Mutex
	users   map[*user]struct{}
	shelf   []*offer  // ready and unsent, the oldest first
	taken   time.Time // when the last one was, or the pool made
	making  int
	open    int // making, on the shelf or sent: at most maxOpen
	resting bool
	closed  bool
}

// user is a tracker's claim on the pool.
type user struct {
	want    int           // offers that it would send now
	changed chan struct{} // holds a token after the shelf or an offer taken changed
}

// offer is one of the host's offers. It is on the shelf, or sent, or gone: then
// it was claimed by an answer, or closed.
type offer struct {
	signaling.Offer
	made  time.Time
	state offerState // guarded by pool.mu
	timer *time.Timer
}

type offerState uint8

const (
	onShelf offerState = iota
	sent
	gone
)

func newPool(ctx context.Context, host signaling.Host) *pool {
	return &pool{ctx: ctx, host: host, users: make(map[*user]struct{}), taken: time.Now()}
}

func (p *pool) join() *user {
	u := &user{changed: make(chan struct{}, 1)}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[u] = struct{}{}
	return u
}

func (p *pool) leave(u *user) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.users, u)
}

// want says how many offers u could send now. Those that lack are made.
func (p *pool) want(u *user, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u.want = n
	p.fill()
}

// ready returns how many offers can be taken and how many are being made.
func (p *pool) ready() (shelf, making int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.shelf), p.making
}

// take hands out up to n offers to be sent.
func (p *pool) take(u *user, n int) []*offer {
	p.mu.Lock()
	defer p.mu.Unlock()
	n = max(0, min(n, len(p.shelf)))
	taken := slices.Clone(p.shelf[:n])
	p.shelf = slices.Delete(p.shelf, 0, n)
	for _, o := range taken {
		o.state = sent
		p.arm(o, sentLife)
	}
	u.want = max(0, u.want-n)
	if n > 0 {
		p.taken = time.Now()
	}
	return taken
}

// quiet is how long no offer was sent by any tracker.
func (p *pool) quiet(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.Sub(p.taken)
}

// putBack returns an offer that reached nobody to the shelf.
func (p *pool) putBack(o *offer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if o.state != sent {
		return
	}
	o.state = onShelf
	p.arm(o, shelfLife-time.Since(o.made))
	p.shelf = append(p.shelf, o)
	p.notify()
}

// claim reports whether o still waited; from then on it is the caller's.
func (p *pool) claim(o *offer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.remove(o) {
		return false
	}
	p.free()
	return true
}

// waits reports whether o still waits for an answer.
func (p *pool) waits(o *offer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return o.state == sent
}

// drop closes an offer, unless an answer has claimed it.
func (p *pool) drop(o *offer) {
	p.mu.Lock()
	waited := p.remove(o)
	p.mu.Unlock()
	if waited {
		p.end(o)
	}
}

// close ends the pool after its context has ended: it waits for the makers
// and closes what nobody took.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	left := slices.Clone(p.shelf)
	for _, o := range left {
		p.remove(o)
	}
	p.mu.Unlock()
	for _, o := range left {
		o.Close()
	}
	p.work.Wait()
}

// fill starts the making of what is wanted. p.mu is held.
func (p *pool) fill() {
	wanted := 0
	for u := range p.users {
		wanted += u.want
	}
	for !p.closed && !p.resting && len(p.shelf)+p.making < wanted && p.open < maxOpen {
		p.making++
		p.open++
		p.work.Go(p.make)
	}
}

func (p *pool) make() {
	ctx, cancel := context.WithTimeout(p.ctx, offerTimeout)
	made, err := p.host.Offer(ctx)
	cancel()
	p.mu.Lock()
	p.making--
	if err == nil && !p.closed {
		o := &offer{Offer: made, made: time.Now()}
		p.arm(o, shelfLife)
		p.shelf = append(p.shelf, o)
		p.notify()
		p.mu.Unlock()
		return
	}
	p.open--
	if err != nil && !p.resting && !p.closed {
		p.resting = true
		time.AfterFunc(offerRetry, p.resume)
	}
	p.notify()
	p.mu.Unlock()
	if err == nil {
		made.Close()
	}
}

func (p *pool) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.resting = false
	p.fill()
}

// arm lets o end after d. p.mu is held.
func (p *pool) arm(o *offer, d time.Duration) {
	if o.timer != nil {
		o.timer.Stop()
	}
	// A timer that has fired already and waits for p.mu finds that it is
	// no longer the offer's.
	var timer *time.Timer
	timer = time.AfterFunc(d, func() {
		p.mu.Lock()
		due := o.timer == timer && p.remove(o)
		p.mu.Unlock()
		if due {
			p.end(o)
		}
	})
	o.timer = timer
}

// remove marks o as gone and reports whether it was there. p.mu is held.
func (p *pool) remove(o *offer) bool {
	if o.state == gone {
		return false
	}
	if o.state == onShelf {
		p.shelf = slices.DeleteFunc(p.shelf, func(other *offer) bool { return other == o })
	}
	o.state = gone
	o.timer.Stop()
	return true
}

// end closes an offer that was removed. Its place is free only then, so that
// there are never more peer connections than maxOpen.
func (p *pool) end(o *offer) {
	o.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free()
}

// free gives a place to the next offer. p.mu is held.
func (p *pool) free() {
	p.open--
	p.fill()
	p.notify()
}

// notify wakes every user. p.mu is held.
func (p *pool) notify() {
	for u := range p.users {
		select {
		case u.changed <- struct{}{}:
		default:
		}
	}
}
