package main

import (
	"errors"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/sim"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// Types of messages, as in PROTOCOL.md.
const (
	typeReady   = 0x03
	typePing    = 0x04
	typePong    = 0x05
	typeRoot    = 0x10
	typeBuckets = 0x11
	typeDescend = 0x12
	typeRange   = 0x13
	typeDone    = 0x14
	typeHave    = 0x20
	typeWant    = 0x21
	typeRecords = 0x30
	typePush    = 0x31
)

// product is what the first round between two peers has cost, in whole messages
// with their headers.
type product struct {
	RangeTrips int `json:"rangeTrips"`
	RangeBytes int `json:"rangeBytes"`
	// BucketsSent and BucketsReceived are bytes of bucket hashes, seen from the client.
	BucketsSent     int `json:"bucketsSent"`
	BucketsReceived int `json:"bucketsReceived"`
	// Trips and Bytes count all messages from root to done.
	Trips int `json:"trips"`
	Bytes int `json:"bytes"`
	// After is what went over the connection in the first five seconds after the handshake, if
	// the sets are equal: all messages of both sides.
	AfterMessages int `json:"afterMessages,omitempty"`
	AfterBytes    int `json:"afterBytes,omitempty"`
}

// afterMs is long enough for all that follows a handshake, and too short for a ping.
const afterMs = 5_000

// peers lets a client and a server meet who hold these sets. Bodies are not there, and
// not needed to find out what they differ in: only the first round counts.
func peers(partial, full []merkle.Item, seed uint64) (p product, err error) {
	n := sim.New(sim.Config{Seed: seed, MinLatency: 1, MaxLatency: 1, Commit: 5})
	n.Run(clock(seed) * 1000)
	client, server := n.Add(0), n.Add(0)
	client.Core().Restore(keys(partial))
	server.Core().Restore(keys(full))

	ready, done := 0, false
	n.OnMessage = func(from, _ *sim.Node, _ psync.Channel, msg []byte) {
		if msg[0] == typeReady {
			ready++
			return
		}
		if ready < 2 {
			return
		}
		p.AfterMessages++
		p.AfterBytes += len(msg)
		if !done {
			p.count(from == client, msg)
			done = msg[0] == typeDone
		}
	}
	n.Connect(client, server)
	equal := len(partial) == len(full)
	n.RunUntil(afterMs, func() bool { return done && !equal })
	if !done {
		return p, errors.New("the peers' first round did not end")
	}
	if !equal {
		p.AfterMessages, p.AfterBytes = 0, 0
	} else if peers := client.Core().Peers(); len(peers) != 1 || !peers[0].Agreed {
		return p, errors.New("peers with equal sets do not agree")
	}
	return p, nil
}

// count takes in a message of the round.
func (p *product) count(sent bool, msg []byte) {
	switch msg[0] {
	case typeRange:
		p.RangeBytes += len(msg)
		if sent {
			p.RangeTrips++
		}
	case typeBuckets:
		if sent {
			p.BucketsSent += len(msg)
		} else {
			p.BucketsReceived += len(msg)
		}
	case typeRoot, typeDescend, typeDone:
	default:
		return
	}
	p.Bytes += len(msg)
	if sent && msg[0] != typeDone {
		p.Trips++
	}
}

// keys makes up what belongs to an id.
func keys(is []merkle.Item) []psync.Key {
	ks := make([]psync.Key, len(is))
	for i, it := range is {
		ks[i].At = it.Time
		ks[i].ID = [32]byte(it.ID)
		copy(ks[i].UUID[:], it.ID[:])
	}
	return ks
}
