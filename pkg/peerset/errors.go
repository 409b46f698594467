package peerset

import (
	"context"
	"errors"

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
	{room.ErrName, "invalid_room"},
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
	for _, c := range codes {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return "internal"
}
