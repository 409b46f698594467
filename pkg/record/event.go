package record

import (
	"fmt"
	"unicode/utf8"
)

// Kinds of the events that records are.
const (
	KindRecord = 30078 // application data, addressed by author and d tag (NIP-78)
	KindDelete = 5     // deletion (NIP-09)
)

// Event is an event of NIP-01.
type Event struct {
	ID        ID
	Author    PubKey
	CreatedAt int64 // seconds since 1970
	Kind      int
	Tags      [][]string
	Content   string
	Sig       Sig
}

// Sign makes k's owner the author and sets ID and Sig. An event that Check
// refuses is not signed and not changed.
func (e *Event) Sign(k *SecretKey) error {
	if err := e.Check(); err != nil {
		return err
	}
	if k.key.IsZero() {
		return fmt.Errorf("%w: the secret key was zeroed", ErrKey)
	}
	e.Author = k.pub
	e.ID = e.Hash()
	e.Sig = k.SignHash(e.ID)
	return nil
}

// Verify checks everything that an event alone can show: its form, its id and
// its signature. The error wraps ErrForm, ErrID or ErrSignature.
func (e *Event) Verify() error {
	if err := e.Check(); err != nil {
		return err
	}
	if e.Hash() != e.ID {
		return ErrID
	}
	return e.VerifySignature()
}

// VerifySignature checks the signature against the id and nothing else. It is
// for events whose id was computed here.
func (e *Event) VerifySignature() error {
	return VerifyHash(e.Author, e.ID, e.Sig)
}

// Check checks the form: ranges, limits, and text that everybody serializes
// alike. It looks at neither id nor signature. The error wraps ErrForm.
func (e *Event) Check() error {
	switch {
	case e.CreatedAt < 0 || e.CreatedAt > MaxInteger:
		return fmt.Errorf("%w: created_at is outside 0 to 2^53-1", ErrForm)
	case e.Kind < 0 || e.Kind > MaxKind:
		return fmt.Errorf("%w: kind is outside 0 to %d", ErrForm, MaxKind)
	case len(e.Content) > MaxContent:
		return fmt.Errorf("%w: content has %d bytes, at most %d are allowed", ErrForm, len(e.Content), MaxContent)
	}
	if reason := textFault(e.Content); reason != "" {
		return fmt.Errorf("%w: content holds %s", ErrForm, reason)
	}
	return checkTags(e.Tags)
}

func checkTags(tags [][]string) error {
	if len(tags) > MaxTags {
		return fmt.Errorf("%w: %d tags, at most %d are allowed", ErrForm, len(tags), MaxTags)
	}
	total := 0
	for i, tag := range tags {
		if len(tag) == 0 || len(tag) > MaxTagItems {
			return fmt.Errorf("%w: tag %d has %d items, 1 to %d are allowed", ErrForm, i, len(tag), MaxTagItems)
		}
		for _, item := range tag {
			if len(item) > MaxTagItem {
				return fmt.Errorf("%w: an item of tag %d has %d bytes, at most %d are allowed", ErrForm, i, len(item), MaxTagItem)
			}
			if reason := textFault(item); reason != "" {
				return fmt.Errorf("%w: tag %d holds %s", ErrForm, i, reason)
			}
			total += len(item)
		}
	}
	if total > MaxTagBytes {
		return fmt.Errorf("%w: tags have %d bytes, at most %d are allowed", ErrForm, total, MaxTagBytes)
	}
	return nil
}

// textFault says what s holds that is not to be signed, or returns "". A lone
// surrogate is invalid UTF-8.
func textFault(s string) string {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c-' ' < 0x7f-' ', c == '\n', c == '\t', c == '\r':
			i++
		case c < utf8.RuneSelf:
			return "a control character"
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				return "invalid UTF-8"
			}
			i += n
		}
	}
	return ""
}
