package browser

import (
	"context"
	"syscall/js"
)

// Await waits for a promise. What it is rejected with, failed makes an error of; else the
// error is ctx's, and the promise is left to itself.
func Await(ctx context.Context, promise js.Value, failed func(js.Value) error) (js.Value, error) {
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
		done <- outcome{err: failed(args[0])}
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

// Array makes a Uint8Array. Who is done with a secret one overwrites it.
func Array(b []byte) js.Value {
	v := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(v, b)
	return v
}
