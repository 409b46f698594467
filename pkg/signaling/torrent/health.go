package torrent

import (
	"sync"
	"time"

	"github.com/peersetdb/peerset/pkg/signaling"
)

// health is what Status says of one tracker.
type health struct {
	changed chan<- struct{} // gets a token when a tracker begins or ceases to work
	mu      sync.Mutex
	status  signaling.Status
}

func (h *health) notify() {
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

func (h *health) get() signaling.Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.status
}

func (h *health) idle(yes bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status.Idle = yes
}

func (h *health) connected() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status.Connected = true
	h.status.Since = time.Now()
}

// disconnected notes the end of a dial or a session; a nil err is an orderly end.
func (h *health) disconnected(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.status.Connected {
		h.status.Connected = false
		h.status.Since = time.Now()
	}
	h.status.Peers = 0
	if err != nil {
		h.status.LastError = err.Error()
	}
	h.notify()
}

func (h *health) responded(peers int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status.Peers = peers
	h.status.LastError = ""
	h.notify()
}

func (h *health) complained(reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status.LastError = reason
}

func (h *health) offered() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status.Offers++
}

func (h *health) answered() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status.Answers++
}
