package peerset_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/rtc"
)

// The attacker of these tests is the tracker. In the first one it knows the room, and changes
// what others say; in the others it does not.

// line is one of a description's, with its end.
func line(text string) string { return text + "\r\n" }

// A description that names a second certificate, or none, is refused before it is set, and the page
// is told. Otherwise a tracker could add its own to that of the peer.
func TestSecondFingerprint(t *testing.T) {
	t.Parallel()
	r, keys := newRogue(t), derive(t, t.Name(), "")
	a, b := r.open("a", peerset.Options{}), r.open("b", peerset.Options{})
	ours := line("a=fingerprint:sha-256 " + strings.Repeat(":AB", 32)[1:])
	sha1 := line("a=fingerprint:sha-1 " + strings.Repeat(":AB", 20)[1:])
	before := func(mark, text string) func(string) string {
		return func(sdp string) string { return strings.Replace(sdp, mark, text+mark, 1) }
	}
	instead := func(change func(theirs string) string) func(string) string {
		return func(sdp string) string {
			theirs := line(fingerprintLine(sdp))
			return strings.Replace(sdp, theirs, change(theirs), 1)
		}
	}
	o := unsealed(t, keys.SDP, "offer", b.take().sdp)
	host := peerset.HostOf(a.DB)
	for _, c := range []struct {
		name   string
		change func(string) string
		want   error
	}{
		{"after the first", instead(func(theirs string) string { return theirs + ours }), rtc.ErrFingerprint},
		{"before the first", instead(func(theirs string) string { return ours + theirs }), rtc.ErrFingerprint},
		{"for the session", before("m=application", ours), rtc.ErrFingerprint},
		{"for the session, and first of all", before("s=-", ours), rtc.ErrFingerprint},
		{"at the end", func(sdp string) string { return sdp + ours }, rtc.ErrFingerprint},
		{"at the end without one", func(sdp string) string { return sdp + strings.TrimSpace(ours) }, rtc.ErrFingerprint},
		{"the same twice", instead(func(theirs string) string { return theirs + theirs }), rtc.ErrFingerprint},
		{"in capitals", instead(func(theirs string) string { return theirs + strings.ToUpper(ours) }), rtc.ErrFingerprint},
		{"in small letters", instead(func(theirs string) string { return theirs + strings.ToLower(ours) }), rtc.ErrFingerprint},
		{"sha-1 beside sha-256", instead(func(theirs string) string { return theirs + sha1 }), rtc.ErrFingerprint},
		{"sha-1 alone", instead(func(string) string { return sha1 }), rtc.ErrFingerprint},
		{"none", instead(func(string) string { return "" }), rtc.ErrFingerprint},
		{"behind white space", instead(func(theirs string) string { return theirs + " " + ours }), rtc.ErrFingerprint},
		{"behind a lone carriage return", instead(func(theirs string) string { return theirs + "a=x\r" + ours }), rtc.ErrSDP},
		{"of further media", func(sdp string) string {
			return sdp + line("m=application 9 UDP/DTLS/SCTP webrtc-datachannel") + ours
		}, rtc.ErrSDP},
	} {
		changed := c.change(o)
		if changed == o {
			t.Fatalf("%s: nothing was changed", c.name)
		}
		answer := a.give(sealed(t, keys.SDP, "offer", changed))
		if err := a.refused("offer"); !errors.Is(err, c.want) {
			t.Errorf("an offer with a fingerprint %s: %v", c.name, err)
		}
		select {
		case <-answer:
			t.Errorf("an offer with a fingerprint %s was answered", c.name)
		default:
		}
		mine, err := host.Offer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		answered, err := newLeg(t, keys.SDP).api.Answer(t.Context(), unsealed(t, keys.SDP, "offer", mine.SDP()))
		if err != nil {
			t.Fatal(err)
		}
		err = mine.Accept(sealed(t, keys.SDP, "answer", c.change(answered)))
		if told := a.refused("answer"); !errors.Is(err, c.want) || !errors.Is(told, c.want) {
			t.Errorf("an answer with a fingerprint %s: %v, the page was told %v", c.name, err, told)
		}
	}
	// In an answer that the tracker carries.
	x, y := a.take(), a.take()
	change := instead(func(theirs string) string { return theirs + ours })
	x.answer(sealed(t, keys.SDP, "answer", change(unsealed(t, keys.SDP, "answer", b.ask(x.sdp)))))
	if err := a.refused("answer"); !errors.Is(err, rtc.ErrFingerprint) {
		t.Error(err)
	}
	if n := len(a.Peers()); n != 0 {
		t.Errorf("%d peers", n)
	}
	y.answer(b.ask(y.sdp)) // the control
	a.live()
	r.survives(a)
}

// refused waits until the page is told that a description was refused.
func (p *page) refused(what string) error {
	p.t.Helper()
	return p.next("refused description", func(e peerset.Event) bool {
		s, ok := e.(peerset.SignalingEvent)
		return ok && s.What == what
	}).(peerset.SignalingEvent).Err
}

// A sealed description opens whole or not at all. Whichever bit is flipped, and wherever it is cut,
// the error is the same.
func TestTamperedDescription(t *testing.T) {
	t.Parallel()
	r, keys := newRogue(t), derive(t, t.Name(), "")
	a, b := r.open("a", peerset.Options{}), r.open("b", peerset.Options{})
	host := peerset.HostOf(a.DB)
	x := b.take()
	raw, err := base64.StdEncoding.DecodeString(x.sdp)
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(what string, n int, sealed string) {
		answer, err := host.Answer(t.Context(), sealed)
		if answer != "" || !errors.Is(err, peerset.ErrDescription) || err.Error() != peerset.ErrDescription.Error() {
			t.Fatalf("%s %d: %q, %v", what, n, answer, err)
		}
	}
	for bit := range 8 * len(raw) {
		flipped := bytes.Clone(raw)
		flipped[bit/8] ^= 1 << (bit % 8)
		refuse("flipped bit", bit, base64.StdEncoding.EncodeToString(flipped))
	}
	for n := range raw {
		refuse("cut to", n, base64.StdEncoding.EncodeToString(raw[:n]))
	}
	for n := range x.sdp {
		refuse("cut to character", n, x.sdp[:n])
	}
	other := derive(t, t.Name()+"2", "")
	sdp := unsealed(t, keys.SDP, "offer", x.sdp)
	for what, text := range map[string]string{
		"appended to": x.sdp + "AAAA", "doubled": x.sdp + x.sdp, "in the clear": sdp,
		"of another room": sealed(t, other.SDP, "offer", sdp),
		"an answer":       sealed(t, keys.SDP, "answer", sdp),
		"nothing at all":  sealed(t, keys.SDP, "", sdp),
	} {
		refuse(what, 0, text)
	}
	// The same for answers; each costs an offer.
	for what, change := range map[string]func(text string) string{
		"flipped": func(text string) string {
			return strings.Map(func(c rune) rune { return c ^ 1 }, text[:40]) + text[40:]
		},
		"cut": func(text string) string { return text[:len(text)-4] },
		"an offer": func(text string) string {
			return sealed(t, keys.SDP, "offer", unsealed(t, keys.SDP, "answer", text))
		},
	} {
		mine, err := host.Offer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		answer, err := peerset.HostOf(b.DB).Answer(t.Context(), mine.SDP())
		if err != nil {
			t.Fatal(err)
		}
		if err := mine.Accept(change(answer)); !errors.Is(err, peerset.ErrDescription) || err.Error() != peerset.ErrDescription.Error() {
			t.Errorf("an answer, %s: %v", what, err)
		}
	}
	if n := len(a.Peers()); n != 0 {
		t.Errorf("%d peers", n)
	}
	x.answer(a.ask(x.sdp)) // the control: what was tampered with was good
	a.live()
	r.survives(a)
}

// A tracker repeats a description that was good once. Each repetition may cost a peer connection that
// nobody joins; how many is bounded.
func TestReplayedDescriptions(t *testing.T) {
	t.Parallel()
	const flood, most = 200, 20 // as in pkg/signaling/torrent, a minute
	r := newRogue(t)
	a, b := r.open("a", peerset.Options{}), r.open("b", peerset.Options{})
	old := b.take()
	spare := a.take()
	b.Close()
	for range most { // they are as good as ever
		a.ask(old.sdp)
	}
	for range flood {
		a.give(old.sdp)
	}
	timeout := time.After(patience)
	for a.Stats().Media[0].Offers < most+flood {
		select {
		case <-timeout:
			t.Fatalf("%d offers came", a.Stats().Media[0].Offers)
		case <-time.After(5 * time.Millisecond):
		}
	}
	put(t, a.DB, "while waiting", peerset.PutOptions{})
	// Its own offers are as good as before.
	c := r.open("c", peerset.Options{})
	spare.answer(c.ask(spare.sdp))
	a.live()
	c.live()
	if n := a.answered(); n > most {
		t.Errorf("%d repetitions were answered, want %d at most", n, most)
	}
	if n := len(a.Peers()); n != 1 {
		t.Errorf("%d peers", n)
	}
}

// A tracker mixes up the answers that it carries: none opens a connection with anybody else than
// who was asked.
func TestAnswerToAnotherOffer(t *testing.T) {
	t.Parallel()
	r := newRogue(t)
	a, b := r.open("a", peerset.Options{}), r.open("b", peerset.Options{})
	x, y := a.take(), a.take()
	toX := b.ask(x.sdp)
	y.answer(toX)
	x.answer(toX)
	x.answer(toX)
	a.live() // by x
	b.live()
	for _, p := range []*page{a, b} {
		if n := len(p.Peers()); n != 1 {
			t.Errorf("%s has %d peers", p.name, n)
		}
	}
	r.survives(a)
}
