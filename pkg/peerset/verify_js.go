package peerset

import (
	"time"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// verify checks signatures in slices, between which the browser has its turn.
func (db *DB) verify(e psync.Verify) {
	db.verifier.post(func() {
		verdicts := make([]psync.Verdict, len(e.Records))
		began := time.Now()
		for i := range verdicts {
			if time.Since(began) > slice {
				yield()
				began = time.Now()
			}
			verdicts[i] = verdict(&e.Records[i])
		}
		db.inbox.post(func() { db.core.Verified(now(), e.Ticket, verdicts) })
		yield()
	})
}
