package main

import (
	"context"
	"fmt"
	"sync"
	"syscall/js"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/room"
	"github.com/peersetdb/peerset/pkg/rtc"
	"github.com/peersetdb/peerset/pkg/store/idb"
	"github.com/peersetdb/peerset/pkg/store/mem"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// engine opens databases. They share nothing else.
type engine struct {
	host js.Value
}

// options are those of PeersetDB.open; peerset.js has filled in the defaults.
type options struct {
	Room       string      `json:"room"`
	Trackers   []string    `json:"trackers"`
	Storage    string      `json:"storage"`
	ICEServers []iceServer `json:"iceServers"`
	MaxPeers   int         `json:"maxPeers"`
	Bucket     int64       `json:"bucket"`    // ms
	Retention  int64       `json:"retention"` // ms
}

type iceServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username"`
	Credential string   `json:"credential"`
}

// The values of storage.
const (
	storageIndexedDB = "indexeddb"
	storageMemory    = "memory"
)

// originDB is the IndexedDB that holds what belongs to the origin: the device
// key. A room has one of its own: originDB, a colon, its name.
const originDB = "peerset"

func (e *engine) open(args []js.Value) (any, error) {
	var o options
	if err := jsonArg(args, 0, "options", &o); err != nil {
		return nil, err
	}
	onEvents, err := functionArg(args, 1, "onEvents")
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	// A room that cannot be opened leaves no database behind.
	if _, err := room.Derive(o.Room); err != nil {
		return nil, err
	}
	var key *record.SecretKey
	var keyErr error
	var both sync.WaitGroup
	both.Go(func() { key, keyErr = deviceKey(ctx, o.Storage) })
	store, err := openStore(ctx, o)
	both.Wait()
	switch {
	case err != nil && keyErr == nil:
		key.Zero()
		return nil, err
	case err != nil:
		return nil, err
	case keyErr != nil:
		_ = store.Close() // the other error says more
		return nil, keyErr
	}
	db, err := peerset.Open(ctx, peerset.Options{
		Room:      o.Room,
		Store:     store,
		Key:       key,
		Trackers:  o.Trackers,
		RTC:       rtc.Config{ICEServers: iceServers(o.ICEServers)},
		MaxPeers:  o.MaxPeers,
		Bucket:    time.Duration(o.Bucket) * time.Millisecond,
		Retention: time.Duration(o.Retention) * time.Millisecond,
	})
	if err != nil {
		key.Zero()
		_ = store.Close() // the other error says more
		return nil, err
	}
	return newHandle(e, db, key, onEvents), nil
}

func openStore(ctx context.Context, o options) (psync.Store, error) {
	switch o.Storage {
	case storageIndexedDB:
		return idb.Open(ctx, originDB+":"+o.Room)
	case storageMemory:
		return mem.New(), nil
	}
	return nil, fmt.Errorf("%w storage: %q is neither %q nor %q", peerset.ErrOption, o.Storage, storageIndexedDB, storageMemory)
}

// deviceKey returns the identity of whoever uses this browser. It is the same in
// all rooms of the origin, and a new one each time where nothing is to be kept.
func deviceKey(ctx context.Context, storage string) (*record.SecretKey, error) {
	var store psync.Store = mem.New()
	if storage == storageIndexedDB {
		s, err := idb.Open(ctx, originDB)
		if err != nil {
			return nil, err
		}
		store = s
	}
	key, err := peerset.DeviceKey(ctx, store)
	if closeErr := store.Close(); err == nil {
		err = closeErr
	}
	return key, err
}

func iceServers(in []iceServer) []rtc.ICEServer {
	out := make([]rtc.ICEServer, len(in))
	for i, s := range in {
		out[i] = rtc.ICEServer(s)
	}
	return out
}
