package room

import (
	"errors"
	"syscall/js"
	"testing"
)

// A page that came over http: has no crypto.subtle.
func TestInsecureContext(t *testing.T) {
	object, global := js.Global().Get("Object"), js.Global()
	real := object.Call("getOwnPropertyDescriptor", global, "crypto")
	define := func(descriptor any) { object.Call("defineProperty", global, "crypto", descriptor) }
	define(map[string]any{"value": map[string]any{}, "configurable": true})
	_, err := Derive(t.Context(), "a", "b")
	_, unsealed := Derive(t.Context(), "a", "")
	define(real)
	if !errors.Is(err, ErrInsecure) {
		t.Errorf("with a password: %v", err)
	}
	if unsealed != nil {
		t.Errorf("without a password: %v", unsealed)
	}
}
