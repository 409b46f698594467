package peerset

import (
	"context"
	"sync"

	"github.com/peersetdb/peerset/pkg/record"
)

// turns lets the writes of one record follow each other in the order in which they
// were asked for: each bears a later time than the one before.
type turns struct {
	mu   sync.Mutex
	last map[record.UUID]chan struct{} // closed when the last in the row is done
}

// take waits for one's turn. What it returns ends it.
func (t *turns) take(ctx context.Context, u record.UUID) (func(), error) {
	mine := make(chan struct{})
	t.mu.Lock()
	before := t.last[u]
	if t.last == nil {
		t.last = make(map[record.UUID]chan struct{})
	}
	t.last[u] = mine
	t.mu.Unlock()
	var once sync.Once
	done := func() {
		once.Do(func() {
			close(mine)
			t.mu.Lock()
			defer t.mu.Unlock()
			if t.last[u] == mine {
				delete(t.last, u)
			}
		})
	}
	if before == nil {
		return done, nil
	}
	select {
	case <-before:
		return done, nil
	case <-ctx.Done():
		go func() { <-before; done() }() // who comes after waits for who came before
		return nil, ctx.Err()
	}
}
