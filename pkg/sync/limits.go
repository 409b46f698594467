package sync

import (
	"errors"
	"fmt"

	"github.com/peersetdb/peerset/pkg/record"
)

// ErrLimits says that a limit is out of bounds.
var ErrLimits = errors.New("sync: limit")

// Limits bound the sessions with peers. A peer that exceeds one is told so, and its session ends. The
// pages of one room should have the same: a peer keeps to its own.
type Limits struct {
	// In milliseconds: how long the peer's hello may take, then its proof, and then its ready;
	// how long it may be silent; and after what time a session is renewed by a
	// fresh handshake.
	HandshakeTimeout, ChallengeTimeout, IdleTimeout, PeerSession int64
	// MaxPeers are the most peers, SessionsPerIdentity those of them with one npub.
	MaxPeers, SessionsPerIdentity int
	// What a peer may send that it was not asked for; ten times as much at once.
	MessagesPerSecond, BytesPerSecond int
	// In bytes, of a message and of a record's binary form.
	MaxMessage, MaxRecord int
}

// DefaultLimits are the limits where nothing else is said.
func DefaultLimits() Limits {
	return Limits{
		HandshakeTimeout: 10_000, ChallengeTimeout: 10_000, IdleTimeout: 30_000, PeerSession: 3_600_000,
		MaxPeers: 20, SessionsPerIdentity: 8,
		MessagesPerSecond: 1000, BytesPerSecond: 16 << 20,
		MaxMessage: MaxMessage, MaxRecord: record.MaxBinary,
	}
}

// bound is what a limit may be.
type bound struct {
	name        string
	value       int64
	least, most int64
}

func (l *Limits) bounds() []bound {
	return []bound{
		{"HandshakeTimeout", l.HandshakeTimeout, 1000, 300_000},
		{"ChallengeTimeout", l.ChallengeTimeout, 1000, 300_000},
		{"IdleTimeout", l.IdleTimeout, 3000, 300_000},
		{"PeerSession", l.PeerSession, 5000, MaxCertificateLife * 1000},
		{"MaxPeers", int64(l.MaxPeers), 1, 1000},
		{"SessionsPerIdentity", int64(l.SessionsPerIdentity), 1, 1000},
		// A round may bring askBurst messages of a rangeFrame at once.
		{"MessagesPerSecond", int64(l.MessagesPerSecond), 100, 1 << 20},
		{"BytesPerSecond", int64(l.BytesPerSecond), 4 << 20, 1 << 30},
		{"MaxMessage", int64(l.MaxMessage), max(rangeFrame, int64(l.MaxRecord)) + 64, MaxMessage},
		{"MaxRecord", int64(l.MaxRecord), 1024, record.MaxBinary},
	}
}

// Check reports a limit that is out of bounds; 0 stands for the default.
func (l Limits) Check() error {
	l = l.Filled()
	for _, b := range l.bounds() {
		if b.value < b.least || b.value > b.most {
			return fmt.Errorf("%w %s: %d is not within %d to %d", ErrLimits, b.name, b.value, b.least, b.most)
		}
	}
	return nil
}

// Filled puts the defaults where nothing is said.
func (l Limits) Filled() Limits {
	d := DefaultLimits()
	for _, p := range [...]struct{ v, d *int64 }{
		{&l.HandshakeTimeout, &d.HandshakeTimeout}, {&l.ChallengeTimeout, &d.ChallengeTimeout},
		{&l.IdleTimeout, &d.IdleTimeout}, {&l.PeerSession, &d.PeerSession},
	} {
		if *p.v == 0 {
			*p.v = *p.d
		}
	}
	for _, p := range [...]struct{ v, d *int }{
		{&l.MaxPeers, &d.MaxPeers}, {&l.SessionsPerIdentity, &d.SessionsPerIdentity},
		{&l.MessagesPerSecond, &d.MessagesPerSecond}, {&l.BytesPerSecond, &d.BytesPerSecond},
		{&l.MaxMessage, &d.MaxMessage}, {&l.MaxRecord, &d.MaxRecord},
	} {
		if *p.v == 0 {
			*p.v = *p.d
		}
	}
	return l
}

// Limits of what a peer may make us hold or do. All are per session unless said
// otherwise.
const (
	// maxIDs bounds have, want and absent: 448 ids of 32 bytes stay
	// within one 16 KiB fragment.
	maxIDs = 448
	// maxRecords bounds the records of one message; a record has 114
	// bytes at least, so it never binds before batchBytes does.
	maxRecords = 512
	// batchBytes is where a sender closes a batch of records: one 16 KiB fragment.
	batchBytes = 16<<10 - 64
	// maxReason bounds the text of a bye, in bytes.
	maxReason = 200
	// rangeFrame bounds a range message: what strfry accepts in hex.
	rangeFrame = 60_000
	// maxTrips bounds the range messages of a round: ids of 7 million records.
	maxTrips = 4096
	// askBurst is how many reconciliation messages a peer may send at once, and
	// askRate how many a second after that: each may cost 60,000 bytes.
	askBurst = 400
	askRate  = 20
	// rateBurst is how many seconds' worth of messages and bytes may come at once.
	rateBurst = 10
	// pushBurst is how many seconds' worth of them a writer pushes at once, and one pushShare-th is
	// what it pushes steadily: what a peer finds when it has slept through IdleTimeout stays
	// within rateBurst. Further records are announced, and come when they are asked for.
	pushBurst = 2
	pushShare = 5
	// maxTraced bounds the RangeEvents of one message.
	maxTraced = 256
	// maxNonces bounds the nonces that are kept in mind, ours and others'.
	maxNonces = 1024
	// rehashIDs is how many ids are hashed at a time when idle: 10 ms under wasm.
	rehashIDs = 10_000
	// pruneSlice is how many entries a tick drops that have expired or have fallen below
	// the horizon: 10 ms under wasm.
	pruneSlice = 400
	// reviewSlice is how many entries ReconsiderAll looks at: 0.5 ms under wasm if all are refused.
	reviewSlice = 2000
	// cleanBatch is how many deletions of garbage one transaction has at most: queueing
	// one costs the page 25 µs.
	cleanBatch = 256
	// maxBuckets bounds one buckets message: a 16-way level of 128 nodes.
	maxBuckets = 128
	// maxBucketSpan bounds the distance of bucket indices: 2^40 buckets
	// hold any time at any width and keep index arithmetic far from overflow.
	maxBucketSpan = 1 << 40

	// window is how many wanted records may be under way from one peer.
	// It bounds what is received and not yet persisted.
	window = 2048
	// doubtAfter is how many records of a peer are judged before it may be doubtful, and doubtRate how
	// many a second it is asked for then. A first sync brings a window of them before anything is known.
	doubtAfter = 512
	doubtRate  = 32
	// maxServe is how many of our records a peer may have asked for and
	// not yet got: what an honest peer's window allows, twice.
	maxServe = 2 * window
	// maxServed is how many records one may ask for on a connection, beyond three times all there are
	// and once more each hour: an honest peer asks for each once, but for what it refuses for a while.
	maxServed = 10_000
	// maxRefused bounds the ids that are held without a body; further ones
	// are remembered outside the set, as unwanted.
	maxRefused = 100_000
	// maxUnwanted bounds each of two generations of ids that are not held and not
	// asked for: 70 bytes each.
	maxUnwanted = 32_768
	// maxOutdated bounds each of two generations of older versions that came in vain.
	maxOutdated = 8192
	// maxDeclined bounds the ids that a peer has said it does not want.
	maxDeclined = 2 * maxUnwanted
	// lapsedBlind is how many refused ids that are wanted again are asked of a peer that
	// is not known to have them.
	lapsedBlind = 1_000
	// maxOffer bounds the ids that a peer has offered and was not asked for yet.
	// Reconciliation waits at half of it; of what is announced beyond it a later
	// round finds the rest.
	maxOffer = 20_000
	// maxLacks bounds the wanted ids of which a peer has no body.
	maxLacks = maxRefused
	// maxDeferred bounds the ids that were refused for a while (a clock
	// ahead, a full disk) and are not asked for again so soon.
	maxDeferred = 4096
	// loadBytes is about how much one Load effect reads for a peer.
	loadBytes = 192 << 10
	// highWater is the buffered amount at which bulk data pauses: enough for
	// 20 Mbit/s at 100 ms, little enough that a ping is never late.
	highWater = 256 << 10
	// maxControl is the control data that may wait for a peer before it is
	// disconnected: it asks and does not read.
	maxControl = 4 << 20
	// pushBacklog is the bulk data waiting for a peer above which own
	// writes are announced instead of pushed whole.
	pushBacklog = 1 << 20
	// persistBatch is how many records one transaction stores at most: queueing a
	// put costs the page 25 µs.
	persistBatch = 512
	// persistAhead is how many transactions may be under way.
	persistAhead = 2

	// maxAhead is how far a record's created_at may be ahead of our clock,
	// in seconds: peers' clocks are up to 10 minutes apart, and a version may
	// lead its author's by maxLead.
	maxAhead = maxSkew + maxLead
	// maxSkew is how far two clocks may be apart, in seconds.
	maxSkew = 600
	// maxLead is how far a version of our own may be ahead of our clock, in
	// seconds, when it leaves. What is further ahead waits.
	maxLead = 60
	// maxTime bounds every time, in seconds: a JavaScript number holds it,
	// and sums with it are far from overflow.
	maxTime = 1 << 53
)

// Times, in milliseconds.
const (
	pingAfter    = 10_000  // of silence
	measureAfter = 60_000  // without a pong: the round-trip time and the clocks are measured again
	renewLate    = 30_000  // after the offerer should have renewed the session
	wantTimeout  = 20_000  // without a record: what was asked for before is asked of others
	wantLimit    = 120_000 // for a record, whatever else comes meanwhile
	roundTimeout = 30_000  // for the answer to a reconciliation message
	flushAfter   = 100     // announcements of relayed records are gathered
	settleAfter  = 1_000   // without change, before a root is told
	resyncAfter  = 3_000   // of disagreement while nothing is under way
	maxPause     = 60_000  // between rounds that find nothing
	tickEvery    = 1_000
	servedAgain  = 3_600_000 // all may be asked for once more; see maxServed
	rehashEvery  = 20        // slices of hashing when idle
	sleepGap     = 5_000     // between ticks: the machine slept, liveness starts anew
	deferFor     = 60_000    // the first time that a record is refused for a while
	forgetAfter  = 3_600_000 // half of how long a deferral is kept whose peers are gone
)

// An honest record always fits a message.
const _ = uint(MaxMessage - record.MaxBinary - 64)
