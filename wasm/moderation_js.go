package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"syscall/js"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// judged is a record that a rule refused or flagged, as pages see it.
type judged struct {
	At      int64  `json:"at"`
	Rule    string `json:"rule"`
	Reason  string `json:"reason"`
	Class   string `json:"class"`
	Action  string `json:"action"`
	Hash    string `json:"hash"`
	UUID    string `json:"uuid"`
	Author  string `json:"author,omitempty"`
	Carrier string `json:"carrier,omitempty"`
	Peer    string `json:"peer,omitempty"`
	Local   bool   `json:"local"` // by this page itself
}

func newJudged(e *peerset.JudgedEvent) judged {
	v := judged{
		At: e.At, Rule: e.Verdict.Rule, Reason: e.Verdict.Reason, Class: e.Verdict.Class.String(), Action: e.Verdict.Action.String(),
		Hash: e.ID.String(), UUID: e.UUID.String(), Local: e.Conn == 0,
	}
	if e.Author != (record.PubKey{}) {
		v.Author = e.Author.Npub()
	}
	if e.Carrier != (record.PubKey{}) {
		v.Carrier = e.Carrier.Npub()
	}
	if e.Conn != 0 {
		v.Peer = peerID(e.Conn)
	}
	return v
}

// rule is a rule of the policy and what it has done.
type rule struct {
	Name    string `json:"name"`
	Class   string `json:"class"`
	Refused int    `json:"refused"`
	Flagged int    `json:"flagged"`
}

func (h *handle) moderation() string {
	m := h.db.Moderation()
	v := struct {
		Name   string   `json:"name"`
		Hash   string   `json:"hash"`
		Rules  []rule   `json:"rules"`
		Recent []judged `json:"recent"`
	}{m.Name, hex.EncodeToString(m.Hash[:]), make([]rule, len(m.Rules)), make([]judged, len(m.Recent))}
	for i, r := range m.Rules {
		v.Rules[i] = rule{r.Name, r.Class.String(), r.Refused, r.Flagged}
	}
	for i := range m.Recent {
		v.Recent[i] = newJudged(&m.Recent[i])
	}
	return string(appendJSON(nil, v))
}

// ban is a ban as pages see it.
type ban struct {
	Npub   string `json:"npub"`
	Until  int64  `json:"until"` // ms
	Count  int    `json:"count"`
	Reason string `json:"reason"`
	Manual bool   `json:"manual"`
}

func newBan(b peerset.Ban) ban { return ban{b.Who.Npub(), b.Until, b.Count, b.Reason, b.Manual} }

func (h *handle) bans() string {
	bs := h.db.Bans()
	vs := make([]ban, len(bs))
	for i, b := range bs {
		vs[i] = newBan(b)
	}
	return string(appendJSON(nil, vs))
}

func (h *handle) ban(args []js.Value) (any, error) {
	npub, err := stringArg(args, 0, "npub")
	if err != nil {
		return nil, err
	}
	var o struct {
		For    int64  `json:"for"` // ms
		Reason string `json:"reason"`
	}
	if err := jsonArg(args, 1, "options", &o); err != nil {
		return nil, err
	}
	b, err := h.db.Ban(context.Background(), npub, time.Duration(o.For)*time.Millisecond, o.Reason)
	if err != nil {
		return nil, err
	}
	return string(appendJSON(nil, newBan(b))), nil
}

func (h *handle) unban(args []js.Value) (any, error) {
	npub, err := stringArg(args, 0, "npub")
	if err != nil {
		return nil, err
	}
	return nil, h.db.Unban(context.Background(), npub)
}

func peerID(c psync.ConnID) string { return strconv.FormatUint(uint64(c), 10) }

func connArg(args []js.Value) (psync.ConnID, error) {
	text, err := stringArg(args, 0, "peer")
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, peerset.ErrNoPeer
	}
	return psync.ConnID(n), nil
}

func (h *handle) disconnect(args []js.Value) (any, error) {
	conn, err := connArg(args)
	if err != nil {
		return nil, err
	}
	return nil, h.db.Disconnect(context.Background(), conn)
}

func (h *handle) mute(args []js.Value) (any, error) {
	conn, err := connArg(args)
	if err != nil {
		return nil, err
	}
	return nil, h.db.Mute(context.Background(), conn, len(args) > 1 && args[1].Truthy())
}

// custom asks the page's own rule: the function gets the JSON text of a record and returns a
// promise of the reason for which it is refused, or of "".
func custom(judge js.Value) func(context.Context, peerset.Document) (string, error) {
	return func(ctx context.Context, d peerset.Document) (string, error) {
		v, err := await(ctx, judge.Invoke(string(appendDocument(nil, &d))))
		var r rejection
		switch {
		case errors.As(err, &r):
			return "", fmt.Errorf("the page's rule failed: %s", r.message)
		case errors.Is(err, context.DeadlineExceeded):
			return "", errors.New("the page's rule gave no answer in time")
		case err != nil:
			return "", err
		case v.Type() != js.TypeString:
			return "", errors.New("the page's rule gave back neither true nor a text")
		}
		return v.String(), nil
	}
}
