package moderation

// Class says what a rule's verdict depends on, and so what becomes of the id.
type Class uint8

const (
	// Pure rules depend on the record and the policy alone.
	Pure Class = iota
	// Set rules depend on the ids that are in the set.
	Set
	// Local rules depend on what only this peer knows.
	Local
)

// String returns the name that pages see.
func (c Class) String() string { return [...]string{"pure", "set", "local"}[c] }

// Action is what a verdict says to do.
type Action uint8

const (
	// Accept takes the record in.
	Accept Action = iota
	// Flag takes it in and tells the page.
	Flag
	// Refuse keeps it out.
	Refuse
)

// String returns the name that pages see.
func (a Action) String() string { return [...]string{"accept", "flag", "refuse"}[a] }

// Verdict is what the rules say of a record. The zero Verdict accepts.
type Verdict struct {
	Action Action
	Class  Class  // of this verdict
	Rule   string // the rule that decided, "" if the record is accepted
	Reason string // for people, in English
}

// Refused reports whether the record is kept out.
func (v Verdict) Refused() bool { return v.Action == Refuse }

// join gives a refusal priority, then the earlier of two flags.
func (v Verdict) join(later Verdict) Verdict {
	if later.Action == Refuse || v.Action == Accept {
		return later
	}
	return v
}
