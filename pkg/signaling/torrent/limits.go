package torrent

import "time"

// What trackers and the peers behind them may make us do.
const (
	// maxTrackers bounds Config.Trackers; each is a socket that stays open.
	maxTrackers = 32
	// maxOut is the longest message sent: aquatic_ws takes 16 KiB at most.
	maxOut = 16<<10 - 1
	// maxSDP is the longest description taken from a peer. No offer
	// that trackers carry is longer, since its message would not be sent.
	maxSDP = 16 << 10
	// maxTrackerID is the longest tracker id that is echoed.
	maxTrackerID = 256
	// maxReason is how much of a failure reason is kept, in bytes.
	maxReason = 200
	// maxPeers is the largest swarm believed in; it only keeps sums small.
	maxPeers = 1 << 24
	// maxMalformed messages in one session end it.
	maxMalformed = 10
	// maxMessages in a minute is far above what a busy room relays.
	maxMessages = 600
	// maxAnswers is how many offers from one tracker are answered in a minute.
	maxAnswers = 20
	// maxAnswering is how many offers from one tracker are being answered
	// at once; each is a peer connection.
	maxAnswering = 4
	// maxSeen is how many offer ids are remembered to notice repetition.
	maxSeen = 128
	// maxMet is how many peers are remembered as met.
	maxMet = 256
)

// How many offers wait at once.
const (
	// maxOpen bounds the offers that exist, over all trackers. Each is a peer
	// connection of which browsers allow a few hundred per page.
	maxOpen = 10
	// maxSent bounds the offers that wait for an answer from one tracker, as
	// in the reference client.
	maxSent = 5
	// firstOffers is how many go with the first announcement, when the size
	// of the swarm is unknown. The second is for the case that the first
	// goes to a peer that has just left.
	firstOffers = 2
	// maxTopUps is how many announcements may follow a regular one to send
	// offers that it could not.
	maxTopUps = 2
)

// How long things take.
const (
	dialTimeout = 15 * time.Second
	// offerTimeout and answerTimeout bound the host's work: an answer is of no
	// use when the offerer, whose offers live 50 s too, has given it up.
	offerTimeout  = 30 * time.Second
	answerTimeout = 30 * time.Second
	writeTimeout  = 10 * time.Second
	// farewell is how long the orderly end of a session may take.
	farewell = time.Second
	// sentLife is how long an offer waits for an answer, as in the reference client.
	sentLife = 50 * time.Second
	// shelfLife is how long an offer waits to be sent or sent again. It
	// outlasts the usual interval of 120 s, and ends before the ports that
	// a router holds open for its candidates are certainly gone.
	shelfLife = 3 * time.Minute
	// offerRetry is the pause after the host failed to make an offer.
	offerRetry = 5 * time.Second
	// firstWait is how long an open socket waits for the first offers.
	firstWait = 250 * time.Millisecond
	// responseTimeout is how long a response to an announcement may take.
	// Its absence is the only sign of a connection that died silently.
	responseTimeout = 20 * time.Second
	// lateTimer is how late a timer must be to show that the machine slept or
	// the tab was throttled, so that a deadline means nothing.
	lateTimer = 5 * time.Second
	// wantedPoll is how often the host is asked again after it wanted nobody.
	wantedPoll = 15 * time.Second
	// metFirst is how long a peer counts as met; it doubles with every
	// further exchange up to metLast.
	metFirst = time.Minute
	metLast  = time.Hour
	// doubt is how long to believe that those who are connected are those whom
	// the tracker counts.
	doubt = 15 * time.Minute
)

// When to use further trackers, with Config.AtOnce.
const (
	// firstPatience is how long none may respond in the beginning. It is halved
	// each time that more join in vain, down to leastPatience.
	firstPatience = 800 * time.Millisecond
	leastPatience = 200 * time.Millisecond
	// workPatience is the same for trackers that did work: sockets break, and
	// are dialed again.
	workPatience = 15 * time.Second
	// lonelyPatience is how long nobody may be there. Those who are may reach
	// only trackers that are not in use.
	lonelyPatience = time.Minute
	// restAfter is how long fewer trackers would have done when the others leave.
	restAfter  = 30 * time.Second
	employLook = 5 * time.Second
)

// When to announce and to dial.
const (
	// firstInterval holds until the tracker names one, which is then kept
	// between minInterval and maxInterval.
	firstInterval = 30 * time.Second
	minInterval   = 10 * time.Second
	maxInterval   = 30 * time.Minute
	// earlyFirst and earlyFactor space the announcements before anybody was
	// met: after 10 s, then after 30 s.
	earlyFirst  = 10 * time.Second
	earlyFactor = 3
	earlyCount  = 2
	// retryFirst follows the first failure, which is often a hiccup; then come
	// the reference client's 10 s, doubled up to an hour.
	retryFirst = 2 * time.Second
	retryBase  = 10 * time.Second
	retryLast  = time.Hour
	// provenAfter is how long a session must last to reset that series. A
	// tracker that responds and hangs up at once is not dialed every 2 s.
	provenAfter = 30 * time.Second
)
