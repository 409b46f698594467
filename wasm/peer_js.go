package main

import (
	"encoding/hex"

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
	Unavailable int  `json:"unavailable"`
	Differing   int  `json:"differing"` // buckets
	Offerer     bool `json:"offerer"`
	// Session counts the handshakes on the connection, the last of which was at Renewed.
	Session   int     `json:"session"`
	Renewed   int64   `json:"renewed"` // ms
	Instance  string  `json:"instance,omitempty"`
	Policy    string  `json:"policy,omitempty"`
	Behind    *int    `json:"behind"`    // entries
	ClockSkew *int64  `json:"clockSkew"` // ms
	Muted     bool    `json:"muted"`
	Traffic   traffic `json:"traffic"`
	Reason    *reason `json:"reason,omitempty"`
}

type traffic struct {
	RecordsIn  uint64 `json:"recordsIn"`
	RecordsOut uint64 `json:"recordsOut"`
	BucketsIn  uint64 `json:"bucketsIn"`
	BucketsOut uint64 `json:"bucketsOut"`
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
		ID:          peerID(p.Conn),
		State:       p.State.String(),
		Since:       p.Since,
		Agreed:      p.Agreed,
		Wanted:      p.Wanted,
		Unavailable: p.Unavailable,
		Differing:   p.Differing,
		Offerer:     p.Offerer,
		Session:     int(p.Number),
		Renewed:     p.Renewed,
		Muted:       p.Muted,
		Traffic:     traffic(p.Traffic),
	}
	if p.Identity != (record.PubKey{}) {
		v.Npub = p.Identity.Npub()
		v.Instance, v.Policy = hex.EncodeToString(p.Instance[:]), hex.EncodeToString(p.Policy[:])
	}
	if p.RTT >= 0 {
		v.RTT, v.ClockSkew = &p.RTT, &p.ClockSkew
	}
	if p.Behind >= 0 {
		v.Behind = &p.Behind
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
