package peerset_test

//lint:file-ignore SA1019 The module is frozen, and its successor has the same API: moving costs the import line.

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/room"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// rogue is a tracker in the hands of an attacker. It relays nothing by itself: what
// becomes of an offer is for the test to say.
//
//	page A --offers--> rogue --whatever the attacker likes--> page B
type rogue struct {
	t   *testing.T
	url string
	ctx context.Context // of the sockets

	mu    sync.Mutex
	pages map[string]*page // by the path of its URL
}

// page is a database and what its tracker sees of it.
type page struct {
	*peerset.DB
	t      *testing.T
	name   string
	events *events
	mark   int // how many events were looked at

	hash   string        // the only one that is listened to: the epochs may be changing
	joined chan struct{} // closed by the first announcement
	offers chan offer    // that came and nobody has taken

	mu      sync.Mutex
	socket  *websocket.Conn // the latest
	asked   map[string]chan string
	answers int // that came
}

// offer is one that a page sent to its tracker.
type offer struct {
	page    *page
	socket  *websocket.Conn
	id, sdp string
}

func newRogue(t *testing.T) *rogue {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &rogue{t: t, ctx: ctx, pages: make(map[string]*page)}
	var serving sync.WaitGroup
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		serving.Add(1)
		defer serving.Done()
		r.serve(w, req)
	}))
	t.Cleanup(func() {
		cancel()
		srv.Close()
		serving.Wait()
	})
	r.url = "ws" + strings.TrimPrefix(srv.URL, "http")
	return r
}

// derive returns the keys of the room that openWith would open.
func derive(t *testing.T, name, password string) *room.Keys {
	t.Helper()
	keys, err := room.Derive(t.Context(), name, password)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// characters writes 20 bytes as trackers do.
func characters(b [20]byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

func randomID() string { return rand.Text()[:20] }

// open opens a database that knows no other tracker.
func (r *rogue) open(name string, o peerset.Options) *page {
	r.t.Helper()
	if o.Room == "" {
		o.Room = r.t.Name()
	}
	keys := derive(r.t, o.Room, o.Password)
	p := &page{
		t: r.t, name: name, joined: make(chan struct{}), offers: make(chan offer, 64),
		asked: make(map[string]chan string),
		hash:  characters(keys.InfoHash(time.Now().Unix() / room.EpochSeconds)),
	}
	r.mu.Lock()
	r.pages["/"+name] = p
	r.mu.Unlock()
	o.Trackers = []string{r.url + "/" + name}
	p.DB = openWith(r.t, o)
	p.events = listen(r.t, p.DB)
	return p
}

type announcement struct {
	InfoHash string `json:"info_hash"`
	OfferID  string `json:"offer_id"`
	Answer   *struct{ SDP string }
	Offers   []struct {
		OfferID string `json:"offer_id"`
		Offer   struct{ SDP string }
	}
}

func (r *rogue) serve(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	p := r.pages[req.URL.Path]
	r.mu.Unlock()
	ws, err := websocket.Accept(w, req, nil)
	if err != nil {
		return
	}
	defer ws.CloseNow()
	ws.SetReadLimit(64 << 10)
	for {
		_, b, err := ws.Read(r.ctx)
		if err != nil {
			return
		}
		var a announcement
		if err := json.Unmarshal(b, &a); err != nil {
			r.t.Errorf("the tracker got %q", b)
			return
		}
		if a.Answer == nil {
			say(r.ctx, ws, map[string]any{"action": "announce", "info_hash": a.InfoHash, "interval": 120, "complete": 0, "incomplete": 3})
		}
		if a.InfoHash == p.hash {
			p.hear(ws, a)
		}
	}
}

// say sends a message; who has gone does not hear it.
func say(ctx context.Context, ws *websocket.Conn, msg map[string]any) {
	b, err := json.Marshal(msg)
	if err != nil {
		panic(err)
	}
	_ = ws.Write(ctx, websocket.MessageText, b)
}

func (p *page) hear(ws *websocket.Conn, a announcement) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.socket == nil {
		close(p.joined)
	}
	p.socket = ws
	if a.Answer != nil {
		p.answers++
		if c := p.asked[a.OfferID]; c != nil {
			c <- a.Answer.SDP
			delete(p.asked, a.OfferID)
		}
		return
	}
	for _, o := range a.Offers {
		select {
		case p.offers <- offer{p, ws, o.OfferID, o.Offer.SDP}:
		default: // nobody wants so many
		}
	}
}

// answered is how many answers the page has given.
func (p *page) answered() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answers
}

// take returns an offer of the page.
func (p *page) take() offer {
	p.t.Helper()
	select {
	case o := <-p.offers:
		return o
	case <-time.After(patience):
		p.t.Fatalf("%s makes no offer", p.name)
		return offer{}
	}
}

// give hands the page an offer. What it answers comes on the channel.
func (p *page) give(sdp string) <-chan string {
	p.t.Helper()
	select {
	case <-p.joined:
	case <-time.After(patience):
		p.t.Fatalf("%s announces nothing", p.name)
	}
	id, answer := randomID(), make(chan string, 1)
	p.mu.Lock()
	p.asked[id] = answer
	ws := p.socket
	p.mu.Unlock()
	say(p.t.Context(), ws, map[string]any{
		"action": "announce", "info_hash": p.hash, "peer_id": randomID(), "offer_id": id,
		"offer": map[string]any{"type": "offer", "sdp": sdp},
	})
	return answer
}

// ask is give, and waits for the answer.
func (p *page) ask(sdp string) string {
	p.t.Helper()
	select {
	case answer := <-p.give(sdp):
		return answer
	case <-time.After(patience):
		p.t.Fatalf("%s does not answer an offer", p.name)
		return ""
	}
}

// answer answers a page's offer.
func (o offer) answer(sdp string) {
	say(o.page.t.Context(), o.socket, map[string]any{
		"action": "announce", "info_hash": o.page.hash, "peer_id": randomID(), "offer_id": o.id,
		"answer": map[string]any{"type": "answer", "sdp": sdp},
	})
}

// introduce is what an honest tracker does.
func introduce(from, to *page) {
	from.t.Helper()
	o := from.take()
	o.answer(to.ask(o.sdp))
}

// next waits for the first event that is asked for, among those that came after the one that was
// found last.
func (p *page) next(what string, is func(peerset.Event) bool) peerset.Event {
	p.t.Helper()
	timeout := time.After(patience)
	for {
		p.events.mu.Lock()
		for p.mark < len(p.events.all) {
			e := p.events.all[p.mark]
			p.mark++
			if is(e) {
				p.events.mu.Unlock()
				return e
			}
		}
		p.events.mu.Unlock()
		select {
		case <-p.events.more:
		case <-timeout:
			p.t.Fatalf("%s: no %s", p.name, what)
		}
	}
}

// ended waits until a session has ended for a reason of this side's own, with everything that
// was heard of its peer before.
func (p *page) ended(codes ...psync.ReasonCode) {
	p.t.Helper()
	var way []psync.PeerEvent
	p.next("end of a session", func(e peerset.Event) bool {
		pe, ok := e.(psync.PeerEvent)
		if ok {
			way = append(way, pe)
		}
		return ok && pe.Peer.State == psync.Closed
	})
	end := way[len(way)-1]
	wanted := false
	for _, c := range codes {
		wanted = wanted || end.Reason.Code == c
	}
	if !wanted || end.Reason.Remote {
		p.t.Errorf("%s: the session ended with %v, want %v", p.name, end.Reason, codes)
	}
	for _, e := range way {
		if e.Peer.Conn == end.Peer.Conn && (e.Peer.State >= psync.Authenticated && e.Peer.State < psync.Closed || e.Peer.Identity != (record.PubKey{})) {
			p.t.Errorf("%s: took the attacker for %x and was %v", p.name, e.Peer.Identity, e.Peer.State)
		}
	}
}

// live waits for a page, syncing for anybody at all.
func (p *page) live() psync.Peer {
	p.t.Helper()
	return p.next("live peer", live).(psync.PeerEvent).Peer
}

func (p *page) syncing(who record.PubKey) psync.Peer {
	p.t.Helper()
	return p.next("peer", func(e peerset.Event) bool {
		pe, ok := e.(psync.PeerEvent)
		return ok && pe.Peer.State == psync.Syncing && pe.Peer.Identity == who
	}).(psync.PeerEvent).Peer
}

// survives checks that an attack left nothing behind: the page holds its own records only, it
// takes more, has banned nobody, and an honest newcomer gets all of them.
func (r *rogue) survives(ps ...*page) {
	r.t.Helper()
	for _, p := range ps {
		if bans := p.Bans(); len(bans) != 0 {
			r.t.Errorf("%s bans %v", p.name, bans)
		}
		err := p.All(r.t.Context(), func(ds []peerset.Document) error {
			for _, d := range ds {
				if d.Author.Npub != p.Identity().Author.Npub() {
					r.t.Errorf("%s holds %s", p.name, d.Content)
				}
			}
			return nil
		})
		if err != nil {
			r.t.Error(err)
		}
		r.befriended(p)
	}
}

// befriended checks that an honest newcomer gets what a page puts.
func (r *rogue) befriended(p *page) {
	r.t.Helper()
	d := put(r.t, p.DB, "still here", peerset.PutOptions{})
	friend := r.open("friend-of-"+p.name, peerset.Options{})
	introduce(friend, p)
	friend.next("record of "+p.name, func(e peerset.Event) bool {
		x, ok := e.(psync.RecordEvent)
		return ok && x.Record.UUID.String() == d.UUID
	})
}
