package peerset

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/peersetdb/peerset/pkg/moderation"
	"github.com/peersetdb/peerset/pkg/nip44"
	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/room"
	"github.com/peersetdb/peerset/pkg/rtc"
	"github.com/peersetdb/peerset/pkg/seal"
	"github.com/peersetdb/peerset/pkg/signaling"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// DB is an open database. Its methods may be called from several goroutines.
type DB struct {
	opts    Options
	limits  psync.Limits
	keys    *room.Keys
	seal    seal.Room
	rtc     *rtc.API
	media   []signaling.Strategy
	looking sync.Once // for peers

	turns       turns
	contentKeys contentKeys

	inbox  *inbox
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	done   sync.WaitGroup // goroutines
	once   sync.Once
	closed error

	// mu guards core for Root, Peers and Stats, which wait for nothing, and who.
	// The loop holds it while it handles an input and never while it waits.
	mu         sync.Mutex
	core       *psync.Core
	who        *author
	sess       *session
	remembered bool // an encrypted key is in the vault
	attending  bool // the session is being renewed or ended

	changing sync.Mutex    // of who is logged in
	changed  uint64        // the last Login or Logout that was done, by number; guarded by changing
	asked    atomic.Uint64 // numbers them

	policy    *moderation.Policy
	horizon   atomic.Int64 // s, of the core
	comparing sync.Mutex   // of similar
	similar   *moderation.Similar

	// What moderation knows, guarded by mu as core is.
	ledger         *moderation.Ledger // nil where no rule looks at the whole set
	restored       bool               // the ledger holds all there is
	followed       chan struct{}      // closed when restored, or when that has failed
	backlog        []change           // that it does not hold yet
	former         []writer           // whose records were withheld when it was opened
	withheldOf     []writer           // whose records are withheld
	policyChanged  bool               // not saved yet: withheldOf
	reviewed       bool               // all that is held, by this policy
	marks          map[record.ID]mark
	judgedFacts    map[record.ID]psync.Facts // while verdicts go to the core
	carriers       *moderation.Strikes       // of peers
	authors        *moderation.Strikes       // of those whose records are refused
	strikesChanged bool
	saving         sync.Mutex // in the vault, of strikes and pins: the last to begin is the last to end
	budgets        map[psync.ConnID]*moderation.Connection
	muted          map[psync.ConnID]bool // by hand
	spent          map[psync.ConnID]bool // muted until their budget has filled again
	counts         []Count
	recent         []JudgedEvent
	pins           map[record.UUID]bool
	full           chan struct{} // a write has failed for want of room
	failed         bool          // one of one's own, since room was made
	crowded        bool          // there is no room for records of others
	settling       bool          // settle is on its way once more
	totals         totals

	// The loop's own.
	conns   map[psync.ConnID]*rtc.Conn
	connIDs map[*rtc.Conn]psync.ConnID
	lastID  psync.ConnID
	tokens  uint64
	waiting map[uint64]func(error) // Puts, by token
	writing int                    // Puts on their way to the core
	subs    []*subscription
	closing bool         // no further Puts; guarded by mu
	onIdle  func()       // once no Put is left
	onEmpty func()       // once no connection is left
	wanted  atomic.Int64 // further peers

	news     []Event
	verifier *inbox
	storer   *inbox
	bound    bool // the store is this room's; the storer's own
	scribe   *inbox
}

// Open opens a database and starts to look for peers. Everything that the store
// holds is there when Open returns.
func Open(ctx context.Context, o Options) (*DB, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	keys, err := room.Derive(ctx, o.Room, o.Password)
	if err != nil {
		return nil, err
	}
	db := &DB{
		opts: o, limits: o.Limits.Filled(), keys: keys,
		conns:    make(map[psync.ConnID]*rtc.Conn),
		connIDs:  make(map[*rtc.Conn]psync.ConnID),
		waiting:  make(map[uint64]func(error)),
		inbox:    newInbox(),
		marks:    make(map[record.ID]mark),
		budgets:  make(map[psync.ConnID]*moderation.Connection),
		muted:    make(map[psync.ConnID]bool),
		spent:    make(map[psync.ConnID]bool),
		full:     make(chan struct{}, 1),
		followed: make(chan struct{}),
	}
	if db.policy, err = moderation.Parse(o.Moderation); err != nil {
		return nil, err
	}
	db.totals.opened, db.totals.since = now(), now()
	db.similar = moderation.NewSimilar(db.policy)
	if db.policy.Follows() {
		db.ledger = moderation.NewLedger(db.policy)
	}
	for _, r := range db.policy.Rules() {
		db.counts = append(db.counts, Count{Name: r.Name, Class: r.Class})
	}
	if keys.Record != nil {
		db.seal.Key = (*nip44.Key)(keys.Record)
	}
	db.wanted.Store(int64(db.limits.MaxPeers))
	if err := db.open(ctx); err != nil {
		db.forget()
		return nil, err
	}
	return db, nil
}

func (db *DB) open(ctx context.Context) error {
	if err := db.checkRoom(ctx); err != nil {
		return err
	}
	if err := db.first(ctx); err != nil {
		return err
	}
	if err := db.loadStrikes(ctx); err != nil {
		return err
	}
	if err := db.loadPins(ctx); err != nil {
		return err
	}
	var err error
	if db.rtc, err = rtc.New(db.opts.RTC, db); err != nil {
		if !errors.Is(err, rtc.ErrUnavailable) {
			err = fmt.Errorf("%w iceServers: %w", ErrOption, err)
		}
		return err
	}
	if err := db.start(ctx); err != nil {
		db.rtc.Close()
		return err
	}
	return nil
}

// forget overwrites the secrets.
func (db *DB) forget() {
	db.keys.Zero()
	db.sess.zero()
	db.contentKeys.clear()
	for _, a := range []*author{db.who, db.sess.author()} {
		if a != nil && (a.key == nil || a.key != db.opts.Key) {
			a.zero()
		}
	}
}

// ErrWrongPassword says that a store holds the room under another password.
var ErrWrongPassword = errors.New("peerset: this browser holds the room under another password, or the room has none; erase it to start anew")

// checkRoom compares the room with the one that the store holds.
func (db *DB) checkRoom(ctx context.Context) error {
	tag, err := db.opts.Store.Secret(ctx, roomName, nil)
	if err != nil {
		return fmt.Errorf("peerset: reading the store: %w", err)
	}
	if tag != nil && subtle.ConstantTimeCompare(tag, db.keys.Tag[:]) == 0 {
		return ErrWrongPassword
	}
	return nil
}

// roomName names the tag of the room in the store, which says what password it has.
const roomName = "room"

// bind makes the store one of this room, before the first record is stored: who mistypes
// the password of a new room, and finds nobody, has bound nothing to it.
func (db *DB) bind(ctx context.Context) error {
	if db.bound {
		return nil
	}
	tag, err := db.opts.Store.Secret(ctx, roomName, func() ([]byte, error) { return db.keys.Tag[:], nil })
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(tag, db.keys.Tag[:]) == 0 {
		return ErrWrongPassword // another tab was quicker
	}
	db.bound = true
	return nil
}

func (db *DB) start(ctx context.Context) error {
	db.core = psync.New(psync.Config{
		Room:        db.keys.Tag,
		Membership:  db.keys.Membership,
		Certificate: db.sess.cert,
		Sign:        db.sess.key.SignHash,
		Instance:    random16(),
		Limits:      db.limits,
		Policy:      db.policy.Hash(),
		Follow:      db.ledger != nil,
		Facts:       db.facts,
		Trace:       db.opts.Trace,
		Bucket:      int64(db.opts.Bucket / time.Second),
		Retention:   int64(db.opts.Retention / time.Second),
	}, now())
	err := db.opts.Store.Index(ctx, func(keys []psync.Key) error {
		db.core.Restore(keys)
		return nil
	})
	if err != nil {
		return fmt.Errorf("peerset: reading the store: %w", err)
	}
	if err := db.findMedia(); err != nil {
		return err
	}
	db.ctx, db.cancel = context.WithCancel(context.Background())
	db.verifier, db.storer, db.scribe = newInbox(), newInbox(), newInbox()
	db.done.Go(db.loop)
	for _, b := range []*inbox{db.verifier, db.storer, db.scribe} {
		db.done.Go(func() { work(db.ctx, b) })
	}
	db.done.Go(func() { db.watchStorage(db.ctx) })
	if db.ledger == nil {
		close(db.followed)
	}
	db.done.Go(func() { db.complain(db.restorePolicy(db.ctx)) })
	return nil
}

// complain tells the page of a failure that no call of its own ends with.
func (db *DB) complain(err error) {
	if err != nil && db.ctx.Err() == nil {
		db.inbox.post(func() { db.event(psync.StoreEvent{Err: err}) })
	}
}

func random16() (b [16]byte) {
	_, _ = rand.Read(b[:]) // never fails
	return b
}

// byeTime is how long Close waits for the peers to hear of it.
const byeTime = 200 * time.Millisecond

// Close says goodbye to all peers, waits for what is being stored, and closes
// the store.
func (db *DB) Close() error {
	db.once.Do(func() {
		db.awaitPuts()
		_ = db.saveStrikes(context.Background()) // they are strikes, not data
		if db.do(context.Background(), func() { db.core.Shutdown(now()) }) == nil {
			db.awaitByes()
		}
		db.awaitStore()
		db.cancel()
		db.rtc.Close()
		db.done.Wait()
		db.forget()
		db.closed = db.opts.Store.Close()
	})
	return db.closed
}

// awaitByes waits until every peer has hung up, or byeTime.
func (db *DB) awaitByes() {
	ctx, cancel := context.WithTimeout(context.Background(), byeTime)
	defer cancel()
	gone := make(chan struct{})
	_ = db.do(ctx, func() { db.onEmpty = func() { close(gone) }; db.checkEmpty() })
	select {
	case <-gone:
	case <-ctx.Done():
	}
}

// awaitPuts refuses further Puts and waits for those under way, but not for a
// signer's.
func (db *DB) awaitPuts() {
	idle := make(chan struct{})
	err := db.do(context.Background(), func() {
		db.closing = true
		if db.who.end != nil {
			db.who.end(ErrClosed)
		}
		db.onIdle = func() { close(idle) }
		db.checkIdle()
	})
	if err == nil {
		<-idle
	}
}

func (db *DB) checkIdle() {
	if db.onIdle != nil && db.writing == 0 && len(db.waiting) == 0 {
		db.onIdle()
		db.onIdle = nil
	}
}

// awaitStore waits for the transactions that were asked for.
func (db *DB) awaitStore() {
	done := make(chan struct{})
	if db.storer.post(func() { close(done) }) {
		<-done
	}
}

// Root is the hash of all that the database holds.
func (db *DB) Root() [32]byte {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.core.Root()
}

// Peers returns what is known of every connection.
func (db *DB) Peers() []psync.Peer {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.core.Peers()
}

// Wake says that the network may be back: peers are looked for without waiting for
// the next attempt's time.
func (db *DB) Wake() {
	for _, m := range db.media {
		m.Wake()
	}
}

// do runs f on the loop and waits for it: who looks at what f has written finds it
// done. The loop is quick, and what it did not come to is done when it ends.
func (db *DB) do(ctx context.Context, f func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	done := make(chan struct{})
	if !db.inbox.post(func() { f(); close(done) }) {
		return ErrClosed
	}
	<-done
	return nil
}

func now() int64 { return time.Now().UnixMilli() }
