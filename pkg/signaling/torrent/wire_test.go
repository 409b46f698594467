package torrent

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestIDs(t *testing.T) {
	for start := 0; start < 256; start += 20 {
		var i id
		for k := range i {
			i[k] = byte(start + k)
		}
		wire := i.wire()
		if n := utf8.RuneCountInString(wire); n != 20 {
			t.Errorf("%d characters", n)
		}
		if back, ok := parseID(wire); !ok || back != i {
			t.Errorf("%x came back as %x", i, back)
		}
		// And through JSON, which is where a string of raw bytes is ruined.
		var s string
		if err := json.Unmarshal(encode(wire), &s); err != nil || s != wire {
			t.Errorf("%q came back as %q, %v", wire, s, err)
		}
	}
	for _, bad := range []string{"", strings.Repeat("x", 19), strings.Repeat("x", 21), strings.Repeat("ÿ", 21),
		strings.Repeat("x", 19) + "Ā", strings.Repeat("x", 19) + "\xff", strings.Repeat("€", 20)} {
		if _, ok := parseID(bad); ok {
			t.Errorf("%q is taken for an id", bad)
		}
	}
}

var testSelf = id([]byte("-self-self-self-self"))

func decodeFields(fields map[string]any) (message, error) {
	msg := map[string]any{"action": "announce", "info_hash": testHash.wire()}
	for k, v := range fields {
		if v == nil {
			delete(msg, k)
		} else {
			msg[k] = v
		}
	}
	return decode(encode(msg), testHash, testSelf)
}

func TestDecode(t *testing.T) {
	relayed := func(what string) map[string]any {
		return map[string]any{"peer_id": pad("b"), "offer_id": pad("o"), what: map[string]any{"type": what, "sdp": "SDP"}}
	}
	with := func(base map[string]any, key string, value any) map[string]any {
		base[key] = value
		return base
	}
	peer, offer := id([]byte(pad("b"))), id([]byte(pad("o")))
	for name, test := range map[string]struct {
		fields map[string]any
		want   message
	}{
		"response":          {map[string]any{"complete": 1, "incomplete": 2, "interval": 120}, message{kind: kindResponse, peers: 3, interval: 2 * time.Minute}},
		"interval alone":    {map[string]any{"interval": 20.5}, message{kind: kindResponse, interval: 20500 * time.Millisecond}},
		"absurd numbers":    {map[string]any{"complete": 1e308, "incomplete": -7, "interval": 1e308}, message{kind: kindResponse, peers: maxPeers, interval: maxInterval}},
		"tracker id":        {map[string]any{"complete": 0, "tracker id": "t"}, message{kind: kindResponse, trackerID: "t"}},
		"long tracker id":   {map[string]any{"complete": 0, "tracker id": strings.Repeat("t", 300)}, message{kind: kindResponse}},
		"offer":             {relayed("offer"), message{kind: kindOffer, peer: peer, offer: offer, sdp: "SDP"}},
		"answer":            {relayed("answer"), message{kind: kindAnswer, peer: peer, offer: offer, sdp: "SDP"}},
		"own":               {with(relayed("offer"), "peer_id", testSelf.wire()), message{}},
		"foreign swarm":     {with(relayed("offer"), "info_hash", pad("other")), message{}},
		"no swarm":          {with(relayed("offer"), "info_hash", nil), message{}},
		"failure":           {map[string]any{"failure reason": " no\r\nway\x7f"}, message{kind: kindFailure, reason: "no  way"}},
		"failure elsewhere": {map[string]any{"failure reason": "no", "info_hash": pad("other")}, message{}},
		"bare failure":      {map[string]any{"failure reason": "no", "info_hash": nil, "action": nil}, message{kind: kindFailure, reason: "no"}},
		"scrape":            {map[string]any{"action": "scrape", "files": map[string]any{}}, message{}},
		"empty":             {map[string]any{}, message{}},
	} {
		if got, err := decodeFields(test.fields); err != nil || got != test.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, test.want)
		}
	}
	for name, test := range map[string]struct {
		fields map[string]any
		want   error
	}{
		"short hash":     {map[string]any{"info_hash": "short"}, errBadID},
		"number as hash": {map[string]any{"info_hash": 7}, errNotJSON},
		"no peer":        {with(relayed("offer"), "peer_id", nil), errBadID},
		"long peer":      {with(relayed("offer"), "peer_id", pad("x")+"x"), errBadID},
		"wide peer":      {with(relayed("offer"), "peer_id", strings.Repeat("€", 20)), errBadID},
		"no offer id":    {with(relayed("answer"), "offer_id", nil), errBadID},
		"no SDP":         {with(relayed("offer"), "offer", map[string]any{"type": "offer"}), errBadSDP},
		"SDP of numbers": {with(relayed("offer"), "offer", map[string]any{"sdp": 7}), errNotJSON},
		"text as offer":  {with(relayed("offer"), "offer", "SDP"), errNotJSON},
		"endless SDP":    {with(relayed("offer"), "offer", map[string]any{"sdp": strings.Repeat("x", maxSDP+1)}), errBadSDP},
		"text interval":  {map[string]any{"interval": "120"}, errNotJSON},
		"list as reason": {map[string]any{"failure reason": []int{1}}, errNotJSON},
	} {
		if got, err := decodeFields(test.fields); !errors.Is(err, test.want) || !errors.Is(err, errMalformed) {
			t.Errorf("%s: %+v, %v; want %v", name, got, err, test.want)
		}
	}
	for _, data := range []string{"", "null", "7", "[]", `"text"`, "{", "{}garbage", "\xff", `{"action":7}`,
		strings.Repeat("[", 20000), strings.Repeat(`{"a":`, 20000)} {
		if got, err := decode([]byte(data), testHash, testSelf); err == nil && got != (message{}) {
			t.Errorf("%.20q: %+v", data, got)
		}
	}
}

// transcript returns what the reference server said to a client.
func transcript(t testing.TB, client string) (infoHash id, frames [][]byte) {
	data, err := os.ReadFile("testdata/transcript-bittorrent-tracker-11.2.3.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Log []struct{ From, To, Frame string }
	}
	if err := json.Unmarshal(data, &recorded); err != nil {
		t.Fatal(err)
	}
	for _, entry := range recorded.Log {
		if entry.To == client {
			frames = append(frames, []byte(entry.Frame))
		}
	}
	for k := range infoHash {
		infoHash[k] = byte(k*13 + 120)
	}
	return infoHash, frames
}

func TestTranscript(t *testing.T) {
	a, b := id([]byte("-PS0001-AAAAAAAAAAAA")), id([]byte("-PS0001-BBBBBBBBBBBB"))
	offer := id([]byte("oooooooooooooooooo02"))
	for client, want := range map[string][]message{
		"A": {
			{kind: kindResponse, peers: 1, interval: 2 * time.Minute},
			{kind: kindOffer, peer: b, offer: offer, sdp: "OFFER-B1"},
			{}, // scrape
			{kind: kindFailure, reason: "invalid info_hash"},
			{kind: kindFailure, reason: "invalid event"},
			{kind: kindFailure, reason: `Unexpected token 'o', "not json" is not valid JSON`},
			{kind: kindResponse, peers: 1, interval: 2 * time.Minute},
		},
		"B": {
			{kind: kindResponse, peers: 2, interval: 2 * time.Minute},
			{kind: kindAnswer, peer: a, offer: offer, sdp: "ANSWER-A"},
		},
	} {
		infoHash, frames := transcript(t, client)
		if len(frames) != len(want) {
			t.Fatalf("%d frames to %s", len(frames), client)
		}
		self := map[string]id{"A": a, "B": b}[client]
		for i, frame := range frames {
			if got, err := decode(frame, infoHash, self); err != nil || got != want[i] {
				t.Errorf("to %s: %s\n is %+v, %v", client, frame, got, err)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	infoHash, frames := transcript(f, "A")
	_, more := transcript(f, "B")
	for _, frame := range append(frames, more...) {
		f.Add(frame)
	}
	f.Add([]byte(`{"complete":1e999,"interval":-0.0}`))
	f.Add([]byte(`{"action":"announce","info_hash":null,"offer":{},"answer":{},"failure reason":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decode(data, infoHash, testSelf)
		if err != nil {
			if m != (message{}) || !errors.Is(err, errMalformed) {
				t.Fatalf("%+v, %v", m, err)
			}
			return
		}
		if m.peers < 0 || m.peers > 2*maxPeers || m.interval < 0 || m.interval > maxInterval ||
			m.interval > 0 && m.interval < minInterval {
			t.Errorf("%+v", m)
		}
		if len(m.sdp) > maxSDP || len(m.reason) > maxReason || len(m.trackerID) > maxTrackerID {
			t.Errorf("%+v", m)
		}
		if (m.kind == kindOffer || m.kind == kindAnswer) && (m.sdp == "" || m.peer == testSelf) {
			t.Errorf("%+v", m)
		}
		if m.kind == kindFailure && bytes.ContainsAny([]byte(m.reason), "\x00\n\r") {
			t.Errorf("%q", m.reason)
		}
	})
}
