package main

import (
	"context"
	"syscall/js"

	"github.com/peersetdb/peerset/internal/browser"
)

// rejection is what a promise was rejected with: our own JavaScript puts a code on it.
type rejection struct{ code, message string }

func (r rejection) Error() string { return r.message }

// await waits for a promise. The error is a rejection, or ctx's.
func await(ctx context.Context, promise js.Value) (js.Value, error) {
	return browser.Await(ctx, promise, func(v js.Value) error { return rejectionOf(v) })
}

// rejectionOf reads what was thrown. A getter may throw in its turn, which ends the program
// where Value.Get calls it, but not where Value.Call does.
func rejectionOf(v js.Value) rejection {
	reflect := js.Global().Get("Reflect")
	text := func(name string) (s string) {
		defer func() { _ = recover() }()
		if v.Type() != js.TypeObject {
			return ""
		}
		if p := reflect.Call("get", v, name); p.Type() == js.TypeString {
			s = p.String()
		}
		return s
	}
	return rejection{text("code"), text("message")}
}

// bytesOf copies a Uint8Array.
func bytesOf(v js.Value) []byte {
	b := make([]byte, v.Get("length").Int())
	js.CopyBytesToGo(b, v)
	return b
}
