package peerset

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"github.com/peersetdb/peerset/pkg/rtc"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// slice is how long the loop and the signature checks hold the thread before others,
// the page above all, get their turn.
const slice = 8 * time.Millisecond

// pace returns what long work calls between its steps, so that others get theirs.
func pace() func() {
	began := time.Now()
	return func() {
		if time.Since(began) > slice {
			yield()
			began = time.Now()
		}
	}
}

// loop owns the core. It ends with the context.
func (db *DB) loop() {
	defer db.finish()
	timer := time.NewTimer(0)
	defer timer.Stop()
	db.input(func() {}) // the effects of Restore
	for {
		select {
		case <-db.ctx.Done():
			return
		case <-db.inbox.signal:
			began := time.Now()
			for _, f := range db.inbox.take() {
				db.input(f)
				if time.Since(began) > slice {
					yield()
					began = time.Now()
				}
			}
		case <-timer.C:
			db.input(func() {
				db.attend(time.Now())
				db.pardon()
				db.horizon.Store(db.core.Horizon())
				for id, c := range db.conns {
					db.core.Buffered(now(), id, psync.Control, c.Buffered(psync.Control))
				}
				db.core.Tick(now())
			})
		}
		timer.Reset(time.Duration(max(db.core.Deadline()-now(), 0)) * time.Millisecond)
	}
}

// input lets the core handle an input, and carries out what it asks for. The
// news is told without the lock: whoever hears it may ask for Root or Peers.
func (db *DB) input(f func()) {
	db.mu.Lock()
	f()
	db.effects()
	news := db.news
	db.news = nil
	db.mu.Unlock()
	db.publish(news)
}

// work runs what is posted to an inbox, one after the other.
func work(ctx context.Context, b *inbox) {
	defer func() {
		for _, f := range b.close() {
			f()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.signal:
			began := time.Now()
			for _, f := range b.take() {
				f()
				if time.Since(began) > slice {
					yield()
					began = time.Now()
				}
			}
		}
	}
}

// finish answers those who still wait.
func (db *DB) finish() {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, f := range db.inbox.close() {
		f()
	}
	for _, done := range db.waiting {
		done(ErrClosed)
	}
	clear(db.waiting)
	db.writing = 0
	db.checkIdle()
}

// effects carries out what the core asks for.
func (db *DB) effects() {
	type channel struct {
		id psync.ConnID
		ch psync.Channel
	}
	var sent []channel
	for {
		es := db.core.Effects()
		if len(es) == 0 {
			break
		}
		sent = sent[:0]
		for _, e := range es {
			switch e := e.(type) {
			case psync.Send:
				if c := db.conns[e.Conn]; c != nil {
					c.Send(e.Channel, e.Msg)
					if to := (channel{e.Conn, e.Channel}); !slices.Contains(sent, to) {
						sent = append(sent, to)
					}
				}
			case psync.Close:
				db.hangUp(e.Conn)
			case psync.Verify:
				db.verify(e)
			case psync.Persist:
				db.persist(e)
			case psync.Load:
				db.load(e)
			case psync.Event:
				db.event(e.What)
			}
		}
		for _, to := range sent {
			if c := db.conns[to.id]; c != nil {
				db.core.Buffered(now(), to.id, to.ch, c.Buffered(to.ch))
			}
		}
	}
}

func (db *DB) persist(e psync.Persist) {
	db.storer.post(func() {
		err := db.bind(context.Background())
		if err == nil {
			err = db.opts.Store.Apply(context.Background(), e.Batch)
		}
		db.inbox.post(func() { db.core.Persisted(now(), e.Ticket, err) })
	})
}

func (db *DB) load(e psync.Load) {
	db.done.Go(func() {
		bodies, err := db.opts.Store.Bodies(db.ctx, e.Keys)
		db.inbox.post(func() { db.core.Loaded(now(), e.Ticket, bodies, err) })
	})
}

// byeDelay is how long a peer has to hear why we hang up; it hangs up itself then.
const byeDelay = time.Second

func (db *DB) hangUp(id psync.ConnID) {
	c := db.conns[id]
	if c == nil {
		return
	}
	time.AfterFunc(byeDelay, c.Close)
}

// Opened, Message, Drained and Closed hear of connections: DB is an rtc.Handler.
func (db *DB) Opened(c *rtc.Conn) {
	var nonce [32]byte
	_, _ = rand.Read(nonce[:]) // never fails
	db.inbox.post(func() {
		db.lastID++
		db.conns[db.lastID], db.connIDs[c] = c, db.lastID
		local, remote := c.Fingerprints()
		db.core.Connected(now(), db.lastID, c.Offerer(), local, remote, nonce)
		db.count()
	})
}

func (db *DB) Message(c *rtc.Conn, ch psync.Channel, msg []byte) {
	db.inbox.post(func() { db.core.Receive(now(), db.connIDs[c], ch, msg) })
}

func (db *DB) Drained(c *rtc.Conn) {
	db.inbox.post(func() { db.core.Buffered(now(), db.connIDs[c], psync.Data, c.Buffered(psync.Data)) })
}

func (db *DB) Closed(c *rtc.Conn, err error) {
	db.inbox.post(func() {
		id, ok := db.connIDs[c]
		if !ok {
			return // it never opened
		}
		delete(db.connIDs, c)
		delete(db.conns, id)
		db.core.Closed(now(), id, err.Error())
		db.count()
		db.checkEmpty()
	})
}

func (db *DB) checkEmpty() {
	if db.onEmpty != nil && len(db.conns) == 0 {
		db.onEmpty()
		db.onEmpty = nil
	}
}

// count works out how many further peers are wanted.
func (db *DB) count() { db.wanted.Store(int64(max(db.limits.MaxPeers-len(db.conns), 0))) }
