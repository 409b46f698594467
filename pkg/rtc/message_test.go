package rtc

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// message makes n bytes that differ from those of any other n or seed.
func message(n int, seed byte) []byte {
	msg := make([]byte, n)
	for i := range msg {
		msg[i] = byte(i) ^ byte(i>>8)*7 ^ byte(n)*31 ^ seed
	}
	return msg
}

func TestMessages(t *testing.T) {
	sizes := []int{1, 2, maxPayload - 1, maxPayload, maxFrame, maxFrame + 1, 2 * maxPayload, 2*maxPayload + 1, 70_000, psync.MaxMessage}
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	ca, cb := connect(t, a, b)
	send := func(c *Conn, ch psync.Channel, seed byte) {
		for round := range byte(3) {
			for _, n := range sizes {
				msg := message(n, seed+round)
				c.Send(ch, msg)
				clear(msg) // Send keeps nothing
			}
		}
	}
	check := func(p *peer, ch psync.Channel, seed byte) {
		t.Helper()
		for round := range byte(3) {
			for _, n := range sizes {
				if got := receive(t, p.msgs[ch], "message"); !bytes.Equal(got, message(n, seed+round)) {
					t.Errorf("channel %d, round %d: a message of %d bytes came as %d others", ch, round, n, len(got))
				}
			}
		}
	}
	for _, ch := range []psync.Channel{psync.Control, psync.Data} {
		send(ca, ch, byte(10+ch))
		send(cb, ch, byte(20+ch))
	}
	for _, ch := range []psync.Channel{psync.Control, psync.Data} {
		check(b, ch, byte(10+ch))
		check(a, ch, byte(20+ch))
	}
}

func TestOrderOfManySmallMessages(t *testing.T) {
	const n = 20_000
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	done := make(chan int, 1)
	next := 0
	b.onMessage = func(_ *Conn, _ psync.Channel, msg []byte) {
		if got := int(msg[0]) | int(msg[1])<<8 | int(msg[2])<<16; got != next {
			t.Errorf("message %d came when %d was due", got, next)
		}
		if next++; next == n {
			done <- next
		}
	}
	ca, _ := connect(t, a, b)
	for i := range n {
		ca.Send(psync.Data, []byte{byte(i), byte(i >> 8), byte(i >> 16)})
	}
	receive(t, done, "last message")
}

// Messages may arrive before this side has seen both channels open.
func TestMessagesFromOpened(t *testing.T) {
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	for range 10 {
		ca, cb := connect(t, a, b)
		for _, ch := range []psync.Channel{psync.Control, psync.Data} {
			ca.Send(ch, []byte("first"))
			if got := receive(t, b.msgs[ch], "message"); string(got) != "first" {
				t.Errorf("got %q", got)
			}
		}
		cb.Close()
		receive(t, a.closed, "Closed")
	}
}

func TestEarlyMessages(t *testing.T) {
	a := newPeer(t, Config{})
	offer, err := a.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := offer.c
	for range maxEarly {
		c.onFrame(psync.Control, []byte{headerLast, 'x'})
	}
	if c.is(closed) {
		t.Fatal("early messages are refused")
	}
	c.onFrame(psync.Control, []byte{headerLast, 'x'})
	if !c.is(closed) || !errors.Is(c.err, ErrProtocol) {
		t.Errorf("early messages without end: %v", c.err)
	}
}

func TestSendRefused(t *testing.T) {
	for _, tc := range []struct {
		msg  []byte
		want error
	}{
		{nil, ErrProtocol},
		{make([]byte, psync.MaxMessage+1), ErrTooLong},
	} {
		a, b := newPeer(t, Config{}), newPeer(t, Config{})
		ca, _ := connect(t, a, b)
		ca.Send(psync.Control, tc.msg)
		if err := receive(t, a.closed, "Closed"); !errors.Is(err, tc.want) {
			t.Errorf("%d bytes: %v", len(tc.msg), err)
		}
	}
}

// connectDeaf is connect with an answerer that does not hear of the longest
// message that the offerer takes.
func connectDeaf(t *testing.T, a, b *peer) (ca, cb *Conn) {
	t.Helper()
	offer, err := a.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := b.Answer(t.Context(), strings.Replace(offer.SDP(), "a=max-message-size:16384", "a=max-message-size:65536", 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := offer.Accept(answer); err != nil {
		t.Fatal(err)
	}
	return receive(t, a.opened, "Opened"), receive(t, b.opened, "Opened")
}

// What a peer that breaks the rules sends.
func TestBadPeer(t *testing.T) {
	full := append([]byte{headerMore}, make([]byte, maxPayload)...)
	for _, tc := range []struct {
		name   string
		frames []any // []byte, or string for text
		want   error
	}{
		{"unknown header", []any{[]byte{2, 'x'}}, ErrProtocol},
		{"header alone", []any{[]byte{headerLast}}, ErrProtocol},
		{"empty fragment", []any{[]byte{headerMore}}, ErrProtocol},
		{"short fragment", []any{[]byte{headerMore, 'x'}}, ErrProtocol},
		{"nothing after a fragment", []any{full, []byte{headerLast}}, ErrProtocol},
		{"long frame", []any{append([]byte{headerLast}, make([]byte, maxFrame)...)}, ErrProtocol},
		{"long message", []any{full, full, full, full, full}, ErrTooLong},
		{"text", []any{"\x00x"}, ErrProtocol},
	} {
		for _, ch := range []psync.Channel{psync.Control, psync.Data} {
			a, b := newPeer(t, Config{}), newPeer(t, Config{})
			ca, cb := connectDeaf(t, a, b)
			cb.Send(ch, []byte("fine so far"))
			receive(t, a.msgs[ch], "message")
			for _, f := range tc.frames {
				if err := sendRaw(cb.link, ch, f); err != nil {
					t.Fatal(err)
				}
			}
			if err := receive(t, a.closed, tc.name+": Closed"); !errors.Is(err, tc.want) {
				t.Errorf("%s: %v", tc.name, err)
			}
			if !ca.is(closed) {
				t.Errorf("%s: it is not closed", tc.name)
			}
			receive(t, b.closed, tc.name+": Closed of the bad peer")
		}
	}
}

func TestThirdChannel(t *testing.T) {
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	_, cb := connect(t, a, b)
	if _, err := cb.link.CreateDataChannel("third", nil); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, a.closed, "Closed"); !errors.Is(err, ErrProtocol) {
		t.Errorf("closed: %v", err)
	}
}

func TestDrained(t *testing.T) {
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	b.onMessage = func(*Conn, psync.Channel, []byte) {}
	ca, _ := connect(t, a, b)
	for range 3 {
		for ca.Buffered(psync.Data) < 4*LowWater {
			ca.Send(psync.Data, make([]byte, 60_000))
		}
		if n := ca.Buffered(psync.Control); n != 0 {
			t.Errorf("%d bytes are queued on Control", n)
		}
		receive(t, a.drained, "Drained")
		if n := ca.Buffered(psync.Data); n > LowWater {
			t.Errorf("Drained with %d bytes queued", n)
		}
	}
}

// A queue that is full ends the connection; it neither blocks nor panics.
func TestSendUntilFull(t *testing.T) {
	a, b := newPeer(t, Config{}), newPeer(t, Config{})
	b.onMessage = func(*Conn, psync.Channel, []byte) {}
	ca, _ := connect(t, a, b)
	msg := make([]byte, psync.MaxMessage)
	for range 64 << 20 / len(msg) {
		ca.Send(psync.Data, msg)
	}
	if ca.is(closed) && !errors.Is(ca.err, ErrSend) {
		t.Errorf("closed: %v", ca.err)
	}
}

func BenchmarkData(b *testing.B) {
	x, y := newPeer(b, Config{}), newPeer(b, Config{})
	const size = 60_000
	got, done := 0, make(chan struct{}, 1)
	y.onMessage = func(*Conn, psync.Channel, []byte) {
		if got++; got == b.N {
			done <- struct{}{}
		}
	}
	cx, _ := connect(b, x, y)
	b.SetBytes(size)
	msg := make([]byte, size)
	b.ResetTimer()
	for range b.N {
		for cx.Buffered(psync.Data) > 4*LowWater {
			receive(b, x.drained, "Drained")
		}
		cx.Send(psync.Data, msg)
	}
	receive(b, done, "last message")
}
