package main

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// The bits of listen. Errors cross always.
const (
	listenRecord = 1 << iota
	listenDelete
	listenPeer
	listenIdentity
	listenJudged
	listenStrike
	listenBan
	listenPrune
	listenRange
	listenSignaling
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
		case peerset.IdentityEvent:
			if h.mask&listenIdentity != 0 {
				text.event("identity", appendJSON(nil, newIdentity(e.Identity)))
			}
		case peerset.JudgedEvent:
			if h.mask&listenJudged != 0 {
				kind := "refused"
				if !e.Verdict.Refused() {
					kind = "flagged"
				}
				text.event(kind, appendJSON(nil, newJudged(&e)))
			}
		case peerset.StrikeEvent:
			if h.mask&listenStrike != 0 {
				text.event("strike", appendJSON(nil, map[string]any{"npub": e.Who.Npub(), "action": e.Level.String()}))
			}
		case peerset.BanEvent:
			switch {
			case h.mask&listenBan == 0:
			case e.Over:
				text.event("unban", appendJSON(nil, peerset.Author{Npub: e.Ban.Who.Npub()}))
			default:
				text.event("ban", appendJSON(nil, newBan(e.Ban)))
			}
		case peerset.PruneEvent:
			if h.mask&listenPrune != 0 {
				us := make([]string, len(e.Records))
				for i, u := range e.Records {
					us[i] = u.String()
				}
				text.event("prune", appendJSON(nil, map[string]any{"why": e.Why.String(), "uuids": us}))
			}
		case peerset.SignalingEvent:
			if h.mask&listenSignaling != 0 {
				text.event("signaling", appendJSON(nil, map[string]any{"what": e.What, "text": e.Err.Error()}))
			}
		case psync.RangeEvent:
			if h.mask&listenRange != 0 {
				text.event("range", appendJSON(nil, map[string]any{
					"peer": peerID(e.Conn), "from": e.From * 1000, "to": min(e.To, record.MaxInteger/1000) * 1000,
					"kind": e.Kind.String(), "ids": e.IDs, "out": e.Out,
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
	// A record that cannot be read is left out, as in All.
	d, err := h.db.Document(&e.Record)
	switch {
	case err != nil:
	case !d.Sealed:
		text.event("record", appendDocument(nil, &d))
	case h.db.CanAsk(&e.Record):
		h.crossSealed(e.Record)
	}
}

// maxSealed is how many records wait for the signer at most: peers send as many as they
// like, and a person may be asked for each. What is left out is there in All.
const maxSealed = 100

// crossSealed passes on a record that the signer opens, which may take its time. It is asked
// for one at a time, and for no further one that waits once it has refused.
func (h *handle) crossSealed(r record.Record) {
	if len(h.sealed) >= maxSealed {
		return
	}
	h.sealed = append(h.sealed, r)
	if len(h.sealed) > 1 {
		return
	}
	go func() {
		for ; len(h.sealed) > 0; h.sealed = h.sealed[1:] {
			d, err := h.db.Read(context.Background(), &h.sealed[0])
			switch {
			case errors.Is(err, peerset.ErrSignerRefused):
				h.sealed = h.sealed[:1]
			case err == nil && !d.Sealed:
				var text list
				text.event("record", appendDocument(nil, &d))
				h.onEvents.Invoke(text.take())
			}
		}
	}()
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
