package main

import (
	"os"
	"syscall/js"
)

func main() {
	key := os.Getenv("PEERSET_HOST")
	host := js.Global().Get(key)
	js.Global().Delete(key)

	e := &engine{host: host}
	// The engine lives as long as the page: these functions are never released.
	host.Call("ready", map[string]any{
		"open":         js.FuncOf(e.async(e.open)),
		"generateKeys": js.FuncOf(e.async(e.generateKeys)),
	})
	select {}
}
