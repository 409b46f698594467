//go:build !js

package tracker

//lint:file-ignore SA1019 See socket.go.

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"nhooyr.io/websocket"
)

// patience is how long a step over the network may take before the test has failed.
const patience = 10 * time.Second

func serve(t *testing.T, c Config) (tr *Tracker, url string) {
	tr = New(c)
	server := httptest.NewServer(tr)
	t.Cleanup(func() {
		tr.Close()
		server.Close()
	})
	return tr, "ws" + strings.TrimPrefix(server.URL, "http")
}

// remote is a client over the network.
type remote struct {
	*websocket.Conn
	t   *testing.T
	ctx context.Context
	id  string
}

func dial(t *testing.T, url, id string) *remote {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	ws, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{
		HTTPHeader: http.Header{"Origin": {"https://any.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.CloseNow() })
	return &remote{Conn: ws, t: t, ctx: ctx, id: pad(id)}
}

func (r *remote) announce(fields map[string]any) {
	r.t.Helper()
	msg := map[string]any{"action": "announce", "info_hash": swarmHash, "peer_id": r.id, "left": 1}
	for k, v := range fields {
		msg[k] = v
	}
	if err := r.Write(r.ctx, websocket.MessageText, encode(msg)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *remote) next() map[string]any {
	r.t.Helper()
	typ, msg, err := r.Read(r.ctx)
	if err != nil || typ != websocket.MessageText {
		r.t.Fatal(typ, err)
	}
	var fields map[string]any
	if err := json.Unmarshal(msg, &fields); err != nil {
		r.t.Fatal(err)
	}
	return fields
}

// awaitEnd waits until the tracker has ended the connection.
func (r *remote) awaitEnd() {
	r.t.Helper()
	for {
		if _, _, err := r.Read(r.ctx); err != nil {
			if r.ctx.Err() != nil {
				r.t.Fatal("the connection stays open")
			}
			return
		}
	}
}

func (t *Tracker) sizes() (sockets, swarms int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open, len(t.swarms)
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(patience); !holds(); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come", what)
		}
	}
}

func TestOverTheNetwork(t *testing.T) {
	tr, url := serve(t, Config{})
	a, b := dial(t, url, "a"), dial(t, url, "b")
	a.announce(nil)
	a.next()
	b.announce(map[string]any{"offers": offers(2), "numwant": 2})
	if got := b.next(); got["incomplete"] != 2.0 {
		t.Errorf("%v", got)
	}
	offer := a.next()
	if offer["peer_id"] != b.id || offer["offer"] == nil {
		t.Errorf("%v", offer)
	}
	a.announce(map[string]any{
		"to_peer_id": b.id, "offer_id": offer["offer_id"], "answer": map[string]any{"type": "answer", "sdp": "SDP"},
	})
	if got := b.next(); got["peer_id"] != a.id || got["offer_id"] != offer["offer_id"] {
		t.Errorf("%v", got)
	}
	a.CloseNow()
	b.Close(websocket.StatusNormalClosure, "")
	eventually(t, "the end of all", func() bool {
		sockets, swarms := tr.sizes()
		return sockets == 0 && swarms == 0
	})
}

func TestMaxSockets(t *testing.T) {
	tr, url := serve(t, Config{MaxSockets: 2})
	dial(t, url, "a")
	b := dial(t, url, "b")
	_, response, err := websocket.Dial(t.Context(), url, nil)
	if err == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Fatal(err)
	}
	b.CloseNow()
	eventually(t, "a free place", func() bool { sockets, _ := tr.sizes(); return sockets == 1 })
	dial(t, url, "c")
}

func TestPlainRequest(t *testing.T) {
	_, url := serve(t, Config{})
	response, err := http.Get("http" + strings.TrimPrefix(url, "ws"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusUpgradeRequired {
		t.Error(response.Status)
	}
}

func TestFrameLimit(t *testing.T) {
	_, url := serve(t, Config{})
	a := dial(t, url, "a")
	if err := a.Write(a.ctx, websocket.MessageText, make([]byte, maxFrame+1)); err != nil {
		t.Fatal(err)
	}
	a.awaitEnd()
}

func TestEndlessNonsenseEndsTheConnection(t *testing.T) {
	_, url := serve(t, Config{})
	a := dial(t, url, "a")
	for range maxRefused {
		if a.Write(a.ctx, websocket.MessageText, []byte("nonsense")) != nil {
			break
		}
	}
	a.awaitEnd()
}

func TestSilentClientIsDropped(t *testing.T) {
	tr, url := serve(t, Config{PeerTTL: 50 * time.Millisecond})
	a := dial(t, url, "a")
	a.announce(nil)
	a.awaitEnd()
	eventually(t, "an empty tracker", func() bool {
		sockets, swarms := tr.sizes()
		return sockets == 0 && swarms == 0
	})
}

func TestDeadClientHoldsUpNobody(t *testing.T) {
	tr, url := serve(t, Config{})
	dead, a, b := dial(t, url, "dead"), dial(t, url, "a"), dial(t, url, "b")
	for _, c := range []*remote{dead, a} {
		c.announce(nil)
		c.next()
	}
	// dead reads no more. Offers to it fill the network's buffers, then its queue.
	long := offers(2)
	for _, o := range long {
		o["offer"] = map[string]any{"type": "offer", "sdp": strings.Repeat("x", maxDescription-100)}
	}
	go func() {
		for {
			if _, _, err := a.Read(a.ctx); err != nil {
				return
			}
		}
	}()
	eventually(t, "the end of the dead client", func() bool {
		b.announce(map[string]any{"offers": long, "numwant": 2})
		for b.next()["incomplete"] == nil {
		}
		sockets, _ := tr.sizes()
		return sockets == 2
	})
}

func TestCloseEndsAll(t *testing.T) {
	tr, url := serve(t, Config{})
	a := dial(t, url, "a")
	a.announce(nil)
	a.next()
	tr.Close()
	a.awaitEnd()
	if sockets, swarms := tr.sizes(); sockets != 0 || swarms != 0 {
		t.Errorf("%d sockets and %d swarms are left", sockets, swarms)
	}
	if _, response, err := websocket.Dial(t.Context(), url, nil); err == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Error("connected to a closed tracker")
	}
}
