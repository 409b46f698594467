package sync

// What a peer tells of its own accord is bounded by Limits and by the page, which may mute it. What it
// is asked for, after a round or an announcement, is bounded here: a peer most of whose records
// are refused is doubtful, and asked for few records a second; for each that is not refused for
// two more, so that one that has good ones after all is soon asked as fast as any other. Others that
// offer the same records are asked for them meanwhile.

// doubt is how the records were judged that a peer gave when it was asked.
type doubt struct {
	judged, refused int    // of late
	trial           tokens // what it may be asked for nevertheless
	earned          int    // and what for its good ones
}

func (d *doubt) note(refused bool) {
	if d.judged++; refused {
		d.refused++
	}
	if d.judged >= 2*doubtAfter {
		d.judged, d.refused = d.judged/2, d.refused/2
	}
	switch {
	case !d.doubtful():
		d.earned = 0
	case !refused:
		d.earned += 2
	}
}

// judged notes how a record of the peer was judged, unless it came of the peer's own accord.
func (s *session) judged(pushed, refused bool) {
	if !pushed {
		s.doubt.note(refused)
	}
}

func (d *doubt) doubtful() bool { return d.judged >= doubtAfter && 2*d.refused > d.judged }

// allows reports whether the peer may be asked for another record, and counts it. With slow
// it is asked as if it were doubtful.
func (d *doubt) allows(now int64, slow bool) bool {
	switch {
	case !slow && !d.doubtful():
	case d.earned > 0:
		d.earned--
	case !d.trial.holds(now, 1, doubtRate, doubtRate):
		return false
	default:
		d.trial.left--
	}
	return true
}
