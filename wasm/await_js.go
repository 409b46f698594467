package main

import (
	"context"
	"fmt"
	"syscall/js"
)

// rejection is what a promise was rejected with: our own JavaScript puts a code on it.
type rejection struct{ code, message string }

func (r rejection) Error() string { return r.message }

// await waits for a promise. The error is a rejection, or ctx's.
func await(ctx context.Context, promise js.Value) (js.Value, error) {
	type outcome struct {
		value js.Value
		err   error
	}
	done := make(chan outcome, 1)
	fulfilled := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- outcome{value: args[0]}
		return nil
	})
	rejected := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- outcome{err: rejectionOf(args[0])}
		return nil
	})
	release := func() {
		fulfilled.Release()
		rejected.Release()
	}
	promise.Call("then", fulfilled, rejected)
	select {
	case o := <-done:
		release()
		return o.value, o.err
	case <-ctx.Done():
		go func() {
			<-done
			release()
		}()
		return js.Value{}, ctx.Err()
	}
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

// arrayOf makes a Uint8Array. Who is done with a secret one overwrites it.
func arrayOf(b []byte) js.Value {
	v := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(v, b)
	return v
}

// wrap adds to a rejection what was done.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
