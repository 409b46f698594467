package sync

import "fmt"

// tokens is a token bucket.
type tokens struct {
	left float64
	at   int64 // ms, when it was last filled up
}

func full(now int64, most int) tokens { return tokens{float64(most), now} }

// holds fills up at a rate, in tokens a second, and reports whether n are there.
func (t *tokens) holds(now int64, n, rate, most int) bool {
	t.left = min(t.left+float64(max(now-t.at, 0))*float64(rate)/1000, float64(most))
	t.at = now
	return t.left >= float64(n)
}

// charge counts a message that was not asked for.
func (c *Core) charge(s *session, bytes int) error {
	messages, rate := c.cfg.Limits.MessagesPerSecond, c.cfg.Limits.BytesPerSecond
	switch {
	case !s.messages.holds(c.now, 1, messages, rateBurst*messages):
		return Reason{Code: ReasonRate, Text: fmt.Sprintf("more than %d messages a second", messages)}
	case !s.bytes.holds(c.now, bytes, rate, rateBurst*rate):
		return Reason{Code: ReasonRate, Text: fmt.Sprintf("more than %d bytes a second", rate)}
	}
	s.messages.left--
	s.bytes.left -= float64(bytes)
	return nil
}

// mayPush reports whether a record of our own may go whole, in a message that is being made or
// another one: a peer that slept gets all at once what was sent meanwhile, and must not
// take it for a flood.
func (c *Core) mayPush(s *session, fits bool, bytes int) bool {
	messages, rate := c.cfg.Limits.MessagesPerSecond, c.cfg.Limits.BytesPerSecond
	n := 1
	if fits {
		n = 0
	}
	if !s.pushed.holds(c.now, n, messages/pushShare, pushBurst*messages) ||
		!s.pushedIn.holds(c.now, bytes, rate/pushShare, pushBurst*rate) {
		return false
	}
	s.pushed.left -= float64(n)
	s.pushedIn.left -= float64(bytes)
	return true
}

// A reconciliation message of a few bytes may ask for 60,000. So the answerer has a token
// bucket per session: what exceeds it waits, as does what finds the control channel full, and who does not wait for the
// answer before asking again is disconnected.

// afford takes a token.
func (s *session) afford(now int64) bool {
	if !s.costly.holds(now, 1, askRate, askBurst) || s.delayed != nil || s.control > highWater {
		return false
	}
	s.costly.left--
	return true
}

func (s *session) postpone(t msgType, msg []byte) error {
	if s.delayed != nil && !told(s.delayed) {
		return Reason{Code: ReasonExceeded, Text: t.String() + " before the last one was answered"}
	}
	s.delayed = msg
	return nil
}

// told reports whether a message is a root that asks for nothing: the next message
// may take its place.
func told(msg []byte) bool { return msgType(msg[0]) == msgRoot && len(msg) > 2 && msg[2] == 0 }

// resume answers the message that waits, if its turn has come.
func (c *Core) resume(s *session) error {
	msg := s.delayed
	if msg == nil {
		return nil
	}
	s.delayed = nil
	if !s.afford(c.now) {
		s.delayed = msg
		return nil
	}
	return rules[msgType(msg[0])].handle(c, s, msg[2:])
}
