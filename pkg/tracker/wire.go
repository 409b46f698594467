package tracker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// binary is an info hash, a peer id or an offer id as it is on the wire: 20
// characters U+0000–00FF, one for each byte. The tracker compares and repeats
// them and has no need of the bytes.
type binary string

func (b binary) valid() bool {
	if utf8.RuneCountInString(string(b)) != 20 {
		return false
	}
	for _, r := range string(b) {
		if r > 0xff {
			return false
		}
	}
	return true
}

// The texts are the reference's where it has one; clients show them.
var (
	errMessage    = errors.New("invalid message")
	errAction     = errors.New("invalid action in WS request")
	errInfoHash   = errors.New("invalid info_hash")
	errPeerID     = errors.New("invalid peer_id")
	errToPeerID   = errors.New("invalid `to_peer_id` (required with `answer`)")
	errOfferID    = errors.New("invalid offer_id")
	errOffer      = errors.New("invalid offer")
	errEvent      = errors.New("invalid event")
	errUnknown    = errors.New("announce before answering")
	errManyHashes = fmt.Errorf("more than %d info hashes", maxHashes)
)

// request is what a client may send.
type request struct {
	Action   string    `json:"action"`
	InfoHash hashes    `json:"info_hash"`
	PeerID   binary    `json:"peer_id"`
	Event    string    `json:"event"`
	Left     *float64  `json:"left"` // null for infinity
	NumWant  *float64  `json:"numwant"`
	Offers   []offerIn `json:"offers"`

	ToPeerID binary      `json:"to_peer_id"`
	OfferID  binary      `json:"offer_id"`
	Answer   description `json:"answer"`
}

type offerIn struct {
	Offer   description `json:"offer"`
	OfferID binary      `json:"offer_id"`
}

// description is a session description, kept as the client wrote it.
type description struct {
	raw json.RawMessage // nil if there was none
}

func (d *description) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	var fields struct {
		Type, SDP *string
	}
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	if fields.Type == nil || fields.SDP == nil || len(data) > maxDescription {
		return errOffer
	}
	d.raw = append(json.RawMessage(nil), data...)
	return nil
}

// hashes is one info hash or a list of them.
type hashes []binary

func (h *hashes) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]binary)(h))
	}
	var one binary
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	*h = hashes{one}
	return nil
}

// parse reads a message from a client and checks all of its parts. A request that
// is returned beside an error says what the refusal is about.
func parse(data []byte) (*request, error) {
	r := new(request)
	// What is not UTF-8 must not be relayed: browsers close a socket on it.
	if !utf8.Valid(data) || json.Unmarshal(data, r) != nil {
		return nil, errMessage
	}
	switch r.Action {
	case "announce":
		return r.checkAnnounce()
	case "scrape":
		return r.checkScrape()
	}
	return nil, errAction
}

func (r *request) checkAnnounce() (*request, error) {
	if len(r.InfoHash) != 1 || !r.InfoHash[0].valid() {
		return nil, errInfoHash
	}
	if !r.PeerID.valid() {
		return nil, errPeerID
	}
	if r.Answer.raw != nil {
		if !r.ToPeerID.valid() {
			return r, errToPeerID
		}
		if !r.OfferID.valid() {
			return r, errOfferID
		}
		return r, nil
	}
	switch r.Event {
	case "", "empty", "started", "completed", "stopped", "update", "paused":
	default:
		return r, errEvent
	}
	r.Offers = r.Offers[:min(len(r.Offers), maxOffers)]
	for _, o := range r.Offers {
		if o.Offer.raw == nil {
			return r, errOffer
		}
		if !o.OfferID.valid() {
			return r, errOfferID
		}
	}
	return r, nil
}

func (r *request) checkScrape() (*request, error) {
	if len(r.InfoHash) == 0 {
		return nil, errInfoHash
	}
	if len(r.InfoHash) > maxHashes {
		return nil, errManyHashes
	}
	for _, hash := range r.InfoHash {
		if !hash.valid() {
			return nil, errInfoHash
		}
	}
	return r, nil
}

// complete reports whether the client says that nothing is left for it to get.
func (r *request) complete() bool {
	return r.Event == "completed" || r.Left != nil && *r.Left == 0
}

// wanted is how many peers shall get an offer.
func (r *request) wanted() int {
	n := len(r.Offers)
	if r.NumWant != nil && *r.NumWant < float64(n) {
		n = int(max(0, *r.NumWant))
	}
	return n
}

type announceOut struct {
	Action     string `json:"action"`
	InfoHash   binary `json:"info_hash"`
	Complete   int    `json:"complete"`
	Incomplete int    `json:"incomplete"`
	Interval   int    `json:"interval"` // seconds
}

type relayOut struct {
	Action   string          `json:"action"`
	InfoHash binary          `json:"info_hash"`
	PeerID   binary          `json:"peer_id"` // who sent it
	OfferID  binary          `json:"offer_id"`
	Offer    json.RawMessage `json:"offer,omitempty"`
	Answer   json.RawMessage `json:"answer,omitempty"`
}

type scrapeOut struct {
	Action string                  `json:"action"`
	Files  map[binary]scrapedSwarm `json:"files"`
	Flags  scrapeFlags             `json:"flags"`
}

type scrapedSwarm struct {
	Complete   int `json:"complete"`
	Incomplete int `json:"incomplete"`
	Downloaded int `json:"downloaded"`
}

type scrapeFlags struct {
	MinRequestInterval int `json:"min_request_interval"` // seconds
}

type failureOut struct {
	Action   string `json:"action,omitempty"`
	InfoHash binary `json:"info_hash,omitempty"`
	Reason   string `json:"failure reason"`
}

// encode cannot fail: the messages hold strings, integers and JSON that was parsed.
// Nothing is escaped that need not be, so that no description grows on its way.
func encode(v any) []byte {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("tracker: " + err.Error())
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}
