package idb

import (
	"context"
	"fmt"
	"syscall/js"
	"time"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// patience is how long to wait for other connections to a database.
type patience struct {
	// blocked counts from the event of that name: every other connection has
	// been asked to close, and one did not.
	blocked time.Duration
	// silent counts from the start. A request behind another one that is
	// blocked gets no event at all.
	silent time.Duration
}

var defaultPatience = patience{blocked: 3 * time.Second, silent: 15 * time.Second}

// requestEvents are all events of a request to open or delete a database.
var requestEvents = [...]string{"upgradeneeded", "blocked", "success", "error"}

// request waits for a request to open or delete a database. Such a request
// cannot be withdrawn: if request returns before its end, late runs
// when it succeeds after all.
func request(ctx context.Context, req js.Value, p patience, upgrade, late func()) error {
	// Each has one event at most; to wait in a handler would stop the page.
	blocked := make(chan struct{}, 1)
	done := make(chan error, 1)
	handler := js.FuncOf(func(_ js.Value, args []js.Value) any {
		switch args[0].Get("type").String() {
		case "upgradeneeded":
			upgrade()
		case "blocked":
			blocked <- struct{}{}
		case "success":
			done <- nil
		case "error":
			done <- reported(req.Get("error"))
		}
		return nil
	})
	for _, event := range requestEvents {
		req.Set("on"+event, handler)
	}
	release := func() {
		for _, event := range requestEvents {
			req.Set("on"+event, js.Null())
		}
		handler.Release()
	}

	timer := time.NewTimer(p.silent)
	defer timer.Stop()
	var err error
	for err == nil {
		select {
		case err := <-done:
			release()
			return err
		case <-blocked:
			timer.Reset(p.blocked)
		case <-timer.C:
			err = fmt.Errorf("%w: close the page's other tabs, or reload them", psync.ErrStoreBlocked)
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	go func() {
		if <-done == nil {
			late()
		}
		release()
	}()
	return err
}
