package main

import (
	"strconv"

	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// peer is a connection as pages see it.
type peer struct {
	ID     string `json:"id"`
	Npub   string `json:"npub,omitempty"`
	State  string `json:"state"`
	RTT    *int64 `json:"rtt"` // ms
	Since  int64  `json:"since"`
	Agreed bool   `json:"agreed"`
	Wanted int    `json:"wanted"`
	// Unavailable is how many records the peer knows of and cannot give.
	Unavailable int     `json:"unavailable"`
	Differing   int     `json:"differing"` // buckets
	Offerer     bool    `json:"offerer"`
	Traffic     traffic `json:"traffic"`
	Reason      *reason `json:"reason,omitempty"`
}

type traffic struct {
	RecordsIn  uint64 `json:"recordsIn"`
	RecordsOut uint64 `json:"recordsOut"`
	RangesIn   uint64 `json:"rangesIn"`
	RangesOut  uint64 `json:"rangesOut"`
	IDsIn      uint64 `json:"idsIn"`
	IDsOut     uint64 `json:"idsOut"`
	OtherIn    uint64 `json:"otherIn"`
	OtherOut   uint64 `json:"otherOut"`
	Bodies     uint64 `json:"bodies"`
	Duplicates uint64 `json:"duplicates"`
	Announced  uint64 `json:"announced"`
}

// reason is why a connection ended.
type reason struct {
	Code   string `json:"code"`
	Text   string `json:"text"`
	Remote bool   `json:"remote"`
}

// newPeer takes the reason from an event, nil without one.
func newPeer(p *psync.Peer, why *psync.Reason) peer {
	v := peer{
		ID:          strconv.FormatUint(uint64(p.Conn), 10),
		State:       p.State.String(),
		Since:       p.Since,
		Agreed:      p.Agreed,
		Wanted:      p.Wanted,
		Unavailable: p.Unavailable,
		Differing:   p.Differing,
		Offerer:     p.Offerer,
		Traffic:     traffic(p.Traffic),
	}
	if p.Identity != (record.PubKey{}) {
		v.Npub = p.Identity.Npub()
	}
	if p.RTT >= 0 {
		v.RTT = &p.RTT
	}
	if p.State == psync.Closed && why != nil {
		v.Reason = &reason{why.Code.String(), why.Text, why.Remote}
	}
	return v
}

func (h *handle) peers() string {
	ps := h.db.Peers()
	vs := make([]peer, len(ps))
	for i := range ps {
		vs[i] = newPeer(&ps[i], nil)
	}
	return string(appendJSON(nil, vs))
}

// stats are figures of the database.
type stats struct {
	Records  int       `json:"records"`
	Trackers []tracker `json:"trackers"`
}

// tracker is how a server fares that peers are found through.
type tracker struct {
	URL       string `json:"url"`
	Connected bool   `json:"connected"`
	Peers     int    `json:"peers"`
	Error     string `json:"error,omitempty"`
	Since     int64  `json:"since,omitempty"` // ms; missing before the first connection
}

func (h *handle) stats() string {
	s := h.db.Stats()
	v := stats{Records: s.Records, Trackers: make([]tracker, len(s.Media))}
	for i, m := range s.Media {
		t := tracker{URL: m.URL, Connected: m.Connected, Peers: m.Peers, Error: m.LastError}
		if !m.Since.IsZero() {
			t.Since = m.Since.UnixMilli()
		}
		v.Trackers[i] = t
	}
	return string(appendJSON(nil, v))
}
