package sync

import (
	"errors"
	"fmt"
	"slices"

	"github.com/peersetdb/peerset/pkg/record"
)

var (
	// ErrTooLarge says that a record of our own is beyond Limits.MaxRecord.
	ErrTooLarge = errors.New("sync: record too large")
	// ErrStale says that a newer version of a record is known.
	ErrStale = errors.New("sync: a newer version is known")
	// ErrExpired says that a record had expired before it was put.
	ErrExpired = errors.New("sync: the record has expired")
)

// An item is a record on its way into the store.
type item struct {
	rec    record.Record
	bin    []byte
	key    Key
	from   ConnID // 0: local
	pushed bool   // came as a push: the author waits for a have
	tokens []uint64
	held   bool  // ahead of the clock: it stays out of the tree for a while
	taken  bool  // a transaction has it
	out    bool  // a newer version took its place before a transaction did
	past   bool  // it is no longer on its way
	frees  []Key // what its transaction deletes for it
}

// A transaction is what a Persist stores and deletes.
type transaction struct {
	items   []*item
	garbage []Key
	before  int64 // as in Batch
}

type verification struct {
	conn  ConnID
	items []*item
}

func keyOf(r *record.Record) Key {
	k := Key{At: r.CreatedAt, ID: r.ID, UUID: r.UUID, Kind: KindBody, Expires: r.Expires}
	if r.Deletes {
		k.Kind = KindTombstone
	}
	return k
}

func (c *Core) facts(r *record.Record) Facts {
	if c.cfg.Facts == nil {
		return Facts{}
	}
	return c.cfg.Facts(r)
}

// Put takes in a local record, signed. A PutEvent with the token says when it
// is stored, or why not; a version that a later Put replaces before that is
// acknowledged with its successor.
func (c *Core) Put(now int64, rec record.Record, token uint64) {
	c.advance(now)
	it := &item{rec: rec, bin: rec.AppendBinary(nil), key: keyOf(&rec), tokens: []uint64{token}}
	it.key.Facts = c.facts(&rec)
	it.held = c.leads(it.key)
	switch {
	case len(it.bin) > c.cfg.Limits.MaxRecord:
		c.do(Event{PutEvent{token, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(it.bin), c.cfg.Limits.MaxRecord)}})
	case it.key.expired(now):
		c.do(Event{PutEvent{token, ErrExpired}})
	case !c.enqueue(it):
		c.do(Event{PutEvent{token, ErrStale}})
	}
	c.pump()
}

func (c *Core) onRecords(s *session, b []byte) error {
	return c.onBodies(s, b, func(r *record.Record) error {
		if !s.answered(r.ID) {
			return Reason{Code: ReasonUnsolicited}
		}
		s.moved = c.now
		return nil
	})
}

func (c *Core) onPush(s *session, b []byte) error {
	if s.muted {
		return nil
	}
	return c.onBodies(s, b, func(r *record.Record) error {
		if r.Author != s.speaker() {
			return Reason{Code: ReasonUnsolicited, Text: "pushed another author's record"}
		}
		return nil
	})
}

// onBodies takes in a message of records, each of which allow allows.
func (c *Core) onBodies(s *session, b []byte, allow func(*record.Record) error) error {
	bins, err := readBatch(b)
	if err != nil {
		return err
	}
	v := &verification{conn: s.conn}
	defer func() { c.verify(v) }()
	for _, bin := range bins {
		if len(bin) > c.cfg.Limits.MaxRecord {
			return tooLarge("record", len(bin), c.cfg.Limits.MaxRecord)
		}
		rec, err := record.DecodeBinary(bin, c.cfg.Room)
		if err != nil {
			return Reason{Code: ReasonBadRecord, Text: err.Error()}
		}
		if err := allow(&rec); err != nil {
			return err
		}
		s.traffic.Bodies++
		w := c.wants[rec.ID]
		held, has := c.set.find(rec.ID)
		pushed := w == nil && rec.Author == s.speaker()
		switch {
		case has && (w == nil || !held.Kind.Refused()) || w != nil && w.busy:
			s.traffic.Duplicates++
			if w != nil && w.asked == s.conn {
				w.asked = 0 // it has answered; should the copy that is being verified be forged, it is asked again
			}
			continue
		case w == nil && !pushed:
			continue // it came from another peer meanwhile, and was not kept
		case rec.CreatedAt < c.horizon:
			s.judged(pushed, true)
			c.settled(rec.ID)
			continue
		case keyOf(&rec).expired(c.now):
			s.judged(pushed, true)
			c.tooLate(rec.ID, rec.Expires)
			continue
		case w == nil && c.refuses(rec.ID):
			continue
		case rec.CreatedAt > c.now/1000+maxAhead:
			s.judged(pushed, true)
			// Nobody has checked yet whose it is: it takes a place for an hour at most.
			c.postponed(rec.ID, s.conn, min((rec.CreatedAt-maxAhead)*1000, c.now+forgetAfter), false)
			continue
		}
		if pushed && s.coming >= maxServe {
			c.offered(s, rec.ID) // too fast: it is asked for when there is room
			continue
		}
		s.coming++
		if w == nil {
			w = &want{sources: []ConnID{s.conn}}
			if d := c.deferred[rec.ID]; d != nil {
				c.offerLater(d, s)
				w.sources, w.pause = d.sources, d.pause
				delete(c.deferred, rec.ID)
			}
			c.wants[rec.ID] = w
		}
		w.busy = true
		v.items = append(v.items, &item{rec: rec, bin: bin, key: keyOf(&rec), from: s.conn, pushed: pushed})
	}
	c.settle(s)
	return nil
}

// passed notes that an item is no longer on its way.
func (c *Core) passed(it *item) {
	if s := c.byConn[it.from]; s != nil && !it.past {
		s.coming--
	}
	it.past = true
}

func (c *Core) verify(v *verification) {
	if len(v.items) == 0 {
		return
	}
	t := c.ticket()
	c.verifying[t] = v
	e := Verify{t, v.conn, make([]record.Record, len(v.items)), make([]bool, len(v.items))}
	for i, it := range v.items {
		e.Records[i], e.Pushed[i] = it.rec, it.pushed
	}
	c.do(e)
}

// Verified is the result of a Verify: a verdict on each record.
func (c *Core) Verified(now int64, t Ticket, verdicts []Verdict) {
	c.advance(now)
	v := c.verifying[t]
	delete(c.verifying, t)
	if v == nil {
		return
	}
	lied := false
	s := c.byConn[v.conn]
	for i, it := range v.items {
		verdict := Defer
		if i < len(verdicts) {
			verdict = verdicts[i]
		}
		if verdict != Forged && it.key.expired(c.now) {
			c.passed(it)
			c.tooLate(it.key.ID, it.key.Expires)
			continue
		}
		if s != nil && verdict != Forged {
			s.judged(it.pushed, verdict != Accept)
		}
		if verdict.defers() {
			c.passed(it)
			c.postponed(it.key.ID, it.from, verdict.until(), false)
			c.do(Event{RefusedEvent{it.rec, it.from, false}})
			continue
		}
		switch verdict {
		case Forged:
			c.passed(it)
			lied = true
			if w := c.wants[it.key.ID]; w != nil {
				w.busy = false
				c.unavailable(v.conn, it.key.ID)
			}
			continue
		case Refuse:
			if c.set.refused >= maxRefused && !c.set.has(it.key.ID) {
				c.unwanted.add(it.key.ID, 0)
				c.passed(it)
				c.settled(it.key.ID)
				c.do(Event{RefusedEvent{it.rec, it.from, false}})
				continue
			}
			it.key.Kind |= KindRefused
			it.bin = nil
		}
		it.key.Facts = c.facts(&it.rec)
		switch {
		case c.enqueue(it):
		case verdict == Refuse && c.set.isLapsed(it.key.ID):
			c.set.lapse(c.set.ref(it.key.ID), false)
			c.refused(it) // once more
		default:
			if c.set.stale(it.key) && !c.set.has(it.key.ID) {
				c.outdated.add(it.key.ID, it.key)
			}
			c.passed(it)
			c.settled(it.key.ID)
		}
	}
	if s != nil && lied {
		c.end(s, ReasonBadSignature, "")
	}
	c.pump()
}

// refused ends the way in of a record whose id is kept.
func (c *Core) refused(it *item) {
	c.passed(it)
	c.settled(it.key.ID)
	c.do(Event{RefusedEvent{it.rec, it.from, true}})
}

// enqueue lets an item wait for a transaction, unless something at least as new is
// held or waits too.
func (c *Core) enqueue(it *item) bool {
	if c.set.stale(it.key) {
		return false
	}
	if h, ok := c.held[it.key.UUID]; ok && it.from == 0 && h.At > it.key.At {
		return false
	}
	waiting := c.pending[it.key.UUID]
	for _, p := range waiting {
		if !p.out && (p.key.ID == it.key.ID || !replaces(it, p) && supersedes(p.key, it.key)) {
			return false
		}
	}
	for _, p := range waiting {
		if !p.taken && !p.out && replaces(it, p) {
			p.out = true
			c.passed(p)
			it.tokens = append(p.tokens, it.tokens...)
			c.settled(p.key.ID)
		}
	}
	waiting = slices.DeleteFunc(waiting, func(p *item) bool { return p.out })
	c.pending[it.key.UUID] = append(waiting, it)
	c.queue = append(c.queue, it)
	return true
}

// replaces reports whether an item takes the place of one that waits or is being
// stored. A later edit takes the place of one that is held back, whatever their ids:
// nobody has seen the other.
func replaces(it, p *item) bool {
	return it != p && (supersedes(it.key, p.key) || it.from == 0 && p.held && it.key.At == p.key.At)
}

// commit starts transactions for what is queued.
func (c *Core) commit() {
	for len(c.persisting) < persistAhead && (len(c.queue) > 0 || len(c.garbage) > 0 && len(c.persisting) == 0) {
		var b Batch
		var items []*item
		for len(c.queue) > 0 && len(items) < persistBatch {
			it := c.queue[0]
			c.queue[0], c.queue = nil, c.queue[1:]
			if it.out {
				continue
			}
			it.taken = true
			items = append(items, it)
			b.Put = append(b.Put, Entry{it.key, it.bin})
			for _, h := range c.set.held(it.key.UUID) {
				if it.held {
					break // peers still hold it, and so do we until this one leaves
				}
				if h != it.key && (h.ID == it.key.ID || supersedes(it.key, h)) {
					it.frees = append(it.frees, h)
				}
			}
			for _, p := range c.pending[it.key.UUID] {
				if p.taken && replaces(it, p) && (p.held || !it.held) {
					it.frees = append(it.frees, p.key)
				}
			}
			if h, ok := c.held[it.key.UUID]; ok && it.from == 0 && h.ID != it.key.ID {
				it.frees = append(it.frees, h)
			}
			b.Delete = append(b.Delete, it.frees...)
		}
		tx := transaction{items: items}
		c.clean(&b, &tx)
		if len(b.Put) == 0 && len(b.Delete) == 0 {
			return
		}
		t := c.ticket()
		c.persisting[t] = tx
		c.do(Persist{t, b})
	}
	if len(c.queue) == 0 {
		c.queue = nil
	}
}

// Persisted is the result of a Persist.
func (c *Core) Persisted(now int64, t Ticket, err error) {
	c.advance(now)
	tx, ok := c.persisting[t]
	if !ok {
		return
	}
	delete(c.persisting, t)
	if err != nil {
		c.leftover = append(c.leftover, tx.garbage...)
		c.below = c.below || tx.before != 0
	}
	failed := 0
	switch {
	case len(tx.items) == 0:
	case err != nil:
		c.noRoom = c.now
	case c.noRoom != 0 && c.now-c.noRoom >= deferFor: // a single one that fits means nothing
		c.roomAgain()
		c.noRoom = 0
	}
	var pushes []*item
	for _, it := range tx.items {
		c.unqueue(it)
		c.passed(it)
		w := c.wants[it.key.ID]
		if err != nil && it.from != 0 {
			c.postponed(it.key.ID, it.from, 0, true)
		} else {
			c.settled(it.key.ID)
		}
		if err != nil {
			failed++
		} else if it.held {
			c.held[it.key.UUID] = it.key
			c.do(Event{RecordEvent{it.rec, true, 0}})
		} else if it.key.At < c.horizon {
			c.below = true // the horizon has passed it meanwhile
		} else if gone, added := c.set.add(it.key); added {
			for _, k := range gone {
				if !slices.Contains(it.frees, k) {
					c.garbage = append(c.garbage, k) // it was evicted meanwhile
				}
			}
			c.changed = c.now
			if it.from == 0 {
				delete(c.held, it.key.UUID)
			}
			switch {
			case it.key.Kind.Refused():
				c.refused(it)
			case it.from == 0:
				c.do(Event{RecordEvent{it.rec, true, 0}})
				pushes = append(pushes, it)
			default:
				c.do(Event{RecordEvent{it.rec, false, it.from}})
				c.relay(it, w)
			}
		} else if k, ok := c.set.find(it.key.ID); !ok || k != it.key {
			c.garbage = append(c.garbage, it.key)
		}
		for _, token := range it.tokens {
			c.do(Event{PutEvent{token, err}})
		}
	}
	c.push(pushes)
	if failed > 0 {
		c.do(Event{StoreEvent{failed, err}})
	}
	c.pump()
}

func (c *Core) unqueue(it *item) {
	rest := slices.DeleteFunc(c.pending[it.key.UUID], func(p *item) bool { return p == it })
	if len(rest) == 0 {
		delete(c.pending, it.key.UUID)
	} else {
		c.pending[it.key.UUID] = rest
	}
}
