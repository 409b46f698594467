package main

import (
	"context"
	"encoding/json"
	"fmt"
	"syscall/js"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
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
	Password   string      `json:"password"`
	Trackers   []string    `json:"trackers"`
	Storage    string      `json:"storage"`
	ICEServers []iceServer `json:"iceServers"`
	MaxPeers   int         `json:"maxPeers"`
	Bucket     int64       `json:"bucket"`    // ms
	Retention  int64       `json:"retention"` // ms
	Limits     limits      `json:"limits"`
	// Moderation is the policy; the page's own function comes beside the text.
	Moderation json.RawMessage `json:"moderation"`
}

// limits are those of the option; 0 stands for the default.
type limits struct {
	HandshakeTimeout    int64 `json:"handshakeTimeout"` // ms, as all times
	ChallengeTimeout    int64 `json:"challengeTimeout"`
	IdleTimeout         int64 `json:"idleTimeout"`
	PeerSession         int64 `json:"peerSession"`
	ClientSession       int64 `json:"clientSession"`
	SessionsPerIdentity int   `json:"sessionsPerIdentity"`
	MessagesPerSecond   int   `json:"messagesPerSecond"`
	BytesPerSecond      int   `json:"bytesPerSecond"`
	MaxMessage          int   `json:"maxMessage"` // bytes
	MaxRecord           int   `json:"maxRecord"`  // bytes
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

// storeName names the IndexedDB of a room.
func storeName(room string) string { return "peerset:" + room }

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
	if err := room.Check(o.Room, o.Password); err != nil {
		return nil, err
	}
	store, err := openStore(ctx, o)
	if err != nil {
		return nil, err
	}
	options := peerset.Options{
		Room:          o.Room,
		Password:      o.Password,
		Store:         store,
		Signer:        signer{e.host.Get("signer")},
		Scrypt:        e.scrypt,
		Trackers:      o.Trackers,
		RTC:           rtc.Config{ICEServers: iceServers(o.ICEServers)},
		Bucket:        time.Duration(o.Bucket) * time.Millisecond,
		Retention:     time.Duration(o.Retention) * time.Millisecond,
		ClientSession: time.Duration(o.Limits.ClientSession) * time.Millisecond,
		Limits:        o.Limits.limitsOf(o.MaxPeers),
		Moderation:    o.Moderation,
		Storage:       e.storage,
		Trace:         true,
	}
	if len(args) > 2 && args[2].Type() == js.TypeFunction {
		options.Custom = custom(args[2])
	}
	if o.Storage == storageIndexedDB {
		options.Vault = vault{e.host.Get("vault")}
	}
	db, err := peerset.Open(ctx, options)
	if err != nil {
		_ = store.Close() // the other error says more
		return nil, err
	}
	return newHandle(e, db, onEvents), nil
}

func openStore(ctx context.Context, o options) (psync.Store, error) {
	switch o.Storage {
	case storageIndexedDB:
		return idb.Open(ctx, storeName(o.Room))
	case storageMemory:
		return mem.New(), nil
	}
	return nil, fmt.Errorf("%w storage: %q is neither %q nor %q", peerset.ErrOption, o.Storage, storageIndexedDB, storageMemory)
}

func iceServers(in []iceServer) []rtc.ICEServer {
	out := make([]rtc.ICEServer, len(in))
	for i, s := range in {
		out[i] = rtc.ICEServer(s)
	}
	return out
}
