package socket

import (
	"context"
	"strconv"
	"strings"
	"syscall/js"
	"testing"
	"time"
)

// fakeWebSocket stands in for the browser's, which Node.js 20 has not. It is
// as strict as browsers are: about codes, about states, and in that a failed
// connection raises an error event before its close event.
const fakeWebSocket = `(() => {
	const MAX = %MAX%
	class Fake extends EventTarget {
		readyState = 0
		binaryType = 'blob'
		closedWith = []
		constructor (url) {
			super()
			const { protocol, pathname } = new URL(url)
			if (!/^wss?:$/.test(protocol)) throw new SyntaxError('The URL is invalid')
			Fake.last = this
			this.path = pathname
			if (this.path !== '/hang') setTimeout(() => this.open())
		}
		open () {
			if (this.readyState !== 0) return
			this.readyState = 1
			this.dispatchEvent(new Event('open'))
			const greeting = {
				'/max': 'm'.repeat(MAX), '/long': 'm'.repeat(MAX + 1), '/bye': 'bye',
				'/binary': this.binaryType === 'arraybuffer' ? new ArrayBuffer(6) : new Blob(['binary'])
			}[this.path]
			if (greeting) this.message(greeting)
			if (this.path === '/bye') this.finish(1000, true)
			if (this.path === '/flood') for (let i = 0; i < 17; i++) this.message('m'.repeat(MAX))
		}
		message (data) { this.dispatchEvent(Object.assign(new Event('message'), { data })) }
		send (data) {
			if (this.readyState === 0) throw new DOMException('Still in CONNECTING state')
			if (this.path === '/echo') setTimeout(() => { if (this.readyState === 1) this.message(data) })
		}
		close (code) {
			if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999)) throw new DOMException('code')
			this.closedWith.push(code)
			if (this.readyState > 1) return
			const failed = this.readyState === 0 || this.path === '/rude'
			this.readyState = 2
			setTimeout(() => this.finish(failed ? 1006 : 1000, !failed))
		}
		finish (code, wasClean) {
			this.readyState = 3
			if (!wasClean) this.dispatchEvent(new Event('error'))
			this.dispatchEvent(Object.assign(new Event('close'), { code, reason: '', wasClean }))
		}
		listeners = 0
		addEventListener (...args) { this.listeners++; super.addEventListener(...args) }
		removeEventListener (...args) { this.listeners--; super.removeEventListener(...args) }
	}
	return Fake
})()`

func baseURL(t *testing.T) string {
	before := js.Global().Get("WebSocket")
	source := strings.ReplaceAll(fakeWebSocket, "%MAX%", strconv.Itoa(MaxMessage))
	js.Global().Set("WebSocket", js.Global().Call("eval", source))
	t.Cleanup(func() { js.Global().Set("WebSocket", before) })
	return "ws://fake"
}

// settled waits until the page's pending events are over and returns the
// socket that was made last.
func settled(t *testing.T) js.Value {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		fake := js.Global().Get("WebSocket").Get("last")
		if fake.Get("readyState").Int() == 3 {
			return fake
		}
		if time.Now().After(deadline) {
			t.Fatal("the socket stays open")
		}
		turn := make(chan struct{})
		f := js.FuncOf(func(js.Value, []js.Value) any { close(turn); return nil })
		js.Global().Call("setTimeout", f)
		<-turn
		f.Release()
	}
}

func TestEveryEndClosesTheSocket(t *testing.T) {
	cases := map[string]func(t *testing.T, url string){
		"a dial given up": func(t *testing.T, url string) {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if _, err := Dial(ctx, url+"/hang"); err == nil {
				t.Error("dialed")
			}
		},
		"a read given up": func(t *testing.T, url string) {
			c, err := Dial(t.Context(), url+"/echo")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := c.Read(ctx); err == nil {
				t.Error("read")
			}
		},
		"a rude server": func(t *testing.T, url string) {
			c, err := Dial(t.Context(), url+"/rude")
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
		},
	}
	for name, end := range cases {
		t.Run(name, func(t *testing.T) {
			end(t, baseURL(t))
			fake := settled(t)
			if n := fake.Get("listeners").Int(); n != 0 {
				t.Errorf("%d handlers are left", n)
			}
			if code := fake.Get("closedWith").Index(0).Int(); code != normalClosure {
				t.Errorf("closed with %d", code)
			}
		})
	}
}

func TestFloodIsCutOff(t *testing.T) {
	ctx, c := dial(t, "/flood")
	settled(t)
	for range maxQueue / MaxMessage {
		if _, err := c.Read(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Read(ctx); err == nil {
		t.Error("read more than the queue may hold")
	}
}

func TestNoWebSocket(t *testing.T) {
	before := js.Global().Get("WebSocket")
	js.Global().Set("WebSocket", js.Undefined())
	defer js.Global().Set("WebSocket", before)
	if _, err := Dial(t.Context(), "ws://fake/"); err == nil {
		t.Error("dialed")
	}
}
