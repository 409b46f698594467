package peerset

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/peersetdb/peerset/pkg/moderation"
	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// draft is what is to be written.
type draft struct {
	event    func(at int64) (record.Event, error) // with this created_at, in seconds
	progress func(tries, expected int64)          // of the work, if not nil
}

// write signs what a draft gives for the time that makes it the newest version, and
// stores it, in the turn that the caller has taken. Where ctx ends first the record may
// still be stored.
//
//	loop        the version's time
//	scribe      the event, sealed and signed; a signer is asked beside it
//	loop        the core takes it in, and says when it is stored
func (db *DB) write(ctx context.Context, a *author, u record.UUID, d draft) (record.Record, error) {
	select {
	case <-db.followed: // the set rules know what is here
	case <-ctx.Done():
		return record.Record{}, ctx.Err()
	}
	for {
		at, err := db.stamp(ctx, a, u)
		if err != nil {
			return record.Record{}, err
		}
		rec, err := db.compose(ctx, a, at, d)
		if err != nil {
			db.abandon(a)
			return record.Record{}, err
		}
		err = db.commit(ctx, a, rec)
		// While a signer was asked a peer may have brought a newer version.
		if !errors.Is(err, psync.ErrStale) || a.signer == nil {
			return rec, err
		}
	}
}

// stamp begins a write: it returns the time of the version.
func (db *DB) stamp(ctx context.Context, a *author, u record.UUID) (at int64, err error) {
	doErr := db.do(ctx, func() {
		if db.closing {
			err = ErrClosed
			return
		}
		if a.signer == nil {
			db.writing++ // Close waits for it, but not for a person
		}
		at = db.core.Stamp(now(), u)
	})
	if doErr != nil {
		return 0, doErr
	}
	return at, err
}

// abandon ends a write that stamp began.
func (db *DB) abandon(a *author) {
	db.inbox.post(func() { db.wrote(a) })
}

func (db *DB) wrote(a *author) {
	if a.signer == nil {
		db.writing--
		db.checkIdle()
	}
}

// compose makes the record: drafted, worked for, judged and signed. What costs time takes
// turns with the page.
func (db *DB) compose(ctx context.Context, a *author, at int64, d draft) (record.Record, error) {
	e, err := onScribe(ctx, db, func() (record.Event, error) { return d.event(at) })
	if err != nil {
		return record.Record{}, contentError(err)
	}
	e.Author = a.pub
	if bits := db.policy.WorkBits(); bits > 0 && e.Kind == record.KindRecord {
		if e, err = db.mine(ctx, e, bits, d); err != nil {
			return record.Record{}, err
		}
	}
	atOnce := a.signer == nil && db.opts.Custom == nil
	rec, err := onScribe(ctx, db, func() (record.Record, error) {
		rec, err := db.judged(e)
		if err == nil && atOnce {
			rec.Event, err = a.sign(ctx, rec.Event)
		}
		return rec, err
	})
	if err != nil || atOnce {
		return rec, contentError(err)
	}
	if db.opts.Custom != nil {
		if err := db.refusal(db.askPage(ctx, &rec, moderation.Verdict{}), &rec); err != nil {
			return record.Record{}, err
		}
	}
	rec.Event, err = a.sign(ctx, rec.Event)
	return rec, err
}

func contentError(err error) error {
	if errors.Is(err, record.ErrForm) || errors.Is(err, record.ErrShape) {
		return fmt.Errorf("%w: %w", ErrContent, err)
	}
	return err
}

// judged makes a record of an event that is not signed yet, if size and rules allow it.
func (db *DB) judged(e record.Event) (record.Record, error) {
	if err := e.Check(); err != nil {
		return record.Record{}, err
	}
	e.ID = e.Hash()
	rec, err := record.Bind(e, db.keys.Tag)
	if err != nil {
		return record.Record{}, err
	}
	if n := len(rec.AppendBinary(nil)); n > db.limits.MaxRecord {
		return record.Record{}, fmt.Errorf("%w: the record has %d bytes, at most %d are allowed", ErrContent, n, db.limits.MaxRecord)
	}
	_, v := db.judge(db.ownClock(&rec), &rec)
	return rec, db.refusal(v, &rec)
}

// ownClock is the clock for records of our own: those that are ahead of it, because many
// versions were written within a second, are held back until they are not.
func (db *DB) ownClock(r *record.Record) moderation.Clock {
	c := db.clock()
	c.Now = max(c.Now, r.CreatedAt)
	return c
}

// RefusedError is why a Put was refused by a rule.
type RefusedError struct{ Verdict moderation.Verdict }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("peerset: refused by the rule %s: %s", e.Verdict.Rule, e.Verdict.Reason)
}

// refusal is the error of a verdict on a record of our own; a flag is reported.
func (db *DB) refusal(v moderation.Verdict, r *record.Record) error {
	if v.Action == moderation.Accept {
		return nil
	}
	own := *r
	_ = db.do(db.ctx, func() { db.report(v, &own, 0) }) // a database that is closed reports to nobody
	if v.Refused() {
		return &RefusedError{v}
	}
	return nil
}

// mineSlice is how long a step of mining tries.
const mineSlice = 4 * time.Millisecond

// mineTries are made at a time: of the largest record, some 5 ms under wasm.
const mineTries = 10

// mine finds a proof of work, in steps between which others have their turn.
func (db *DB) mine(ctx context.Context, e record.Event, bits int, d draft) (record.Event, error) {
	m, err := moderation.NewMiner(e, bits)
	if err != nil {
		return record.Event{}, fmt.Errorf("%w: %w", ErrContent, err)
	}
	for {
		for began := time.Now(); time.Since(began) < mineSlice; {
			if found, ok := m.Step(mineTries); ok {
				return found, nil
			}
		}
		if d.progress != nil {
			d.progress(m.Tries(), int64(1)<<bits)
		}
		yield()
		if err := ctx.Err(); err != nil {
			return record.Event{}, err
		}
		if db.ctx.Err() != nil {
			return record.Event{}, ErrClosed
		}
	}
}

// onScribe runs f in its turn with the other records that are being composed.
func onScribe[T any](ctx context.Context, db *DB, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	var none T
	results := make(chan result, 1)
	if !db.scribe.post(func() { v, err := f(); results <- result{v, err} }) {
		return none, ErrClosed
	}
	select {
	case r := <-results:
		return r.value, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// commit hands the record to the core and waits until it is stored.
func (db *DB) commit(ctx context.Context, a *author, rec record.Record) error {
	result := make(chan error, 1)
	posted := db.inbox.post(func() {
		defer db.wrote(a)
		if db.closing && a.signer != nil {
			result <- ErrClosed
			return
		}
		if db.ledger != nil && !rec.Deletes {
			s, _ := db.subjectOf(&rec)
			if v := db.ledger.Try(db.entryOf(&s)); v.Refused() {
				db.report(v, &rec, 0)
				result <- &RefusedError{v}
				return
			}
			if l := db.policy.Label(&rec, s.Body); l != nil {
				db.marks[rec.ID] = mark{label: l}
			}
		}
		db.tokens++
		db.waiting[db.tokens] = func(err error) { result <- err }
		db.core.Put(now(), rec, db.tokens)
	})
	if !posted {
		return ErrClosed
	}
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
