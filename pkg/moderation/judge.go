package moderation

import (
	"github.com/peersetdb/peerset/pkg/record"
)

// Subject is a record to be judged.
type Subject struct {
	Record *record.Record
	// Body is what is in its content; nil for a deletion, for a record that is sealed to
	// others, and for one whose content cannot be read.
	Body *record.Body
	// Sealed says that the content is for some recipients only. It is not judged, even by them:
	// a pure rule has to give all peers the same verdict.
	Sealed bool
}

// Clock is what the rule time compares with, in seconds since 1970.
type Clock struct {
	Now     int64
	Horizon int64 // nothing older is kept; 0 for no horizon
}

// Judge evaluates the clock and the pure rules. Its time is linear in the size of the
// batch. A verdict stands at the place of its subject.
func (p *Policy) Judge(c Clock, batch []Subject) []Verdict {
	vs := make([]Verdict, len(batch))
	var t contents
	for i := range batch {
		vs[i] = p.judge(c, &batch[i], &t)
	}
	return vs
}

func (p *Policy) judge(c Clock, s *Subject, t *contents) Verdict {
	if reason := p.time(c, s.Record); reason != "" {
		return Verdict{Refuse, Local, ruleTime, reason}
	}
	author := s.Record.Author
	if p.denied.has(author) {
		return pure(ruleDeny, "the author is on the list of those who are denied")
	}
	if p.allowed != nil && !p.allowed.has(author) && !p.moderators.has(author) {
		return pure(ruleAllow, "the author is not on the list of those who are allowed")
	}
	if s.Record.Deletes {
		// Whoever may write may take back. A deletion that some peers refuse would leave the record
		// with those who were away.
		return Verdict{}
	}
	if p.moderators != nil && s.Body != nil && s.Body.Collection == LabelCollection {
		return p.judgeLabel(s)
	}
	if p.work > 0 {
		if w := s.Record.Work; int(w.Bits) < p.work || s.Record.ID.Difficulty() < p.work {
			return pure(ruleWork, "too little proof of work")
		}
	}
	return p.judgeContent(s, t)
}

func pure(rule, reason string) Verdict { return Verdict{Refuse, Pure, rule, reason} }

func (p *Policy) time(c Clock, r *record.Record) string {
	v := p.rules[ruleTime]
	switch {
	case v == nil:
		return ""
	case r.CreatedAt > c.Now+v.integer("ahead"):
		return "it is from the future"
	case r.CreatedAt < c.Horizon:
		return "it is older than what is kept"
	}
	return ""
}

// Lapses returns when the reason of a verdict lapses by itself, in ms since 1970; 0 if that
// is not known, or never.
func (p *Policy) Lapses(v Verdict, r *record.Record) int64 {
	if v.Rule != ruleTime {
		return 0
	}
	return (r.CreatedAt - p.rules[ruleTime].integer("ahead")) * 1000
}

// judgeLabel judges a record in the collection of labels. No rule about contents
// applies to a moderator's, which hold a word or an address that others may not write.
func (p *Policy) judgeLabel(s *Subject) Verdict {
	if !p.isLabel(s.Record, s.Body) {
		return pure(ruleModerators, "only moderators write to "+LabelCollection)
	}
	if _, err := ParseLabel(s.Body.Content); err != nil {
		return pure(ruleModerators, err.Error())
	}
	return Verdict{}
}

func (p *Policy) judgeContent(s *Subject, t *contents) Verdict {
	readable := !s.Sealed && s.Body != nil && t.read(s.Body)
	if p.schema != nil {
		if reason := p.schema.check(s, readable, t); reason != "" {
			return pure(ruleSchema, reason)
		}
	}
	if !readable {
		return Verdict{}
	}
	if p.linkField != nil {
		if reason := p.linkField.check(t); reason != "" {
			return pure(ruleLinkField, reason)
		}
	}
	var v Verdict
	if p.noLinks != nil {
		v = p.noLinks.check(s.Body, t, findLink)
	}
	if p.badWords != nil && v.Action != Refuse {
		v = v.join(p.badWords.check(s.Body, t, p.findWord))
	}
	return v
}
