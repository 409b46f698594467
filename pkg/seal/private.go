package seal

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"github.com/peersetdb/peerset/pkg/nip44"
	"github.com/peersetdb/peerset/pkg/record"
)

// Private is a content for some recipients. It has the form that it must have;
// whether it opens is another matter.
type Private struct {
	sender  record.PubKey
	slots   []slot // ascending by recipient
	payload string // of the envelope
}

type slot struct {
	recipient record.PubKey
	payload   string // of the content key
}

// sealPrivate returns the private content of an envelope. pause is Room.Pause.
func sealPrivate(envelope string, to []record.PubKey, rand io.Reader, pause func()) (string, error) {
	p := Private{slots: make([]slot, len(to))}
	for i, recipient := range to {
		p.slots[i].recipient = recipient
	}
	slices.SortFunc(p.slots, func(a, b slot) int { return compare(a, b.recipient) })
	for i := range p.slots[1:] {
		if twice := p.slots[i].recipient; twice == p.slots[i+1].recipient {
			return "", fmt.Errorf("%w: %s twice", ErrRecipients, twice.Npub())
		}
	}

	pair, err := record.GenerateKey(rand)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	defer pair.Zero()
	p.sender = pair.PubKey()
	var content nip44.Key
	defer clear(content[:])
	if _, err := io.ReadFull(rand, content[:]); err != nil {
		return "", fmt.Errorf("seal: content key: %w", err)
	}
	for i := range p.slots {
		if i > 0 && pause != nil {
			pause()
		}
		if err := p.slots[i].seal(pair, &content, rand); err != nil {
			return "", err
		}
	}
	if p.payload, err = nip44.Seal(content, envelope, p.nonce(&content)); err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return p.encode(), nil
}

// seal makes the payload for the slot's recipient.
func (s *slot) seal(pair *record.SecretKey, content *nip44.Key, rand io.Reader) error {
	key, err := nip44.ConversationKey(pair, s.recipient)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrRecipients, s.recipient.Npub(), err)
	}
	defer clear(key[:])
	s.payload, err = sealRandom(key, hex.EncodeToString(content[:]), rand)
	return err
}

// nonce returns the nonce of the envelope's payload. The doc of the package says
// why it is not random.
func (p *Private) nonce(content *nip44.Key) [32]byte {
	m := hmac.New(sha256.New, content[:])
	m.Write([]byte("peerset/1 private"))
	m.Write(p.sender[:])
	for i := range p.slots {
		m.Write(p.slots[i].recipient[:])
	}
	return [32]byte(m.Sum(nil))
}

func compare(s slot, recipient record.PubKey) int {
	return bytes.Compare(s.recipient[:], recipient[:])
}

// For reports whether me is among the recipients.
func (p *Private) For(me record.PubKey) bool {
	_, ok := p.Slot(me)
	return ok
}

// Recipients returns the recipients in ascending order, the author among them.
func (p *Private) Recipients() []record.PubKey {
	to := make([]record.PubKey, len(p.slots))
	for i := range p.slots {
		to[i] = p.slots[i].recipient
	}
	return to
}

// Sender returns the public key that the slots are sealed from. It belongs to
// nobody.
func (p *Private) Sender() record.PubKey { return p.sender }

// Slot returns what is sealed for me: a NIP-44 payload from Sender, for a signer
// to open. What is in it goes to Open.
func (p *Private) Slot(me record.PubKey) (payload string, ok bool) {
	i, ok := slices.BinarySearchFunc(p.slots, me, compare)
	if !ok {
		return "", false
	}
	return p.slots[i].payload, true
}

// Open returns the envelope, given what was in a slot. The error is ErrOpen.
func (p *Private) Open(contentKeyHex string) (envelope string, err error) {
	digits := []byte(contentKeyHex)
	key, ok := parseKey(digits)
	clear(digits)
	defer clear(key[:])
	if !ok {
		return "", ErrOpen
	}
	content := nip44.Key(key)
	defer clear(content[:])
	if envelope, err = nip44.Open(content, p.payload); err != nil {
		return "", ErrOpen
	}
	// The nonce ends with the first 44 characters, which are 33 bytes.
	begin, err := base64.StdEncoding.DecodeString(p.payload[:44])
	nonce := p.nonce(&content)
	if err != nil || !hmac.Equal(begin[1:], nonce[:]) {
		return "", ErrOpen
	}
	return envelope, nil
}

// OpenWith returns the envelope for a recipient whose secret key is at hand. The
// error is ErrNotRecipient or ErrOpen.
func (p *Private) OpenWith(k *record.SecretKey) (envelope string, err error) {
	payload, ok := p.Slot(k.PubKey())
	if !ok {
		return "", ErrNotRecipient
	}
	key, err := nip44.ConversationKey(k, p.sender)
	if err != nil {
		return "", ErrOpen
	}
	defer clear(key[:])
	contentKey, err := nip44.Open(key, payload)
	if err != nil {
		return "", ErrOpen
	}
	return p.Open(contentKey)
}
