package torrent

import "time"

// rate allows limit events in each minute.
type rate struct {
	limit int
	start time.Time
	n     int
}

func (r *rate) allow(now time.Time) bool {
	if now.Sub(r.start) >= time.Minute {
		r.start, r.n = now, 0
	}
	r.n++
	return r.n <= r.limit
}

// seen remembers the last maxSeen offer ids.
type seen struct {
	ids  map[id]struct{}
	ring []id
	next int
}

// add reports whether i is new.
func (s *seen) add(i id) bool {
	if _, ok := s.ids[i]; ok {
		return false
	}
	if s.ids == nil {
		s.ids = make(map[id]struct{}, maxSeen)
	}
	if len(s.ring) < maxSeen {
		s.ring = append(s.ring, i)
	} else {
		delete(s.ids, s.ring[s.next])
		s.ring[s.next] = i
		s.next = (s.next + 1) % maxSeen
	}
	s.ids[i] = struct{}{}
	return true
}

// met remembers the peers whose descriptions were exchanged with ours. They are
// either connected or out of reach, and in both cases not worth an offer soon.
type met map[id]meeting

type meeting struct {
	until time.Time
	next  time.Duration // how long the next one counts
}

func (m met) add(peer id, now time.Time) {
	old, known := m[peer]
	if !known {
		old.next = metFirst
		if len(m) >= maxMet {
			m.forgetOldest()
		}
	}
	m[peer] = meeting{until: now.Add(old.next), next: min(2*old.next, metLast)}
}

func (m met) forgetOldest() {
	var oldest id
	var until time.Time
	for peer, meeting := range m {
		if until.IsZero() || meeting.until.Before(until) {
			oldest, until = peer, meeting.until
		}
	}
	delete(m, oldest)
}

// recent counts the peers that are not worth an offer.
func (m met) recent(now time.Time) int {
	n := 0
	for _, meeting := range m {
		if now.Before(meeting.until) {
			n++
		}
	}
	return n
}
