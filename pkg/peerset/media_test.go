package peerset_test

import (
	"testing"
	"time"

	"github.com/peersetdb/peerset/pkg/peerset"
)

// The password is part of what is announced: with a wrong one, or none, one is
// alone in another room.
func TestPasswordsSeparateRooms(t *testing.T) {
	trackers := []string{startTracker(t)}
	enter := func(password string) *peerset.DB {
		return openWith(t, peerset.Options{Password: password, Trackers: trackers})
	}
	a := enter("right")
	e := listen(t, a)
	b, wrong, none := enter("right"), enter("wrong"), enter("")
	e.await(t, "live peer", live)
	for name, c := range map[string]struct {
		db   *peerset.DB
		want int
	}{"right": {b, 2}, "wrong": {wrong, 1}, "none": {none, 1}} {
		timeout := time.After(patience)
		for got := -1; got != c.want; {
			select {
			case <-timeout:
				t.Fatalf("with the password %q the tracker counts %d members, want %d", name, got, c.want)
			case <-time.After(10 * time.Millisecond):
				got = c.db.Stats().Media[0].Peers
			}
		}
	}
	for _, db := range []*peerset.DB{wrong, none} {
		if n := len(db.Peers()); n != 0 {
			t.Errorf("%d peers in a room of one", n)
		}
	}
}

// Six trackers are six lines, in the order given. At most three are idle: around the
// change of an epoch more are used.
func TestTrackersInUse(t *testing.T) {
	var urls []string
	for range 6 {
		urls = append(urls, startTracker(t))
	}
	a := open(t, urls...)
	e := listen(t, a)
	b := open(t, urls...)
	e.await(t, "live peer", live)
	for _, db := range []*peerset.DB{a, b} {
		idle := 0
		media := db.Stats().Media
		for i, m := range media {
			if m.URL != urls[i] {
				t.Errorf("line %d is %s, want %s", i, m.URL, urls[i])
			}
			if m.Idle {
				idle++
			}
		}
		if len(media) != 6 || idle > 3 {
			t.Errorf("%d lines, %d idle", len(media), idle)
		}
	}
}
