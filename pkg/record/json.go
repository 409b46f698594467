package record

import (
	"encoding/hex"
	"fmt"
	"strconv"
)

// eventFields are the fields of the NIP-01 object, each required once.
var eventFields = [...]string{"id", "pubkey", "created_at", "kind", "tags", "content", "sig"}

// AppendJSON appends the NIP-01 object of the event, without white space.
func (e *Event) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"id":"`...)
	dst = hex.AppendEncode(dst, e.ID[:])
	dst = append(dst, `","pubkey":"`...)
	dst = hex.AppendEncode(dst, e.Author[:])
	dst = append(dst, `","created_at":`...)
	dst = strconv.AppendInt(dst, e.CreatedAt, 10)
	dst = append(dst, `,"kind":`...)
	dst = strconv.AppendInt(dst, int64(e.Kind), 10)
	dst = append(dst, `,"tags":`...)
	dst = appendTags(dst, e.Tags)
	dst = append(dst, `,"content":`...)
	dst = appendString(dst, e.Content)
	dst = append(dst, `,"sig":"`...)
	dst = hex.AppendEncode(dst, e.Sig[:])
	return append(dst, `"}`...)
}

// ParseJSON parses the NIP-01 object of an event. Its fields may stand in any
// order; one that is unknown, missing, twice there or not of its type is an
// error, and so is uppercase in hexadecimal digits. Tags are counted as in Check,
// but nothing else of it is checked: call Verify next. The error wraps ErrJSON.
func ParseJSON(b []byte) (Event, error) {
	if len(b) > MaxJSON {
		return Event{}, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrJSON, len(b), MaxJSON)
	}
	p := scanner{s: string(b)} // the event's strings are parts of this one copy
	e, err := p.event()
	if err != nil {
		return Event{}, fmt.Errorf("%w: %w", ErrJSON, err)
	}
	return e, nil
}

func (p *scanner) event() (Event, error) {
	var e Event
	var seen uint
	p.space()
	if err := p.token('{'); err != nil {
		return e, err
	}
	for first := true; ; first = false {
		more, err := p.next(first, '}')
		if err != nil {
			return e, err
		}
		if !more {
			break
		}
		key, err := p.member()
		if err != nil {
			return e, err
		}
		field, err := p.eventField(&e, key)
		if err != nil {
			return e, fmt.Errorf("%.16q: %w", key, err)
		}
		if seen&(1<<field) != 0 {
			return e, fmt.Errorf("%q: twice", key)
		}
		seen |= 1 << field
	}
	for i, name := range eventFields {
		if seen&(1<<i) == 0 {
			return e, fmt.Errorf("%q: missing", name)
		}
	}
	return e, p.end()
}

// eventField reads the value of a field and returns the field's place in
// eventFields.
func (p *scanner) eventField(e *Event, key string) (field int, err error) {
	var n int64
	switch key {
	case "id":
		return 0, p.hex(e.ID[:])
	case "pubkey":
		return 1, p.hex(e.Author[:])
	case "created_at":
		e.CreatedAt, err = p.integer(MaxInteger)
		return 2, err
	case "kind":
		n, err = p.integer(MaxKind)
		e.Kind = int(n)
		return 3, err
	case "tags":
		e.Tags, err = p.tags()
		return 4, err
	case "content":
		e.Content, err = p.text()
		return 5, err
	case "sig":
		return 6, p.hex(e.Sig[:])
	}
	return 0, p.fail("unknown")
}

func (p *scanner) hex(dst []byte) error {
	raw, _, err := p.quoted()
	if err == nil && !parseHex(dst, raw) {
		return fmt.Errorf("not %d lowercase hexadecimal digits", 2*len(dst))
	}
	return err
}

// tags reads an array of arrays of strings. It counts as it goes, so that a
// peer cannot make it build more than an event may have.
func (p *scanner) tags() ([][]string, error) {
	if p.peek() != '[' {
		return nil, p.fail("no array")
	}
	p.i++
	tags := [][]string{}
	for {
		more, err := p.next(len(tags) == 0, ']')
		if err != nil || !more {
			return tags, err
		}
		if len(tags) == MaxTags {
			return nil, p.fail("too many tags")
		}
		tag, err := p.tag()
		if err != nil {
			return nil, err
		}
		tags = append(tags, tag)
	}
}

func (p *scanner) tag() ([]string, error) {
	if p.peek() != '[' {
		return nil, p.fail("no array")
	}
	p.i++
	tag := []string{}
	for {
		more, err := p.next(len(tag) == 0, ']')
		if err != nil || !more {
			return tag, err
		}
		if len(tag) == MaxTagItems {
			return nil, p.fail("too many items in a tag")
		}
		item, err := p.text()
		if err != nil {
			return nil, err
		}
		tag = append(tag, item)
	}
}
