package peerset

import (
	"time"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// verify checks signatures in slices, between which the browser has its turn.
func (db *DB) verify(e psync.Verify) {
	db.verifier.post(func() {
		good := make([]bool, len(e.Records))
		for i := range good {
			if time.Since(db.sliceFrom) > slice {
				yield()
				db.sliceFrom = time.Now()
			}
			good[i] = e.Records[i].VerifySignature() == nil
		}
		db.inbox.post(func() { db.core.Verified(now(), e.Ticket, good) })
	})
}
