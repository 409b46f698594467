package peerset_test

import (
	"testing"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/store/mem"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

func TestStrangersThatMisbehave(t *testing.T) {
	t.Parallel()
	r, keys := newRogue(t), derive(t, t.Name(), "")
	a := r.open("a", peerset.Options{})
	for name, c := range map[string]struct {
		ch   psync.Channel
		msg  []byte
		want psync.ReasonCode
	}{
		"garbage":       {psync.Control, []byte("\x01\x01\x01 no hello"), psync.ReasonProtocol},
		"data at once":  {psync.Data, []byte{push, 1, 0}, psync.ReasonProtocol},
		"other version": {psync.Control, []byte{hello, 1, 99}, psync.ReasonVersion},
	} {
		l := reach(t, keys, a)
		l.conn.Send(c.ch, c.msg)
		if got := l.reason(); got != c.want {
			t.Errorf("%s: the page says %v, want %v", name, got, c.want)
		}
		a.ended(c.want)
	}
	r.survives(a)
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
