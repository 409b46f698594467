package main

import (
	"encoding/json"
	"strconv"

	"github.com/peersetdb/peerset/pkg/peerset"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// The bits of listen. Errors cross always.
const (
	listenRecord = 1 << iota
	listenDelete
	listenPeer
)

// cross passes events on to JavaScript, which hands them to the page later: no
// code of the page runs while the database's goroutine is in here.
func (h *handle) cross(events []peerset.Event) {
	var text list
	for _, e := range events {
		switch e := e.(type) {
		case psync.RecordEvent:
			h.crossRecord(&text, &e)
		case psync.PeerEvent:
			if h.mask&listenPeer != 0 {
				text.event("peer", appendJSON(nil, newPeer(&e.Peer, &e.Reason)))
			}
			if e.Peer.State == psync.Closed && e.Reason.Code == psync.ReasonBucket {
				text.event("error", appendJSON(nil, map[string]any{
					"code":    e.Reason.Code.String(),
					"message": "a peer was turned away: the pages of one room must give the same option bucket",
				}))
			}
		case psync.StoreEvent:
			text.event("error", appendJSON(nil, map[string]any{
				"code":    peerset.Code(e.Err),
				"message": strconv.Itoa(e.Records) + " records could not be stored: " + e.Err.Error(),
			}))
		}
	}
	if len(text.buf) > 0 {
		h.onEvents.Invoke(text.take())
	}
}

func (h *handle) crossRecord(text *list, e *psync.RecordEvent) {
	if e.Record.Deletes {
		if h.mask&listenDelete != 0 {
			text.event("delete", appendJSON(nil, map[string]any{
				"uuid":   e.Record.UUID.String(),
				"author": peerset.Author{Npub: e.Record.Author.Npub()},
			}))
		}
		return
	}
	if h.mask&listenRecord == 0 {
		return
	}
	// A record whose content this version cannot read is left out, as in All.
	if d, err := h.db.Document(&e.Record); err == nil {
		text.event("record", appendDocument(nil, &d))
	}
}

func (l *list) event(kind string, detail []byte) {
	b := append(l.next(), `{"type":"`...)
	b = append(b, kind...)
	b = append(b, `","detail":`...)
	b = append(b, detail...)
	l.buf = append(b, '}')
}

// appendJSON is for what is small and rare.
func appendJSON(dst []byte, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("wasm: " + err.Error()) // the types of this package have JSON forms
	}
	return append(dst, b...)
}
