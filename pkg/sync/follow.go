package sync

import "slices"

// SetEvent says what has entered and left the set since the one before, if Config.Follow
// is set: received and own records, refused ids, what was superseded, deleted, evicted,
// what has expired and what fell below the horizon. Restore counts as entering. An entry
// whose kind changes is in both, under its old key and its new one. It comes at most once for
// each input, as its last effect.
type SetEvent struct {
	Removed, Added []Key // Removed comes before Added
}

// A change is a key that entered the set or left it.
type change struct {
	key     Key
	entered bool
}

func (s *set) note(k Key, entered bool) {
	if s.follow {
		s.changes = append(s.changes, change{k, entered})
	}
}

// news sums up the changes and forgets them: what entered and left again is none.
func (s *set) news() (e SetEvent, any bool) {
	if len(s.changes) == 0 {
		return e, false
	}
	if !slices.ContainsFunc(s.changes, func(ch change) bool { return !ch.entered }) {
		for _, ch := range s.changes { // as at the start
			e.Added = append(e.Added, ch.key)
		}
		s.changes = nil
		return e, true
	}
	sum := make(map[Key]int, len(s.changes))
	for _, ch := range s.changes {
		if ch.entered {
			sum[ch.key]++
		} else {
			sum[ch.key]--
		}
	}
	for _, ch := range s.changes {
		switch n := sum[ch.key]; {
		case n > 0 && ch.entered:
			e.Added = append(e.Added, ch.key)
		case n < 0 && !ch.entered:
			e.Removed = append(e.Removed, ch.key)
		default:
			continue
		}
		delete(sum, ch.key)
	}
	s.changes = nil
	return e, len(e.Added)+len(e.Removed) > 0
}
