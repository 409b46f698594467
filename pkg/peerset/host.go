package peerset

import (
	"context"

	"github.com/peersetdb/peerset/pkg/signaling"
)

// host lets strategies make connections.
type host struct{ db *DB }

var _ signaling.Host = host{}

func (h host) Offer(ctx context.Context) (signaling.Offer, error) {
	o, err := h.db.rtc.Offer(ctx)
	if err != nil {
		return nil, err
	}
	return o, nil
}

func (h host) Answer(ctx context.Context, offer string) (string, error) {
	return h.db.rtc.Answer(ctx, offer)
}

func (h host) Wanted() int { return int(h.db.wanted.Load()) }
