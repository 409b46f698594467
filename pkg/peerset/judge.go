package peerset

import (
	"context"
	"sync"
	"time"

	"github.com/peersetdb/peerset/pkg/moderation"
	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// A finding is what was found of a record that a peer sent, beside the loop.
type finding struct {
	forged  bool
	verdict moderation.Verdict
	until   int64 // ms, when a local refusal lapses; 0: see Policy.Lapses
	subject moderation.Subject
	entry   moderation.Entry
}

// ruleForm is of no policy: what it refuses nobody could read.
const ruleForm = "form"

// subjectOf reads a record for the rules. A content that is not of this room's form is
// refused, whatever the policy.
func (db *DB) subjectOf(r *record.Record) (moderation.Subject, moderation.Verdict) {
	s := moderation.Subject{Record: r}
	if r.Deletes {
		return s, moderation.Verdict{}
	}
	c, err := db.bodyOf(r)
	switch {
	case err != nil:
		return s, moderation.Verdict{Action: moderation.Refuse, Class: moderation.Pure, Rule: ruleForm, Reason: err.Error()}
	case c.to != nil:
		s.Sealed = true
	default:
		s.Body = &c.body
	}
	return s, moderation.Verdict{}
}

// bodyOf opens a record as far as the room's key does: what is sealed to some is not read.
func (db *DB) bodyOf(r *record.Record) (contents, error) {
	o, err := db.seal.Open(r.Content)
	if err != nil {
		return contents{}, err
	}
	if p := o.Private; p != nil {
		if !p.For(r.Author) {
			return contents{}, errForm
		}
		return contents{to: p.Recipients()}, nil
	}
	b, err := record.ParseBody(o.Envelope)
	return contents{body: b}, err
}

// facts are what the ledger knows of a record without its body. The core asks for those
// of a peer's records right after they were judged, when they are at hand.
func (db *DB) facts(r *record.Record) psync.Facts {
	if f, ok := db.judgedFacts[r.ID]; ok {
		return f
	}
	s, _ := db.subjectOf(r)
	return psync.Facts(moderation.FactsOf(r, s.Body))
}

func (db *DB) entryOf(s *moderation.Subject) moderation.Entry {
	r := s.Record
	return moderation.Entry{
		At: r.CreatedAt, ID: r.ID, UUID: r.UUID, Deletes: r.Deletes,
		Facts: moderation.FactsOf(r, s.Body), Label: db.policy.Label(r, s.Body),
	}
}

// judge says what the clock and the rules say that know the record only.
func (db *DB) judge(c moderation.Clock, r *record.Record) (moderation.Subject, moderation.Verdict) {
	s, v := db.subjectOf(r)
	if !v.Refused() {
		v = db.policy.Judge(c, []moderation.Subject{s})[0]
	}
	return s, v
}

// find checks a record's signature, and what the rules say that know the record only.
func (db *DB) find(c moderation.Clock, r *record.Record) finding {
	if r.VerifySignature() != nil {
		return finding{forged: true}
	}
	s, v := db.judge(c, r)
	if v.Action == moderation.Accept {
		v = db.compare(s)
	}
	return finding{verdict: v, subject: s, entry: db.entryOf(&s)}
}

// compare looks for texts that are nearly the same.
func (db *DB) compare(s moderation.Subject) moderation.Verdict {
	db.comparing.Lock()
	defer db.comparing.Unlock()
	return db.similar.Check(s)
}

func (db *DB) clock() moderation.Clock {
	return moderation.Clock{Now: time.Now().Unix(), Horizon: db.horizon.Load()}
}

// askAtOnce is how many records the page's own rule is asked of at once: one that never
// answers holds a batch up for as many deadlines as it takes.
const askAtOnce = 64

// found takes the findings back to the loop: the rules come that look at the whole set, at
// the connection, and at what the page itself says.
func (db *DB) found(e psync.Verify, fs []finding) {
	db.judgeAuthors(fs)
	db.judgeRoom(fs)
	db.judgeSet(fs)
	db.judgeConnection(e, fs)
	if db.opts.Custom == nil {
		db.verified(e, fs)
		return
	}
	db.done.Go(func() {
		var asking sync.WaitGroup
		places := make(chan struct{}, askAtOnce)
		for i := range fs {
			if f := &fs[i]; !f.forged && !f.verdict.Refused() {
				places <- struct{}{}
				asking.Go(func() {
					f.verdict = db.askPage(db.ctx, f.subject.Record, f.verdict)
					<-places
				})
			}
		}
		asking.Wait()
		db.inbox.post(func() { db.verified(e, fs) })
	})
}

// ruleBan is of no policy either: it is what bans mean for records.
const ruleBan = "ban"

// judgeAuthors refuses, for as long as the ban lasts, what is by somebody who is banned,
// or who wrote too much of late that rules refuse.
func (db *DB) judgeAuthors(fs []finding) {
	t := now()
	for i := range fs {
		f := &fs[i]
		if f.forged || f.verdict.Refused() {
			continue
		}
		who := f.subject.Record.Author
		if f.until = max(db.carriers.BannedUntil(t, who), db.authors.BannedUntil(t, who)); f.until != 0 {
			f.verdict = moderation.Verdict{Action: moderation.Refuse, Class: moderation.Local, Rule: ruleBan, Reason: "its author is banned here"}
		}
	}
}

// ruleStorage is of no policy: there is no room.
const ruleStorage = "storage"

// judgeRoom refuses others' records while there is room for one's own only, which must not go for them.
func (db *DB) judgeRoom(fs []finding) {
	if !db.crowded {
		return
	}
	for i := range fs {
		f := &fs[i]
		if r := f.subject.Record; !f.forged && !f.verdict.Refused() && !r.Deletes && r.Author != db.who.pub {
			f.verdict = moderation.Verdict{Action: moderation.Refuse, Class: moderation.Local, Rule: ruleStorage, Reason: "there is no room for records of others"}
		}
	}
}

// judgeSet asks the ledger of what nothing has refused yet.
func (db *DB) judgeSet(fs []finding) {
	if db.ledger == nil {
		return
	}
	var entries []moderation.Entry
	var of []int
	for i := range fs {
		if !fs[i].forged && !fs[i].verdict.Refused() {
			entries, of = append(entries, fs[i].entry), append(of, i)
		}
	}
	for k, v := range db.ledger.Judge(entries) {
		if v.Refused() {
			fs[of[k]].verdict = v
		}
	}
}

// judgeConnection bounds what a connection brings unasked.
func (db *DB) judgeConnection(e psync.Verify, fs []finding) {
	c := db.budget(e.Conn)
	for i := range fs {
		if f := &fs[i]; i < len(e.Pushed) && e.Pushed[i] && !f.forged && !f.verdict.Refused() {
			if v := c.Push(now()); v.Refused() {
				f.verdict = v
			}
		}
	}
}

// askPage asks the page's own function, and refuses for now where it gives no answer.
func (db *DB) askPage(ctx context.Context, r *record.Record, v moderation.Verdict) moderation.Verdict {
	rule, ok := db.policy.Custom()
	if !ok || r.Deletes {
		return v // whoever may write may take back
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(rule.Deadline)*time.Millisecond)
	defer cancel()
	d, err := db.Document(r)
	if err != nil {
		return rule.RefusedBy(err.Error())
	}
	reason, err := db.opts.Custom(ctx, d)
	switch {
	case err != nil:
		return rule.RefusedBy(err.Error())
	case reason != "":
		return rule.RefusedBy(reason)
	}
	return v
}

// verified tells the core the verdicts, and the page what they were.
func (db *DB) verified(e psync.Verify, fs []finding) {
	verdicts := make([]psync.Verdict, len(fs))
	db.judgedFacts = make(map[record.ID]psync.Facts, len(fs))
	defer func() { db.judgedFacts = nil }()
	for i := range fs {
		f := &fs[i]
		db.judgedFacts[f.entry.ID] = psync.Facts(f.entry.Facts)
		switch {
		case f.forged:
			verdicts[i] = psync.Forged
			continue
		case f.verdict.Refused() && f.verdict.Class == moderation.Local:
			if f.until == 0 {
				f.until = db.policy.Lapses(f.verdict, f.subject.Record)
			}
			verdicts[i] = psync.DeferUntil(f.until)
		case f.verdict.Refused():
			verdicts[i] = psync.Refuse
			if db.ledger != nil {
				db.marks[f.entry.ID] = mark{barred: f.verdict.Class == moderation.Pure}
			}
		case f.entry.Label != nil:
			db.marks[f.entry.ID] = mark{label: f.entry.Label}
		}
		if f.verdict.Action != moderation.Accept {
			db.report(f.verdict, f.subject.Record, e.Conn)
		}
	}
	db.core.Verified(now(), e.Ticket, verdicts)
	db.blame(e.Conn, fs)
}
