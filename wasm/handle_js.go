package main

import (
	"context"
	"encoding/hex"
	"errors"
	"syscall/js"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/record"
)

// handle is an open database on its way to JavaScript.
type handle struct {
	db       *peerset.DB
	onEvents js.Value
	mask     int             // of the events that cross
	sealed   []record.Record // wait for the signer, the first is with it
	funcs    []js.Func
	unlisten func()
}

// newHandle returns the JavaScript object of a database.
func newHandle(e *engine, db *peerset.DB, onEvents js.Value) js.Value {
	h := &handle{db: db, onEvents: onEvents}
	h.unlisten = db.Subscribe(h.cross)

	v := js.Global().Get("Object").New()
	set := func(name string, f func(js.Value, []js.Value) any) {
		fn := js.FuncOf(f)
		h.funcs = append(h.funcs, fn)
		v.Set(name, fn)
	}
	for name, m := range map[string]method{
		"put": h.put, "get": h.get, "all": h.all, "delete": h.delete, "close": h.close,
		"ban": h.ban, "unban": h.unban, "disconnect": h.disconnect, "mute": h.mute,
		"pin": h.pin, "unpin": h.unpin, "prune": h.prune,
		"export": h.export, "login": h.login, "logout": h.logout, "exportKey": h.exportKey,
	} {
		set(name, e.async(m))
	}
	set("listen", h.listen)
	set("buckets", h.buckets)
	for name, f := range map[string]func(){"wake": db.Wake, "compare": db.Compare, "resetStats": db.ResetStats} {
		set(name, func(js.Value, []js.Value) any { f(); return nil })
	}
	for name, f := range map[string]func() string{
		"root": h.root, "identity": h.identity, "peers": h.peers, "stats": h.stats,
		"moderation": h.moderation, "bans": h.bans,
	} {
		set(name, func(js.Value, []js.Value) any { return f() })
	}
	return v
}

// putOptions are those of db.put.
type putOptions struct {
	UUID       string `json:"uuid"`
	Key        string `json:"key"`
	Collection string `json:"collection"`
	Geo        *struct {
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
	} `json:"geo"`
	To        []string `json:"to"`
	ExpiresIn int64    `json:"expiresIn"` // ms
}

func (h *handle) put(args []js.Value) (any, error) {
	content, err := stringArg(args, 0, "content")
	if err != nil {
		return nil, err
	}
	var in putOptions
	if err := jsonArg(args, 1, "options", &in); err != nil {
		return nil, err
	}
	o := peerset.PutOptions{
		UUID: in.UUID, Key: in.Key, Collection: in.Collection, To: in.To, ExpiresIn: time.Duration(in.ExpiresIn) * time.Millisecond,
	}
	if in.Geo != nil {
		o.Geo = &record.Geo{Latitude: in.Geo.Latitude, Longitude: in.Geo.Longitude}
	}
	if len(args) > 2 && args[2].Type() == js.TypeFunction {
		o.Progress = func(tries, expected int64) { args[2].Invoke(tries, expected) }
	}
	d, err := h.db.Put(context.Background(), []byte(content), o)
	if err != nil {
		return nil, err
	}
	return string(appendDocument(nil, &d)), nil
}

func (h *handle) get(args []js.Value) (any, error) {
	uuid, err := stringArg(args, 0, "uuid")
	if err != nil {
		return nil, err
	}
	d, err := h.db.Get(context.Background(), uuid)
	if errors.Is(err, peerset.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return string(appendDocument(nil, &d)), nil
}

func (h *handle) export(args []js.Value) (any, error) {
	uuid, err := stringArg(args, 0, "uuid")
	if err != nil {
		return nil, err
	}
	e, err := h.db.Export(context.Background(), uuid)
	if errors.Is(err, peerset.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return string(e.AppendJSON(nil)), nil
}

// maxText is the length at which all passes on what it has. It keeps
// what is in memory twice, in Go and in JavaScript, small.
const maxText = 256 << 10

func (h *handle) all(args []js.Value) (any, error) {
	onDocuments, err := functionArg(args, 0, "onDocuments")
	if err != nil {
		return nil, err
	}
	var text list
	err = h.db.All(context.Background(), func(docs []peerset.Document) error {
		for i := range docs {
			text.buf = appendDocument(text.next(), &docs[i])
			if len(text.buf) >= maxText {
				onDocuments.Invoke(text.take())
			}
		}
		return nil
	})
	if err == nil && len(text.buf) > 0 {
		onDocuments.Invoke(text.take())
	}
	return nil, err
}

func (h *handle) delete(args []js.Value) (any, error) {
	uuid, err := stringArg(args, 0, "uuid")
	if err != nil {
		return nil, err
	}
	return nil, h.db.Delete(context.Background(), uuid)
}

func (h *handle) close([]js.Value) (any, error) {
	h.unlisten()
	err := h.db.Close()
	for _, f := range h.funcs {
		f.Release()
	}
	h.funcs = nil
	return nil, err
}

func (h *handle) listen(_ js.Value, args []js.Value) any {
	if len(args) > 0 && args[0].Type() == js.TypeNumber {
		h.mask = args[0].Int()
	}
	return nil
}

func (h *handle) root() string {
	root := h.db.Root()
	return hex.EncodeToString(root[:])
}
