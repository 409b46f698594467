package torrent

import (
	"sync"
	"time"

	"github.com/peersetdb/peerset/pkg/signaling"
)

// health is what Status says of one tracker.
type health struct {
	mu     sync.Mutex
	status signaling.Status
}

func (h *health) get() signaling.Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.status
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
}

func (h *health) responded(peers int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status.Peers = peers
	h.status.LastError = ""
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
