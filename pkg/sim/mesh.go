package sim

import "math"

// Mesh keeps the nodes linked at random from now on: every second, each one that runs and
// has fewer than least links makes one to a random other that has fewer than most. So lost links are
// replaced.
func (n *Net) Mesh(least, most int) {
	running := make([]*Node, 0, len(n.Nodes))
	for _, x := range n.Nodes {
		if x.core != nil {
			running = append(running, x)
		}
	}
	for _, x := range running {
		for range least - x.Degree() {
			for range 8 { // attempts
				y := running[n.rng.IntN(len(running))]
				if y != x && y.side == x.side && y.Degree() < most && x.linked(y) == 0 {
					n.Connect(x, y)
					break
				}
			}
		}
	}
	n.After(1000, func() { n.Mesh(least, most) })
}

// Churn breaks links and restarts nodes at random from now on: each node loses a link, with notice or without,
// every lossy ms on average, and restarts every restart ms, after which it is
// away for up to 5 s. It ends at a time.
func (n *Net) Churn(lossy, restart, until int64) {
	if n.now >= until {
		return
	}
	chance := func(every int64) bool { return n.rng.Float64() < 1000/float64(max(every, 1000)) }
	for _, x := range n.Nodes {
		if x.core == nil {
			continue
		}
		if ids := x.peers(); len(ids) > 0 && chance(lossy) {
			if l := x.links[ids[n.rng.IntN(len(ids))]]; n.rng.IntN(2) == 0 {
				l.cut(n)
			} else {
				l.lose()
			}
		}
		if restart < math.MaxInt64 && chance(restart) {
			x.Stop()
			n.After(n.rng.Int64N(5000), x.Start)
		}
	}
	n.After(1000, func() { n.Churn(lossy, restart, until) })
}
