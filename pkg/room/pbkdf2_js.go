package room

import (
	"context"
	"fmt"
	"syscall/js"
)

// pbkdf2 has the browser do the work: it does it ten times faster than wasm, and not
// on the page's thread.
func pbkdf2(ctx context.Context, password string, salt []byte) ([]byte, error) {
	crypto := js.Global().Get("crypto")
	if !crypto.Truthy() || !crypto.Get("subtle").Truthy() {
		return nil, ErrInsecure
	}
	subtle := crypto.Get("subtle")
	secret := bytesToJS([]byte(password))
	defer secret.Call("fill", 0)
	key, err := settled(ctx, subtle.Call("importKey", "raw", secret, "PBKDF2", false, []any{"deriveBits"}))
	if err != nil {
		return nil, fmt.Errorf("room: importing the password: %w", err)
	}
	bits, err := settled(ctx, subtle.Call("deriveBits", map[string]any{
		"name": "PBKDF2", "hash": "SHA-256", "salt": bytesToJS(salt), "iterations": rounds,
	}, key, 8*stretchedSize))
	if err != nil {
		return nil, fmt.Errorf("room: stretching the password: %w", err)
	}
	result := js.Global().Get("Uint8Array").New(bits)
	defer result.Call("fill", 0)
	out := make([]byte, stretchedSize)
	js.CopyBytesToGo(out, result)
	return out, nil
}

func bytesToJS(b []byte) js.Value {
	v := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(v, b)
	return v
}

// settled waits for a promise.
func settled(ctx context.Context, promise js.Value) (js.Value, error) {
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
		done <- outcome{err: js.Error{Value: args[0]}}
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
