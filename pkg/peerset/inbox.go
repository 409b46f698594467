package peerset

import "sync"

// inbox is an unbounded queue of work for one goroutine: those who post never
// wait, because some of them are browser callbacks. What peers can put into it
// is bounded by the protocol's windows.
type inbox struct {
	signal chan struct{} // has a token while the queue is not empty
	mu     sync.Mutex
	queue  []func()
	closed bool
}

func newInbox() *inbox { return &inbox{signal: make(chan struct{}, 1)} }

// post queues work; false says that the inbox is closed.
func (b *inbox) post(f func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.queue = append(b.queue, f)
	select {
	case b.signal <- struct{}{}:
	default:
	}
	return true
}

// take returns all that is queued.
func (b *inbox) take() []func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.queue
	b.queue = nil
	return q
}

// close refuses further work and returns what is queued.
func (b *inbox) close() []func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.queue
	b.closed, b.queue = true, nil
	return q
}
