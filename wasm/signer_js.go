package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall/js"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/record"
)

// signer is a signer of NIP-07 behind the loader's wrapper, whose functions return
// promises and never throw:
//
//	publicKey()             -> hex
//	sign(event)             -> event, both JSON text
//	decrypt(sender, payload) -> text
type signer struct{ of js.Value }

var _ peerset.Signer = signer{}

func (s signer) PublicKey(ctx context.Context) (record.PubKey, error) {
	text, err := s.text(ctx, s.of.Call("publicKey"))
	if err != nil {
		return record.PubKey{}, err
	}
	id, err := record.ParseID(text) // the same form
	if err != nil {
		return record.PubKey{}, fmt.Errorf("%w: its public key is not 64 hexadecimal digits", peerset.ErrSignerWrong)
	}
	return record.PubKey(id), nil
}

func (s signer) Sign(ctx context.Context, e *record.Event) error {
	asked, err := json.Marshal(map[string]any{
		"pubkey": e.Author.String(), "created_at": e.CreatedAt, "kind": e.Kind, "tags": e.Tags, "content": e.Content,
	})
	if err != nil {
		return err
	}
	text, err := s.text(ctx, s.of.Call("sign", string(asked)))
	if err != nil {
		return err
	}
	if *e, err = record.ParseJSON([]byte(text)); err != nil {
		return fmt.Errorf("%w: %w", peerset.ErrSignerWrong, err)
	}
	return nil
}

func (s signer) Decrypt(ctx context.Context, sender record.PubKey, payload string) (string, error) {
	return s.text(ctx, s.of.Call("decrypt", sender.String(), payload))
}

func (s signer) text(ctx context.Context, promise js.Value) (string, error) {
	v, err := await(ctx, promise)
	var r rejection
	switch {
	case errors.As(err, &r) && r.code == "signer_unavailable":
		return "", fmt.Errorf("%w: %s", peerset.ErrSignerUnavailable, r.message)
	case errors.As(err, &r) && r.code == "signer_wrong":
		return "", fmt.Errorf("%w: %s", peerset.ErrSignerWrong, r.message)
	case errors.As(err, &r):
		return "", fmt.Errorf("%w: %s", peerset.ErrSignerRefused, r.message)
	case err != nil:
		return "", err
	case v.Type() != js.TypeString:
		return "", fmt.Errorf("%w: it is not text", peerset.ErrSignerWrong)
	}
	return v.String(), nil
}
