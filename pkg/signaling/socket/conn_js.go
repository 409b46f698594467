package socket

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall/js"
)

// maxQueue bounds the bytes that have arrived and wait for Read. The browser
// cannot be told to stop receiving, so a server that floods a busy page is cut off.
const maxQueue = 1 << 20

// normalClosure is the only code below 3000 that a page may close with.
const normalClosure = 1000

// readyStateOpen is WebSocket.OPEN.
const readyStateOpen = 1

var (
	errUnsupported = errors.New("no WebSocket on this platform")
	errTooLarge    = fmt.Errorf("a message exceeds %d bytes", MaxMessage)
	errFlood       = fmt.Errorf("more than %d bytes wait to be read", maxQueue)
	errClosed      = errors.New("closed by this side")
	errFailed      = errors.New("the connection failed")
	errNotOpen     = errors.New("the connection is not open")
)

// Conn is an open WebSocket.
type Conn struct {
	ws     js.Value
	opened chan struct{} // closed by the open event
	ended  chan struct{} // closed when err is set
	signal chan struct{} // holds one token after the queue has grown

	mu       sync.Mutex
	queue    []string
	queued   int // bytes in queue
	err      error
	handlers map[string]js.Func // released by the close event, which comes once
}

// Dial opens a connection to a ws: or wss: URL. After it has returned ctx
// means nothing to the connection.
func Dial(ctx context.Context, url string) (*Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("socket: dial: %w", err)
	}
	c := &Conn{
		opened: make(chan struct{}),
		ended:  make(chan struct{}),
		signal: make(chan struct{}, 1),
	}
	constructor := js.Global().Get("WebSocket")
	if constructor.Type() != js.TypeFunction {
		return nil, fmt.Errorf("socket: dial: %w", errUnsupported)
	}
	if err := try(func() { c.ws = constructor.New(url) }); err != nil {
		return nil, fmt.Errorf("socket: dial: %w", err)
	}
	// A Blob could only be read asynchronously; binary is refused either way.
	c.ws.Set("binaryType", "arraybuffer")
	c.listen()
	select {
	case <-c.opened:
		return c, nil
	case <-c.ended:
		return nil, fmt.Errorf("socket: dial: %w", c.err)
	case <-ctx.Done():
		c.Close()
		return nil, fmt.Errorf("socket: dial: %w", ctx.Err())
	}
}

// listen attaches the handlers. None of them blocks: a handler that waits for
// another event would stop the program.
func (c *Conn) listen() {
	on := func(event string, handle func(e js.Value)) {
		f := js.FuncOf(func(_ js.Value, args []js.Value) any {
			handle(args[0])
			return nil
		})
		c.handlers[event] = f
		c.ws.Call("addEventListener", event, f)
	}
	c.handlers = make(map[string]js.Func, 4)
	on("open", func(js.Value) { close(c.opened) })
	on("message", func(e js.Value) { c.receive(e.Get("data")) })
	// An error event has no details. A close event follows it, but not in Node.js 20.
	on("error", func(js.Value) { c.end(errFailed) })
	on("close", func(e js.Value) {
		code, reason := e.Get("code").Int(), e.Get("reason").String()
		c.end(fmt.Errorf("closed by the server or the network, code %d %q", code, reason))
		for event, f := range c.handlers {
			c.ws.Call("removeEventListener", event, f)
			f.Release()
		}
	})
}

func (c *Conn) receive(data js.Value) {
	if data.Type() != js.TypeString {
		c.fail(ErrNotText)
		return
	}
	// UTF-8 is never shorter than UTF-16: what is too long is not copied.
	if js.Global().Get("Object").Invoke(data).Get("length").Int() > MaxMessage {
		c.fail(errTooLarge)
		return
	}
	msg := data.String()
	if len(msg) > MaxMessage {
		c.fail(errTooLarge)
		return
	}
	c.mu.Lock()
	flood := c.queued+len(msg) > maxQueue
	if !flood && c.err == nil {
		c.queue = append(c.queue, msg)
		c.queued += len(msg)
	}
	c.mu.Unlock()
	if flood {
		c.fail(errFlood)
		return
	}
	select {
	case c.signal <- struct{}{}:
	default:
	}
}

// Read returns the next message. When it returns an error, be it ctx's, the
// connection is of no more use.
func (c *Conn) Read(ctx context.Context) ([]byte, error) {
	for {
		if msg, ok := c.next(); ok {
			return []byte(msg), nil
		}
		select {
		case <-c.signal:
		case <-c.ended:
			// What came before the end is read before it.
			if msg, ok := c.next(); ok {
				return []byte(msg), nil
			}
			return nil, fmt.Errorf("socket: read: %w", c.err)
		case <-ctx.Done():
			c.Close()
			return nil, fmt.Errorf("socket: read: %w", ctx.Err())
		}
	}
}

func (c *Conn) next() (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return "", false
	}
	msg := c.queue[0]
	c.queue = c.queue[1:]
	c.queued -= len(msg)
	return msg, true
}

// Write sends one message of valid UTF-8.
func (c *Conn) Write(ctx context.Context, msg []byte) error {
	err := ctx.Err()
	if err == nil && c.ws.Get("readyState").Int() != readyStateOpen {
		err = errNotOpen
	}
	if err == nil {
		err = try(func() { c.ws.Call("send", string(msg)) })
	}
	if err != nil {
		return fmt.Errorf("socket: write: %w", err)
	}
	return nil
}

// Close starts the closing handshake and returns at once. What was written
// before still arrives.
func (c *Conn) Close() { c.fail(errClosed) }

func (c *Conn) fail(err error) {
	c.end(err)
	// It cannot throw: the code is one that pages may use, and no reason is given.
	c.ws.Call("close", normalClosure)
}

// end keeps the first reason why the connection is over.
func (c *Conn) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	close(c.ended)
}

// try turns what f throws into an error.
func try(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			thrown, ok := r.(js.Error)
			if !ok {
				panic(r)
			}
			err = thrown
		}
	}()
	f()
	return nil
}
