package sync

import (
	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/record"
)

// Config is what a Core is made of.
type Config struct {
	Room       record.RoomTag
	Membership [32]byte // key that the members of the room share
	// Certificate vouches for the session key, whose signatures Sign makes. Without
	// Sign no session begins before Certify.
	Certificate Certificate
	Sign        func(hash [32]byte) record.Sig
	Bucket      int64    // width in seconds
	Retention   int64    // seconds; what is older is not kept
	Instance    [16]byte // random: of several databases with one session key this is another one
	Policy      [32]byte // hash of what is let in, for peers to see
	Limits      Limits   // 0: the default
	Trace       bool     // RangeEvents are wanted
	Follow      bool     // SetEvents are wanted
	// Facts notes something of every record that comes in, for its Key. It must follow from
	// the record alone. Nil: the facts are zero.
	Facts func(*record.Record) Facts
}

// Core is the state machine of one database.
type Core struct {
	cfg Config
	set *set
	now int64 // ms, of the input being handled

	sessions []*session // in the order in which they came
	byConn   map[ConnID]*session

	nonces [][32]byte // of late

	held     map[record.UUID]Key // versions of our own that are ahead of the clock
	wants    map[record.ID]*want
	deferred map[record.ID]*deferral

	verifying  map[Ticket]*verification
	queue      []*item // to be persisted
	persisting map[Ticket]transaction
	pending    map[record.UUID][]*item // items of queue and persisting
	garbage    []Key                   // keys that the store has and the set has not, to be deleted
	leftover   []Key                   // garbage that could not be deleted: again at the next tick
	loading    map[Ticket]load

	unwanted recent[int64] // ids that are not taken, and since when, in seconds: a clock that was set back may bring them back
	outdated recent[Key]   // versions that came although a newer one is held
	lapsed   []record.ID   // refused ids that are wanted again, in the order in which that was said
	reviewed merkle.Bound  // how far ReconsiderAll has come

	horizon  int64 // seconds; the start of a bucket
	below    bool  // the store has something from before it
	noRoom   int64 // ms, when a transaction with records failed; 0: since then there was room
	probed   int64 // ms, when a record was last asked for to see whether there is
	pruning  bool  // more has expired or lies before it than the last tick has dropped
	lastTick int64
	idle     bool  // all hashes are up to date, or the set is changing
	changed  int64 // ms, when the set last changed
	tickets  Ticket
	effects  []Effect
}

// New returns a core that holds nothing. Its time starts at now.
func New(cfg Config, now int64) *Core {
	c := &Core{
		cfg:        cfg,
		set:        newSet(cfg.Bucket, cfg.Follow),
		now:        now,
		byConn:     make(map[ConnID]*session),
		held:       make(map[record.UUID]Key),
		wants:      make(map[record.ID]*want),
		deferred:   make(map[record.ID]*deferral),
		verifying:  make(map[Ticket]*verification),
		persisting: make(map[Ticket]transaction),
		pending:    make(map[record.UUID][]*item),
		loading:    make(map[Ticket]load),
		unwanted:   recent[int64]{most: maxUnwanted},
		outdated:   recent[Key]{most: maxOutdated},
		lastTick:   now,
		changed:    now,
	}
	c.cfg.Limits = cfg.Limits.Filled()
	c.horizon = c.horizonAt(now)
	return c
}

// horizonAt is the start of the bucket that holds now − retention.
func (c *Core) horizonAt(now int64) int64 {
	t := now/1000 - c.cfg.Retention
	if t < 0 {
		return 0
	}
	return t - t%c.cfg.Bucket
}

// Restore takes in keys that the store holds, cheapest in ascending order. What another tab
// left behind, an older version beside its successor, is deleted from the store, and what
// has expired by the ticks that follow.
func (c *Core) Restore(keys []Key) {
	kept := make([]Key, 0, len(keys))
	for _, k := range keys {
		if k.At >= c.horizon {
			kept = append(kept, k)
		}
	}
	c.below = c.below || len(kept) < len(keys)
	c.garbage = append(c.garbage, c.set.load(kept)...)
}

// Effects returns what is to be done, and forgets it.
func (c *Core) Effects() []Effect {
	if e, any := c.set.news(); any {
		c.do(Event{e})
	}
	e := c.effects
	c.effects = nil
	return e
}

func (c *Core) do(e Effect) { c.effects = append(c.effects, e) }

func (c *Core) ticket() Ticket {
	c.tickets++
	return c.tickets
}

// Find returns the key of the record that is current for a uuid, if it has a body.
func (c *Core) Find(u record.UUID) (Key, bool) {
	k, ok := c.held[u]
	if !ok {
		k, ok = c.set.current(u)
	}
	return k, ok && c.shows(k)
}

// Entry returns the key of the entry of an id, whatever its kind.
func (c *Core) Entry(id record.ID) (Key, bool) { return c.set.find(id) }

// Len returns the number of entries that are held: records, tombstones and refused ids.
func (c *Core) Len() int {
	return c.set.tree.Len() - c.set.tree.Rank(merkle.Bound{Time: c.horizon})
}

// Keys calls fn with the keys of all current records with bodies, oldest first.
func (c *Core) Keys(fn func(Key) bool) {
	for r, it := range c.set.tree.Ascend(merkle.Bound{Time: c.horizon}, merkle.Max) {
		k := c.set.keyOf(r, it)
		if _, newer := c.held[k.UUID]; !newer && c.shows(k) && !fn(k) {
			return
		}
	}
	for _, k := range c.held {
		if c.shows(k) && !fn(k) {
			return
		}
	}
}

// Root is the hash of all that is held at or after the horizon.
func (c *Core) Root() [32]byte { return c.set.tree.Root(c.horizon) }

// Horizon is the time, in seconds, before which nothing is held.
func (c *Core) Horizon() int64 { return c.horizon }

// Peers returns what is known of every connection.
func (c *Core) Peers() []Peer {
	ps := make([]Peer, len(c.sessions))
	for i, s := range c.sessions {
		ps[i] = c.info(s)
	}
	return ps
}

func (c *Core) advance(now int64) { c.now = now }

// pump does what has become possible: it is called at the end of every input.
func (c *Core) pump() {
	c.commit()
	for _, s := range c.sessions {
		c.ask(s)
		c.serve(s)
		c.flushOut(s)
	}
}
