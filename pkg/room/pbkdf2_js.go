package room

import (
	"context"
	"fmt"
	"syscall/js"

	"github.com/peersetdb/peerset/internal/browser"
)

// pbkdf2 has the browser do the work: it does it ten times faster than wasm, and not
// on the page's thread.
func pbkdf2(ctx context.Context, password string, salt []byte) ([]byte, error) {
	crypto := js.Global().Get("crypto")
	if !crypto.Truthy() || !crypto.Get("subtle").Truthy() {
		return nil, ErrInsecure
	}
	subtle := crypto.Get("subtle")
	secret := browser.Array([]byte(password))
	defer secret.Call("fill", 0)
	key, err := browser.Await(ctx, subtle.Call("importKey", "raw", secret, "PBKDF2", false, []any{"deriveBits"}), thrown)
	if err != nil {
		return nil, fmt.Errorf("room: importing the password: %w", err)
	}
	bits, err := browser.Await(ctx, subtle.Call("deriveBits", map[string]any{
		"name": "PBKDF2", "hash": "SHA-256", "salt": browser.Array(salt), "iterations": rounds,
	}, key, 8*stretchedSize), thrown)
	if err != nil {
		return nil, fmt.Errorf("room: stretching the password: %w", err)
	}
	result := js.Global().Get("Uint8Array").New(bits)
	defer result.Call("fill", 0)
	out := make([]byte, stretchedSize)
	js.CopyBytesToGo(out, result)
	return out, nil
}

func thrown(v js.Value) error { return js.Error{Value: v} }
