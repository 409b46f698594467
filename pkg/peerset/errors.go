package peerset

import (
	"context"
	"errors"

	"github.com/peersetdb/peerset/pkg/moderation"
	"github.com/peersetdb/peerset/pkg/nip49"
	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/room"
	"github.com/peersetdb/peerset/pkg/rtc"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

var (
	// ErrClosed says that the database was closed.
	ErrClosed = errors.New("peerset: the database is closed; open it again")
	// ErrNotFound says that no record has this uuid.
	ErrNotFound = errors.New("peerset: no record has this uuid")
	// ErrNotAuthor says that a record belongs to somebody else.
	ErrNotAuthor = errors.New("peerset: only its author can change or delete a record")
	// ErrContent says that a record's content cannot be stored.
	ErrContent = errors.New("peerset: the content cannot be stored")
	// ErrOption says that an option makes no sense.
	ErrOption = errors.New("peerset: option")
)

// codes gives errors the names that pages see. They never change.
var codes = []struct {
	err  error
	code string
}{
	{ErrClosed, "closed"},
	{ErrNotFound, "not_found"},
	{ErrNotAuthor, "not_author"},
	{ErrContent, "invalid_content"},
	{ErrOption, "invalid_option"},
	{ErrNoPeer, "not_found"},
	{psync.ErrExpired, "invalid_option"},
	{moderation.ErrPolicy, "invalid_policy"},
	{ErrLocked, "locked"},
	{ErrIdentityChanged, "identity_changed"},
	{ErrSessionExpired, "session_expired"},
	{ErrSignerRefused, "signer_refused"},
	{ErrSignerUnavailable, "signer_unavailable"},
	{ErrSignerWrong, "signer_wrong"},
	{ErrPassphrase, "wrong_passphrase"},
	{ErrWrongPassword, "wrong_password"},
	{room.ErrName, "invalid_room"},
	{room.ErrPassword, "invalid_option"},
	{room.ErrInsecure, "insecure_context"},
	{nip49.ErrFormat, "invalid_key"},
	{record.ErrKey, "invalid_key"},
	{psync.ErrStoreFull, "storage_full"},
	{psync.ErrStoreBlocked, "storage_blocked"},
	{psync.ErrStoreClosed, "storage_closed"},
	{psync.ErrStoreUnavailable, "storage_unavailable"},
	{psync.ErrStale, "stale"},
	{rtc.ErrUnavailable, "webrtc_unavailable"},
	{context.Canceled, "cancelled"},
	{context.DeadlineExceeded, "timeout"},
}

// Code is the stable name of an error: "internal" if it has no other.
func Code(err error) string {
	var refused *RefusedError
	if errors.As(err, &refused) {
		return "refused_" + snake(refused.Verdict.Rule)
	}
	for _, c := range codes {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return "internal"
}

// snake turns the name of a rule, badWords, into the form of codes, bad_words.
func snake(s string) string {
	var b []byte
	for _, c := range []byte(s) {
		if c >= 'A' && c <= 'Z' {
			b = append(b, '_', c+'a'-'A')
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}
