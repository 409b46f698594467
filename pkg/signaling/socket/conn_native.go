//go:build !js

package socket

//lint:file-ignore SA1019 The module is frozen, and its successor has the same API: moving costs the import line.

import (
	"context"
	"fmt"
	"sync"

	"nhooyr.io/websocket"
)

// Conn is an open WebSocket.
type Conn struct {
	ws    *websocket.Conn
	close sync.Once
}

// Dial opens a connection to a ws: or wss: URL. After it has returned ctx
// means nothing to the connection.
func Dial(ctx context.Context, url string) (*Conn, error) {
	ws, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		return nil, fmt.Errorf("socket: dial: %w", err)
	}
	ws.SetReadLimit(MaxMessage)
	return &Conn{ws: ws}, nil
}

// Read returns the next message. When it returns an error, be it ctx's, the
// connection is of no more use.
func (c *Conn) Read(ctx context.Context) ([]byte, error) {
	typ, msg, err := c.ws.Read(ctx)
	if err != nil {
		// The library closes the connection when ctx ends, and may say only that.
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("socket: read: %w", err)
	}
	if typ != websocket.MessageText {
		c.Close()
		return nil, ErrNotText
	}
	return msg, nil
}

// Write sends one message of valid UTF-8.
func (c *Conn) Write(ctx context.Context, msg []byte) error {
	if err := c.ws.Write(ctx, websocket.MessageText, msg); err != nil {
		return fmt.Errorf("socket: write: %w", err)
	}
	return nil
}

// Close starts the closing handshake and returns at once. What was written
// before still arrives. The library gives the other side 5 s.
func (c *Conn) Close() {
	c.close.Do(func() { go c.ws.Close(websocket.StatusNormalClosure, "") })
}
