package peerset

import (
	"fmt"
	"time"

	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/rtc"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// Options say how a database is opened. Room and Store are required.
type Options struct {
	Room string
	// Store is closed by DB.Close.
	Store psync.Store
	// Key is the identity; nil means the device key, which is made on
	// first use and kept in the store.
	Key *record.SecretKey
	// Trackers are WebSocket URLs of WebTorrent trackers. Without any, no
	// peer is found.
	Trackers []string
	RTC      rtc.Config
	// MaxPeers is the most peers to be connected to; 0 means 20.
	MaxPeers int
	// Bucket is the width of a bucket, in whole seconds; 0 means a day. All
	// peers of a room must have the same.
	Bucket time.Duration
	// Retention is how long a record is kept, in whole seconds and at least a
	// bucket; 0 means 90 days.
	Retention time.Duration
}

const (
	defaultMaxPeers = 20
	maxMaxPeers     = 200

	defaultBucket    = 24 * time.Hour
	defaultRetention = 90 * 24 * time.Hour
	minBucket        = time.Minute
	maxRetention     = 10 * 366 * 24 * time.Hour
)

func (o *Options) check() error {
	switch {
	case o.Store == nil:
		return fmt.Errorf("%w Store: is missing", ErrOption)
	case o.MaxPeers < 0 || o.MaxPeers > maxMaxPeers:
		return fmt.Errorf("%w MaxPeers: %d is not within 1 to %d", ErrOption, o.MaxPeers, maxMaxPeers)
	}
	if o.MaxPeers == 0 {
		o.MaxPeers = defaultMaxPeers
	}
	if o.Bucket == 0 {
		o.Bucket = defaultBucket
	}
	if o.Retention == 0 {
		o.Retention = defaultRetention
	}
	switch {
	case o.Bucket < minBucket || o.Bucket%time.Second != 0:
		return fmt.Errorf("%w bucket: %v is not whole seconds from %v on", ErrOption, o.Bucket, minBucket)
	case o.Retention < o.Bucket || o.Retention > maxRetention || o.Retention%time.Second != 0:
		return fmt.Errorf("%w retention: %v is not whole seconds from a bucket to ten years", ErrOption, o.Retention)
	}
	return nil
}
