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
	// The engine lives as long as the page: this function is never released.
	open := js.FuncOf(e.async(e.open))
	host.Call("ready", map[string]any{"open": open})
	select {}
}
