package peerset

import (
	"context"
	"fmt"
	"time"

	"github.com/peersetdb/peerset/pkg/nip49"
	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/rtc"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// Options say how a database is opened. Room and Store are required.
type Options struct {
	Room string
	// Password makes the room one of those who know it; empty for none. It is
	// normalized (NFKC), and stretched on purpose slowly.
	Password string
	// Store is closed by DB.Close.
	Store psync.Store
	// Vault keeps keys and sessions; nil means that nothing is kept.
	Vault Vault
	// Key is the identity, which no Login changes for good; nil means who is logged in
	// by the vault, or else the device key, which is made on first use.
	Key *record.SecretKey
	// Signer signs for the identity if it logged in by Login.OwnSigner, after a reload
	// too; nil means that such an identity is locked until the next Login.
	Signer Signer
	// Scrypt stretches the passphrases of encrypted keys; nil means natively.
	Scrypt nip49.Scrypt
	// ClientSession is the longest time from a Login on, after which it has to be
	// repeated, a minute to 30 days; 0 means a day. Where the secret key is not
	// here a login ends after a day at the latest.
	ClientSession time.Duration
	Limits        psync.Limits
	// Moderation is the policy, as moderation.Parse reads it; nil means "standard".
	Moderation []byte
	// Custom is the page's own rule, which the policy must have: it returns why a record is refused,
	// or nothing. An error, and no answer within the rule's deadline, refuse for now.
	Custom func(ctx context.Context, d Document) (reason string, err error)
	// Storage tells how much room there is; nil means enough.
	Storage Storage
	// Trace lets subscribers hear of every range that is compared.
	Trace bool
	// Trackers are WebSocket URLs of WebTorrent trackers. Without any, no
	// peer is found.
	Trackers []string
	RTC      rtc.Config
	// Bucket is the width of a bucket, in whole seconds; 0 means a day. All
	// peers of a room must have the same.
	Bucket time.Duration
	// Retention is how long a record is kept, in whole seconds and at least a
	// bucket; 0 means 90 days.
	Retention time.Duration
}

const (
	defaultBucket    = 24 * time.Hour
	defaultRetention = 90 * 24 * time.Hour
	minBucket        = time.Minute
	maxRetention     = 10 * 366 * 24 * time.Hour

	defaultSession = 24 * time.Hour
	minSession     = time.Minute
	maxSession     = 30 * 24 * time.Hour
)

func (o *Options) check() error {
	if o.Store == nil {
		return fmt.Errorf("%w Store: is missing", ErrOption)
	}
	if err := o.Limits.Check(); err != nil {
		return fmt.Errorf("%w limits: %w", ErrOption, err)
	}
	if o.Vault == nil {
		o.Vault = NewMemoryVault()
	}
	if o.Scrypt == nil {
		o.Scrypt = defaultScrypt
	}
	if o.ClientSession == 0 {
		o.ClientSession = defaultSession
	}
	if o.Bucket == 0 {
		o.Bucket = defaultBucket
	}
	if o.Retention == 0 {
		o.Retention = defaultRetention
	}
	switch {
	case o.ClientSession < minSession || o.ClientSession > maxSession:
		return fmt.Errorf("%w clientSession: %v is not from %v to %v", ErrOption, o.ClientSession, minSession, maxSession)
	case o.Bucket < minBucket || o.Bucket%time.Second != 0:
		return fmt.Errorf("%w bucket: %v is not whole seconds from %v on", ErrOption, o.Bucket, minBucket)
	case o.Retention < o.Bucket || o.Retention > maxRetention || o.Retention%time.Second != 0:
		return fmt.Errorf("%w retention: %v is not whole seconds from a bucket to ten years", ErrOption, o.Retention)
	}
	return nil
}
