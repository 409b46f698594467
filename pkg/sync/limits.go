package sync

import "github.com/peersetdb/peerset/pkg/record"

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
	// rehashIDs is how many ids are hashed at a time when idle: 10 ms under wasm.
	rehashIDs = 10_000
	// maxBuckets bounds one buckets message: a 16-way level of 128 nodes.
	maxBuckets = 128
	// maxBucketSpan bounds the distance of bucket indices: 2^40 buckets
	// hold any time at any width and keep index arithmetic far from overflow.
	maxBucketSpan = 1 << 40

	// window is how many wanted records may be under way from one peer.
	// It bounds what is received and not yet persisted.
	window = 2048
	// maxServe is how many of our records a peer may have asked for and
	// not yet got: what an honest peer's window allows, twice.
	maxServe = 2 * window
	// maxServed is how many records one may ask for in a session, beyond three
	// times all there are: an honest peer asks for each once.
	maxServed = 10_000
	// maxRefused bounds the ids that are held without a body; further ones
	// are deferred, and do not take part in agreement.
	maxRefused = 100_000
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
	handshakeTimeout = 10_000  // each of the states before syncing
	pingAfter        = 10_000  // of silence
	idleTimeout      = 30_000  // of silence: the session ends
	wantTimeout      = 20_000  // without a record: what was asked for before is asked of others
	wantLimit        = 120_000 // for a record, whatever else comes meanwhile
	roundTimeout     = 30_000  // for the answer to a reconciliation message
	flushAfter       = 100     // announcements of relayed records are gathered
	settleAfter      = 1_000   // without change, before a root is told
	resyncAfter      = 3_000   // of disagreement while nothing is under way
	maxPause         = 60_000  // between rounds that find nothing
	tickEvery        = 1_000
	rehashEvery      = 20    // slices of hashing when idle
	sleepGap         = 5_000 // between ticks: the machine slept, liveness starts anew
	deferFor         = 60_000
)

// An honest record always fits a message.
const _ = uint(MaxMessage - record.MaxBinary - 64)
