package record

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Body is what the content of a record holds:
//
//	{"c":<JSON>,"t":<ms>,"k":"<key>","n":"<collection>","g":[<latitude>,<longitude>]}
//
// The last three are left out where they are empty.
type Body struct {
	Content    string // one JSON value, as the author wrote it, without white space around it
	Created    int64  // first publication, milliseconds since 1970, 0 to MaxInteger
	Key        string // the name that the author gave the record, at most MaxKey bytes
	Collection string // at most MaxCollection bytes
	Geo        *Geo   // nil for none
}

// Geo is a place in degrees: latitude -90 to 90, longitude -180 to 180.
type Geo struct{ Latitude, Longitude float64 }

func (g *Geo) valid() bool {
	// Written so that NaN fails.
	return g.Latitude >= -90 && g.Latitude <= 90 && g.Longitude >= -180 && g.Longitude <= 180
}

// check checks what both directions have in common, all but Content.
func (b *Body) check() error {
	switch {
	case b.Created < 0 || b.Created > MaxInteger:
		return fmt.Errorf("%w: creation time is outside 0 to 2^53-1", ErrBody)
	case len(b.Key) > MaxKey:
		return fmt.Errorf("%w: key has %d bytes, at most %d are allowed", ErrBody, len(b.Key), MaxKey)
	case len(b.Collection) > MaxCollection:
		return fmt.Errorf("%w: collection has %d bytes, at most %d are allowed", ErrBody, len(b.Collection), MaxCollection)
	case b.Geo != nil && !b.Geo.valid():
		return fmt.Errorf("%w: latitude is outside -90 to 90 or longitude outside -180 to 180", ErrBody)
	}
	return nil
}

// Encode returns the body as the content of an event. The error wraps ErrBody.
func (b *Body) Encode() (string, error) {
	if err := b.check(); err != nil {
		return "", err
	}
	if !utf8.ValidString(b.Key) || !utf8.ValidString(b.Collection) {
		return "", fmt.Errorf("%w: key or collection is invalid UTF-8", ErrBody)
	}
	p := scanner{s: b.Content}
	p.space()
	start := p.i
	if err := p.value(MaxDepth); err != nil {
		return "", fmt.Errorf("%w: content: %w", ErrBody, err)
	}
	content := b.Content[start:p.i]
	if err := p.end(); err != nil {
		return "", fmt.Errorf("%w: content: %w", ErrBody, err)
	}

	out := make([]byte, 0, len(content)+len(b.Key)+len(b.Collection)+96)
	out = append(out, `{"c":`...)
	out = append(out, content...)
	out = append(out, `,"t":`...)
	out = strconv.AppendInt(out, b.Created, 10)
	if b.Key != "" {
		out = append(out, `,"k":`...)
		out = appendString(out, b.Key)
	}
	if b.Collection != "" {
		out = append(out, `,"n":`...)
		out = appendString(out, b.Collection)
	}
	if b.Geo != nil {
		out = append(out, `,"g":[`...)
		out = strconv.AppendFloat(out, b.Geo.Latitude, 'g', -1, 64)
		out = append(out, ',')
		out = strconv.AppendFloat(out, b.Geo.Longitude, 'g', -1, 64)
		out = append(out, ']')
	}
	out = append(out, '}')

	// JSON does not ask for U+007F to be escaped, but no event may hold it. It
	// can stand in strings only, and there its escape is as good.
	text := strings.ReplaceAll(string(out), "\x7f", `\u007f`)
	if len(text) > MaxContent {
		return "", fmt.Errorf("%w: %d bytes with its envelope, at most %d are allowed", ErrBody, len(text), MaxContent)
	}
	return text, nil
}

// ParseBody parses the content of a record of any writer: white space, any
// order and further keys are taken, further keys are dropped. It reads all of
// it as JSON. The strings of the result are parts of content where they can be.
// The error wraps ErrBody.
func ParseBody(content string) (Body, error) {
	if len(content) > MaxContent {
		return Body{}, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrBody, len(content), MaxContent)
	}
	p := scanner{s: content}
	b, err := p.body()
	if err != nil {
		return Body{}, fmt.Errorf("%w: %w", ErrBody, err)
	}
	if err := b.check(); err != nil {
		return Body{}, err
	}
	return b, nil
}

// bodyKeys are the keys of a body; the first two are required.
const bodyKeys = "ctkng"

func (p *scanner) body() (Body, error) {
	var b Body
	var seen uint
	p.space()
	if err := p.token('{'); err != nil {
		return b, err
	}
	for first := true; ; first = false {
		more, err := p.next(first, '}')
		if err != nil {
			return b, err
		}
		if !more {
			break
		}
		key, err := p.member()
		if err != nil {
			return b, err
		}
		field := -1
		if len(key) == 1 {
			field = strings.IndexByte(bodyKeys, key[0])
		}
		if field < 0 {
			if err := p.value(MaxDepth); err != nil {
				return b, err
			}
			continue
		}
		if seen&(1<<field) != 0 {
			return b, p.fail(strconv.Quote(key) + " twice")
		}
		seen |= 1 << field
		if err := p.bodyField(&b, key[0]); err != nil {
			return b, err
		}
	}
	if seen&3 != 3 {
		return b, p.fail("no c or no t")
	}
	return b, p.end()
}

func (p *scanner) bodyField(b *Body, key byte) (err error) {
	switch key {
	case 'c':
		start := p.i
		err = p.value(MaxDepth)
		b.Content = p.s[start:p.i]
	case 't':
		b.Created, err = p.integer(MaxInteger)
	case 'k':
		b.Key, err = p.text()
	case 'n':
		b.Collection, err = p.text()
	case 'g':
		b.Geo, err = p.geo()
	}
	return err
}

// geo reads an array of two numbers.
func (p *scanner) geo() (*Geo, error) {
	var g Geo
	err := p.token('[')
	if err == nil {
		g.Latitude, err = p.float()
	}
	if err == nil {
		p.space()
		err = p.token(',')
	}
	if err == nil {
		g.Longitude, err = p.float()
	}
	if err == nil {
		p.space()
		err = p.token(']')
	}
	return &g, err
}

func (p *scanner) float() (float64, error) {
	start := p.i
	if err := p.number(); err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(p.s[start:p.i], 64)
	if err != nil {
		return 0, p.fail("number out of range")
	}
	return f, nil
}
