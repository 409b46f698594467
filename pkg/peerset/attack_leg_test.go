package peerset_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/peersetdb/peerset/pkg/nip44"
	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/room"
	"github.com/peersetdb/peerset/pkg/rtc"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// The messages of a handshake, as in section 6 of PROTOCOL.md.
const (
	hello = 0x01
	proof = 0x02
	ready = 0x03
	ping  = 0x04
	pong  = 0x05
	bye   = 0x06
	push  = 0x31
)

// Where things are in the body of a hello.
const (
	atNonce       = 1
	atTag         = atNonce + 32
	atCertificate = atTag + 16
	atInstance    = atCertificate + 32 + 32 + 8 + 8 + 64
	atPolicy      = atInstance + 16
)

// sealed and unsealed do with descriptions what the members of a room do.
func sealed(t *testing.T, key nip44.Key, what, sdp string) string {
	t.Helper()
	text, err := nip44.Seal(key, what+" "+sdp, random32())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func unsealed(t *testing.T, key nip44.Key, what, text string) string {
	t.Helper()
	plain, err := nip44.Open(key, text)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(plain, what+" ")
}

func random32() (b [32]byte) {
	_, _ = rand.Read(b[:]) // never fails
	return b
}

// leg is an attacker's end of a real connection to a page.
type leg struct {
	t      *testing.T
	sdp    nip44.Key // seals descriptions
	api    *rtc.API
	conn   *rtc.Conn // once open
	opened chan struct{}
	in     chan message
	over   chan error // why it is closed
}

type message struct {
	ch  psync.Channel
	msg []byte
}

func newLeg(t *testing.T, sdp nip44.Key) *leg {
	t.Helper()
	l := &leg{t: t, sdp: sdp, opened: make(chan struct{}), in: make(chan message, 1024), over: make(chan error, 1)}
	var err error
	if l.api, err = rtc.New(rtc.Config{}, l); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.api.Close)
	return l
}

func (l *leg) Opened(c *rtc.Conn)            { l.conn = c; close(l.opened) }
func (l *leg) Drained(*rtc.Conn)             {}
func (l *leg) Closed(_ *rtc.Conn, err error) { l.over <- err }
func (l *leg) Message(_ *rtc.Conn, ch psync.Channel, msg []byte) {
	select {
	case l.in <- message{ch, msg}:
	default:
		l.t.Error("an attacker is too slow")
	}
}

// asked connects to a page that made an offer, and answered to one that is given an offer. Either
// may change what is said of the attacker's side.
func asked(t *testing.T, sdp nip44.Key, o offer, change func(string) string) *leg {
	t.Helper()
	l := newLeg(t, sdp)
	answer, err := l.api.Answer(t.Context(), unsealed(t, sdp, "offer", o.sdp))
	if err != nil {
		t.Fatal(err)
	}
	o.answer(sealed(t, sdp, "answer", change(answer)))
	return l
}

func answered(t *testing.T, sdp nip44.Key, p *page, change func(string) string) *leg {
	t.Helper()
	l := newLeg(t, sdp)
	o, err := l.api.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer := p.ask(sealed(t, sdp, "offer", change(o.SDP())))
	if err := o.Accept(unsealed(t, sdp, "answer", answer)); err != nil {
		t.Fatal(err)
	}
	return l
}

func unchanged(sdp string) string { return sdp }

// reach connects to a page as any member may.
func reach(t *testing.T, keys *room.Keys, p *page) *leg {
	t.Helper()
	l := answered(t, keys.SDP, p, unchanged)
	l.awaitOpen()
	return l
}

// accept does so by an offer of the page.
func accept(t *testing.T, keys *room.Keys, p *page) *leg {
	t.Helper()
	l := asked(t, keys.SDP, p.take(), unchanged)
	l.awaitOpen()
	return l
}

func (l *leg) awaitOpen() {
	l.t.Helper()
	select {
	case <-l.opened:
	case err := <-l.over:
		l.t.Fatalf("the attacker's connection: %v", err)
	case <-time.After(patience):
		l.t.Fatal("the attacker's connection does not open")
	}
}

// awaitOver waits until the connection has failed or was closed.
func (l *leg) awaitOver() error {
	l.t.Helper()
	select {
	case err := <-l.over:
		return err
	case <-time.After(patience):
		l.t.Fatal("the attacker's connection does not end")
		return nil
	}
}

func (l *leg) say(typ, num byte, body []byte) {
	ch := psync.Control
	if typ >= 0x30 {
		ch = psync.Data
	}
	l.conn.Send(ch, append([]byte{typ, num}, body...))
}

// hear returns the next message of a type and lets others pass, but a bye.
func (l *leg) hear(typ, num byte) []byte {
	l.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case m := <-l.in:
			switch {
			case m.msg[0] == typ && m.msg[1] == num:
				return m.msg[2:]
			case m.msg[0] == bye:
				l.t.Fatalf("the page says %v while the attacker waits for %#x", psync.ReasonCode(m.msg[2]), typ)
			}
		case <-timeout:
			l.t.Fatalf("no message %#x", typ)
		}
	}
}

// reason waits for the reason for which the page hangs up.
func (l *leg) reason() psync.ReasonCode {
	l.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case m := <-l.in:
			if m.msg[0] == bye {
				return psync.ReasonCode(m.msg[2])
			}
		case <-timeout:
			l.t.Fatal("the page does not say why it hangs up")
		}
	}
}

// transcript is what is proven: PROTOCOL.md once more, not the code of the product.
type transcript struct {
	version, num byte
	tag          record.RoomTag
	hellos       [2][]byte // offerer's first
	prints       [2][32]byte
	me           int // 0: this side made the offer
}

func (l *leg) transcript(tag record.RoomTag, num byte, mine, theirs []byte) *transcript {
	t := &transcript{version: psync.Version, num: num, tag: tag}
	if !l.conn.Offerer() {
		t.me = 1
	}
	local, remote := l.conn.Fingerprints()
	t.hellos[t.me], t.hellos[1-t.me] = mine, theirs
	t.prints[t.me], t.prints[1-t.me] = local, remote
	return t
}

func (t *transcript) hash(role int) [32]byte {
	b := append([]byte("peerset/1 proof"), t.version, "OA"[role], t.num)
	b = append(b, t.tag[:]...)
	for i := range t.hellos {
		b = binary.BigEndian.AppendUint32(b, uint32(len(t.hellos[i])))
		b = append(append(b, t.hellos[i]...), t.prints[i][:]...)
	}
	return sha256.Sum256(b)
}

// member is the part of this side's proof that anybody in the room can make.
func (t *transcript) member(membership [32]byte) []byte {
	hash := t.hash(t.me)
	m := hmac.New(sha256.New, membership[:])
	m.Write(hash[:])
	return m.Sum(nil)
}

// mended is a proof of another handshake, with that part made for this one.
func (t *transcript) mended(proof []byte, membership [32]byte) []byte {
	return slices.Concat(proof[:64], t.member(membership))
}

func (t *transcript) proof(key *record.SecretKey, membership [32]byte) []byte {
	sig := key.SignHash(t.hash(t.me))
	return append(sig[:], t.member(membership)...)
}

// person is a peer that is not the product: who it says to be and what it can prove.
type person struct {
	identity, key *record.SecretKey // key is that of the session
	cert          psync.Certificate
	tag           record.RoomTag
	membership    [32]byte
	instance      [16]byte
}

// newPerson makes an honest member of a room.
func newPerson(t *testing.T, keys *room.Keys) *person {
	p := &person{identity: newKey(t), key: newKey(t), tag: keys.Tag, membership: keys.Membership}
	nonce, now := random32(), time.Now().Unix()
	copy(p.instance[:], nonce[:])
	p.cert = p.certificate(t, now-600, now+3600)
	return p
}

func (p *person) certificate(t *testing.T, from, until int64) psync.Certificate {
	t.Helper()
	e := psync.CertificateEvent(p.key.PubKey(), from, until)
	if err := e.Sign(p.identity); err != nil {
		t.Fatal(err)
	}
	return psync.NewCertificate(p.key.PubKey(), until, e)
}

// hello has a fresh nonce.
func (p *person) hello() []byte {
	nonce := random32()
	b := append([]byte{1}, nonce[:]...)
	b = append(b, p.tag[:]...)
	b = append(b, p.cert.Identity[:]...)
	b = append(b, p.cert.Session[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.cert.From))
	b = binary.BigEndian.AppendUint64(b, uint64(p.cert.Until))
	b = append(b, p.cert.Sig[:]...)
	b = append(b, p.instance[:]...)
	b = append(b, make([]byte, 32)...) // policy
	b = binary.AppendUvarint(b, 86400)
	return binary.AppendUvarint(b, 0) // horizon
}

// past is what was said in a handshake.
type past struct{ mine, myProof, theirs, theirProof []byte }

// shake goes through a handshake as an honest peer does.
func (p *person) shake(l *leg, num byte) past {
	l.t.Helper()
	h := past{mine: p.hello()}
	l.say(hello, num, h.mine)
	h.theirs = l.hear(hello, num)
	h.myProof = l.transcript(p.tag, num, h.mine, h.theirs).proof(p.key, p.membership)
	l.say(proof, num, h.myProof)
	h.theirProof = l.hear(proof, num)
	l.say(ready, num, nil)
	l.hear(ready, num)
	return h
}

// attack is a handshake in which not everything is as it should be.
type attack struct {
	name string
	// mine is the attacker's hello, which may depend on the page's.
	mine func(theirs []byte) []byte
	// prove gets what the page will compare the proof with, and the page's own proof. nil: the
	// hello is refused.
	prove func(tr *transcript, theirs []byte) []byte
	want  psync.ReasonCode
}

// mount mounts an attack on a connection of its own, and checks that the page refuses it.
func (a attack) mount(t *testing.T, keys *room.Keys, p *page) {
	t.Helper()
	l := reach(t, keys, p)
	theirs := l.hear(hello, 1)
	mine := a.mine(theirs)
	l.say(hello, 1, mine)
	if a.prove != nil {
		l.say(proof, 1, a.prove(l.transcript(keys.Tag, 1, mine, theirs), l.hear(proof, 1)))
	}
	// Who believes it would take these in.
	l.say(ready, 1, nil)
	if got := l.reason(); got != a.want {
		t.Errorf("%s: the page says %v, want %v", a.name, got, a.want)
	}
	p.ended(a.want)
	l.conn.Close()
}

// always is a hello that depends on nothing.
func always(hello []byte) func([]byte) []byte { return func([]byte) []byte { return hello } }
