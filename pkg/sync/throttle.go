package sync

// A reconciliation message of a few bytes may ask for 60,000. So the answerer has a token
// bucket per session: what exceeds it waits, as does what finds the control channel full, and who does not wait for the
// answer before asking again is disconnected.

// afford takes a token.
func (s *session) afford(now int64) bool {
	s.budget = min(s.budget+float64(max(now-s.budgetAt, 0))*askRate/1000, askBurst)
	s.budgetAt = now
	if s.budget < 1 || s.delayed != nil || s.control > highWater {
		return false
	}
	s.budget--
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
