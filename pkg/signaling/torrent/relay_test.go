package torrent

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
)

// relay is a tracker in memory that relays offers and answers, as pkg/tracker does.
type relay struct {
	mu     sync.Mutex
	down   bool
	swarms map[string]map[string]*relayConn // by info hash and peer id
	conns  []*relayConn                     // ever
	heard  int                              // announcements, without answers and farewells
}

// relayConn is a socket to a relay. What it announced is guarded by relay.mu.
type relayConn struct {
	relay         *relay
	in            chan []byte
	closed        chan struct{}
	once          sync.Once
	hashes, peers []string // each once
	farewell      bool
}

func newRelay() *relay { return &relay{swarms: make(map[string]map[string]*relayConn)} }

func (r *relay) dial(ctx context.Context) (*relayConn, error) {
	if err := pause(ctx, dialDelay); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down {
		return nil, errors.New("down")
	}
	c := &relayConn{relay: r, in: make(chan []byte, 1000), closed: make(chan struct{})}
	r.conns = append(r.conns, c)
	return c, nil
}

func (r *relay) fail() {
	r.mu.Lock()
	r.down = true
	conns := slices.Clone(r.conns)
	r.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
}

func (c *relayConn) Read(ctx context.Context) ([]byte, error) {
	select {
	case msg := <-c.in:
		return msg, nil
	case <-c.closed:
		return nil, errFakeClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *relayConn) Close() {
	c.once.Do(func() {
		close(c.closed)
		c.relay.mu.Lock()
		defer c.relay.mu.Unlock()
		for _, hash := range c.hashes {
			for _, peer := range c.peers {
				c.relay.leave(hash, peer)
			}
		}
	})
}

func (r *relay) leave(hash, peer string) {
	delete(r.swarms[hash], peer)
	if len(r.swarms[hash]) == 0 {
		delete(r.swarms, hash)
	}
}

func (c *relayConn) Write(_ context.Context, msg []byte) error {
	select {
	case <-c.closed:
		return errFakeClosed
	default:
	}
	var m announced
	if err := json.Unmarshal(msg, &m); err != nil {
		return err
	}
	r := c.relay
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(c.hashes, m.Hash) {
		c.hashes = append(c.hashes, m.Hash)
	}
	if !slices.Contains(c.peers, m.Peer) {
		c.peers = append(c.peers, m.Peer)
	}
	switch {
	case m.Answer != nil:
		if to := r.swarms[m.Hash][m.To]; to != nil {
			to.say(m.Hash, map[string]any{"peer_id": m.Peer, "offer_id": m.Offer, "answer": m.Answer})
		}
	case m.Event == eventStopped:
		c.farewell = true
		r.leave(m.Hash, m.Peer)
	default:
		r.heard++
		r.announce(c, m)
	}
	return nil
}

func (r *relay) announce(c *relayConn, m announced) {
	if r.swarms[m.Hash] == nil {
		r.swarms[m.Hash] = make(map[string]*relayConn)
	}
	swarm := r.swarms[m.Hash]
	swarm[m.Peer] = c
	c.say(m.Hash, map[string]any{"complete": 0, "incomplete": len(swarm), "interval": 120})
	for id, other := range swarm { // in any order
		if id != m.Peer && len(m.Offers) > 0 {
			other.say(m.Hash, map[string]any{"peer_id": m.Peer, "offer_id": m.Offers[0].OfferID, "offer": m.Offers[0].Offer})
			m.Offers = m.Offers[1:]
		}
	}
}

func (c *relayConn) say(hash string, fields map[string]any) {
	fields["action"], fields["info_hash"] = "announce", hash
	c.in <- encode(fields)
}

// hashesNow adds what is announced by each socket now.
func (r *relay) hashesNow(by map[*relayConn]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for hash, swarm := range r.swarms {
		for _, c := range swarm {
			by[c] = hash
		}
	}
}
