package moderation

import (
	"fmt"
	"maps"
	"slices"

	"github.com/peersetdb/peerset/pkg/moderation/links"
	"github.com/peersetdb/peerset/pkg/moderation/pattern"
	"github.com/peersetdb/peerset/pkg/record"
)

// schemaRule is the rule schema.
type schemaRule struct {
	required                  []string
	text, link, record, depth int
	collections               map[string]*jsonSchema
}

// anyCollection is the name under which the schema stands of collections that have none.
const anyCollection = "*"

func newSchemaRule(v values) (*schemaRule, error) {
	r := &schemaRule{
		required: v.list("required"),
		text:     int(v.integer("text")), link: int(v.integer("link")),
		record: int(v.integer("record")), depth: int(v.integer("depth")),
		collections: make(map[string]*jsonSchema),
	}
	for _, name := range slices.Sorted(maps.Keys(v.schemas())) {
		s, err := compileSchema(v.schemas()[name], maxSchemaDepth)
		if err != nil {
			return nil, fmt.Errorf("collections: %.40q: %w", name, err)
		}
		r.collections[name] = s
	}
	return r, nil
}

// check returns what is wrong, "" for nothing.
func (r *schemaRule) check(s *Subject, readable bool, t *contents) string {
	switch n := len(s.Record.Content); {
	case n > r.record:
		return fmt.Sprintf("the record has %d bytes, at most %d are allowed", n, r.record)
	case s.Sealed:
		return ""
	case !readable:
		return "the content cannot be read, or its coordinates are out of range"
	case t.depth > r.depth:
		return fmt.Sprintf("it nests %d deep, at most %d is allowed", t.depth, r.depth)
	}
	for _, name := range r.required {
		if !slices.ContainsFunc(t.members, func(m member) bool { return m.name == name && m.kind != isNull }) {
			return fmt.Sprintf("no member %.40q", name)
		}
	}
	for _, m := range t.members {
		if (m.name == "text" || m.name == "link") && m.kind != isString && m.kind != isNull {
			return m.name + " is not a string"
		}
	}
	for _, f := range t.strings {
		switch n := len(f.text); {
		case f.name:
		case f.field == "text" && n > r.text:
			return fmt.Sprintf("text has %d bytes, at most %d are allowed", n, r.text)
		case f.field == "link" && n > r.link:
			return fmt.Sprintf("link has %d bytes, at most %d are allowed", n, r.link)
		}
	}
	js, ok := r.collections[s.Body.Collection]
	if !ok {
		js, ok = r.collections[anyCollection]
	}
	if ok {
		return js.check(s.Body.Content)
	}
	return ""
}

// linkFieldRule is the rule linkField.
type linkFieldRule struct {
	hosts   []string
	pattern *pattern.Pattern // nil for none
}

func newLinkFieldRule(v values) (*linkFieldRule, error) {
	r := &linkFieldRule{hosts: v.list("hosts")}
	for _, h := range r.hosts {
		if err := links.CheckHost(h); err != nil {
			return nil, fmt.Errorf("hosts: %.40q: %w", h, err)
		}
	}
	if s := v.text("pattern"); s != "" {
		var err error
		if r.pattern, err = pattern.Compile(s); err != nil {
			return nil, fmt.Errorf("pattern: %w", err)
		}
	}
	return r, nil
}

// maxLinks bounds the links of a record, each of which is compared with every host.
const maxLinks = 64

func (r *linkFieldRule) check(t *contents) string {
	n := 0
	for _, f := range t.strings {
		if f.name || f.field != "link" || f.text == "" {
			continue
		}
		if n++; n > maxLinks {
			return fmt.Sprintf("more than %d links", maxLinks)
		}
		if reason, ok := links.CheckURL(f.text, r.hosts); !ok {
			return reason
		}
		// Links are bounded by what CheckURL takes, so each costs the pattern little.
		if r.pattern != nil && !r.pattern.Find(f.text) {
			return "the link does not match the pattern"
		}
	}
	return ""
}

// textRule is a rule about texts: noLinks or badWords.
type textRule struct {
	fields []string
	all    bool // every string, names of members too
	flags  bool // instead of refusing
}

func newTextRule(v values) *textRule {
	r := &textRule{fields: v.list("fields"), flags: v.flags()}
	r.all = slices.Contains(r.fields, "*")
	return r
}

// finder returns the rule that a text breaks and the reason, or "".
type finder func(text string) (rule, reason string)

func (r *textRule) check(b *record.Body, t *contents, find finder) Verdict {
	for i := range t.strings {
		f := &t.strings[i]
		if !r.covers(f) {
			continue
		}
		if rule, reason := find(f.text); rule != "" {
			return r.verdict(rule, reason)
		}
	}
	if r.all {
		for _, s := range [...]string{b.Key, b.Collection} {
			if rule, reason := find(s); rule != "" {
				return r.verdict(rule, reason)
			}
		}
	}
	return Verdict{}
}

func (r *textRule) covers(f *found) bool {
	if r.all {
		return f.name || f.field != "link" // links have a rule of their own
	}
	return !f.name && slices.Contains(r.fields, f.field)
}

func (r *textRule) verdict(rule, reason string) Verdict {
	v := pure(rule, reason)
	if r.flags {
		v.Action = Flag
	}
	return v
}

func findLink(text string) (rule, reason string) {
	if m, ok := links.Find(text); ok {
		return ruleNoLinks, "the text holds a link: " + m.Kind.String()
	}
	return "", ""
}

func (p *Policy) findWord(text string) (rule, reason string) {
	if m, ok := p.words.Find(text); ok {
		return ruleBadWords, "the text holds a word of the list: " + m.Word
	}
	return "", ""
}
