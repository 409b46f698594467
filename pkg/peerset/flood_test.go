//go:build !race

// With the race detector it takes minutes.

package peerset_test

import (
	"fmt"
	"testing"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/store/mem"
)

// A thousand fresh keys write five records each, every second one the same text, in a page without
// rules, which brings them to others over real connections. What gets through is what docs/moderation.md states.
func TestFloodOverConnections(t *testing.T) {
	const keys, each = 1000, 5
	url := startTracker(t)
	store := keep{mem.New()}
	flooder := openWith(t, peerset.Options{Moderation: []byte(`"open"`), Store: store})
	for k := range keys {
		login(t, flooder, peerset.Login{Fresh: true})
		for i := range each {
			text := "buy now, it is cheap"
			if i%2 == 0 {
				text = fmt.Sprintf("buy %d of it now, it is cheap", k*each+i)
			}
			put(t, flooder, text, peerset.PutOptions{})
		}
	}
	flooder.Close()
	flooder = openWith(t, peerset.Options{Moderation: []byte(`"open"`), Store: store, Trackers: []string{url}})
	for _, c := range []struct {
		policy  string
		through int
	}{
		{`"open"`, keys * each},
		{`"standard"`, keys * (each - 1)}, // each key's second copy goes
		{`{"extends":"strict","work":false,"connection":false}`, keys * (each - 1)},
		{`"strict"`, 0}, // nothing was mined
	} {
		victim := openWith(t, peerset.Options{Moderation: []byte(c.policy), Trackers: []string{url}})
		e := listen(t, victim)
		muted := false
		await(t, c.policy+" has heard it all, or hears no more", func() bool {
			for _, p := range victim.Peers() {
				muted = muted || p.Muted
			}
			return muted || victim.Root() == flooder.Root()
		})
		s := victim.Stats()
		through := s.Records - s.Refused
		t.Logf("%-74s %d of %d got through, %d are refused, muted: %v", c.policy, through, keys*each, s.Refused, muted)
		if through != c.through {
			t.Errorf("%s: %d got through, not %d", c.policy, through, c.through)
		}
		e.none(t, "who brings it, under another policy, is punished", func(e peerset.Event) bool { _, ok := e.(peerset.StrikeEvent); return ok })
		victim.Close()
	}
}
