package moderation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/peersetdb/peerset/pkg/record"
)

// LabelCollection is the collection that moderators write their labels to. A label is a
// record like any other, so that it is signed, synced, replaced and deleted like
// any other:
//
//	{"remove": "<uuid>"}                      that record, all its versions
//	{"ban": "<npub>"}                         all records of that author
//	{"ban": "<npub>", "until": <ms>}          those with a created_at up to then
//
// and perhaps {"reason": "<text>"} beside it. A label counts for the peers whose policy
// names its author as a moderator, and as long as it is there: when the moderator deletes
// it, what it refused is wanted again.
//
// Reports of NIP-56 (kind 1984) and deletions of another's event are not records of a
// room, whose kinds are 30078 and 5 only; a label says what they would say.
const LabelCollection = "peerset/labels"

// Label is what a moderator says: exactly one of Remove and Ban.
type Label struct {
	Remove record.UUID   // the record that is refused
	Ban    record.PubKey // the author whose records are refused
	Until  int64         // ms since 1970: up to which created_at; 0 for all
}

// ErrLabel says that the content of a record is no label.
var ErrLabel = errors.New("moderation: malformed label")

// ParseLabel parses the content of a record in LabelCollection.
func ParseLabel(content string) (Label, error) {
	var raw struct {
		Remove, Ban, Reason *string
		Until               *int64
	}
	d := json.NewDecoder(bytes.NewReader([]byte(content)))
	d.DisallowUnknownFields()
	if err := d.Decode(&raw); err != nil {
		return Label{}, fmt.Errorf("%w: %w", ErrLabel, err)
	}
	var l Label
	var err error
	switch {
	case (raw.Remove == nil) == (raw.Ban == nil):
		err = errors.New("one of remove and ban is needed")
	case raw.Remove != nil && raw.Until != nil:
		err = errors.New("until is for a ban")
	case raw.Remove != nil:
		l.Remove, err = record.ParseUUID(*raw.Remove)
	default:
		l.Ban, err = record.ParseNpub(*raw.Ban)
	}
	if err == nil && raw.Until != nil {
		if l.Until = *raw.Until; l.Until <= 0 || l.Until > record.MaxInteger {
			err = errors.New("until is not a time in ms")
		}
	}
	if err != nil {
		return Label{}, fmt.Errorf("%w: %w", ErrLabel, err)
	}
	return l, nil
}

// MayLabel reports whether an entry may be a moderator's label, by its facts. The
// caller loads the bodies of those, and of no others, to build a Ledger.
func (p *Policy) MayLabel(f Facts) bool {
	_, ok := p.moderatorFacts[f.author()]
	return ok && f.collection() == p.labelFact
}

// Label returns the label that a record is, nil for one that is none. b is nil for
// a sealed record or a deletion.
func (p *Policy) Label(r *record.Record, b *record.Body) *Label {
	if b == nil || r.Deletes || !p.isLabel(r, b) {
		return nil
	}
	l, err := ParseLabel(b.Content)
	if err != nil {
		return nil
	}
	return &l
}

// isLabel reports whether a record is a moderator's, in the collection of labels.
func (p *Policy) isLabel(r *record.Record, b *record.Body) bool {
	return p.moderators.has(r.Author) && b.Collection == LabelCollection
}
