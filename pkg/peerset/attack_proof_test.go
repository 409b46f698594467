package peerset_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/store/mem"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// with returns a copy of a hello with a part replaced.
func with(hello []byte, at int, b []byte) []byte {
	hello = bytes.Clone(hello)
	copy(hello[at:], b)
	return hello
}

func withNonce(hello []byte) []byte {
	nonce := random32()
	return with(hello, atNonce, nonce[:])
}

func (p *page) closed() psync.Reason {
	p.t.Helper()
	return p.next("end of a session", func(e peerset.Event) bool {
		pe, ok := e.(psync.PeerEvent)
		return ok && pe.Peer.State == psync.Closed
	}).(psync.PeerEvent).Reason
}

// A proof of an earlier session is good for no other one: not for the page that took it then,
// not once that page has been reloaded and knows the nonces no more, and not for another page. The
// attacker has every byte of the session and is a member; the session keys it has not.
func TestReplayedProof(t *testing.T) {
	t.Parallel()
	r, keys := newRogue(t), derive(t, t.Name(), "")
	o := peerset.Options{Store: keep{mem.New()}, Vault: peerset.NewMemoryVault()}
	a, b := r.open("a", o), r.open("b", peerset.Options{})
	victim := newPerson(t, keys)
	l := reach(t, keys, a)
	earlier := victim.shake(l, 1) // the control
	a.syncing(victim.identity.PubKey())
	l.conn.Close()
	a.closed()

	attack{"replayed hello", always(earlier.mine), nil, psync.ReasonProof}.mount(t, keys, a)
	replay := func(p *page, hello func([]byte) []byte, proof []byte) {
		t.Helper()
		attack{"as it was", hello, func(*transcript, []byte) []byte { return proof }, psync.ReasonRoom}.mount(t, keys, p)
	}
	mended := func(p *page, hello func([]byte) []byte, proof []byte) {
		t.Helper()
		attack{"mended", hello, func(tr *transcript, _ []byte) []byte { return tr.mended(proof, keys.Membership) }, psync.ReasonProof}.mount(t, keys, p)
	}
	replay(a, always(withNonce(earlier.mine)), earlier.myProof)
	mended(a, always(withNonce(earlier.mine)), earlier.myProof)

	// To another page, in the name of either.
	replay(b, always(earlier.mine), earlier.myProof)
	mended(b, always(withNonce(earlier.mine)), earlier.myProof)
	replay(b, always(earlier.theirs), earlier.theirProof)
	mended(b, always(withNonce(earlier.theirs)), earlier.theirProof)

	a.Close()
	a = r.open("a", o)
	replay(a, always(earlier.mine), earlier.myProof)
	attack{"replayed hello", always(earlier.mine), nil, psync.ReasonProof}.mount(t, keys, a)
	mended(a, always(withNonce(earlier.mine)), earlier.myProof)

	// The victim itself is as welcome as before.
	victim.shake(reach(t, keys, a), 1)
	a.syncing(victim.identity.PubKey())
	r.survives(a, b)
}

// The attacker gives a page what the page itself has said.
func TestReflectedProof(t *testing.T) {
	t.Parallel()
	r, keys := newRogue(t), derive(t, t.Name(), "")
	a := r.open("a", peerset.Options{})
	other := random32()
	tab := func(theirs []byte) []byte { return withNonce(with(theirs, atInstance, other[:16])) }
	for _, x := range []attack{
		{"own hello", bytes.Clone, nil, psync.ReasonSelf},
		{"own hello with a fresh nonce", withNonce, nil, psync.ReasonSelf},
		{"own hello of another tab", func(theirs []byte) []byte { return with(theirs, atInstance, other[:16]) }, nil, psync.ReasonProof},
		{"own proof", tab, func(_ *transcript, theirs []byte) []byte { return theirs }, psync.ReasonRoom},
		{"own proof, mended", tab, func(tr *transcript, theirs []byte) []byte { return tr.mended(theirs, keys.Membership) }, psync.ReasonProof},
	} {
		x.mount(t, keys, a)
	}
	r.survives(a)
}

// The attacker shows a member's certificate, which is no secret, and cannot sign with the session
// key in it.
func TestCopiedCertificate(t *testing.T) {
	t.Parallel()
	r, keys := newRogue(t), derive(t, t.Name(), "")
	a := r.open("a", peerset.Options{})
	victim := newPerson(t, keys)
	thief := newPerson(t, keys)
	thief.cert = victim.cert
	swapped := newPerson(t, keys)
	swapped.cert = victim.cert
	swapped.cert.Session = swapped.key.PubKey()
	// An identity may vouch for any session key; only its holder can use it.
	voucher := newPerson(t, keys)
	voucher.key = victim.key
	voucher.cert = voucher.certificate(t, victim.cert.From, victim.cert.Until)
	voucher.key = newKey(t)
	by := func(p *person, membership [32]byte) func(*transcript, []byte) []byte {
		return func(tr *transcript, _ []byte) []byte { return tr.proof(p.key, membership) }
	}
	for _, x := range []attack{
		{"without membership", always(thief.hello()), by(thief, [32]byte{}), psync.ReasonRoom},
		{"by the own session key", always(thief.hello()), by(thief, keys.Membership), psync.ReasonProof},
		{"by the own identity", always(thief.hello()), by(&person{key: thief.identity}, keys.Membership), psync.ReasonProof},
		{"by nobody", always(thief.hello()), func(tr *transcript, _ []byte) []byte {
			return tr.mended(make([]byte, 64), keys.Membership)
		}, psync.ReasonProof},
		{"with the own session key in it", always(swapped.hello()), nil, psync.ReasonCertificate},
		{"of the own for the member's session key", always(voucher.hello()), by(voucher, keys.Membership), psync.ReasonProof},
		{"cut proof", always(thief.hello()), func(tr *transcript, _ []byte) []byte {
			return tr.proof(thief.key, keys.Membership)[:95]
		}, psync.ReasonProtocol},
	} {
		x.mount(t, keys, a)
	}
	// The member has done nothing.
	victim.shake(reach(t, keys, a), 1)
	a.syncing(victim.identity.PubKey())
	r.survives(a)
}

// Certificates that an identity really signed, for times at which they do not hold.
func TestCertificateTimes(t *testing.T) {
	t.Parallel()
	r, keys := newRogue(t), derive(t, t.Name(), "")
	a := r.open("a", peerset.Options{})
	const minute, hour, day = 60, 3600, 24 * 3600
	now := time.Now().Unix()
	for _, c := range []struct {
		name        string
		from, until int64 // from now on
		want        psync.ReasonCode
	}{
		{"of a day", -10 * minute, day - 10*minute, psync.ReasonGone},
		{"expired for a slow clock only", -2 * hour, -9 * minute, psync.ReasonGone},
		{"begun for a fast clock only", 9 * minute, 2 * hour, psync.ReasonGone},

		{"expired", -2 * hour, -11 * minute, psync.ReasonCertificate},
		{"long expired", -30*day - hour, -30 * day, psync.ReasonCertificate},
		{"of the future", 11 * minute, 2 * hour, psync.ReasonCertificate},
		{"of the far future", 3650 * day, 3650*day + hour, psync.ReasonCertificate},
		{"of a day and a second", -10 * minute, day - 10*minute + 1, psync.ReasonCertificate},
		{"of a year", -10 * minute, 365 * day, psync.ReasonCertificate},
		{"without end", -10 * minute, 1<<53 - now, psync.ReasonCertificate},
		{"backwards", hour, -10 * minute, psync.ReasonCertificate},
		{"of no time", 0, 0, psync.ReasonCertificate},
	} {
		p := newPerson(t, keys)
		p.cert = p.certificate(t, now+c.from, now+c.until)
		if c.want == psync.ReasonGone {
			l := reach(t, keys, a)
			p.shake(l, 1)
			a.syncing(p.identity.PubKey())
			continue
		}
		attack{c.name, always(p.hello()), nil, c.want}.mount(t, keys, a)
		// Nor does it help to say other times than were signed.
		p.cert.From, p.cert.Until = now-600, now+3600
		if c.name == "expired" {
			attack{c.name + ", with other times", always(p.hello()), nil, c.want}.mount(t, keys, a)
		}
	}
	r.survives(a)
}

// There is one version. Who says another one is told so, and who proves another one than it
// says proves nothing.
func TestDowngradedVersion(t *testing.T) {
	t.Parallel()
	r, keys := newRogue(t), derive(t, t.Name(), "")
	a := r.open("a", peerset.Options{})
	p := newPerson(t, keys)
	for _, v := range []byte{0, 2, 255} {
		for name, h := range map[string][]byte{"whole": with(p.hello(), 0, []byte{v}), "version alone": {v}} {
			attack{name, always(h), nil, psync.ReasonVersion}.mount(t, keys, a)
		}
		attack{"proof of another version", always(p.hello()), func(tr *transcript, _ []byte) []byte {
			tr.version = v
			return tr.proof(p.key, keys.Membership)
		}, psync.ReasonRoom}.mount(t, keys, a)
	}
	p.shake(reach(t, keys, a), 1) // the control
	a.syncing(p.identity.PubKey())
	r.survives(a)
}

// Messages with the number of a session that there is not yet, before a handshake, after it and
// in the middle of a renewal. None is taken in.
func TestNumberOfTheFuture(t *testing.T) {
	t.Parallel()
	r, keys := newRogue(t), derive(t, t.Name(), "")
	a := r.open("a", peerset.Options{})
	pushed := func(p *person) []byte { return pushOf(t, p) }
	nothing := func(*person) []byte { return nil }
	token := func(*person) []byte { return make([]byte, 8) }
	for _, c := range []struct {
		name    string
		before  func(*leg, *person)
		typ     byte
		num     byte
		body    func(*person) []byte
		session bool // it ends one that was authenticated
	}{
		{"hello of the second", nil, hello, 2, (*person).hello, false},
		{"hello of the last", nil, hello, 255, (*person).hello, false},
		{"push at once", nil, push, 1, pushed, false},
		{"ping of the second", joined, ping, 2, token, true},
		{"ping of the third", joined, ping, 3, token, true},
		{"hello of the third", joined, hello, 3, (*person).hello, true},
		{"proof of the second", joined, proof, 2, func(*person) []byte { return make([]byte, 96) }, true},
		{"ready of the second", joined, ready, 2, nothing, true},
		{"push of the second", joined, push, 2, pushed, true},
		{"push before the proof", renewing, push, 2, pushed, true},
		{"ready before the proof", renewing, ready, 2, nothing, true},
		{"hello after the hello", renewing, hello, 2, (*person).hello, true},
	} {
		p := newPerson(t, keys)
		l := reach(t, keys, a)
		if c.before != nil {
			c.before(l, p)
			a.syncing(p.identity.PubKey())
		}
		l.say(c.typ, c.num, c.body(p))
		if got := l.reason(); got != psync.ReasonProtocol {
			t.Errorf("%s: the page says %v", c.name, got)
		}
		if !c.session {
			a.ended(psync.ReasonProtocol)
		} else if got := a.closed(); got.Code != psync.ReasonProtocol || got.Remote {
			t.Errorf("%s: ended with %v", c.name, got)
		}
	}
	// The control: the same pushes and pings at their time.
	p := newPerson(t, keys)
	l := reach(t, keys, a)
	joined(l, p)
	p.shake(l, 2)
	l.say(ping, 2, make([]byte, 8))
	l.hear(pong, 2)
	l.say(push, 2, pushOf(t, p))
	a.next("record", func(e peerset.Event) bool {
		x, ok := e.(psync.RecordEvent)
		return ok && x.Record.Author == p.identity.PubKey()
	})
	if n := a.Stats().Records; n != 1 {
		t.Errorf("%d records", n)
	}
	r.befriended(a)
}

func joined(l *leg, p *person) { p.shake(l, 1) }

func renewing(l *leg, p *person) {
	p.shake(l, 1)
	l.say(hello, 2, p.hello())
	l.hear(hello, 2)
}

// pushOf is a push with a good record of somebody's.
func pushOf(t *testing.T, p *person) []byte {
	t.Helper()
	d := random32()
	e := record.New(p.tag, [16]byte(d[:16]), time.Now().Unix(), `{"c":"pushed","t":1}`)
	if err := e.Sign(p.identity); err != nil {
		t.Fatal(err)
	}
	rec, err := record.Bind(e, p.tag)
	if err != nil {
		t.Fatal(err)
	}
	bin := rec.AppendBinary(nil)
	b := append([]byte{0}, bin[:32]...)
	b = binary.AppendUvarint(b, uint64(len(bin)-32))
	return append(b, bin[32:]...)
}
