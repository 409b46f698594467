package tracker

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// client is a socket without a network.
type client struct {
	*socket
	t       *testing.T
	tracker *Tracker
	id      string
	cut     bool
}

func connect(t *testing.T, tr *Tracker, id string) *client {
	c := &client{t: t, tracker: tr, id: pad(id)}
	c.socket = &socket{
		out:    make(chan []byte, maxQueue),
		cancel: func() { c.cut = true },
		ids:    make(map[binary]binary),
	}
	return c
}

func pad(s string) string { return s + strings.Repeat("_", 20-len(s)) }

const swarmHash = "\u00fa\u0007\u0014!.;HUbooooooooooo"

// raw sends a message as it is and returns what came back to this client.
func (c *client) raw(msg string) []map[string]any {
	c.t.Helper()
	c.tracker.handle(c.socket, []byte(msg))
	return c.received()
}

// announce sends an announcement with the fields given and the usual ones.
func (c *client) announce(fields map[string]any) []map[string]any {
	c.t.Helper()
	msg := map[string]any{"action": "announce", "info_hash": swarmHash, "peer_id": c.id, "left": 1}
	for k, v := range fields {
		msg[k] = v
	}
	return c.raw(string(encode(msg)))
}

// received empties the client's queue.
func (c *client) received() []map[string]any {
	c.t.Helper()
	var all []map[string]any
	for {
		select {
		case msg := <-c.out:
			var fields map[string]any
			if err := json.Unmarshal(msg, &fields); err != nil {
				c.t.Fatalf("%q: %v", msg, err)
			}
			all = append(all, fields)
		default:
			return all
		}
	}
}

func offers(n int) []map[string]any {
	var all []map[string]any
	for i := range n {
		all = append(all, map[string]any{
			"offer_id": pad(fmt.Sprint("offer", i)),
			"offer":    map[string]any{"type": "offer", "sdp": fmt.Sprint("SDP ", i)},
		})
	}
	return all
}

func expect(t *testing.T, got []map[string]any, want ...map[string]any) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d messages %v, want %d", len(got), got, len(want))
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("message %d is\n %v, want\n %v", i, got[i], want[i])
		}
	}
}

func response(complete, incomplete int) map[string]any {
	return map[string]any{
		"action": "announce", "info_hash": swarmHash, "interval": 120.0,
		"complete": float64(complete), "incomplete": float64(incomplete),
	}
}

func failure(reason string) map[string]any {
	return map[string]any{"action": "announce", "info_hash": swarmHash, "failure reason": reason}
}

func TestTranscript(t *testing.T) {
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
	tr := New(Config{})
	clients := map[string]*client{"A": connect(t, tr, "A"), "B": connect(t, tr, "B")}
	for _, entry := range recorded.Log {
		if entry.From != "" {
			tr.handle(clients[entry.From].socket, []byte(entry.Frame))
		}
		if entry.To == "" {
			continue
		}
		var want, got map[string]any
		if err := json.Unmarshal([]byte(entry.Frame), &want); err != nil {
			t.Fatal(err)
		}
		select {
		case msg := <-clients[entry.To].out:
			if err := json.Unmarshal(msg, &got); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("%s got nothing instead of %s", entry.To, entry.Frame)
		}
		if reason, _ := want["failure reason"].(string); strings.Contains(reason, "JSON") {
			want["failure reason"] = errMessage.Error() // the text is V8's
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s got\n %v, want\n %v", entry.To, got, want)
		}
	}
	for name, c := range clients {
		if rest := c.received(); len(rest) != 0 {
			t.Errorf("%s got %v beside", name, rest)
		}
	}
}

func TestEachOfferGoesToAnotherPeer(t *testing.T) {
	for _, test := range []struct {
		others, offers int
		numwant        any
		relayed        int
	}{
		{5, 3, 3, 3},
		{2, 5, 5, 2},
		{5, 5, 2, 2},
		{5, 5, nil, 5},
		{5, 5, 0, 0},
		{5, 5, -1, 0},
		{5, 5, 1e300, 5},
		{20, 15, 15, maxOffers},
		{0, 3, 3, 0},
	} {
		tr := New(Config{})
		var others []*client
		for i := range test.others {
			c := connect(t, tr, fmt.Sprint("other", i))
			c.announce(nil)
			others = append(others, c)
		}
		a := connect(t, tr, "a")
		fields := map[string]any{"offers": offers(test.offers), "event": "started"}
		if test.numwant != nil {
			fields["numwant"] = test.numwant
		}
		expect(t, a.announce(fields), response(0, test.others+1))
		seen := make(map[any]bool)
		for _, c := range others {
			got := c.received()
			if len(got) > 1 {
				t.Errorf("%+v: one peer got %d offers", test, len(got))
			}
			for _, m := range got {
				if m["peer_id"] != a.id || m["info_hash"] != swarmHash || seen[m["offer_id"]] {
					t.Errorf("%+v: relayed %v", test, m)
				}
				seen[m["offer_id"]] = true
			}
		}
		if len(seen) != test.relayed {
			t.Errorf("%+v: %d offers were relayed", test, len(seen))
		}
	}
}

func TestOffersGoToRandomPeers(t *testing.T) {
	tr := New(Config{})
	const others = 8
	got := make(map[int]int)
	var clients []*client
	for i := range others {
		c := connect(t, tr, fmt.Sprint("other", i))
		c.announce(nil)
		clients = append(clients, c)
	}
	a := connect(t, tr, "a")
	const rounds = 800
	for range rounds {
		a.announce(map[string]any{"offers": offers(1)})
		for i, c := range clients {
			got[i] += len(c.received())
		}
	}
	for i := range others {
		// 100 are expected, with a standard deviation of 9.4.
		if got[i] < 50 || got[i] > 150 {
			t.Errorf("peer %d got %d of %d offers", i, got[i], rounds)
		}
	}
}

func TestAnswer(t *testing.T) {
	tr := New(Config{})
	a, b := connect(t, tr, "a"), connect(t, tr, "b")
	answer := map[string]any{
		"to_peer_id": a.id, "offer_id": pad("o"),
		"answer": map[string]any{"type": "answer", "sdp": "v=0\r\n<&>\u2028é\x01"},
	}
	a.announce(nil)
	expect(t, b.announce(answer), failure("announce before answering"))
	b.announce(nil)
	expect(t, b.announce(answer))
	expect(t, a.received(), map[string]any{
		"action": "announce", "info_hash": swarmHash, "peer_id": b.id, "offer_id": pad("o"), "answer": answer["answer"],
	})
	// Under another's name it is refused, and for a peer that left it is lost.
	thief := connect(t, tr, "b")
	expect(t, thief.announce(answer), failure("announce before answering"))
	tr.forget(a.socket)
	expect(t, b.announce(answer))
}

func TestComings(t *testing.T) {
	tr := New(Config{})
	a, b := connect(t, tr, "a"), connect(t, tr, "b")
	expect(t, a.announce(map[string]any{"event": "started", "left": 0}), response(1, 0))
	expect(t, b.announce(map[string]any{"event": "started", "left": nil}), response(1, 1))
	expect(t, b.announce(map[string]any{"event": "update"}), response(1, 1))
	expect(t, b.announce(map[string]any{"event": "completed"}), response(2, 0))
	expect(t, b.announce(map[string]any{"event": "stopped"}), response(1, 0))
	expect(t, b.announce(map[string]any{"event": "stopped"}), response(1, 0))
	expect(t, b.announce(nil), response(1, 1))
	b.id = pad("b2") // takes the place of b
	expect(t, b.announce(nil), response(1, 1))
	tr.forget(a.socket)
	expect(t, b.announce(nil), response(0, 1))
	tr.forget(b.socket)
	if len(tr.swarms) != 0 {
		t.Errorf("%d swarms are left", len(tr.swarms))
	}
}

func TestPeerMovesToANewSocket(t *testing.T) {
	tr := New(Config{})
	old, fresh, b := connect(t, tr, "a"), connect(t, tr, "a"), connect(t, tr, "b")
	old.announce(nil)
	expect(t, fresh.announce(nil), response(0, 1))
	tr.forget(old.socket)
	expect(t, b.announce(map[string]any{"offers": offers(1)}), response(0, 2))
	if got := fresh.received(); len(got) != 1 {
		t.Errorf("the new socket got %v", got)
	}
}

func TestSilentPeersExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := New(Config{Interval: time.Minute, PeerTTL: 2 * time.Minute})
		a, b := connect(t, tr, "a"), connect(t, tr, "b")
		a.announce(nil)
		<-time.After(90 * time.Second)
		if got := b.announce(nil); got[0]["incomplete"] != 2.0 || got[0]["interval"] != 60.0 {
			t.Errorf("%v", got)
		}
		<-time.After(31 * time.Second)
		if got := b.announce(map[string]any{"offers": offers(1)}); got[0]["incomplete"] != 1.0 {
			t.Errorf("%v", got)
		}
		expect(t, a.received())
	})
}

func TestScrape(t *testing.T) {
	tr := New(Config{})
	a := connect(t, tr, "a")
	a.announce(map[string]any{"left": 0})
	scrape := func(hashes any) []map[string]any {
		return a.raw(string(encode(map[string]any{"action": "scrape", "info_hash": hashes})))
	}
	got := scrape([]string{swarmHash, pad("empty")})
	expect(t, got, map[string]any{
		"action": "scrape",
		"flags":  map[string]any{"min_request_interval": 600.0},
		"files": map[string]any{
			swarmHash:    map[string]any{"complete": 1.0, "incomplete": 0.0, "downloaded": 1.0},
			pad("empty"): map[string]any{"complete": 0.0, "incomplete": 0.0, "downloaded": 0.0},
		},
	})
	expect(t, scrape(make([]string, maxHashes+1)), map[string]any{"failure reason": errManyHashes.Error()})
	for _, bad := range []any{nil, []string{}, "short", []any{nil}} {
		expect(t, scrape(bad), map[string]any{"failure reason": "invalid info_hash"})
	}
}

func TestRefusals(t *testing.T) {
	offer := func(change map[string]any) map[string]any {
		o := offers(1)[0]
		for k, v := range change {
			o[k] = v
		}
		return map[string]any{"offers": []any{o}}
	}
	answer := map[string]any{"type": "answer", "sdp": "SDP"}
	bare := func(reason string) map[string]any { return map[string]any{"failure reason": reason} }
	for name, test := range map[string]struct {
		fields map[string]any
		want   map[string]any
	}{
		"no action":        {map[string]any{"action": ""}, bare("invalid action in WS request")},
		"unknown action":   {map[string]any{"action": "connect"}, bare("invalid action in WS request")},
		"short hash":       {map[string]any{"info_hash": "short"}, bare("invalid info_hash")},
		"two hashes":       {map[string]any{"info_hash": []string{swarmHash, swarmHash}}, bare("invalid info_hash")},
		"wide hash":        {map[string]any{"info_hash": strings.Repeat("€", 20)}, bare("invalid info_hash")},
		"no peer id":       {map[string]any{"peer_id": nil}, bare("invalid peer_id")},
		"event":            {map[string]any{"event": "bogus"}, failure("invalid event")},
		"number as event":  {map[string]any{"event": 7}, bare("invalid message")},
		"offer without id": {offer(map[string]any{"offer_id": ""}), failure("invalid offer_id")},
		"no offer":         {offer(map[string]any{"offer": nil}), failure("invalid offer")},
		"text as offer":    {offer(map[string]any{"offer": "SDP"}), bare("invalid message")},
		"offer of numbers": {offer(map[string]any{"offer": map[string]any{"type": "offer", "sdp": 7}}), bare("invalid message")},
		"no SDP":           {offer(map[string]any{"offer": map[string]any{"type": "offer"}}), bare("invalid message")},
		"endless SDP": {offer(map[string]any{"offer": map[string]any{
			"type": "offer", "sdp": strings.Repeat("x", maxDescription)}}), bare("invalid message")},
		"answer to nobody":  {map[string]any{"answer": answer}, failure("invalid `to_peer_id` (required with `answer`)")},
		"answer to nothing": {map[string]any{"answer": answer, "to_peer_id": pad("b")}, failure("invalid offer_id")},
	} {
		t.Run(name, func(t *testing.T) {
			tr := New(Config{})
			a := connect(t, tr, "a")
			expect(t, a.announce(test.fields), test.want)
			if len(tr.swarms) != 0 {
				t.Error("announced nevertheless")
			}
		})
	}
	for _, msg := range []string{"", "not json", "null", "[]", "7", "{", "{\"action\":\"announce\xff\"}"} {
		a := connect(t, New(Config{}), "a")
		if got := a.raw(msg); len(got) != 1 || got[0]["failure reason"] == nil {
			t.Errorf("%q: %v", msg, got)
		}
	}
}

func TestHashesPerSocket(t *testing.T) {
	tr := New(Config{})
	a := connect(t, tr, "a")
	hash := func(i int) map[string]any { return map[string]any{"info_hash": pad(fmt.Sprint("hash", i))} }
	for i := range maxHashes {
		if got := a.announce(hash(i)); got[0]["failure reason"] != nil {
			t.Fatal(got)
		}
	}
	if got := a.announce(hash(maxHashes)); got[0]["failure reason"] != errManyHashes.Error() {
		t.Error(got)
	}
	if got := a.announce(hash(0)); got[0]["failure reason"] != nil {
		t.Error(got)
	}
}

func TestSlowClientIsCutOff(t *testing.T) {
	tr := New(Config{})
	slow, a := connect(t, tr, "slow"), connect(t, tr, "a")
	slow.announce(nil)
	for range maxQueue {
		a.announce(map[string]any{"offers": offers(1)})
	}
	if slow.cut {
		t.Error("cut off before the queue was full")
	}
	a.announce(map[string]any{"offers": offers(1)})
	if !slow.cut || a.cut {
		t.Errorf("slow client cut off: %v, the other: %v", slow.cut, a.cut)
	}
}

func FuzzHandle(f *testing.F) {
	data, err := os.ReadFile("testdata/transcript-bittorrent-tracker-11.2.3.json")
	if err != nil {
		f.Fatal(err)
	}
	var recorded struct {
		Log []struct{ From, Frame string }
	}
	if err := json.Unmarshal(data, &recorded); err != nil {
		f.Fatal(err)
	}
	for _, entry := range recorded.Log {
		if entry.From != "" {
			f.Add([]byte(entry.Frame))
		}
	}
	f.Add([]byte(`{"action":"announce","info_hash":["xxxxxxxxxxxxxxxxxxxx"],"numwant":-1e999,"offers":[{}],"answer":null}`))
	f.Fuzz(func(t *testing.T, msg []byte) {
		tr := New(Config{})
		a, b := connect(t, tr, "a"), connect(t, tr, "b")
		for _, c := range []*client{a, b} {
			tr.handle(c.socket, msg)
		}
		for _, c := range []*client{a, b} {
			for _, m := range c.received() { // fails on what is not JSON
				if len(encode(m)) > maxFrame+2000 {
					t.Errorf("sent %d bytes", len(encode(m)))
				}
			}
			tr.forget(c.socket)
		}
		if len(tr.swarms) != 0 {
			t.Error("a swarm without peers is left")
		}
	})
}
