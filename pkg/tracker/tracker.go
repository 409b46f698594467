package tracker

import (
	"context"
	"sync"
	"time"
)

// Config bounds a tracker. The zero Config is usable.
type Config struct {
	// Interval is how often clients are asked to announce; 2 minutes if 0. It
	// is sent in whole seconds.
	Interval time.Duration
	// PeerTTL is how long a peer may stay silent; 3 intervals if 0.
	PeerTTL time.Duration
	// MaxSockets is how many clients may be connected; 10,000 if 0.
	MaxSockets int
}

// Tracker relays offers and answers. It is an http.Handler.
type Tracker struct {
	config  Config
	ctx     context.Context // ends every connection
	cancel  context.CancelFunc
	sockets sync.WaitGroup

	mu     sync.Mutex
	open   int // sockets
	closed bool
	swarms map[binary]*swarm // none is empty
}

// New makes a tracker.
func New(c Config) *Tracker {
	if c.Interval == 0 {
		c.Interval = defaultInterval
	}
	if c.PeerTTL == 0 {
		c.PeerTTL = ttlIntervals * c.Interval
	}
	if c.MaxSockets == 0 {
		c.MaxSockets = defaultMaxSockets
	}
	t := &Tracker{config: c, swarms: make(map[binary]*swarm)}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

// Close ends all connections and waits for that. Later requests are refused.
func (t *Tracker) Close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.cancel()
	t.sockets.Wait()
}

func (t *Tracker) enter() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || t.open >= t.config.MaxSockets {
		return false
	}
	t.open++
	t.sockets.Add(1)
	return true
}

func (t *Tracker) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open--
}

// handle serves one message and reports whether it was in order.
func (t *Tracker) handle(s *socket, msg []byte) bool {
	r, err := parse(msg)
	if err == nil {
		t.mu.Lock()
		switch {
		case r.Action == "scrape":
			t.scrape(s, r)
		case r.Answer.raw != nil:
			err = t.answer(s, r)
		default:
			err = t.announce(s, r)
		}
		t.mu.Unlock()
	}
	if err != nil {
		refusal := failureOut{Reason: err.Error()}
		if r != nil && r.Action == "announce" {
			refusal.Action, refusal.InfoHash = r.Action, r.InfoHash[0]
		}
		s.send(encode(refusal))
	}
	return err == nil
}

// announce adds, renews or removes a peer, responds, and relays its offers.
func (t *Tracker) announce(s *socket, r *request) error {
	hash, now := r.InfoHash[0], time.Now()
	known, announced := s.ids[hash]
	if !announced && len(s.ids) >= maxHashes && r.Event != "stopped" {
		return errManyHashes
	}
	if announced && (known != r.PeerID || r.Event == "stopped") {
		t.remove(s, hash)
	}
	sw := t.fresh(hash, now)
	if r.Event != "stopped" {
		if sw == nil {
			sw = newSwarm()
			t.swarms[hash] = sw
		}
		s.ids[hash] = r.PeerID
		sw.put(r.PeerID, s, r.complete(), now)
	}
	response := announceOut{
		Action:   "announce",
		InfoHash: hash,
		Interval: int(t.config.Interval.Seconds()),
	}
	if sw != nil {
		response.Complete, response.Incomplete = sw.complete, len(sw.peers)-sw.complete
	}
	s.send(encode(response))
	if r.Event == "stopped" {
		return nil
	}
	for i, p := range sw.sample(r.wanted(), r.PeerID) {
		p.socket.send(encode(relayOut{
			Action:   "announce",
			InfoHash: hash,
			PeerID:   r.PeerID,
			OfferID:  r.Offers[i].OfferID,
			Offer:    r.Offers[i].Offer.raw,
		}))
	}
	return nil
}

// answer relays an answer. If its addressee is gone there is nobody to tell:
// the offer went with it.
func (t *Tracker) answer(s *socket, r *request) error {
	hash := r.InfoHash[0]
	if s.ids[hash] != r.PeerID {
		return errUnknown
	}
	sw := t.fresh(hash, time.Now())
	if sw == nil {
		return nil
	}
	if p, ok := sw.byID[r.ToPeerID]; ok {
		p.socket.send(encode(relayOut{
			Action:   "announce",
			InfoHash: hash,
			PeerID:   r.PeerID,
			OfferID:  r.OfferID,
			Answer:   r.Answer.raw,
		}))
	}
	return nil
}

func (t *Tracker) scrape(s *socket, r *request) {
	out := scrapeOut{Action: "scrape", Files: make(map[binary]scrapedSwarm, len(r.InfoHash))}
	out.Flags.MinRequestInterval = int((scrapeIntervals * t.config.Interval).Seconds())
	for _, hash := range r.InfoHash {
		var scraped scrapedSwarm
		if sw := t.fresh(hash, time.Now()); sw != nil {
			scraped = scrapedSwarm{
				Complete:   sw.complete,
				Incomplete: len(sw.peers) - sw.complete,
				Downloaded: sw.complete,
			}
		}
		out.Files[hash] = scraped
	}
	s.send(encode(out))
}

// fresh returns a swarm without the peers whose time is over, or nil if nobody is left.
func (t *Tracker) fresh(hash binary, now time.Time) *swarm {
	sw := t.swarms[hash]
	if sw == nil {
		return nil
	}
	sw.expire(now.Add(-t.config.PeerTTL))
	if len(sw.peers) == 0 {
		delete(t.swarms, hash)
		return nil
	}
	return sw
}

// forget removes all peers of a socket that has ended.
func (t *Tracker) forget(s *socket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for hash := range s.ids {
		t.remove(s, hash)
	}
}

// remove takes the peer of s out of a swarm, unless it has moved to another socket.
func (t *Tracker) remove(s *socket, hash binary) {
	id := s.ids[hash]
	delete(s.ids, hash)
	sw := t.swarms[hash]
	if sw == nil {
		return
	}
	if p, ok := sw.byID[id]; ok && p.socket == s {
		sw.remove(p)
	}
	if len(sw.peers) == 0 {
		delete(t.swarms, hash)
	}
}
