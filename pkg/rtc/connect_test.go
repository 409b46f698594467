package rtc

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

func TestConnect(t *testing.T) {
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	ca, cb := connect(t, a, b)
	if !ca.Offerer() || cb.Offerer() {
		t.Error("the roles are wrong")
	}
	la, ra := ca.Fingerprints()
	lb, rb := cb.Fingerprints()
	if la != rb || ra != lb {
		t.Error("the two sides see different certificates")
	}
	if la == ra || la == [32]byte{} {
		t.Error("not two certificates")
	}
}

// Whoever sends offers, or lets ours wait, opens no more than MaxUnopened; what is open does
// not count, and what is given up makes room.
func TestUnopenedAreBounded(t *testing.T) {
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	connect(t, a, b)
	var offers []*Offer
	for range MaxUnopened {
		o, err := a.Offer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		offers = append(offers, o)
		if _, err := b.Answer(t.Context(), o.SDP()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Offer(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("one more offer: %v", err)
	}
	if _, err := b.Answer(t.Context(), offers[0].SDP()); !errors.Is(err, ErrBusy) {
		t.Errorf("one more answer: %v", err)
	}
	// The two sides have a bound each.
	o, err := b.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Answer(t.Context(), o.SDP()); err != nil {
		t.Error(err)
	}
	offers[0].Close()
	for end := time.Now().Add(deadline); ; runtime.Gosched() {
		if _, err = a.Offer(t.Context()); err == nil {
			break
		}
		if !errors.Is(err, ErrBusy) || time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func TestRemoteClose(t *testing.T) {
	for _, offererCloses := range []bool{true, false} {
		a, b := newPeer(t, Config{}), newPeer(t, Config{})
		ca, cb := connect(t, a, b)
		near, far, c, other := a, b, ca, cb
		if !offererCloses {
			near, far, c, other = b, a, cb, ca
		}
		start := time.Now()
		c.Close()
		c.Close()
		if err := receive(t, near.closed, "Closed here"); !errors.Is(err, ErrClosed) {
			t.Errorf("closed here: %v", err)
		}
		if err := receive(t, far.closed, "Closed there"); !errors.Is(err, ErrRemote) {
			t.Errorf("closed there: %v", err)
		}
		if d := time.Since(start); d > 3*time.Second {
			t.Errorf("the other side learned of it after %v", d)
		}
		for _, c := range []*Conn{c, other} {
			c.Send(psync.Control, []byte("gone"))
			if n := c.Buffered(psync.Control); n != 0 {
				t.Errorf("%d bytes are queued after the end", n)
			}
		}
	}
}

func TestCloseFromMessage(t *testing.T) {
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	b.onMessage = func(c *Conn, _ psync.Channel, _ []byte) { c.Close() }
	ca, _ := connect(t, a, b)
	for range 10 { // b's order of calls is checked: none comes after Closed
		ca.Send(psync.Control, []byte("close"))
	}
	if err := receive(t, b.closed, "Closed"); !errors.Is(err, ErrClosed) {
		t.Errorf("closed here: %v", err)
	}
	if err := receive(t, a.closed, "Closed"); !errors.Is(err, ErrRemote) {
		t.Errorf("closed there: %v", err)
	}
}

func TestTimeout(t *testing.T) {
	a, b := newPeer(t, Config{}), newPeer(t, Config{ConnectTimeout: 100 * time.Millisecond})
	offer, err := a.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Answer(t.Context(), offer.SDP()); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, b.closed, "Closed"); !errors.Is(err, ErrTimeout) {
		t.Errorf("closed: %v", err)
	}
	a.quiet()
}

func TestDroppedOffer(t *testing.T) {
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	offer, err := a.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := b.Answer(t.Context(), offer.SDP())
	if err != nil {
		t.Fatal(err)
	}
	offer.Close()
	offer.Close()
	if err := offer.Accept(answer); !errors.Is(err, ErrClosed) {
		t.Errorf("Accept after Close: %v", err)
	}
	a.quiet()
}

func TestSecondAccept(t *testing.T) {
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	offer, err := a.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := b.Answer(t.Context(), offer.SDP())
	if err != nil {
		t.Fatal(err)
	}
	if err := offer.Accept(answer); err != nil {
		t.Fatal(err)
	}
	if err := offer.Accept("nonsense"); !errors.Is(err, ErrAccepted) {
		t.Errorf("second Accept: %v", err)
	}
	offer.Close()
	ca := receive(t, a.opened, "Opened")
	ca.Send(psync.Control, []byte("still here"))
	receive(t, b.msgs[psync.Control], "message")
}

func TestRefusedDescriptions(t *testing.T) {
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	fresh := func() *Offer {
		t.Helper()
		offer, err := a.Offer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return offer
	}
	offer := fresh()
	line := "a=fingerprint:sha-256 " + strings.Repeat(":AB", 32)[1:] + "\r\n"
	for _, tc := range []struct {
		name, sdp string
		want      error // nil: any, the platform's own
	}{
		{"empty", "", ErrSDP},
		{"second fingerprint", offer.SDP() + line, ErrFingerprint},
		{"garbage", "v=0\r\nm=application \r\n" + line, nil},
	} {
		if _, err := b.Answer(t.Context(), tc.sdp); err == nil || tc.want != nil && !errors.Is(err, tc.want) {
			t.Errorf("%s: Answer: %v", tc.name, err)
		}
		offer := fresh()
		if err := offer.Accept(tc.sdp); err == nil || tc.want != nil && !errors.Is(err, tc.want) {
			t.Errorf("%s: Accept: %v", tc.name, err)
		}
		if err := offer.Accept(tc.sdp); err == nil {
			t.Errorf("%s: the offer lives on", tc.name)
		}
	}
	a.quiet()
	b.quiet()
}

// Whoever carries the descriptions may put in a certificate of his own; then both
// sides see different fingerprints, and nothing opens between them.
func TestSwappedFingerprint(t *testing.T) {
	a, b := newPeer(t, Config{ConnectTimeout: 10 * time.Second}), newPeer(t, Config{ConnectTimeout: 10 * time.Second})
	offer, err := a.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := b.Answer(t.Context(), offer.SDP())
	if err != nil {
		t.Fatal(err)
	}
	before, after, _ := strings.Cut(answer, "a=fingerprint:sha-256 ")
	swapped := before + "a=fingerprint:sha-256 " + strings.Repeat(":AB", 32)[1:] + after[32*3-1:]
	if err := offer.Accept(swapped); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, a.closed, "Closed of the offerer"); !errors.Is(err, ErrDTLS) {
		t.Errorf("offerer: %v", err)
	}
	if err := receive(t, b.closed, "Closed of the answerer"); err == nil {
		t.Errorf("answerer: %v", err)
	}
	if len(a.opened)+len(b.opened) != 0 {
		t.Error("it opened")
	}
}

func TestDeadSTUN(t *testing.T) {
	cfg := Config{ICEServers: []ICEServer{{URLs: []string{deadSTUN(t)}}}}
	a, b := newPeer(t, cfg), newPeer(t, cfg)
	start := time.Now()
	offer, err := a.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("the offer took %v", d)
	}
	start = time.Now()
	answer, err := b.Answer(t.Context(), offer.SDP())
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("the answer took %v", d)
	}
	if err := offer.Accept(answer); err != nil {
		t.Fatal(err)
	}
	receive(t, a.opened, "Opened")
	receive(t, b.opened, "Opened")
}

func TestGather(t *testing.T) {
	a := newPeer(t, Config{})
	a.patience = patience{}
	c, err := a.newConn(true) // it has no description yet, so it gathers nothing
	if err != nil {
		t.Fatal(err)
	}
	if err := c.gather(t.Context()); !errors.Is(err, ErrNoCandidate) {
		t.Errorf("without a candidate: %v", err)
	}
	a.patience.first = deadline
	c.onCandidate()
	if err := c.gather(t.Context()); err != nil {
		t.Errorf("with a candidate: %v", err)
	}
	a.patience.more = deadline
	c.onGathered()
	if err := c.gather(t.Context()); err != nil {
		t.Errorf("with all candidates: %v", err)
	}
}

func TestContext(t *testing.T) {
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	offer, err := a.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Offer(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Offer: %v", err)
	}
	if _, err := b.Answer(ctx, offer.SDP()); !errors.Is(err, context.Canceled) {
		t.Errorf("Answer: %v", err)
	}
	a.quiet()
	b.quiet()
}

func TestAPIClose(t *testing.T) {
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	connect(t, a, b)
	offer, err := a.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
	if err := receive(t, a.closed, "Closed"); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if err := receive(t, b.closed, "Closed of the other side"); !errors.Is(err, ErrRemote) {
		t.Errorf("closed: %v", err)
	}
	if err := offer.Accept(offer.SDP()); !errors.Is(err, ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
	if _, err := a.Offer(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Offer: %v", err)
	}
	if _, err := a.Answer(t.Context(), offer.SDP()); !errors.Is(err, ErrClosed) {
		t.Errorf("Answer: %v", err)
	}
	a.quiet()
}

func TestConfigRefused(t *testing.T) {
	if _, err := New(Config{ICEServers: []ICEServer{{URLs: []string{"ftp:example.org"}}}}, nil); err == nil {
		t.Error("a server of an unknown scheme was taken")
	}
}
