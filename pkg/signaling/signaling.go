// Package signaling finds the other peers of a room through public media and
// carries session descriptions (SDP) between them.
//
// A Strategy speaks one medium's protocol and knows nothing of WebRTC; a Host
// makes connections and knows nothing of media:
//
//	Strategy --Offer, Answer--> Host
//	   |                          |
//	tracker, relay, broker     peer connections
package signaling

import (
	"context"
	"time"
)

// Offer is a connection that waits for its other half.
type Offer interface {
	// SDP is the complete session description; all candidates are in it.
	SDP() string
	// Accept connects to the peer that gave the answer. It is called once
	// at most.
	Accept(answer string) error
	// Close drops an offer that nobody accepted. After Accept it does nothing.
	Close()
}

// Host makes connections for strategies. Its methods may be called from
// several goroutines.
type Host interface {
	// Offer makes a fresh offer. It returns when the description is
	// complete, or complete enough to be sent.
	Offer(ctx context.Context) (Offer, error)
	// Answer answers the offer of another peer.
	Answer(ctx context.Context, offer string) (answer string, err error)
	// Wanted is the number of further peers that are wanted now; 0 means
	// that there are enough.
	Wanted() int
	// Connected is the number of peers that there are. In a room that is
	// all connected, none of those whom a medium counts is worth an offer.
	Connected() int
}

// Strategy is one kind of public medium.
type Strategy interface {
	// Run serves the host until ctx is done. It survives whatever the
	// medium does, and returns only ctx's error or a mistake in its options.
	Run(ctx context.Context, h Host) error
	// Wake says that the network may be back, or somebody within reach whom it
	// was no use to call: servers that failed are tried again at once, and peers
	// are looked for without waiting until it is due.
	Wake()
	// Status says how each server of the medium fares.
	Status() []Status
}

// Status is the health of one server of a medium.
type Status struct {
	URL       string
	Connected bool
	Idle      bool      // not used for now, because others are
	Peers     int       // peers that the server last reported, oneself included; 0 if unknown
	Offers    int       // offers received from it since start
	Answers   int       // answers received from it since start
	LastError string    // empty while all is well
	Since     time.Time // of the last change of Connected
}
