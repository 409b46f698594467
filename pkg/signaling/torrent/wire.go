package torrent

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// id is an info hash, a peer id or an offer id. On the wire it is a string of 20
// characters U+0000–00FF, one for each byte.
type id [20]byte

func (i id) wire() string {
	runes := make([]rune, len(i))
	for k, b := range i {
		runes[k] = rune(b)
	}
	return string(runes)
}

func parseID(s string) (i id, ok bool) {
	n := 0
	for _, r := range s {
		if n == len(i) || r > 0xff {
			return id{}, false
		}
		i[n] = byte(r)
		n++
	}
	return i, n == len(i)
}

type description struct {
	Type string `json:"type"`
	SDP  string `json:"sdp"`
}

type offerOut struct {
	Offer   description `json:"offer"`
	OfferID string      `json:"offer_id"`
}

// announceOut has no field that may be left out but those that servers want absent.
type announceOut struct {
	Action     string            `json:"action"`
	InfoHash   string            `json:"info_hash"`
	PeerID     string            `json:"peer_id"`
	Event      string            `json:"event,omitempty"`
	Uploaded   int               `json:"uploaded"`
	Downloaded int               `json:"downloaded"`
	Left       int               `json:"left"`
	NumWant    int               `json:"numwant"`
	Offers     []json.RawMessage `json:"offers,omitempty"` // each an offerOut
	TrackerID  string            `json:"trackerid,omitempty"`
}

type answerOut struct {
	Action    string      `json:"action"`
	InfoHash  string      `json:"info_hash"`
	PeerID    string      `json:"peer_id"`
	ToPeerID  string      `json:"to_peer_id"`
	OfferID   string      `json:"offer_id"`
	Answer    description `json:"answer"`
	TrackerID string      `json:"trackerid,omitempty"`
}

// encode cannot fail: the messages hold only strings and integers.
func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic("torrent: " + err.Error())
	}
	return data
}

const (
	eventStarted = "started"
	eventStopped = "stopped"
)

// kind is what a message from the tracker is.
type kind uint8

const (
	kindOther    kind = iota // well formed and of no interest
	kindResponse             // to an announcement
	kindOffer
	kindAnswer
	kindFailure
)

// message is what a tracker said, with everything checked.
type message struct {
	kind      kind
	peer      id            // who sent the offer or answer
	offer     id            // the offer's id
	sdp       string        // of the offer or answer
	peers     int           // of the response: peers in the swarm
	interval  time.Duration // of the response, clamped; 0 if it named none
	trackerID string        // of the response; may be empty
	reason    string        // of the failure
}

var (
	errMalformed = errors.New("torrent: the tracker sent a malformed message")
	errNotJSON   = fmt.Errorf("%w: not the JSON of a message", errMalformed)
	errBadID     = fmt.Errorf("%w: not an id of 20 characters", errMalformed)
	errBadSDP    = fmt.Errorf("%w: not a session description", errMalformed)
)

type messageIn struct {
	Action     string       `json:"action"`
	InfoHash   *string      `json:"info_hash"`
	PeerID     *string      `json:"peer_id"`
	OfferID    string       `json:"offer_id"`
	Offer      *description `json:"offer"`
	Answer     *description `json:"answer"`
	Interval   float64      `json:"interval"`
	Complete   *float64     `json:"complete"`
	Incomplete *float64     `json:"incomplete"`
	TrackerID  string       `json:"tracker id"`
	Failure    *string      `json:"failure reason"`
}

// decode reads a message from a tracker. Those about another swarm, those that
// we sent ourselves and actions unknown to us are kindOther.
func decode(data []byte, infoHash, self id) (message, error) {
	var in messageIn
	if err := json.Unmarshal(data, &in); err != nil {
		return message{}, errNotJSON
	}
	if in.InfoHash != nil {
		hash, ok := parseID(*in.InfoHash)
		if !ok {
			return message{}, errBadID
		}
		if hash != infoHash {
			return message{}, nil
		}
	}
	if in.Failure != nil {
		return message{kind: kindFailure, reason: printable(*in.Failure)}, nil
	}
	if in.Action != "announce" || in.InfoHash == nil {
		return message{}, nil
	}
	if in.Offer != nil || in.Answer != nil {
		return in.relayed(self)
	}
	if in.Complete == nil && in.Incomplete == nil && in.Interval == 0 {
		return message{}, nil
	}
	m := message{
		kind:     kindResponse,
		peers:    count(in.Complete) + count(in.Incomplete),
		interval: interval(in.Interval),
	}
	if len(in.TrackerID) <= maxTrackerID {
		m.trackerID = in.TrackerID
	}
	return m, nil
}

func (in *messageIn) relayed(self id) (message, error) {
	if in.PeerID == nil {
		return message{}, errBadID
	}
	peer, ok := parseID(*in.PeerID)
	if !ok {
		return message{}, errBadID
	}
	if peer == self {
		return message{}, nil
	}
	offer, ok := parseID(in.OfferID)
	if !ok {
		return message{}, errBadID
	}
	m := message{kind: kindOffer, peer: peer, offer: offer}
	desc := in.Offer
	if desc == nil {
		m.kind, desc = kindAnswer, in.Answer
	}
	m.sdp = desc.SDP
	if m.sdp == "" || len(m.sdp) > maxSDP {
		return message{}, errBadSDP
	}
	return m, nil
}

func count(f *float64) int {
	switch {
	case f == nil || !(*f > 0):
		return 0
	case *f > maxPeers:
		return maxPeers
	}
	return int(*f)
}

func interval(seconds float64) time.Duration {
	if !(seconds > 0) {
		return 0
	}
	// Compared before it is converted, for no float overflows in a comparison.
	if seconds > maxInterval.Seconds() {
		return maxInterval
	}
	return max(minInterval, time.Duration(seconds*float64(time.Second)))
}

// printable makes a tracker's text fit for showing: one line, of bounded length.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s[:min(len(s), maxReason)])
	return strings.TrimSpace(s)
}
