//go:build !js

package peerset

import (
	"runtime"
	"sync"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// verify checks signatures on all processors.
func (db *DB) verify(e psync.Verify) {
	db.verifier.post(func() {
		verdicts := make([]psync.Verdict, len(e.Records))
		var wg sync.WaitGroup
		n := runtime.GOMAXPROCS(0)
		for w := range n {
			wg.Go(func() {
				for i := w; i < len(verdicts); i += n {
					verdicts[i] = verdict(&e.Records[i])
				}
			})
		}
		wg.Wait()
		db.inbox.post(func() { db.core.Verified(now(), e.Ticket, verdicts) })
	})
}
