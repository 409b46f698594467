package peerset_test

import (
	"context"
	"testing"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/room"
	"github.com/peersetdb/peerset/pkg/rtc"
	"github.com/peersetdb/peerset/pkg/signaling"
	"github.com/peersetdb/peerset/pkg/signaling/torrent"
	"github.com/peersetdb/peerset/pkg/store/mem"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// stranger finds a room's peers as any peer does, and then sends what it likes.
type stranger struct {
	api  *rtc.API
	send func(*rtc.Conn)
}

func (s *stranger) Opened(c *rtc.Conn)                                   { s.send(c) }
func (s *stranger) Message(*rtc.Conn, psync.Channel, []byte)             {}
func (s *stranger) Drained(*rtc.Conn)                                    {}
func (s *stranger) Closed(*rtc.Conn, error)                              {}
func (s *stranger) Wanted() int                                          { return 1 }
func (s *stranger) Answer(ctx context.Context, o string) (string, error) { return s.api.Answer(ctx, o) }
func (s *stranger) Offer(ctx context.Context) (signaling.Offer, error) {
	o, err := s.api.Offer(ctx)
	if err != nil {
		return nil, err
	}
	return o, nil
}

func TestStrangersThatMisbehave(t *testing.T) {
	for name, c := range map[string]struct {
		send func(*rtc.Conn)
		want psync.ReasonCode
	}{
		"garbage":       {func(c *rtc.Conn) { c.Send(psync.Control, []byte("\x01\x01\x01 no hello")) }, psync.ReasonProtocol},
		"data at once":  {func(c *rtc.Conn) { c.Send(psync.Data, []byte{0x31, 1, 0}) }, psync.ReasonProtocol},
		"other version": {func(c *rtc.Conn) { c.Send(psync.Control, []byte{1, 1, 99}) }, psync.ReasonVersion},
	} {
		t.Run(name, func(t *testing.T) {
			url := startTracker(t)
			db := open(t, url)
			e := listen(t, db)
			keys, err := room.Derive(t.Name())
			if err != nil {
				t.Fatal(err)
			}
			s := &stranger{send: c.send}
			if s.api, err = rtc.New(rtc.Config{}, s); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.api.Close)
			medium, err := torrent.New(torrent.Config{Trackers: []string{url}, InfoHash: keys.InfoHash()})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				_ = medium.Run(ctx, s)
			}()
			t.Cleanup(func() { stop(); <-done })
			e.await(t, "end with "+c.want.String(), func(x peerset.Event) bool {
				p, ok := x.(psync.PeerEvent)
				return ok && p.Peer.State == psync.Closed && p.Reason.Code == c.want
			})
			// The rest goes on.
			put(t, db, "still here", peerset.PutOptions{})
		})
	}
}

// Pages of one room that give different buckets are told so.
func TestBucketMismatch(t *testing.T) {
	url := startTracker(t)
	a := open(t, url)
	b, err := peerset.Open(t.Context(), peerset.Options{
		Room: t.Name(), Store: mem.New(), Trackers: []string{url}, Bucket: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	for _, e := range []*events{listen(t, a), listen(t, b)} {
		e.await(t, "bucket mismatch", func(x peerset.Event) bool {
			p, ok := x.(psync.PeerEvent)
			return ok && p.Peer.State == psync.Closed && p.Reason.Code == psync.ReasonBucket
		})
	}
}
