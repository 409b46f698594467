package torrent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/peersetdb/peerset/pkg/signaling"
)

// inboxSize lets the reader run ahead of the decisions.
const inboxSize = 64

var (
	errRefused   = errors.New("torrent: the tracker refused")
	errSilent    = errors.New("torrent: the tracker does not respond")
	errFlood     = fmt.Errorf("torrent: the tracker sent more than %d messages in a minute", maxMessages)
	errTooLong   = fmt.Errorf("torrent: a session description does not fit into %d bytes", maxOut)
	errGibberish = fmt.Errorf("%w, %d times", errMalformed, maxMalformed)
)

// session is one socket's life. All fields below the line belong to the
// goroutine that decides.
type session struct {
	*tracker
	conn    conn
	host    signaling.Host
	pool    *pool
	claim   *user
	self    id
	opened  time.Time
	hosting context.Context // of the host's calls
	hosted  *sync.WaitGroup // those calls
	inbox   chan message
	broken  chan error    // why the reader ended; holds one
	done    chan struct{} // closed when nobody receives any more
	answers chan reply

	// ----

	wanted    int       // by the host, when last asked
	connected int       // with the host, when last asked
	company   time.Time // since when that is more than none; zero if it is not
	responded bool
	refusal   error // the last failure reason, if no response came after it
	peers     int   // in the swarm, from the last response; 0 if unknown
	trackerID string
	schedule  schedule
	inflight  *announcement
	topUps    int // since the last regular announcement
	sent      map[id]*offer
	met       met

	seen      seen
	offerRate rate
	answering int
}

// announcement is one that waits for its response.
type announcement struct {
	offers   []id
	deadline time.Time
}

// reply is the host's answer to an offer; err says why there is none.
type reply struct {
	peer, offer id
	sdp         string
	err         error
}

func newSession(t *tracker, c conn, h signaling.Host, p *pool, claim *user, self id) *session {
	return &session{
		tracker: t, conn: c, host: h, pool: p, claim: claim, self: self,
		opened:  time.Now(),
		inbox:   make(chan message, inboxSize),
		broken:  make(chan error, 1),
		done:    make(chan struct{}),
		answers: make(chan reply),
		sent:    make(map[id]*offer),
		met:     make(met),

		offerRate: rate{limit: maxAnswers},
		schedule:  schedule{interval: firstInterval},
	}
}

// read passes on what the tracker says.
func (s *session) read(ctx context.Context) {
	messages := rate{limit: maxMessages}
	malformed := 0
	for {
		data, err := s.conn.Read(ctx)
		if err == nil && !messages.allow(time.Now()) {
			err = errFlood
		}
		if err != nil {
			s.broken <- err
			return
		}
		m, err := decode(data, s.infoHash, s.self)
		if err != nil {
			s.health.complained(err.Error())
			if malformed++; malformed == maxMalformed {
				s.broken <- errGibberish
				return
			}
			continue
		}
		select {
		case s.inbox <- m:
		case <-s.done:
			// Read on, so that the other side's close is seen.
		}
	}
}

// decide is the session's loop. It returns nil only when ctx is done.
func (s *session) decide(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-s.broken:
			return s.lastWords(err)
		case m := <-s.inbox:
			s.hear(m)
		case r := <-s.answers:
			if err := s.sendAnswer(r); err != nil {
				return err
			}
		case <-s.claim.changed:
		case <-s.poke:
			s.seek()
		case <-timer.C:
		}
		next, err := s.step(time.Now())
		if err != nil {
			return err
		}
		timer.Reset(time.Until(next))
	}
}

// lastWords hears what came before the connection broke: an answer may be there,
// or the reason.
func (s *session) lastWords(broken error) error {
	for {
		select {
		case m := <-s.inbox:
			if m.kind != kindOffer {
				s.hear(m)
			}
		default:
			if s.refusal != nil {
				return s.refusal
			}
			return broken
		}
	}
}

func (s *session) hear(m message) {
	switch m.kind {
	case kindResponse:
		s.hearResponse(m)
	case kindFailure:
		s.hearFailure(m)
	case kindOffer:
		s.hearOffer(m)
	case kindAnswer:
		s.hearAnswer(m)
	}
}

func (s *session) hearResponse(m message) {
	s.responded = true
	s.refusal = nil
	s.schedule.failures = 0
	if m.interval > 0 {
		s.schedule.interval = m.interval
	}
	if m.trackerID != "" {
		s.trackerID = m.trackerID
	}
	s.peers = m.peers
	s.health.responded(m.peers)
	if s.inflight == nil {
		return
	}
	if s.others() == 0 {
		s.recall(s.inflight.offers)
	}
	s.inflight = nil
}

func (s *session) hearFailure(m message) {
	s.refusal = fmt.Errorf("%w: %s", errRefused, m.reason)
	s.health.complained(s.refusal.Error())
	if s.inflight == nil {
		return
	}
	s.schedule.failures++
	s.recall(s.inflight.offers)
	s.inflight = nil
}

// recall returns offers that reached nobody to the pool.
func (s *session) recall(offers []id) {
	for _, i := range offers {
		if o, ok := s.sent[i]; ok {
			delete(s.sent, i)
			s.pool.putBack(o)
		}
	}
}

// others is how many peers the swarm has beside us, as far as known.
func (s *session) others() int { return max(0, s.peers-1) }

// hearAnswer connects the offer that was answered. A second answer to it finds
// nothing.
func (s *session) hearAnswer(m message) {
	o, ok := s.sent[m.offer]
	if !ok {
		return
	}
	delete(s.sent, m.offer)
	if !s.pool.claim(o) {
		return
	}
	s.health.answered()
	s.met.add(m.peer, time.Now())
	// The host keeps its own account of what fails from here on.
	s.hosted.Go(func() { _ = o.Accept(m.sdp) })
}

// hearOffer has the host answer, within the limits.
func (s *session) hearOffer(m message) {
	if !s.seen.add(m.offer) {
		return
	}
	s.health.offered()
	if s.answering == maxAnswering || s.host.Wanted() <= 0 || !s.offerRate.allow(time.Now()) {
		return
	}
	s.answering++
	s.hosted.Go(func() {
		ctx, cancel := context.WithTimeout(s.hosting, answerTimeout)
		defer cancel()
		sdp, err := s.host.Answer(ctx, m.sdp)
		select {
		case s.answers <- reply{peer: m.peer, offer: m.offer, sdp: sdp, err: err}:
		case <-s.done:
		}
	})
}

func (s *session) sendAnswer(r reply) error {
	s.answering--
	if r.err != nil {
		return nil
	}
	msg := encode(answerOut{
		Action:    "announce",
		InfoHash:  s.infoHash.wire(),
		PeerID:    s.self.wire(),
		ToPeerID:  r.peer.wire(),
		OfferID:   r.offer.wire(),
		Answer:    description{Type: "answer", SDP: r.sdp},
		TrackerID: s.trackerID,
	})
	if len(msg) > maxOut {
		s.health.complained(errTooLong.Error())
		return nil
	}
	s.met.add(r.peer, time.Now())
	return s.write(msg, writeTimeout)
}

func (s *session) write(msg []byte, timeout time.Duration) error {
	// A message that is under way is finished although the session may be ending.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.hosting), timeout)
	defer cancel()
	return s.conn.Write(ctx, msg)
}

// dropOffers closes what no answer can reach any more.
func (s *session) dropOffers() {
	for _, o := range s.sent {
		s.pool.drop(o)
	}
}
