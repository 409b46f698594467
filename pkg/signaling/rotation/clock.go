package rotation

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// How far a strategy reaches beyond its epoch. Package documentation says why.
const (
	// overlap is what every member keeps to on either side of a change.
	overlap = 5 * time.Minute
	// lateness may be lost before a strategy that was started is of use.
	lateness = time.Minute
	// spread is how long the random part is.
	spread = 2 * time.Minute
	// early is how long before its epoch a running strategy may be. It has been
	// started within less, so that a clock set back a little does not end it.
	early = overlap + lateness + 2*spread
	// minLength keeps the overlaps of two changes apart.
	minLength = 4 * early
	// look is the pause between two looks at the clock.
	look = 15 * time.Second
)

// epochs is a calendar of epochs, with the random moments of those that are near.
type epochs struct {
	length time.Duration
	random io.Reader
	drawn  map[int64]moments
}

// moments are how long before an epoch its strategy starts, and how long after it ends.
type moments struct{ lead, lag time.Duration }

// at returns the epoch of a time.
func (e *epochs) at(t time.Time) int64 {
	seconds, length := t.Unix(), int64(e.length/time.Second)
	n := seconds / length
	if seconds%length < 0 {
		n--
	}
	return n
}

// start returns when an epoch begins.
func (e *epochs) start(n int64) time.Time { return time.Unix(n*int64(e.length/time.Second), 0) }

// due lists the epochs whose strategies shall be started at t if they do not run.
func (e *epochs) due(t time.Time) ([]int64, error) {
	now := e.at(t)
	for n := range e.drawn {
		if n < now-1 || n > now+1 {
			delete(e.drawn, n)
		}
	}
	due := make([]int64, 0, 2)
	for n := now - 1; n <= now+1; n++ {
		m, err := e.moments(n)
		if err != nil {
			return nil, err
		}
		// What no other member relies on any more is not started.
		if !t.Before(e.start(n).Add(-m.lead)) && t.Before(e.start(n+1).Add(overlap)) {
			due = append(due, n)
		}
	}
	return due, nil
}

// over reports whether the strategy of an epoch shall be ended at t. An epoch that is
// not near t is.
func (e *epochs) over(n int64, t time.Time) bool {
	m, near := e.drawn[n]
	return !near || t.Before(e.start(n).Add(-early)) || !t.Before(e.start(n+1).Add(m.lag))
}

func (e *epochs) moments(n int64) (moments, error) {
	if m, ok := e.drawn[n]; ok {
		return m, nil
	}
	lead, err := e.draw()
	if err != nil {
		return moments{}, err
	}
	lag, err := e.draw()
	if err != nil {
		return moments{}, err
	}
	m := moments{lead, lag}
	e.drawn[n] = m
	return m, nil
}

// draw draws a moment from 6 to 8 minutes.
func (e *epochs) draw() (time.Duration, error) {
	var b [4]byte
	if _, err := io.ReadFull(e.random, b[:]); err != nil {
		return 0, fmt.Errorf("rotation: random source: %w", err)
	}
	fraction := float64(binary.LittleEndian.Uint32(b[:])) / (1 << 32)
	return overlap + lateness + time.Duration(fraction*float64(spread)), nil
}
