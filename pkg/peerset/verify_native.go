//go:build !js

package peerset

import (
	"runtime"
	"sync"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// verify checks signatures and rules on all processors.
func (db *DB) verify(e psync.Verify) {
	db.verifier.post(func() {
		fs := make([]finding, len(e.Records))
		clock := db.clock()
		var wg sync.WaitGroup
		n := runtime.GOMAXPROCS(0)
		for w := range n {
			wg.Go(func() {
				for i := w; i < len(fs); i += n {
					fs[i] = db.find(clock, &e.Records[i])
				}
			})
		}
		wg.Wait()
		db.inbox.post(func() { db.found(e, fs) })
	})
}
