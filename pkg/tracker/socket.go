package tracker

//lint:file-ignore SA1019 The module is frozen, and its successor has the same API: moving costs the import line.

import (
	"context"
	"net/http"

	"nhooyr.io/websocket"
)

// socket is one client's connection.
type socket struct {
	out    chan []byte
	cancel context.CancelFunc // ends the connection
	ids    map[binary]binary  // info hash to the peer id announced under it
}

// send queues a message. A client that does not keep up is cut off rather than
// waited for.
func (s *socket) send(msg []byte) {
	select {
	case s.out <- msg:
	default:
		s.cancel()
	}
}

// ServeHTTP upgrades the request to a WebSocket and serves it to its end. Pages
// of any origin may connect: the tracker knows neither cookies nor users.
func (t *Tracker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !t.enter() {
		http.Error(w, "the tracker is full or closed", http.StatusServiceUnavailable)
		return
	}
	defer t.sockets.Done()
	defer t.leave()
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // Accept has responded
	}
	defer ws.CloseNow()
	ws.SetReadLimit(maxFrame)

	ctx, cancel := context.WithCancel(t.ctx)
	s := &socket{
		out:    make(chan []byte, maxQueue),
		cancel: cancel,
		ids:    make(map[binary]binary),
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		defer cancel()
		write(ctx, ws, s.out)
	}()
	t.read(ctx, ws, s)
	t.forget(s)
	cancel()
	<-written
}

// read serves the client's messages until the connection ends. A client that
// says nothing for the time that a peer may stay silent is gone.
func (t *Tracker) read(ctx context.Context, ws *websocket.Conn, s *socket) {
	for refused := 0; refused < maxRefused; {
		reading, cancel := context.WithTimeout(ctx, t.config.PeerTTL)
		_, msg, err := ws.Read(reading)
		cancel()
		if err != nil {
			return
		}
		if !t.handle(s, msg) {
			refused++
		}
	}
}

func write(ctx context.Context, ws *websocket.Conn, out <-chan []byte) {
	for {
		select {
		case <-ctx.Done():
			return
		case msg := <-out:
			writing, cancel := context.WithTimeout(ctx, writeTimeout)
			err := ws.Write(writing, websocket.MessageText, msg)
			cancel()
			if err != nil {
				return
			}
		}
	}
}
