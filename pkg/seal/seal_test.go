package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/peersetdb/peerset/pkg/nip44"
	"github.com/peersetdb/peerset/pkg/record"
)

const testEnvelope = `{"c":{"text":"hello"},"t":1700000000123}`

// source is a source of bytes that repeats from one run to the next, and never
// within one.
type source struct{ n uint64 }

func (s *source) Read(b []byte) (int, error) {
	for i := 0; i < len(b); i += sha256.Size {
		s.n++
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, s.n))
		copy(b[i:], sum[:])
	}
	return len(b), nil
}

// person returns the n-th key of the tests, n > 0.
func person(t testing.TB, n int) *record.SecretKey {
	t.Helper()
	b := make([]byte, 32)
	binary.BigEndian.PutUint64(b[24:], uint64(n))
	k, err := record.SecretKeyFromBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func people(t testing.TB, n int) (to []record.PubKey) {
	for i := range n {
		to = append(to, person(t, i+1).PubKey())
	}
	return to
}

var (
	openRoom   = Room{}
	closedRoom = Room{Key: &nip44.Key{1, 2, 3}}
	rooms      = map[string]Room{"without password": openRoom, "with password": closedRoom}
)

func sealIn(t testing.TB, r Room, envelope string, to []record.PubKey) string {
	t.Helper()
	content, err := r.Seal(envelope, to, new(source))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func private(t testing.TB, r Room, content string) *Private {
	t.Helper()
	o, err := r.Open(content)
	if err != nil || o.Private == nil || o.Envelope != "" {
		t.Fatalf("not private: %+v, %v", o, err)
	}
	return o.Private
}

func TestForEverybody(t *testing.T) {
	for name, r := range rooms {
		content := sealIn(t, r, testEnvelope, nil)
		o, err := r.Open(content)
		if err != nil || o != (Opened{Envelope: testEnvelope}) {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
		if plain := strings.Contains(content, "hello"); plain != (r.Key == nil) {
			t.Errorf("%s: %s", name, content)
		}
		if _, err := record.ParseBody(o.Envelope); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPause(t *testing.T) {
	for _, n := range []int{0, 1, 2, MaxRecipients} {
		paused := 0
		r := Room{Pause: func() { paused++ }}
		to := people(t, n)
		content := sealIn(t, r, testEnvelope, to)
		if paused != max(n-1, 0) || content != sealIn(t, openRoom, testEnvelope, to) {
			t.Errorf("%d recipients: %d pauses", n, paused)
		}
	}
}

func TestKindsOfRooms(t *testing.T) {
	other := Room{Key: &nip44.Key{1, 2, 4}}
	for _, to := range [][]record.PubKey{nil, people(t, 2)} {
		plain, sealed := sealIn(t, openRoom, testEnvelope, to), sealIn(t, closedRoom, testEnvelope, to)
		for _, c := range []struct {
			name    string
			room    Room
			content string
			want    error
		}{
			{"sealed, and no password", openRoom, sealed, ErrSealed},
			{"not sealed, and a password", closedRoom, plain, ErrUnsealed},
			{"another password", other, sealed, ErrOpen},
			{"sealed twice", closedRoom, sealIn(t, closedRoom, sealed, nil), nil},
		} {
			o, err := c.room.Open(c.content)
			if !errors.Is(err, c.want) || err != nil && o != (Opened{}) {
				t.Errorf("%s, %d recipients: %+v, %v, want %v", c.name, len(to), o, err, c.want)
			}
		}
	}
	for _, content := range []string{"", " ", "{", "x", "{}", " " + sealIn(t, closedRoom, testEnvelope, nil)} {
		if _, err := closedRoom.Open(content); !errors.Is(err, ErrUnsealed) {
			t.Errorf("%q with a password: %v, want ErrUnsealed", content, err)
		}
	}
}

func TestDamagedSeal(t *testing.T) {
	content := sealIn(t, closedRoom, testEnvelope, nil)
	for i := range content {
		for bit := range 8 {
			flipped := []byte(content)
			flipped[i] ^= 1 << bit
			want := ErrOpen
			if i == 0 {
				want = ErrUnsealed
			}
			if o, err := closedRoom.Open(string(flipped)); err != want || o != (Opened{}) {
				t.Fatalf("bit %d of character %d: %+v, %v", bit, i, o, err)
			}
		}
		if _, err := closedRoom.Open(content[:i]); err == nil {
			t.Fatalf("first %d characters open", i)
		}
	}
}

func TestWhoReads(t *testing.T) {
	for name, r := range rooms {
		author, friend, stranger := person(t, 1), person(t, 2), person(t, 3)
		content := sealIn(t, r, testEnvelope, []record.PubKey{author.PubKey(), friend.PubKey()})
		p := private(t, r, content)
		if strings.Contains(content, "hello") {
			t.Errorf("%s: %s", name, content)
		}
		for who, k := range map[string]*record.SecretKey{"author": author, "friend": friend} {
			if !p.For(k.PubKey()) {
				t.Errorf("%s: not for the %s", name, who)
			}
			if got, err := p.OpenWith(k); err != nil || got != testEnvelope {
				t.Errorf("%s: the %s reads %q, %v", name, who, got, err)
			}
			// What a signer does for the page: nip44.decrypt(sender, slot).
			slot, ok := p.Slot(k.PubKey())
			if !ok {
				t.Fatalf("%s: no slot for the %s", name, who)
			}
			key, err := nip44.ConversationKey(k, p.Sender())
			if err != nil {
				t.Fatal(err)
			}
			digits, err := nip44.Open(key, slot)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := p.Open(digits); err != nil || got != testEnvelope {
				t.Errorf("%s: by the signer of the %s: %q, %v", name, who, got, err)
			}
			k.Zero()
			if got, err := p.OpenWith(k); err != ErrOpen || got != "" {
				t.Errorf("%s: with a zeroed key: %q, %v", name, got, err)
			}
		}
		if p.For(stranger.PubKey()) {
			t.Errorf("%s: for a stranger", name)
		}
		if got, err := p.OpenWith(stranger); err != ErrNotRecipient || got != "" {
			t.Errorf("%s: a stranger reads %q, %v", name, got, err)
		}
		// A stranger that tries the slots of others.
		for i := range p.slots {
			stolen := &Private{sender: p.sender, payload: p.payload, slots: []slot{{stranger.PubKey(), p.slots[i].payload}}}
			if got, err := stolen.OpenWith(stranger); err != ErrOpen || got != "" {
				t.Errorf("%s: a stranger reads %q, %v", name, got, err)
			}
		}
	}
}

func TestWrongContentKey(t *testing.T) {
	p := private(t, openRoom, sealIn(t, openRoom, testEnvelope, people(t, 1)))
	for _, digits := range []string{"", "0", strings.Repeat("0", 64), strings.Repeat("g", 64), strings.Repeat("0", 63), strings.Repeat("0", 65), strings.Repeat("00", 1000), strings.Repeat("é", 32)} {
		if got, err := p.Open(digits); err != ErrOpen || got != "" {
			t.Errorf("%q: %q, %v", digits, got, err)
		}
	}
}

// contentKey returns what is in the slot of a person.
func contentKey(t *testing.T, p *Private, k *record.SecretKey) string {
	t.Helper()
	key, err := nip44.ConversationKey(k, p.sender)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := p.Slot(k.PubKey())
	digits, err := nip44.Open(key, payload)
	if err != nil {
		t.Fatal(err)
	}
	return digits
}

func TestUppercaseContentKey(t *testing.T) {
	p := private(t, openRoom, sealIn(t, openRoom, testEnvelope, people(t, 1)))
	digits := contentKey(t, p, person(t, 1))
	if upper := strings.ToUpper(digits); upper == digits {
		t.Fatal("no letter in the test's key")
	} else if got, err := p.Open(upper); err != ErrOpen {
		t.Errorf("uppercase: %q, %v", got, err)
	}
}

// TestCopies publishes what somebody else has sealed, with other recipients.
func TestCopies(t *testing.T) {
	friend, thief := person(t, 2), person(t, 9)
	original := private(t, openRoom, sealIn(t, openRoom, testEnvelope, people(t, 2)))
	added := slot{thief.PubKey(), original.slots[0].payload}
	for name, change := range map[string]func(p *Private){
		"the thief added": func(p *Private) {
			i, _ := slices.BinarySearchFunc(p.slots, added.recipient, compare)
			p.slots = slices.Insert(p.slots, i, added)
		},
		"the author replaced": func(p *Private) {
			i, _ := slices.BinarySearchFunc(p.slots, person(t, 1).PubKey(), compare)
			p.slots[i] = added
			slices.SortFunc(p.slots, func(a, b slot) int { return compare(a, b.recipient) })
		},
		"the author left out": func(p *Private) {
			i, _ := slices.BinarySearchFunc(p.slots, person(t, 1).PubKey(), compare)
			p.slots = slices.Delete(p.slots, i, i+1)
		},
	} {
		forged := *original
		forged.slots = slices.Clone(original.slots)
		change(&forged)
		p := private(t, openRoom, forged.encode())
		if got, err := p.OpenWith(friend); err != ErrOpen || got != "" {
			t.Errorf("%s: the friend reads %q, %v", name, got, err)
		}
	}
}

func TestOrder(t *testing.T) {
	to := people(t, 20)
	reversed := slices.Clone(to)
	slices.Reverse(reversed)
	before := slices.Clone(reversed)
	a, b := sealIn(t, openRoom, testEnvelope, to), sealIn(t, openRoom, testEnvelope, reversed)
	if a != b {
		t.Error("the order in which recipients are named shows")
	}
	if !slices.Equal(before, reversed) {
		t.Error("the caller's slice was sorted")
	}
	slices.SortFunc(to, func(a, b record.PubKey) int { return bytes.Compare(a[:], b[:]) })
	if got := private(t, openRoom, a).Recipients(); !slices.Equal(got, to) {
		t.Errorf("recipients %v, want %v", got, to)
	}
}

func TestHundredRecipients(t *testing.T) {
	for name, r := range rooms {
		envelope := strings.Repeat("x", MaxEnvelope(r.Key != nil, MaxRecipients))
		content := sealIn(t, r, envelope, people(t, MaxRecipients))
		if len(content) > record.MaxContent {
			t.Errorf("%s: %d bytes", name, len(content))
		}
		p := private(t, r, content)
		for _, n := range []int{1, 50, MaxRecipients} {
			if got, err := p.OpenWith(person(t, n)); err != nil || got != envelope {
				t.Errorf("%s: person %d: %v", name, n, err)
			}
		}
		if got, err := r.Seal("x", people(t, MaxRecipients+1), new(source)); !errors.Is(err, ErrRecipients) || got != "" {
			t.Errorf("%s: one more: %v, want ErrRecipients", name, err)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	to := people(t, 3)
	noPoint := record.PubKey(bytes.Repeat([]byte{255}, 32))
	for name, r := range rooms {
		for _, c := range []struct {
			name     string
			envelope string
			to       []record.PubKey
			want     error
		}{
			{"one twice", testEnvelope, append(slices.Clone(to), to[1]), ErrRecipients},
			{"no point", testEnvelope, append(slices.Clone(to), noPoint), ErrRecipients},
			{"no point", testEnvelope, []record.PubKey{noPoint}, record.ErrKey},
			{"zeros", testEnvelope, []record.PubKey{{}}, ErrRecipients},
			{"empty", "", nil, ErrLength},
			{"empty and private", "", to, ErrLength},
			{"too long", strings.Repeat("x", MaxEnvelope(r.Key != nil, 0)+1), nil, ErrLength},
			{"too long and private", strings.Repeat("x", MaxEnvelope(r.Key != nil, 3)+1), to, ErrLength},
		} {
			if got, err := r.Seal(c.envelope, c.to, new(source)); !errors.Is(err, c.want) || got != "" {
				t.Errorf("%s, %s: %v, want %v", name, c.name, err, c.want)
			}
		}
	}
}

func TestShortSource(t *testing.T) {
	for name, r := range rooms {
		for _, to := range [][]record.PubKey{nil, people(t, 2)} {
			need := 0
			if len(to) > 0 {
				need = 32 + 32 + 32*len(to) // pair, content key, nonces of the slots
			}
			if r.Key != nil {
				need += 32
			}
			random := make([]byte, need)
			if _, err := new(source).Read(random); err != nil {
				t.Fatal(err)
			}
			for n := range need {
				if got, err := r.Seal(testEnvelope, to, bytes.NewReader(random[:n])); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) || got != "" {
					t.Fatalf("%s: %d bytes of %d: %v", name, n, need, err)
				}
			}
			if got, err := r.Seal(testEnvelope, to, bytes.NewReader(random)); err != nil || got != sealIn(t, r, testEnvelope, to) {
				t.Errorf("%s: all %d bytes: %v", name, need, err)
			}
		}
	}
}

// TestNoncesDiffer looks for a nonce or a key that is used twice.
func TestNoncesDiffer(t *testing.T) {
	random := new(source)
	seen := map[string]string{}
	for i := range 3 {
		for name, r := range rooms {
			content, err := r.Seal(testEnvelope, people(t, 3), random)
			if err != nil {
				t.Fatal(err)
			}
			p := private(t, r, content)
			values := map[string]string{"sender": p.sender.String(), "payload": p.payload[:44]}
			if r.Key != nil {
				values["room"] = content[:44]
			}
			for j, s := range p.slots {
				values[fmt.Sprint("slot ", j)] = s.payload[:44]
			}
			for what, v := range values {
				where := fmt.Sprintf("%s of %d %s", what, i, name)
				if before, ok := seen[v]; ok {
					t.Errorf("%s and %s have one nonce or key", before, where)
				}
				seen[v] = where
			}
		}
	}
}

func TestMaxEnvelope(t *testing.T) {
	for name, r := range rooms {
		for _, n := range []int{0, 1, 2, MaxRecipients} {
			limit := MaxEnvelope(r.Key != nil, n)
			content := sealIn(t, r, strings.Repeat("x", limit), people(t, n))
			if got := contentLen(r.Key != nil, n, limit); len(content) != got || got > record.MaxContent {
				t.Errorf("%s, %d recipients: %d bytes, computed %d", name, n, len(content), got)
			}
			// One byte more does not fit, although Seal alone would not know.
			more := strings.Repeat("x", limit+1)
			if n > 0 {
				var err error
				if more, err = sealPrivate(more, people(t, n), new(source), nil); err != nil {
					t.Fatal(err)
				}
			}
			if r.Key != nil {
				var err error
				if more, err = sealRandom(*r.Key, more, new(source)); err != nil {
					t.Fatal(err)
				}
			}
			if len(more) <= record.MaxContent {
				t.Errorf("%s, %d recipients: one byte more fits, %d bytes", name, n, len(more))
			}
		}
	}
	for _, c := range []struct {
		sealed     bool
		recipients int
		want       int
	}{
		{false, 0, record.MaxContent},
		{true, 0, 40960},
		{false, 1, 40960},
		{true, 1, 28672},
		{false, 100, 28672},
		{true, 100, 10240},
		{false, -1, 0},
		{true, 101, 0},
	} {
		if got := MaxEnvelope(c.sealed, c.recipients); got != c.want {
			t.Errorf("MaxEnvelope(%v, %d) = %d, want %d", c.sealed, c.recipients, got, c.want)
		}
	}
}
