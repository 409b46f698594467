//go:build !js

package socket

//lint:file-ignore SA1019 See conn_native.go.

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"nhooyr.io/websocket"
)

func baseURL(t *testing.T) string {
	ctx, cancel := context.WithCancel(context.Background())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			<-ctx.Done()
			return
		}
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer ws.CloseNow()
		ws.SetReadLimit(-1)
		behave(ctx, ws, r.URL.Path)
	}))
	t.Cleanup(func() {
		cancel()
		server.Close()
	})
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

func behave(ctx context.Context, ws *websocket.Conn, path string) {
	switch path {
	case "/max":
		ws.Write(ctx, websocket.MessageText, bytes.Repeat([]byte("m"), MaxMessage))
	case "/long":
		ws.Write(ctx, websocket.MessageText, bytes.Repeat([]byte("m"), MaxMessage+1))
	case "/binary":
		ws.Write(ctx, websocket.MessageBinary, []byte("binary"))
	case "/bye":
		ws.Write(ctx, websocket.MessageText, []byte("bye"))
		ws.Close(websocket.StatusNormalClosure, "")
		return
	}
	for {
		typ, msg, err := ws.Read(ctx)
		if err != nil {
			return // for /rude as well: CloseNow sends no close frame
		}
		if path == "/echo" && ws.Write(ctx, typ, msg) != nil {
			return
		}
	}
}
