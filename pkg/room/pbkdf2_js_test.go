package room

import (
	"context"
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

// Who no longer waits is let go, and what comes later harms nothing.
func TestCancelledWhileStretching(t *testing.T) {
	var settle js.Value
	executor := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settle = args[0]
		return nil
	})
	defer executor.Release()
	promise := js.Global().Get("Promise").New(executor)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := settled(ctx, promise); !errors.Is(err, context.Canceled) {
		t.Errorf("settled returned %v", err)
	}
	settle.Invoke(1)
	if _, err := settled(t.Context(), promise); err != nil {
		t.Error(err)
	}
	reason := js.Global().Get("Error").New("no")
	if _, err := settled(t.Context(), js.Global().Get("Promise").Call("reject", reason)); err == nil {
		t.Error("a rejection is no error")
	}
}
