package peerset

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/room"
	"github.com/peersetdb/peerset/pkg/rtc"
	"github.com/peersetdb/peerset/pkg/signaling"
	"github.com/peersetdb/peerset/pkg/signaling/torrent"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// DB is an open database. Its methods may be called from several goroutines.
type DB struct {
	opts  Options
	keys  room.Keys
	id    *record.SecretKey // the identity
	sess  *record.SecretKey // the session key
	until int64             // s, of the certificate
	rtc   *rtc.API
	media []signaling.Strategy

	inbox  *inbox
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	done   sync.WaitGroup // goroutines
	once   sync.Once
	closed error

	// mu guards core for Root, Peers and Stats, which wait for nothing. The
	// loop holds it while it handles an input and never while it waits.
	mu   sync.Mutex
	core *psync.Core

	// The loop's own.
	conns   map[psync.ConnID]*rtc.Conn
	connIDs map[*rtc.Conn]psync.ConnID
	lastID  psync.ConnID
	tokens  uint64
	waiting map[uint64]func(error) // Puts, by token
	subs    []*subscription
	closing bool         // no further Puts
	onEmpty func()       // once no connection is left
	wanted  atomic.Int64 // further peers

	news     []Event
	verifier *inbox
	storer   *inbox
}

// Open opens a database and starts to look for peers. Everything that the store
// holds is there when Open returns.
func Open(ctx context.Context, o Options) (*DB, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	keys, err := room.Derive(o.Room)
	if err != nil {
		return nil, err
	}
	db := &DB{
		opts: o, keys: keys,
		conns:   make(map[psync.ConnID]*rtc.Conn),
		connIDs: make(map[*rtc.Conn]psync.ConnID),
		waiting: make(map[uint64]func(error)),
		inbox:   newInbox(),
	}
	db.wanted.Store(int64(o.MaxPeers))
	if db.id = o.Key; db.id == nil {
		if db.id, err = DeviceKey(ctx, o.Store); err != nil {
			return nil, err
		}
	}
	if db.sess, err = record.GenerateKey(rand.Reader); err != nil {
		return nil, err
	}
	if db.rtc, err = rtc.New(o.RTC, db); err != nil {
		if !errors.Is(err, rtc.ErrUnavailable) {
			err = fmt.Errorf("%w iceServers: %w", ErrOption, err)
		}
		return nil, err
	}
	if err := db.start(ctx); err != nil {
		db.rtc.Close()
		return nil, err
	}
	return db, nil
}

// DeviceKey returns the key that a store keeps for those who bring none. It is
// made on first use.
func DeviceKey(ctx context.Context, s psync.Store) (*record.SecretKey, error) {
	b, err := s.Secret(ctx, "device key", func() ([]byte, error) {
		k, err := record.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		b := k.Bytes()
		return b[:], nil
	})
	if err != nil {
		return nil, err
	}
	return record.SecretKeyFromBytes(b)
}

func (db *DB) start(ctx context.Context) error {
	cert, err := db.certify(time.Now())
	if err != nil {
		return err
	}
	db.core = psync.New(psync.Config{
		Room:        db.keys.Tag,
		Membership:  db.keys.Membership,
		Certificate: cert,
		Sign:        db.sess.SignHash,
		Bucket:      int64(db.opts.Bucket / time.Second),
		Retention:   int64(db.opts.Retention / time.Second),
		MaxPeers:    db.opts.MaxPeers,
	}, now())
	err = db.opts.Store.Index(ctx, func(keys []psync.Key) error {
		db.core.Restore(keys)
		return nil
	})
	if err != nil {
		return fmt.Errorf("peerset: reading the store: %w", err)
	}
	if len(db.opts.Trackers) > 0 {
		m, err := torrent.New(torrent.Config{Trackers: db.opts.Trackers, InfoHash: db.keys.InfoHash()})
		if err != nil {
			return fmt.Errorf("%w trackers: %w", ErrOption, err)
		}
		db.media = append(db.media, m)
	}
	db.ctx, db.cancel = context.WithCancel(context.Background())
	db.verifier, db.storer = newInbox(), newInbox()
	db.done.Go(db.loop)
	db.done.Go(func() { work(db.ctx, db.verifier) })
	db.done.Go(func() { work(db.ctx, db.storer) })
	for _, m := range db.media {
		db.done.Go(func() { _ = m.Run(db.ctx, host{db}) })
	}
	return nil
}

// clockSkew is how many seconds early a certificate begins, for peers whose clocks
// are behind.
const clockSkew = 600

// certify lets the identity vouch for the session key for a day.
func (db *DB) certify(t time.Time) (psync.Certificate, error) {
	from := t.Unix() - clockSkew
	db.until = from + psync.MaxCertificateLife
	e := psync.CertificateEvent(db.sess.PubKey(), from, db.until)
	if err := e.Sign(db.id); err != nil {
		return psync.Certificate{}, err
	}
	return psync.NewCertificate(db.sess.PubKey(), db.until, e), nil
}

// byeTime is how long Close waits for the peers to hear of it.
const byeTime = 200 * time.Millisecond

// Close says goodbye to all peers, waits for what is being stored, and closes
// the store.
func (db *DB) Close() error {
	db.once.Do(func() {
		db.awaitPuts()
		if db.do(context.Background(), func() { db.core.Shutdown(now()) }) == nil {
			db.awaitByes()
		}
		db.awaitStore()
		db.cancel()
		db.rtc.Close()
		db.done.Wait()
		db.sess.Zero()
		if db.opts.Key == nil {
			db.id.Zero()
		}
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

// awaitPuts refuses further Puts and waits for those under way.
func (db *DB) awaitPuts() {
	for left := 1; left > 0; {
		err := db.do(context.Background(), func() {
			db.closing = true
			left = len(db.waiting)
		})
		if err != nil {
			return
		}
		if left > 0 {
			db.awaitStore()
		}
	}
}

// awaitStore waits for the transactions that were asked for.
func (db *DB) awaitStore() {
	done := make(chan struct{})
	if db.storer.post(func() { close(done) }) {
		<-done
	}
}

// Identity is the author of the records that are put.
func (db *DB) Identity() record.PubKey { return db.id.PubKey() }

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

// Stats are figures of the database.
type Stats struct {
	Records int // entries of the set: records, and tombstones of deleted ones
	Peers   []psync.Peer
	Media   []signaling.Status
}

// Stats returns figures of the database.
func (db *DB) Stats() Stats {
	db.mu.Lock()
	s := Stats{Records: db.core.Len(), Peers: db.core.Peers()}
	db.mu.Unlock()
	for _, m := range db.media {
		s.Media = append(s.Media, m.Status()...)
	}
	return s
}

// Wake says that the network may be back: peers are looked for without waiting for
// the next attempt's time.
func (db *DB) Wake() {
	for _, m := range db.media {
		m.Wake()
	}
}

// do runs f on the loop and waits for it.
func (db *DB) do(ctx context.Context, f func()) error {
	done := make(chan struct{})
	if !db.inbox.post(func() { f(); close(done) }) {
		return ErrClosed
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func now() int64 { return time.Now().UnixMilli() }
