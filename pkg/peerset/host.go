package peerset

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/peersetdb/peerset/pkg/nip44"
	"github.com/peersetdb/peerset/pkg/rtc"
	"github.com/peersetdb/peerset/pkg/signaling"
)

// host lets strategies make connections.
type host struct{ db *DB }

var _ signaling.Host = host{}

// Descriptions are sealed towards the media: a tracker carries what it cannot read.
// What is sealed begins with what it is, so that none can be passed off as another.
const (
	isOffer  = "offer "
	isAnswer = "answer "
)

// ErrDescription says that a description was not sealed by a member of the room.
var ErrDescription = errors.New("peerset: the description is not from a member of the room")

func (h host) seal(what, sdp string) (string, error) {
	var nonce [32]byte
	_, _ = rand.Read(nonce[:]) // never fails
	return nip44.Seal(h.db.keys.SDP, what+sdp, nonce)
}

func (h host) unseal(what, text string) (string, error) {
	plain, err := nip44.Open(h.db.keys.SDP, text)
	sdp, ok := strings.CutPrefix(plain, what)
	if err != nil || !ok {
		return "", ErrDescription
	}
	return sdp, nil
}

// SignalingEvent says that a description which a medium brought was not used: a medium, or
// somebody who uses it, tampers with them.
type SignalingEvent struct {
	What string // "offer" or "answer"
	Err  error  // ErrDescription, rtc.ErrSDP or rtc.ErrFingerprint
}

// inspect tells the page of a description that was refused. Other errors are of our own
// making. The media bound how many offers and answers are looked at.
func (h host) inspect(what string, err error) {
	for _, refusal := range []error{ErrDescription, rtc.ErrSDP, rtc.ErrFingerprint} {
		if errors.Is(err, refusal) {
			h.db.inbox.post(func() { h.db.event(SignalingEvent{strings.TrimSpace(what), err}) })
			return
		}
	}
}

// sealedOffer is an offer as the media see it.
type sealedOffer struct {
	*rtc.Offer
	host host
	sdp  string
}

func (o *sealedOffer) SDP() string { return o.sdp }

func (o *sealedOffer) Accept(answer string) (err error) {
	defer func() { o.host.inspect(isAnswer, err) }()
	sdp, err := o.host.unseal(isAnswer, answer)
	if err != nil {
		o.Close()
		return err
	}
	return o.Offer.Accept(sdp)
}

func (h host) Offer(ctx context.Context) (signaling.Offer, error) {
	o, err := h.db.rtc.Offer(ctx)
	if err != nil {
		return nil, err
	}
	sdp, err := h.seal(isOffer, o.SDP())
	if err != nil {
		o.Close()
		return nil, err
	}
	return &sealedOffer{o, h, sdp}, nil
}

func (h host) Answer(ctx context.Context, offer string) (answer string, err error) {
	defer func() { h.inspect(isOffer, err) }()
	sdp, err := h.unseal(isOffer, offer)
	if err != nil {
		return "", err
	}
	if answer, err = h.db.rtc.Answer(ctx, sdp); err != nil {
		return "", err
	}
	return h.seal(isAnswer, answer)
}

func (h host) Wanted() int { return int(h.db.wanted.Load()) }
