package moderation

import (
	"math/bits"

	"github.com/peersetdb/peerset/pkg/record"
)

// Change is an entry whose body has to go.
type Change struct {
	ID      record.ID
	Verdict Verdict
}

// verdict says what the set rules say of an entry.
func (l *Ledger) verdict(i int32) Verdict {
	e := &l.entries[i]
	if !e.counts || e.deletes || e.exempt {
		return Verdict{}
	}
	if l.removed[e.uuid] > 0 {
		return Verdict{Refuse, Set, ruleModerators, "a moderator has removed it"}
	}
	for _, until := range l.bans[e.facts.author()] {
		if e.at <= until {
			return Verdict{Refuse, Set, ruleModerators, "a moderator has banned the author"}
		}
	}
	if e.broken != 0 {
		r := &l.rules[bits.TrailingZeros8(e.broken)]
		return Verdict{Refuse, Set, r.rule, r.reason}
	}
	return Verdict{}
}

// Verdict returns what the set rules say of an entry; they accept one that is
// not there.
func (l *Ledger) Verdict(id record.ID) Verdict { return l.verdict(l.find(id)) }

// Judge returns what Verdict would say of each entry if all of the batch were there. The ledger
// is afterwards what it was. An older version of a record that is there is accepted:
// it is not for rules to say that it is not wanted.
func (l *Ledger) Judge(batch []Entry) []Verdict {
	vs := make([]Verdict, len(batch))
	numbers := make([]int32, len(batch))
	fresh := make([]int32, 0, len(batch))
	dirty := len(l.dirty)
	for k, e := range batch {
		if numbers[k] = l.find(e.ID); numbers[k] == 0 {
			numbers[k] = l.add(e)
			fresh = append(fresh, numbers[k])
		}
	}
	for k, i := range numbers {
		vs[k] = l.verdict(i)
	}
	for k := len(fresh) - 1; k >= 0; k-- {
		l.remove(fresh[k])
	}
	for _, i := range l.dirty[dirty:] {
		l.entries[i].dirty = false
	}
	l.dirty = l.dirty[:dirty]
	return vs
}

// Try returns why an entry of one's own should not be written: what the set rules would say
// of it, or of a record by the same author that is held and would have to go for it. The
// ledger is afterwards what it was.
func (l *Ledger) Try(e Entry) Verdict {
	if l.find(e.ID) != 0 {
		return Verdict{}
	}
	dirty := len(l.dirty)
	i := l.add(e)
	v := l.verdict(i)
	for _, d := range l.dirty[dirty:] {
		if o := &l.entries[d]; !v.Refused() && o.live && o.state == Held && o.facts.author() == e.Facts.author() {
			v = l.verdict(d)
		}
	}
	l.remove(i)
	for _, d := range l.dirty[dirty:] {
		l.entries[d].dirty = false
	}
	l.dirty = l.dirty[:dirty]
	return v
}

// Changes returns what follows from what has been added and removed since it was last
// called: the entries whose bodies have to go and stay as ids, and those without a body that no set rule
// refuses any more, which are wanted again. The ledger takes it that the bodies go. It looks at so many entries
// at most, and reports whether there are more.
func (l *Ledger) Changes(most int) (evict []Change, reconsider []record.ID, more bool) {
	n := min(most, len(l.dirty))
	for _, i := range l.dirty[:n] {
		e := &l.entries[i]
		if !e.live || !e.dirty {
			continue
		}
		e.dirty = false
		v := l.verdict(i)
		switch {
		case v.Refused():
			e.asked = false
			if e.state == Held {
				e.state = Refused
				evict = append(evict, Change{e.id, v})
			}
		case e.state == Refused && e.counts && !e.asked:
			e.asked = true
			reconsider = append(reconsider, e.id)
		}
	}
	if l.dirty = l.dirty[n:]; len(l.dirty) == 0 {
		l.dirty = nil
	}
	return evict, reconsider, len(l.dirty) > 0
}

// Restored ends the building of a ledger from the keys of a store. Under the policy of last time an entry
// without a body that no set rule refuses was refused by a pure one, and stays so. Under another
// policy it is wanted again. Call Changes next.
func (l *Ledger) Restored(samePolicy bool) {
	if !samePolicy {
		return
	}
	for i := range l.entries {
		if e := &l.entries[i]; e.live && e.counts && e.state == Refused && !l.verdict(int32(i)).Refused() {
			e.state = Barred
		}
	}
}
