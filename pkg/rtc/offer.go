package rtc

import (
	"context"
	"fmt"
	"time"

	"github.com/pion/webrtc/v4"
)

// Offer is a connection that waits for its other half.
type Offer struct {
	c   *Conn
	sdp string
}

// Offer makes an offer. It returns when all addresses of this side are known, or
// most of them.
func (a *API) Offer(ctx context.Context) (*Offer, error) {
	c, err := a.newConn(true)
	if err != nil {
		return nil, fmt.Errorf("rtc: making an offer: %w", err)
	}
	sdp, err := c.describe(ctx, func() error {
		desc, err := c.link.CreateOffer(nil)
		if err != nil {
			return err
		}
		return c.link.SetLocalDescription(desc)
	})
	if err == nil {
		err = c.advance(making, waiting)
	}
	if err != nil {
		c.finish(err)
		return nil, fmt.Errorf("rtc: making an offer: %w", err)
	}
	return &Offer{c: c, sdp: sdp}, nil
}

// SDP is the complete session description.
func (o *Offer) SDP() string { return o.sdp }

// Accept connects to the peer that gave the answer. After an error the offer is
// of no more use.
func (o *Offer) Accept(answer string) error {
	c := o.c
	if err := c.advance(waiting, making); err != nil {
		return fmt.Errorf("rtc: accepting an answer: %w", err)
	}
	err := c.accept(answer)
	if err != nil {
		c.finish(err)
		return fmt.Errorf("rtc: accepting an answer: %w", err)
	}
	return nil
}

func (c *Conn) accept(answer string) error {
	remote, err := checkSDP(answer)
	if err != nil {
		return err
	}
	c.remote = remote
	ctx, cancel := context.WithTimeoutCause(context.Background(), c.api.timeout, ErrTimeout)
	defer cancel()
	err = c.run(ctx, func() error {
		return c.link.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
	})
	if err != nil {
		return err
	}
	return c.connect()
}

// Close drops an offer that nobody accepted. After Accept it does nothing.
func (o *Offer) Close() { o.c.expire(waiting, ErrClosed) }

// Answer answers the offer of another peer and connects to it. It returns when
// all addresses of this side are known, or most of them.
func (a *API) Answer(ctx context.Context, offer string) (answer string, err error) {
	remote, err := checkSDP(offer)
	if err != nil {
		return "", fmt.Errorf("rtc: answering: %w", err)
	}
	c, err := a.newConn(false)
	if err != nil {
		return "", fmt.Errorf("rtc: answering: %w", err)
	}
	c.remote = remote
	answer, err = c.describe(ctx, func() error {
		return c.link.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer})
	}, func() error {
		desc, err := c.link.CreateAnswer(nil)
		if err != nil {
			return err
		}
		return c.link.SetLocalDescription(desc)
	})
	if err == nil {
		err = c.connect()
	}
	if err != nil {
		c.finish(err)
		return "", fmt.Errorf("rtc: answering: %w", err)
	}
	return answer, nil
}

// describe runs the steps to a local description and returns it once it has
// addresses enough.
func (c *Conn) describe(ctx context.Context, steps ...func() error) (string, error) {
	if err := c.run(ctx, steps...); err != nil {
		return "", err
	}
	if err := c.gather(ctx); err != nil {
		return "", err
	}
	desc := c.link.LocalDescription()
	if desc == nil {
		return "", fmt.Errorf("%w: none made", ErrSDP)
	}
	local, err := checkSDP(desc.SDP)
	if err != nil {
		return "", err
	}
	if !hasCandidate(desc.SDP) {
		return "", ErrNoCandidate
	}
	c.local = local
	return desc.SDP, nil
}

// run runs the steps one after the other. It returns early, leaving the step
// under way to itself, when ctx or the connection ends: a browser may never
// finish one.
func (c *Conn) run(ctx context.Context, steps ...func() error) error {
	busy := make(chan struct{})
	if err := c.setBusy(busy); err != nil {
		return err
	}
	result := make(chan error, 1)
	go func() {
		defer close(busy)
		for _, step := range steps {
			if err := step(); err != nil {
				result <- err
				return
			}
			select {
			case <-c.done:
				return
			default:
			}
		}
		result <- nil
	}()
	select {
	case err := <-result:
		return err
	case <-c.done:
		return c.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// gather waits for the addresses of this side.
func (c *Conn) gather(ctx context.Context) error {
	timer := time.NewTimer(c.api.patience.first)
	defer timer.Stop()
	select {
	case <-c.candidate:
	case <-c.gathered:
		return nil
	case <-timer.C:
		return ErrNoCandidate
	case <-c.done:
		return c.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	timer.Reset(c.api.patience.more)
	select {
	case <-c.gathered:
	case <-timer.C:
	case <-c.done:
		return c.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}
