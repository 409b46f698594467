package main

import "testing"

// The measurements check what they find; here they do so for small sets.
func TestMeasure(t *testing.T) {
	for _, s := range []scenario{
		{"equal", 500, nothing, false},
		{"middle", 500, middle, true},
		{"any", 500, anywhere, true},
		{"newest", 500, newest(40), false},
	} {
		m, err := measure(s, 3)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		equal := m.From == m.To
		switch p := m.Product; {
		case m.Ranges.Trips == 0 || m.Ranges.Bytes == 0:
			t.Errorf("%s: no range messages", s.name)
		case equal != (p.RangeTrips == 0) || equal != (p.AfterBytes > 0) || equal != (p.BucketsReceived == 0):
			t.Errorf("%s: %+v", s.name, p)
		case s.positional != (m.Positional != nil):
			t.Errorf("%s: the positional tree was not measured", s.name)
		}
	}
}

func TestGossip(t *testing.T) {
	g, err := gossip(1, 6, 40)
	if err != nil {
		t.Fatal(err)
	}
	if want := uint64(40 * 5); g.Bodies-g.Duplicates != want {
		t.Errorf("%d bodies of which %d were held, want %d others", g.Bodies, g.Duplicates, want)
	}
	if g.HaveBytes == 0 || g.BodyBytes == 0 || g.Announced == 0 {
		t.Errorf("%+v", g)
	}
}
