package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"syscall/js"

	"github.com/peersetdb/peerset/pkg/peerset"
)

// method is called from JavaScript and may wait. What it returns becomes a
// JavaScript value.
type method func(args []js.Value) (any, error)

// async makes a function for JavaScript that returns a Promise of what m returns.
func (e *engine) async(m method) func(js.Value, []js.Value) any {
	return func(_ js.Value, args []js.Value) any {
		executor := js.FuncOf(func(_ js.Value, settle []js.Value) any {
			resolve, reject := settle[0], settle[1]
			go func() {
				v, err := m(args)
				if err != nil {
					reject.Invoke(e.host.Call("error", peerset.Code(err), err.Error()))
					return
				}
				resolve.Invoke(v)
			}()
			return nil
		})
		defer executor.Release() // new Promise calls it before it returns
		return js.Global().Get("Promise").New(executor)
	}
}

// stringArg returns an argument that must be a string.
func stringArg(args []js.Value, i int, name string) (string, error) {
	if i >= len(args) || args[i].Type() != js.TypeString {
		return "", fmt.Errorf("%w %s: is not a string", peerset.ErrOption, name)
	}
	return args[i].String(), nil
}

// functionArg returns an argument that must be a function.
func functionArg(args []js.Value, i int, name string) (js.Value, error) {
	if i >= len(args) || args[i].Type() != js.TypeFunction {
		return js.Value{}, fmt.Errorf("%w %s: is not a function", peerset.ErrOption, name)
	}
	return args[i], nil
}

// jsonArg decodes an argument that must be JSON text into v.
func jsonArg(args []js.Value, i int, name string, v any) error {
	text, err := stringArg(args, i, name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return fmt.Errorf("%w %s: a %s does not fit", peerset.ErrOption, wrong.Field, wrong.Value)
		}
		return fmt.Errorf("%w %s: %w", peerset.ErrOption, name, err)
	}
	return nil
}
