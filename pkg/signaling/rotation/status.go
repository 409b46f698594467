package rotation

import (
	"time"

	"github.com/peersetdb/peerset/pkg/signaling"
)

// board joins what the strategies say of the servers.
type board struct {
	order []string // URLs, as they came up
	lines map[string]*line
}

// line is what is remembered of a server.
type line struct {
	offers, answers int // by strategies that have ended

	// As last read, and when: a server that is connected for two epochs does
	// not change its state by the end of the first.
	connected bool
	since     time.Time
	read      time.Time
}

// read returns a line for each server.
func (b *board) read(runs []*run) []signaling.Status {
	now := time.Now()
	joined := make(map[string]signaling.Status, len(b.order))
	for _, r := range runs {
		for _, status := range r.Status() {
			if _, known := b.lines[status.URL]; !known {
				b.lines[status.URL] = new(line)
				b.order = append(b.order, status.URL)
			}
			if older, ok := joined[status.URL]; ok {
				status = join(older, status)
			}
			joined[status.URL] = status
		}
	}
	all := make([]signaling.Status, len(b.order))
	for i, url := range b.order {
		status := joined[url]
		status.URL = url
		b.lines[url].complete(&status, now)
		all[i] = status
	}
	return all
}

// complete adds what no running strategy knows.
func (l *line) complete(s *signaling.Status, now time.Time) {
	s.Offers += l.offers
	s.Answers += l.answers
	switch {
	case s.Since.After(l.read):
		// It changed since then, by itself.
	case s.Connected == l.connected:
		s.Since = l.since
	default:
		s.Since = now
	}
	l.connected, l.since, l.read = s.Connected, s.Since, now
}

// retire keeps what a strategy has counted.
func (b *board) retire(r *run) {
	for _, status := range r.Status() {
		b.lines[status.URL].offers += status.Offers
		b.lines[status.URL].answers += status.Answers
	}
}

// join joins what the strategies of two epochs say of one server.
func join(older, newer signaling.Status) signaling.Status {
	s := newer
	switch {
	case older.Connected && !newer.Connected:
		s.Since, s.LastError = older.Since, older.LastError
	case older.Connected && older.Since.Before(newer.Since):
		s.Since = older.Since
	case !newer.Connected && older.Since.After(newer.Since):
		s.Since = older.Since
	}
	s.Connected = older.Connected || newer.Connected
	s.Idle = older.Idle && newer.Idle
	s.Peers = max(older.Peers, newer.Peers)
	s.Offers = older.Offers + newer.Offers
	s.Answers = older.Answers + newer.Answers
	return s
}
