package tracker

import (
	"math/rand/v2"
	"time"
)

// swarm is the peers that announced one info hash.
type swarm struct {
	byID     map[binary]*peer
	peers    []*peer // the same, in any order; peer.at is the index
	complete int     // how many of them are complete
}

// peer is one announced peer id on one socket.
type peer struct {
	id       binary
	socket   *socket
	complete bool
	seen     time.Time
	at       int
}

func newSwarm() *swarm { return &swarm{byID: make(map[binary]*peer)} }

// put adds a peer or moves it to another socket: a client that reconnects may
// come before its old connection is known to be dead.
func (s *swarm) put(id binary, on *socket, complete bool, now time.Time) {
	p, ok := s.byID[id]
	if !ok {
		p = &peer{id: id, at: len(s.peers)}
		s.byID[id] = p
		s.peers = append(s.peers, p)
	}
	p.socket, p.seen = on, now
	if complete && !p.complete {
		p.complete = true
		s.complete++
	}
}

func (s *swarm) remove(p *peer) {
	delete(s.byID, p.id)
	last := len(s.peers) - 1
	s.swap(p.at, last)
	s.peers[last] = nil
	s.peers = s.peers[:last]
	if p.complete {
		s.complete--
	}
}

func (s *swarm) swap(i, k int) {
	s.peers[i], s.peers[k] = s.peers[k], s.peers[i]
	s.peers[i].at, s.peers[k].at = i, k
}

// expire removes the peers that were last seen before the given time.
func (s *swarm) expire(before time.Time) {
	for i := len(s.peers) - 1; i >= 0; i-- {
		if p := s.peers[i]; p.seen.Before(before) {
			s.remove(p)
		}
	}
}

// sample returns up to n peers beside the one named, at random.
func (s *swarm) sample(n int, but binary) []*peer {
	var chosen []*peer
	for i := 0; i < len(s.peers) && len(chosen) < n; i++ {
		s.swap(i, i+rand.IntN(len(s.peers)-i))
		if p := s.peers[i]; p.id != but {
			chosen = append(chosen, p)
		}
	}
	return chosen
}
