package peerset

import "syscall/js"

// yield returns to the browser's event loop, so that the page and the network
// have their turn, and comes back as soon as that is done. runtime.Gosched
// never returns to the browser, and a timer is slowed to a second where the
// tab is hidden; a MessageChannel is neither.
func yield() {
	ch := js.Global().Get("MessageChannel").New()
	back := make(chan struct{})
	f := js.FuncOf(func(js.Value, []js.Value) any {
		close(back)
		return nil
	})
	port := ch.Get("port1")
	port.Set("onmessage", f)
	ch.Get("port2").Call("postMessage", 0)
	<-back
	port.Call("close")
	f.Release()
}
