package peerset

import (
	"slices"
	"time"

	"github.com/peersetdb/peerset/pkg/signaling"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// Stats are figures of the database.
type Stats struct {
	Records   int   // entries of the set: records, tombstones of deleted ones, and refused ids
	Refused   int   // ids without a body
	Pinned    int   // records
	Horizon   int64 // ms, before which nothing is kept
	Peers     []psync.Peer
	Media     []signaling.Status
	Limits    psync.Limits
	Session   time.Duration // the longest from a login on
	Opened    int64         // ms
	ClockSkew int64         // ms, by which the peers' clocks are ahead, the median; 0 without peers

	// Since ResetStats: the traffic of all connections, and why some of them ended.
	Since   int64 // ms
	Traffic psync.Traffic
	Ended   map[psync.ReasonCode]int
}

// totals sum up connections that are gone.
type totals struct {
	opened, since int64
	past, base    psync.Traffic
	ended         map[psync.ReasonCode]int
}

// gone adds a connection that has ended.
func (t *totals) gone(e psync.PeerEvent) {
	t.past = sum(t.past, e.Peer.Traffic, 1)
	if t.ended == nil {
		t.ended = make(map[psync.ReasonCode]int)
	}
	t.ended[e.Reason.Code]++
}

// sum returns a + sign·b.
func sum(a, b psync.Traffic, sign uint64) psync.Traffic {
	for _, p := range [...]struct{ to, of *uint64 }{
		{&a.RecordsIn, &b.RecordsIn}, {&a.RecordsOut, &b.RecordsOut},
		{&a.BucketsIn, &b.BucketsIn}, {&a.BucketsOut, &b.BucketsOut}, {&a.RangesIn, &b.RangesIn}, {&a.RangesOut, &b.RangesOut},
		{&a.IDsIn, &b.IDsIn}, {&a.IDsOut, &b.IDsOut}, {&a.OtherIn, &b.OtherIn}, {&a.OtherOut, &b.OtherOut},
		{&a.Bodies, &b.Bodies}, {&a.Duplicates, &b.Duplicates}, {&a.Announced, &b.Announced},
	} {
		*p.to += sign * *p.of
	}
	return a
}

func (db *DB) traffic() psync.Traffic {
	t := db.totals.past
	for _, p := range db.core.Peers() {
		t = sum(t, p.Traffic, 1)
	}
	return t
}

// Stats returns figures of the database.
func (db *DB) Stats() Stats {
	db.mu.Lock()
	s := Stats{
		Records: db.core.Len(), Refused: db.core.Refused(), Pinned: len(db.pins), Horizon: db.core.Horizon() * 1000,
		Peers: db.core.Peers(), Limits: db.limits, Session: db.opts.ClientSession, Opened: db.totals.opened,
		Since: db.totals.since, Traffic: sum(db.traffic(), db.totals.base, ^uint64(0)), Ended: make(map[psync.ReasonCode]int),
	}
	for code, n := range db.totals.ended {
		s.Ended[code] = n
	}
	db.mu.Unlock()
	var skews []int64
	for _, p := range s.Peers {
		if p.RTT >= 0 {
			skews = append(skews, p.ClockSkew)
		}
	}
	if slices.Sort(skews); len(skews) > 0 {
		s.ClockSkew = skews[len(skews)/2]
	}
	for _, m := range db.media {
		s.Media = append(s.Media, m.Status()...)
	}
	return s
}

// ResetStats lets the sums start anew.
func (db *DB) ResetStats() {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.totals.since, db.totals.base, db.totals.ended = now(), db.traffic(), nil
}

// Buckets returns the buckets of the set beside those of a connection; 0 is none.
func (db *DB) Buckets(conn psync.ConnID) []psync.Bucket {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.core.Buckets(conn)
}

// Compare tells all peers the hashes of the buckets, without waiting until it is due.
func (db *DB) Compare() {
	db.inbox.post(func() { db.core.Compare(now()) })
}
