package peerset

import (
	"errors"
	"slices"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// Event is news of the database: a psync.RecordEvent, psync.PeerEvent,
// psync.StoreEvent, psync.RangeEvent, IdentityEvent, JudgedEvent, StrikeEvent, BanEvent,
// PruneEvent or SignalingEvent.
type Event any

type subscription struct{ fn func([]Event) }

// Subscribe calls fn with everything that happens from now on, in order, some
// events at a time. It is called on the database's own goroutine: it must be quick and
// must not wait for the database. What Subscribe returns ends it.
func (db *DB) Subscribe(fn func([]Event)) (remove func()) {
	s := &subscription{fn}
	db.inbox.post(func() { db.subs = append(db.subs, s) })
	return func() {
		db.inbox.post(func() { db.subs = slices.DeleteFunc(db.subs, func(t *subscription) bool { return t == s }) })
	}
}

// event notes news until publish.
func (db *DB) event(what any) {
	if e, ok := what.(psync.PutEvent); ok {
		db.failed = db.failed || errors.Is(e.Err, psync.ErrStoreFull)
		if done := db.waiting[e.Token]; done != nil {
			delete(db.waiting, e.Token)
			done(e.Err)
			db.checkIdle()
		}
		return
	}
	switch e := what.(type) {
	case psync.SetEvent:
		db.follow(e)
		return
	case psync.RefusedEvent:
		return // it was reported when it was judged
	case psync.RemovedEvent:
		db.removed(e)
		return
	case psync.PeerEvent:
		db.conduct(e)
	case psync.StoreEvent:
		db.stored(e)
	}
	if len(db.subs) > 0 {
		db.news = append(db.news, what)
	}
}

func (db *DB) publish(news []Event) {
	if len(news) == 0 {
		return
	}
	for _, s := range slices.Clone(db.subs) {
		s.fn(news)
	}
}
