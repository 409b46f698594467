package moderation

import "fmt"

// groupKey names a group of entries that a rule compares: an author, and in the highest
// byte of sub which grouping, below it which group of it.
type groupKey struct{ author, sub uint64 }

// Groupings of one author's entries.
const (
	byAuthor uint64 = iota
	byCollection
	byDay
	byMinute
	byContent
)

const groupBits = 1<<56 - 1

// groupRule is a rule that compares the entries of a group.
type groupRule struct {
	rule   string
	reason string
	by     uint64 // the grouping
	per    int64  // seconds, of a grouping by time
	// keep is how many stay: the newest or the earliest. 0: all; the group is only kept to be found.
	keep   int
	newest bool
	// window is for duplicates, instead of keep: an entry is refused that comes less than so many
	// seconds after the one before it.
	window int64
}

// groupRules returns the set rules of a policy in the order of evaluation. There are at
// most 8: they are bits of entry.broken.
func groupRules(p *Policy) []groupRule {
	var rs []groupRule
	quota := p.rules[ruleQuota]
	records := 0
	if quota != nil {
		records = int(quota.integer("records"))
	}
	if v := p.rules[ruleDuplicates]; v != nil {
		rs = append(rs, groupRule{rule: ruleDuplicates, by: byContent, window: v.integer("window"),
			reason: "the author has published the same before"})
	}
	if v := p.rules[ruleRate]; v != nil {
		n := int(v.integer("perMinute"))
		rs = append(rs, groupRule{rule: ruleRate, by: byMinute, per: 60, keep: n,
			reason: fmt.Sprintf("more than %d records of the author in a minute", n)})
	}
	if records > 0 || p.moderators != nil { // a ban finds an author's records by this group
		rs = append(rs, groupRule{rule: ruleQuota, by: byAuthor, keep: records, newest: true,
			reason: fmt.Sprintf("more than %d records of the author", records)})
	}
	if quota == nil {
		return rs
	}
	if n := int(quota.integer("perCollection")); n > 0 {
		rs = append(rs, groupRule{rule: ruleQuota, by: byCollection, keep: n, newest: true,
			reason: fmt.Sprintf("more than %d records of the author in the collection", n)})
	}
	if n := int(quota.integer("perDay")); n > 0 {
		rs = append(rs, groupRule{rule: ruleQuota, by: byDay, per: day, keep: n, newest: true,
			reason: fmt.Sprintf("more than %d records of the author in a day", n)})
	}
	return rs
}

// key returns the group that an entry is in, if it is in one.
func (r *groupRule) key(e *entry) (groupKey, bool) {
	k := groupKey{e.facts.author(), r.by << 56}
	switch r.by {
	case byCollection:
		k.sub |= e.facts.collection()
		return k, !e.deletes // a deletion does not say of which collection
	case byDay, byMinute:
		k.sub |= uint64(e.at/r.per) & groupBits
	case byContent:
		k.sub |= e.facts.content()
		return k, e.facts.content() != 0
	}
	return k, true
}

// join puts an entry into a group. At most one other entry changes its place between those
// that stay and those that are refused.
func (l *Ledger) join(r int, k groupKey, i int32) {
	rule := &l.rules[r]
	root := l.trees.insert(l.groups[k], i)
	l.groups[k] = root
	size, rank := l.trees.size(root), l.trees.rank(root, i)
	if rule.by == byContent {
		l.breaks(r, i, rank > 0 && l.repeats(rule, l.trees.at(root, rank-1), i))
		if rank+1 < size {
			next := l.trees.at(root, rank+1)
			l.breaks(r, next, l.repeats(rule, i, next))
		}
		return
	}
	if rule.keep == 0 {
		return
	}
	l.breaks(r, i, rule.place(rank, size) >= rule.keep)
	if size > rule.keep {
		l.breaks(r, l.trees.at(root, rule.rank(rule.keep, size)), true)
	}
}

// part takes an entry out of a group, the reverse of join.
func (l *Ledger) part(r int, k groupKey, i int32) {
	rule := &l.rules[r]
	rank := l.trees.rank(l.groups[k], i)
	root := l.trees.remove(l.groups[k], i)
	if root == 0 {
		delete(l.groups, k)
		return
	}
	l.groups[k] = root
	size := l.trees.size(root)
	if rule.by == byContent {
		if rank < size {
			next := l.trees.at(root, rank)
			l.breaks(r, next, rank > 0 && l.repeats(rule, l.trees.at(root, rank-1), next))
		}
		return
	}
	if rule.keep > 0 && size >= rule.keep {
		l.breaks(r, l.trees.at(root, rule.rank(rule.keep-1, size)), false)
	}
}

// place counts from the one that stays longest: a rank from the front or the back.
func (r *groupRule) place(rank, size int) int {
	if r.newest {
		return size - 1 - rank
	}
	return rank
}

// rank is the reverse of place.
func (r *groupRule) rank(place, size int) int { return r.place(place, size) }

func (l *Ledger) repeats(r *groupRule, first, second int32) bool {
	return l.entries[second].at-l.entries[first].at < r.window
}

// breaks notes whether an entry breaks a rule.
func (l *Ledger) breaks(r int, i int32, yes bool) {
	e := &l.entries[i]
	bit := uint8(1) << r
	if (e.broken&bit != 0) == yes {
		return
	}
	e.broken ^= bit
	l.touch(i)
}
