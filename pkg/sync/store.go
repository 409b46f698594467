package sync

import (
	"context"
	"errors"

	"github.com/peersetdb/peerset/pkg/record"
)

// EntryKind says what an entry of the store is: a sum of its flags.
type EntryKind uint8

const (
	// KindBody, no flag, is a record with its body.
	KindBody EntryKind = 0
	// KindTombstone is the flag of a deletion.
	KindTombstone EntryKind = 1
	// KindRefused is the flag of an id without a body: verified, and refused
	// by the policy.
	KindRefused EntryKind = 2
)

// Deletes reports whether the entry is a deletion.
func (k EntryKind) Deletes() bool { return k&KindTombstone != 0 }

// Refused reports whether the entry has no body.
func (k EntryKind) Refused() bool { return k&KindRefused != 0 }

// Facts are what Config.Facts noted of a record: opaque here, known of every entry
// without its body.
type Facts [16]byte

// Key identifies an entry of the store and is all that is read at start.
// Keys are ordered by (At, ID); everything in a Key but Kind follows from the event.
type Key struct {
	At      int64 // created_at, seconds since 1970
	ID      record.ID
	UUID    record.UUID
	Kind    EntryKind
	Expires int64 // seconds since 1970; 0: never
	Facts   Facts
}

// expired reports whether the record is over (NIP-40); now is in ms.
func (k Key) expired(now int64) bool { return k.Expires > 0 && k.Expires <= now/1000 }

// Entry is what the store keeps under a Key.
type Entry struct {
	Key
	Body []byte // the record's binary form; empty where the kind is refused
}

// Batch is one atomic change of the store.
type Batch struct {
	Put    []Entry // replaces an entry of the same Key
	Delete []Key   // a key that is not there is no error
	Before int64   // if not 0: delete every entry with At < Before
}

// Store keeps what the core declares durable. Its methods may be called from
// several goroutines. An error wraps one of the sentinels below where it fits.
type Store interface {
	// Index calls fn with all keys in ascending order, in slices of
	// any length. It stops at the first error that fn returns.
	Index(ctx context.Context, fn func([]Key) error) error
	// Bodies returns the bodies of the given keys in their order, nil for
	// one that is not there.
	Bodies(ctx context.Context, keys []Key) ([][]byte, error)
	// Apply commits the batch as a whole or not at all. It returns after
	// the commit.
	Apply(ctx context.Context, b Batch) error
	// Secret returns the value kept under name. If there is none it adds
	// the one that fresh makes; of two callers that add at once both get
	// the same value. A nil fresh adds nothing and may get nil back.
	Secret(ctx context.Context, name string, fresh func() ([]byte, error)) ([]byte, error)
	// Close waits for the commits under way and releases the store.
	Close() error
}

var (
	// ErrStoreFull says that the quota or the disk is full; nothing that was
	// committed before is lost.
	ErrStoreFull = errors.New("store: full")
	// ErrStoreBlocked says that another tab holds an older version open.
	ErrStoreBlocked = errors.New("store: blocked by another tab")
	// ErrStoreClosed says that the store was closed, by Close or by the platform.
	ErrStoreClosed = errors.New("store: closed")
	// ErrStoreUnavailable says that the platform has no storage to offer.
	ErrStoreUnavailable = errors.New("store: unavailable")
)
