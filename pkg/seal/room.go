package seal

import (
	"fmt"
	"io"
	"strings"

	"github.com/peersetdb/peerset/pkg/nip44"
	"github.com/peersetdb/peerset/pkg/record"
)

// Room is what a room seals with.
type Room struct {
	// Key is the record key, nil for a room without a password.
	Key *nip44.Key
	// Pause is called between recipients, each of whom takes a millisecond under wasm;
	// nil for no pause.
	Pause func()
}

// Opened is what is in a content: exactly one of the two.
type Opened struct {
	Envelope string
	Private  *Private
}

// Seal returns the content of a record. The envelope is what record.Body.Encode
// returns. It is for the recipients, the author among them, in any order, or for
// everybody in the room if there are none. rand must be a cryptographically
// secure source. The error wraps ErrLength or ErrRecipients, or is that of rand.
func (r Room) Seal(envelope string, to []record.PubKey, rand io.Reader) (string, error) {
	if len(to) > MaxRecipients {
		return "", fmt.Errorf("%w: %d, at most %d are allowed", ErrRecipients, len(to), MaxRecipients)
	}
	if limit := MaxEnvelope(r.Key != nil, len(to)); envelope == "" || len(envelope) > limit {
		return "", fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrLength, len(envelope), limit)
	}
	content := envelope
	if len(to) > 0 {
		var err error
		if content, err = sealPrivate(envelope, to, rand, r.Pause); err != nil {
			return "", err
		}
	}
	if r.Key == nil {
		return content, nil
	}
	return sealRandom(*r.Key, content, rand)
}

// sealRandom seals with a random nonce.
func sealRandom(key nip44.Key, plaintext string, rand io.Reader) (string, error) {
	defer clear(key[:])
	var nonce [32]byte
	if _, err := io.ReadFull(rand, nonce[:]); err != nil {
		return "", fmt.Errorf("seal: nonce: %w", err)
	}
	payload, err := nip44.Seal(key, plaintext, nonce)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return payload, nil
}

// payloadBegin is how every NIP-44 payload of version 2 begins, and no JSON
// does: the first six bits of a 2.
const payloadBegin = "A"

// Open opens the content of a record as far as the room's key does. Whether the
// envelope is one, record.ParseBody says. The error is or wraps ErrSealed,
// ErrUnsealed, ErrOpen or ErrForm.
func (r Room) Open(content string) (Opened, error) {
	sealed := strings.HasPrefix(content, payloadBegin)
	switch {
	case r.Key == nil && sealed:
		return Opened{}, ErrSealed
	case r.Key != nil && !sealed:
		return Opened{}, ErrUnsealed
	case r.Key != nil:
		inside, err := nip44.Open(*r.Key, content)
		if err != nil {
			return Opened{}, ErrOpen
		}
		content = inside
	}
	if !strings.HasPrefix(content, beforeSender) {
		return Opened{Envelope: content}, nil
	}
	p, err := parsePrivate(content)
	if err != nil {
		return Opened{}, err
	}
	return Opened{Private: p}, nil
}
