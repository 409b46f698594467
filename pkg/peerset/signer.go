package peerset

import (
	"context"
	"errors"
	"fmt"

	"github.com/peersetdb/peerset/pkg/record"
)

// Signer signs for an identity whose secret key is elsewhere: with a browser
// extension (NIP-07), say. Its methods may take as long as a person needs.
type Signer interface {
	// PublicKey returns whose signatures these are.
	PublicKey(ctx context.Context) (record.PubKey, error)
	// Sign sets Author, ID and Sig. The caller checks them.
	Sign(ctx context.Context, e *record.Event) error
	// Decrypt opens a payload of NIP-44 that sender sealed for the identity.
	Decrypt(ctx context.Context, sender record.PubKey, payload string) (string, error)
}

var (
	// ErrSignerRefused says that the signer, or the person who was asked, said no.
	ErrSignerRefused = errors.New("peerset: the signer refused")
	// ErrSignerUnavailable says that there is no signer, or that it cannot do this.
	ErrSignerUnavailable = errors.New("peerset: there is no signer that can do this")
	// ErrSignerWrong says that a signer gave back something else than it was asked for.
	ErrSignerWrong = errors.New("peerset: the signer gave back something else than it was asked for")
)

// signWith lets a signer sign, and checks what comes back: a signer may change what
// it signs, or sign for somebody else.
func signWith(ctx context.Context, s Signer, author record.PubKey, e record.Event) (record.Event, error) {
	if err := e.Check(); err != nil {
		return record.Event{}, err
	}
	e.Author = author
	want := e.Hash()
	if err := s.Sign(ctx, &e); err != nil {
		return record.Event{}, err
	}
	switch {
	case e.Author != author:
		return record.Event{}, fmt.Errorf("%w: it signed for %s, not for %s", ErrSignerWrong, e.Author.Npub(), author.Npub())
	case e.ID != want || e.Hash() != want:
		return record.Event{}, fmt.Errorf("%w: the event was changed", ErrSignerWrong)
	case e.VerifySignature() != nil:
		return record.Event{}, fmt.Errorf("%w: the signature does not hold", ErrSignerWrong)
	}
	return e, nil
}
