package sync

// A reconciliation message of a few bytes may ask for 60,000. So the answerer has a token
// bucket per session: what exceeds it waits, and who does not wait for the
// answer before asking again is disconnected.

// afford takes a token.
func (s *session) afford(now int64) bool {
	s.budget = min(s.budget+float64(max(now-s.budgetAt, 0))*askRate/1000, askBurst)
	s.budgetAt = now
	if s.budget < 1 || s.delayed != nil {
		return false
	}
	s.budget--
	return true
}

func (s *session) postpone(t msgType, msg []byte) error {
	if s.delayed != nil {
		return Reason{Code: ReasonExceeded, Text: t.String() + " before the last one was answered"}
	}
	s.delayed = msg
	return nil
}

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
