package browser

import (
	"context"
	"errors"
	"syscall/js"
	"testing"
)

func thrown(v js.Value) error { return js.Error{Value: v} }

// Who no longer waits is let go, and what comes later harms nothing.
func TestAwait(t *testing.T) {
	var settle js.Value
	executor := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settle = args[0]
		return nil
	})
	defer executor.Release()
	promise := js.Global().Get("Promise").New(executor)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Await(ctx, promise, thrown); !errors.Is(err, context.Canceled) {
		t.Errorf("Await returned %v", err)
	}
	settle.Invoke(1)
	if _, err := Await(t.Context(), promise, thrown); err != nil {
		t.Error(err)
	}
	reason := js.Global().Get("Error").New("no")
	if _, err := Await(t.Context(), js.Global().Get("Promise").Call("reject", reason), thrown); err == nil {
		t.Error("a rejection is no error")
	}
}
