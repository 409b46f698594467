package torrent

import (
	"maps"
	"slices"
	"time"
)

// schedule says when the next regular announcement is due.
type schedule struct {
	interval time.Duration
	last     time.Time // the last regular announcement; zero before the first
	early    int       // announcements that came early
	failures int       // refused in a row
	soon     bool      // somebody asked for the next to be early
}

// delay is the time between the last regular announcement and the next.
func (c *schedule) delay(lonely bool) time.Duration {
	d := c.interval
	if c.failures > 0 {
		for range c.failures {
			if d *= 2; d >= maxInterval {
				return maxInterval
			}
		}
		return d
	}
	if c.soon {
		return min(d, minInterval)
	}
	if lonely && c.early < earlyCount {
		early := earlyFirst
		for range c.early {
			early *= earlyFactor
		}
		return min(d, early)
	}
	return d
}

// step does what is due and returns when to look again, unless something
// happens before.
func (s *session) step(now time.Time) (next time.Time, err error) {
	for i, o := range s.sent {
		if !s.pool.waits(o) {
			delete(s.sent, i)
		}
	}
	s.ask(now)

	switch {
	case s.schedule.last.IsZero():
		err = s.announceFirst(now)
	case s.inflight != nil:
		err = s.checkResponse(now)
	case !now.Before(s.due()):
		err = s.announceRegular(now)
	default:
		err = s.topUp(now)
	}
	if err != nil {
		return time.Time{}, err
	}
	return s.wake(now), nil
}

// ask asks the host how many peers it wants and has. If it has none, having had
// company for a while, then whoever was met is worth an offer again. Company that
// did not last was out of reach.
func (s *session) ask(now time.Time) {
	s.wanted, s.connected = s.host.Wanted(), s.host.Connected()
	switch alone := s.connected <= 0; {
	case alone && !s.company.IsZero():
		if now.Sub(s.company) >= metFirst {
			clear(s.met)
		}
		s.company = time.Time{}
	case !alone && s.company.IsZero():
		s.company = now
	}
}

// seek looks for peers now, if any are wanted: whoever was met and is not connected may be
// within reach by now.
func (s *session) seek() {
	clear(s.met)
	s.schedule.soon = s.host.Wanted() > 0
}

// wake is when time alone makes something due.
func (s *session) wake(now time.Time) time.Time {
	var at time.Time
	switch {
	case s.schedule.last.IsZero():
		return s.opened.Add(firstWait)
	case s.inflight != nil:
		at = s.inflight.deadline
	default:
		at = s.due()
	}
	if poll := now.Add(wantedPoll); s.wanted <= 0 && poll.Before(at) {
		return poll
	}
	return at
}

// due is when the next regular announcement is.
func (s *session) due() time.Time {
	lonely := len(s.met) == 0 && s.wanted > 0 && s.connected <= 0
	return s.schedule.last.Add(s.schedule.delay(lonely))
}

func (s *session) announceFirst(now time.Time) error {
	n := s.blind()
	ready, _ := s.pool.ready()
	if ready < n && now.Before(s.opened.Add(firstWait)) {
		return nil // offers of one announcement go to different peers, those of two may not
	}
	s.schedule.last = now
	return s.announce(now, n)
}

// blind is how many offers to send without knowing of anybody. Who has company can
// wait until the response says that there are others.
func (s *session) blind() int { return blindOffers(s.wanted, s.connected) }

func blindOffers(wanted, connected int) int {
	if connected > 0 {
		return 0
	}
	return min(wanted, firstOffers)
}

// announceRegular goes out in time with the offers that are at hand. Those that
// turn out to be of use follow when the response has come.
func (s *session) announceRegular(now time.Time) error {
	switch {
	case s.schedule.soon:
		s.schedule.soon = false
		// Whom they went to has not answered, and others may.
		s.recall(slices.Collect(maps.Keys(s.sent)))
	case s.due().Before(s.schedule.last.Add(s.schedule.interval)):
		s.schedule.early++
	}
	s.schedule.last = now
	s.topUps = 0
	n := s.useful(now)
	if s.others() == 0 {
		n = s.blind()
	}
	return s.announce(now, n)
}

// topUp sends offers between the regular announcements if some are of use.
func (s *session) topUp(now time.Time) error {
	n := s.useful(now)
	if s.topUps == maxTopUps || s.schedule.failures > 0 {
		n = 0
	}
	s.pool.want(s.claim, n)
	ready, making := s.pool.ready()
	if n == 0 || ready == 0 || ready < n && making > 0 && len(s.sent) > 0 {
		return nil // the first offer goes at once, the others together
	}
	s.topUps++
	return s.announce(now, n)
}

// useful is how many offers more could each meet a new peer. Those who are
// connected are taken for members of the swarm, under whatever peer id. They need
// not be, so that now and then an offer goes out nevertheless.
func (s *session) useful(now time.Time) int {
	unmet := s.others() - s.met.recent(now)
	strangers := min(unmet, s.others()-s.connected)
	if strangers <= 0 && unmet > 0 && s.pool.quiet(now) >= doubt {
		strangers = 1
	}
	return max(0, min(s.wanted, strangers, maxSent)-len(s.sent))
}

// checkResponse ends the session if nothing came back for too long.
func (s *session) checkResponse(now time.Time) error {
	late := now.Sub(s.inflight.deadline)
	if late < 0 {
		return nil
	}
	if late > lateTimer || len(s.inbox) > 0 {
		s.inflight.deadline = now.Add(responseTimeout)
		return nil
	}
	return errSilent
}

// announce sends one announcement with up to n of the offers at hand. What does
// not fit into the message stays for the next.
func (s *session) announce(now time.Time, n int) error {
	ids := make([]id, max(0, n))
	for k := range ids {
		var err error
		if ids[k], err = s.random.id(); err != nil {
			return err
		}
	}
	out := s.blank()
	if !s.responded {
		out.Event = eventStarted
	}
	size := len(encode(out)) + len(`,"offers":[]`)
	s.inflight = &announcement{deadline: now.Add(responseTimeout)}
	for k, o := range s.pool.take(s.claim, len(ids)) {
		raw := encode(offerOut{
			Offer:   description{Type: "offer", SDP: o.SDP()},
			OfferID: ids[k].wire(),
		})
		more := len(raw) + len(",")
		if size+more > maxOut {
			if len(out.Offers) > 0 {
				s.pool.putBack(o)
				continue
			}
			s.pool.drop(o)
			s.health.complained(errTooLong.Error())
			s.topUps = maxTopUps // the next may be as long
			continue
		}
		size += more
		out.Offers = append(out.Offers, raw)
		s.sent[ids[k]] = o
		s.inflight.offers = append(s.inflight.offers, ids[k])
	}
	out.NumWant = len(out.Offers)
	return s.write(encode(out), writeTimeout)
}

// sayGoodbye lets the tracker forget us before it would notice.
func (s *session) sayGoodbye() {
	if s.schedule.last.IsZero() {
		return
	}
	out := s.blank()
	out.Event = eventStopped
	// The socket is about to be closed, which says the same.
	_ = s.write(encode(out), farewell)
}

// blank is an announcement without event and offers.
func (s *session) blank() announceOut {
	return announceOut{
		Action:    "announce",
		InfoHash:  s.infoHash.wire(),
		PeerID:    s.self.wire(),
		Left:      1, // nobody seeds
		TrackerID: s.trackerID,
	}
}
