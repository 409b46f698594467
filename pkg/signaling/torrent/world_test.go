package torrent

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/peersetdb/peerset/pkg/signaling"
	"github.com/peersetdb/peerset/pkg/signaling/rotation"
)

// world is one room: trackers in memory, and members that rotate.
type world struct {
	t      *testing.T
	urls   []string
	relays map[string]*relay

	mu         sync.Mutex // guards what follows, and the members
	members    map[string]*member
	offers     int // made
	duplicates int // connections of two who were connected
}

// member is the host and the strategy of one who is in the room.
type member struct {
	*rotation.Strategy
	w      *world
	name   string
	joined time.Time
	leave  func()

	offset time.Duration // of the wall clock
	conns  []*relayConn  // dialed, ever
	peers  map[*member]bool
}

const mostPeers = 20

func newWorld(t *testing.T, trackers int) *world {
	w := &world{t: t, relays: make(map[string]*relay), members: make(map[string]*member)}
	for i := range trackers {
		url := fmt.Sprintf("wss://tracker%d.example/", i)
		w.urls = append(w.urls, url)
		w.relays[url] = newRelay()
	}
	return w
}

// hash and rank stand for those of pkg/room.
func (w *world) hash(epoch int64) id {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", w.t.Name(), epoch))
	return id(sum[:20])
}

func rank(epoch int64, tracker string) uint64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", epoch, tracker))
	return binary.BigEndian.Uint64(sum[:])
}

// enter lets somebody in, whose clock is offset.
func (w *world) enter(name string, offset time.Duration) *member {
	w.t.Helper()
	m := &member{w: w, name: name, joined: time.Now(), offset: offset, peers: make(map[*member]bool)}
	w.mu.Lock()
	w.members[name] = m
	w.mu.Unlock()
	var err error
	m.Strategy, err = rotation.New(rotation.Config{
		Length: time.Hour,
		Now:    m.now,
		New: func(epoch int64) (signaling.Strategy, error) {
			s, err := New(Config{
				Trackers: w.urls, InfoHash: w.hash(epoch), AtOnce: 3,
				Rank: func(tracker string) uint64 { return rank(epoch, tracker) },
			})
			if err != nil {
				return nil, err
			}
			for _, t := range s.trackers {
				t.dial = m.dial
			}
			return s, nil
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan error)
	go func() { ended <- m.Run(ctx, m) }()
	m.leave = sync.OnceFunc(func() {
		w.mu.Lock()
		delete(w.members, name)
		for p := range m.peers {
			delete(p.peers, m)
		}
		clear(m.peers)
		w.mu.Unlock()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			w.t.Errorf("Run returned %v", err)
		}
	})
	w.t.Cleanup(m.leave)
	return m
}

func (m *member) now() time.Time {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	return time.Now().Add(m.offset)
}

func (m *member) dial(ctx context.Context, url string) (conn, error) {
	c, err := m.w.relays[url].dial(ctx)
	if err != nil {
		return nil, err
	}
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	m.conns = append(m.conns, c)
	return c, nil
}

// A member is a host whose connections are made when an answer is accepted.

func (m *member) Wanted() int { return mostPeers - m.Connected() }

func (m *member) Connected() int {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	return len(m.peers)
}

func (m *member) Offer(context.Context) (signaling.Offer, error) {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	m.w.offers++
	return &memberOffer{by: m, sdp: fmt.Sprintf("offer %d of %s", m.w.offers, m.name)}, nil
}

func (m *member) Answer(_ context.Context, offer string) (string, error) {
	return "to " + offer + ": " + m.name, nil
}

type memberOffer struct {
	by  *member
	sdp string
}

func (o *memberOffer) SDP() string { return o.sdp }
func (o *memberOffer) Close()      {}

func (o *memberOffer) Accept(answer string) error {
	_, name, _ := strings.Cut(answer, ": ")
	w := o.by.w
	w.mu.Lock()
	defer w.mu.Unlock()
	other := w.members[name]
	switch {
	case other == nil || w.members[o.by.name] != o.by:
		return errors.New("gone")
	case o.by.peers[other]:
		w.duplicates++
	}
	o.by.peers[other], other.peers[o.by] = true, true
	return nil
}

// here lists the members, by name.
func (w *world) here() []*member {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.SortedFunc(maps.Values(w.members), func(a, b *member) int { return cmp.Compare(a.name, b.name) })
}

// announcing returns by which trackers each member is announced under which hash: both as
// one string.
func (w *world) announcing() map[*member]map[string]bool {
	by := make(map[*relayConn]string)
	for url, r := range w.relays {
		here := make(map[*relayConn]string)
		r.hashesNow(here)
		for c, hash := range here {
			by[c] = url + hash
		}
	}
	all := make(map[*member]map[string]bool)
	for _, m := range w.here() {
		all[m] = make(map[string]bool)
		w.mu.Lock()
		for _, c := range m.conns {
			if at, ok := by[c]; ok {
				all[m][at] = true
			}
		}
		w.mu.Unlock()
	}
	return all
}

// settled is when a member must be announced, at the latest.
const settled = 5 * time.Second

// checkMeeting fails if two members have no tracker and hash in common.
func (w *world) checkMeeting() {
	w.t.Helper()
	synctest.Wait()
	announcing := w.announcing()
	here := w.here()
	for i, a := range here {
		for _, b := range here[:i] {
			if time.Since(a.joined) < settled || time.Since(b.joined) < settled {
				continue
			}
			common := false
			for at := range announcing[a] {
				common = common || announcing[b][at]
			}
			if !common {
				w.t.Fatalf("at %v %s (clock %v) and %s (clock %v) cannot meet: %v and %v", time.Now().Format(time.TimeOnly),
					a.name, a.offset, b.name, b.offset, announcing[a], announcing[b])
			}
		}
	}
}
