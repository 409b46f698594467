package moderation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/peersetdb/peerset/pkg/record"
)

// ErrPolicy says that options are not a policy. What wraps it names the rule and
// the parameter.
var ErrPolicy = errors.New("moderation: invalid policy")

// values are the values of a rule's parameters by name. Their types are those of
// the kinds; all parameters are there.
type values map[string]any

func (v values) integer(name string) int64 { return v[name].(int64) }
func (v values) text(name string) string   { return v[name].(string) }
func (v values) list(name string) []string { return v[name].([]string) }
func (v values) flags() bool               { return v["action"] == "flag" }
func (v values) schemas() map[string]any   { return v["collections"].(map[string]any) }
func (v values) npubs() (ks []record.PubKey) {
	for _, s := range v.list("npubs") {
		k, _ := record.ParseNpub(s) // was checked
		ks = append(ks, k)
	}
	return ks
}

func policyError(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrPolicy}, args...)...)
}

// readOptions returns the name of a policy and its rules, those that are off left out.
func readOptions(options []byte) (name string, rules map[string]values, err error) {
	if len(options) > MaxOptions {
		return "", nil, policyError("%d bytes, at most %d are allowed", len(options), MaxOptions)
	}
	var o any
	if len(bytes.TrimSpace(options)) > 0 {
		d := json.NewDecoder(bytes.NewReader(options))
		d.UseNumber()
		if err := d.Decode(&o); err != nil {
			return "", nil, policyError("not JSON: %v", err)
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return "", nil, policyError("text after the end")
		}
	}
	switch o := o.(type) {
	case nil:
		return levels[standard], presetRules(standard), nil
	case string:
		l, err := levelOf(o)
		return o, presetRules(l), err
	case map[string]any:
		rules, err = readObject(o)
		return "custom", rules, err
	}
	return "", nil, policyError("neither a name nor an object")
}

func levelOf(name string) (level, error) {
	i := slices.Index(levels[:], name)
	if i < 0 {
		return 0, policyError("unknown policy %.40q; there are open, standard and strict", name)
	}
	return level(i), nil
}

func presetRules(l level) map[string]values {
	rules := make(map[string]values)
	for i := range catalogue {
		if v := catalogue[i].preset(l); v != nil {
			rules[catalogue[i].name] = v
		}
	}
	return rules
}

func readObject(o map[string]any) (map[string]values, error) {
	base := standard
	if e, ok := o["extends"]; ok {
		name, ok := e.(string)
		if !ok {
			return nil, policyError("extends: not the name of a policy")
		}
		var err error
		if base, err = levelOf(name); err != nil {
			return nil, err
		}
	}
	rules := presetRules(base)
	// In order, so that of several errors always the same one is reported.
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if name == "extends" {
			continue
		}
		i := slices.IndexFunc(catalogue, func(s spec) bool { return s.name == name })
		if i < 0 {
			return nil, policyError("unknown rule %.40q", name)
		}
		v, err := catalogue[i].read(o[name], base)
		if err != nil {
			return nil, err
		}
		delete(rules, name)
		if v != nil {
			rules[name] = v
		}
	}
	return rules, nil
}

// read returns the values that options give a rule, nil for off.
func (s *spec) read(o any, base level) (values, error) {
	v := s.defaults(base)
	switch o := o.(type) {
	case bool:
		if !o {
			return nil, nil
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(o)) {
			i := slices.IndexFunc(s.params, func(p param) bool { return p.name == name })
			if i < 0 {
				return nil, policyError("%s: unknown parameter %.40q", s.name, name)
			}
			value, err := s.params[i].read(o[name])
			if err != nil {
				return nil, policyError("%s.%s: %v", s.name, name, err)
			}
			v[name] = value
		}
	default:
		return nil, policyError("%s: neither true, false nor an object of parameters", s.name)
	}
	for _, p := range s.params {
		if err := p.required(v[p.name]); err != nil {
			return nil, policyError("%s.%s: %v", s.name, p.name, err)
		}
	}
	return v, nil
}

// required refuses a default that is no value of its own.
func (p *param) required(v any) error {
	if s, ok := v.([]string); ok && int64(len(s)) < p.low {
		return fmt.Errorf("at least %d are needed", p.low)
	}
	if s, ok := v.(string); ok && int64(len(s)) < p.low {
		return errors.New("it is needed")
	}
	return nil
}

// read checks one value. Errors of the parameter's rule (a pattern that does not
// compile) come later.
func (p *param) read(o any) (any, error) {
	switch p.kind {
	case integer:
		n, ok := o.(json.Number)
		if !ok {
			return nil, errors.New("not a number")
		}
		v, err := strconv.ParseInt(n.String(), 10, 64)
		if err != nil || v < p.low || v > p.high {
			return nil, fmt.Errorf("not an integer from %d to %d", p.low, p.high)
		}
		return v, nil
	case text:
		s, ok := o.(string)
		if !ok {
			return nil, errors.New("not a string")
		}
		if int64(len(s)) > p.high {
			return nil, fmt.Errorf("longer than %d bytes", p.high)
		}
		return s, nil
	case action:
		if o != "refuse" && o != "flag" {
			return nil, errors.New(`neither "refuse" nor "flag"`)
		}
		return o, nil
	case schemas:
		m, ok := o.(map[string]any)
		if !ok {
			return nil, errors.New("not an object from collections to schemas")
		}
		if int64(len(m)) > p.high {
			return nil, fmt.Errorf("more than %d collections", p.high)
		}
		return m, nil
	}
	return p.readList(o)
}

// readList returns the strings sorted and each once: their order means nothing, and
// the hash shall not depend on it.
func (p *param) readList(o any) (any, error) {
	items, ok := o.([]any)
	if !ok {
		return nil, errors.New("not a list")
	}
	if int64(len(items)) > p.high {
		return nil, fmt.Errorf("more than %d", p.high)
	}
	out := make([]string, len(items))
	for i, item := range items {
		s, ok := item.(string)
		switch {
		case !ok:
			return nil, fmt.Errorf("item %d is not a string", i)
		case s == "" || len(s) > maxName || !utf8.ValidString(s):
			return nil, fmt.Errorf("item %d is empty or longer than %d bytes", i, maxName)
		}
		if p.kind == npubs {
			k, err := record.ParseNpub(s)
			if err != nil {
				return nil, fmt.Errorf("item %d: %w", i, err)
			}
			s = k.Npub()
		}
		out[i] = s
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
