package main

import (
	"runtime"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// stats are figures of the database.
type stats struct {
	Records   int            `json:"records"`
	Refused   int            `json:"refused"`
	Pinned    int            `json:"pinned"`
	Horizon   int64          `json:"horizon"` // ms, as all times
	Opened    int64          `json:"opened"`
	Since     int64          `json:"since"`
	Traffic   traffic        `json:"traffic"`
	Ended     map[string]int `json:"ended"` // connections, by reason
	Limits    limits         `json:"limits"`
	MaxPeers  int            `json:"maxPeers"`
	ClockSkew int64          `json:"clockSkew"`
	Memory    uint64         `json:"memory"` // bytes
	Trackers  []tracker      `json:"trackers"`
}

// tracker is how a server fares that peers are found through.
type tracker struct {
	URL       string `json:"url"`
	Connected bool   `json:"connected"`
	Idle      bool   `json:"idle"`
	Peers     int    `json:"peers"`
	Offers    int    `json:"offers"`
	Answers   int    `json:"answers"`
	Error     string `json:"error,omitempty"`
	Since     int64  `json:"since,omitempty"` // ms; missing before the first connection
}

func (h *handle) stats() string {
	s := h.db.Stats()
	v := stats{
		Records: s.Records, Refused: s.Refused, Pinned: s.Pinned, Horizon: s.Horizon, Opened: s.Opened, Since: s.Since,
		Traffic: traffic(s.Traffic), Ended: make(map[string]int), Limits: newLimits(&s), MaxPeers: s.Limits.MaxPeers,
		ClockSkew: s.ClockSkew, Memory: memory(), Trackers: make([]tracker, len(s.Media)),
	}
	for code, n := range s.Ended {
		v.Ended[code.String()] = n
	}
	for i, m := range s.Media {
		t := tracker{URL: m.URL, Connected: m.Connected, Idle: m.Idle, Peers: m.Peers, Offers: m.Offers, Answers: m.Answers, Error: m.LastError}
		if !m.Since.IsZero() {
			t.Since = m.Since.UnixMilli()
		}
		v.Trackers[i] = t
	}
	return string(appendJSON(nil, v))
}

func newLimits(s *peerset.Stats) limits {
	l := s.Limits
	return limits{
		HandshakeTimeout: l.HandshakeTimeout, ChallengeTimeout: l.ChallengeTimeout, IdleTimeout: l.IdleTimeout, PeerSession: l.PeerSession,
		ClientSession: int64(s.Session / time.Millisecond), SessionsPerIdentity: l.SessionsPerIdentity,
		MessagesPerSecond: l.MessagesPerSecond, BytesPerSecond: l.BytesPerSecond, MaxMessage: l.MaxMessage, MaxRecord: l.MaxRecord,
	}
}

// limitsOf are those of the option.
func (l *limits) limitsOf(maxPeers int) psync.Limits {
	return psync.Limits{
		HandshakeTimeout: l.HandshakeTimeout, ChallengeTimeout: l.ChallengeTimeout, IdleTimeout: l.IdleTimeout, PeerSession: l.PeerSession,
		MaxPeers: maxPeers, SessionsPerIdentity: l.SessionsPerIdentity,
		MessagesPerSecond: l.MessagesPerSecond, BytesPerSecond: l.BytesPerSecond, MaxMessage: l.MaxMessage, MaxRecord: l.MaxRecord,
	}
}

// memory is what the engine has taken of the page's.
func memory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys
}
