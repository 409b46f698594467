package tracker

import "time"

const (
	// maxFrame is the longest message from a client: ten offers of browsers
	// fit. Novage's wt-tracker has the same limit.
	maxFrame = 64 << 10
	// maxDescription is the longest offer or answer, in bytes of JSON. With the
	// rest of its message it stays well below what clients read.
	maxDescription = 16 << 10
	// maxOffers is how many offers of one announcement are relayed.
	maxOffers = 10
	// maxHashes is how many info hashes a socket may be announced under, and
	// how many a scrape may ask about.
	maxHashes = 50
	// maxQueue is how many messages wait for a slow client before it is cut off.
	maxQueue = 64
	// maxRefused is how many messages a socket may have refused before it is closed.
	maxRefused = 100
	// writeTimeout is how long the network may take to accept one message.
	writeTimeout = 10 * time.Second
	// ttlIntervals is how many intervals a peer may stay silent by default.
	ttlIntervals = 3
	// scrapeIntervals is how much rarer than announcements scrapes are wished,
	// as in the reference.
	scrapeIntervals = 5

	defaultInterval   = 2 * time.Minute
	defaultMaxSockets = 10000
)
