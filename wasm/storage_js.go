package main

import (
	"context"
	"encoding/hex"
	"syscall/js"
	"time"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// storage asks the host how much room there is.
func (e *engine) storage(ctx context.Context) (used, quota int64, err error) {
	v, err := await(ctx, e.host.Call("estimate"))
	if err != nil || v.Type() != js.TypeObject {
		return 0, 0, err
	}
	return int64(v.Get("usage").Float()), int64(v.Get("quota").Float()), nil
}

func (h *handle) pin(args []js.Value) (any, error) {
	uuid, err := stringArg(args, 0, "uuid")
	if err != nil {
		return nil, err
	}
	return nil, h.db.Pin(context.Background(), uuid)
}

func (h *handle) unpin(args []js.Value) (any, error) {
	uuid, err := stringArg(args, 0, "uuid")
	if err != nil {
		return nil, err
	}
	return nil, h.db.Unpin(context.Background(), uuid)
}

func (h *handle) prune([]js.Value) (any, error) {
	n, err := h.db.Prune(context.Background())
	return map[string]any{"removed": n}, err
}

// bucket is a bucket of the set as pages see it.
type bucket struct {
	Start   int64  `json:"start"` // ms
	Records int    `json:"records"`
	Hash    string `json:"hash,omitempty"`
	Differs *bool  `json:"differs,omitempty"`
}

// buckets returns the buckets, beside those of a peer if one is named.
func (h *handle) buckets(_ js.Value, args []js.Value) any {
	var conn psync.ConnID
	if len(args) > 0 && args[0].Type() == js.TypeString {
		conn, _ = connArg(args) // 0 for a connection that is gone
	}
	bs := h.db.Buckets(conn)
	vs := make([]bucket, len(bs))
	for i, b := range bs {
		vs[i] = bucket{Start: b.Start * int64(time.Second/time.Millisecond), Records: b.Entries}
		if b.Entries > 0 {
			vs[i].Hash = hex.EncodeToString(b.Hash[:])
		}
		if b.Compared {
			vs[i].Differs = &bs[i].Differs
		}
	}
	return string(appendJSON(nil, vs))
}
