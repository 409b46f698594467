package peerset

import (
	"time"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// verify checks signatures and rules in slices, between which the browser has its turn.
func (db *DB) verify(e psync.Verify) {
	db.verifier.post(func() {
		fs := make([]finding, len(e.Records))
		clock := db.clock()
		began := time.Now()
		for i := range fs {
			if time.Since(began) > slice {
				yield()
				began = time.Now()
			}
			fs[i] = db.find(clock, &e.Records[i])
		}
		db.inbox.post(func() { db.found(e, fs) })
	})
}
