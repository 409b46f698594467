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
}

const (
	defaultMaxPeers = 20
	maxMaxPeers     = 200

	// Bucket is the width of a bucket.
	Bucket = 24 * time.Hour
	// Retention is how long a record is kept.
	Retention = 90 * 24 * time.Hour
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
	return nil
}
