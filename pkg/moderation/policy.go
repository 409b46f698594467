package moderation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/peersetdb/peerset/pkg/moderation/links"
	"github.com/peersetdb/peerset/pkg/moderation/words"
	"github.com/peersetdb/peerset/pkg/record"
)

// version is that of the rules' meaning. It is in the canonical form: a change of what a rule
// does, or of their order, changes every policy's hash.
const version = 1

// Policy is a compiled list of rules. It never changes, and may be used by several goroutines.
type Policy struct {
	name      string
	rules     map[string]values // those that are on
	canonical []byte
	hash      [32]byte

	// What is compiled of the rules; nil or 0 where a rule is off.
	denied     keySet
	allowed    keySet
	moderators keySet
	// Beginnings of the moderators' keys, and of the hash of the labels' collection.
	moderatorFacts map[uint64]struct{}
	labelFact      uint64
	work           int
	schema         *schemaRule
	linkField      *linkFieldRule
	noLinks        *textRule
	badWords       *textRule
	words          *words.List
}

// keySet is nil for a rule that is off.
type keySet map[record.PubKey]struct{}

func (s keySet) has(k record.PubKey) bool {
	_, ok := s[k]
	return ok
}

// Rule is a rule of a policy, as pages see it.
type Rule struct {
	Name   string          `json:"name"`
	Class  Class           `json:"-"`
	Params json.RawMessage `json:"params"` // all of them
}

// Parse compiles options, which are JSON: "open", "standard" or "strict"; or an object that
// names one of them under "extends" (standard, if it does not) and gives rules by name: false
// for off, true for on, or an object of parameters. A parameter that is not given has its value of the
// policy that is extended. Empty options and null are "standard".
//
// The error wraps ErrPolicy and names the rule and the parameter.
func Parse(options []byte) (*Policy, error) {
	name, rules, err := readOptions(options)
	if err != nil {
		return nil, err
	}
	p := &Policy{name: name, rules: rules}
	if err := p.compile(); err != nil {
		return nil, err
	}
	if err := p.seal(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Policy) compile() error {
	for name, set := range map[string]*keySet{ruleDeny: &p.denied, ruleAllow: &p.allowed, ruleModerators: &p.moderators} {
		if v := p.rules[name]; v != nil {
			*set = make(keySet)
			for _, k := range v.npubs() {
				(*set)[k] = struct{}{}
			}
		}
	}
	if p.moderators != nil {
		p.moderatorFacts = make(map[uint64]struct{}, len(p.moderators))
		for k := range p.moderators {
			p.moderatorFacts[FactsOf(&record.Record{Event: record.Event{Author: k}}, nil).author()] = struct{}{}
		}
		p.labelFact = FactsOf(&record.Record{}, &record.Body{Collection: LabelCollection}).collection()
	}
	if v := p.rules[ruleWork]; v != nil {
		p.work = int(v.integer("bits"))
	}
	var err error
	if v := p.rules[ruleSchema]; v != nil {
		if p.schema, err = newSchemaRule(v); err != nil {
			return policyError("schema.%v", err)
		}
	}
	if v := p.rules[ruleLinkField]; v != nil {
		if p.linkField, err = newLinkFieldRule(v); err != nil {
			return policyError("linkField.%v", err)
		}
	}
	if v := p.rules[ruleNoLinks]; v != nil {
		p.noLinks = newTextRule(v)
	}
	if v := p.rules[ruleBadWords]; v != nil {
		p.badWords = newTextRule(v)
		o := words.Options{Languages: v.list("languages"), Add: v.list("add"), Remove: v.list("remove")}
		if p.words, err = words.New(o); err != nil {
			return policyError("badWords: %v", err)
		}
	}
	return nil
}

// seal computes the canonical form: the rules that are on, by name, each with all its
// parameters, all names sorted, and the hashes of the lists that rules bring along.
func (p *Policy) seal() error {
	rules := make(map[string]values, len(p.rules))
	for name, v := range p.rules {
		rules[name] = v
		var list [32]byte
		switch name {
		case ruleBadWords:
			list = p.words.Hash()
		case ruleNoLinks, ruleLinkField:
			list = links.Hash()
		default:
			continue
		}
		v = maps.Clone(v)
		v["list"] = hex.EncodeToString(list[:])
		rules[name] = v
	}
	b, err := json.Marshal(map[string]any{"version": version, "rules": rules})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	p.canonical, p.hash = b, sha256.Sum256(b)
	return nil
}

// Name returns "open", "standard", "strict", or "custom" for options that are an object.
func (p *Policy) Name() string { return p.name }

// Canonical returns the one JSON form that all policies have whose rules are the same.
func (p *Policy) Canonical() []byte { return slices.Clone(p.canonical) }

// Hash returns the SHA-256 of the canonical form.
func (p *Policy) Hash() [32]byte { return p.hash }

// Rules returns the rules that are on, in the order of evaluation.
func (p *Policy) Rules() []Rule {
	var rs []Rule
	for i := range catalogue {
		if v := p.rules[catalogue[i].name]; v != nil {
			params, _ := json.Marshal(v) // was marshalled by Parse
			rs = append(rs, Rule{catalogue[i].name, catalogue[i].class, params})
		}
	}
	return rs
}

// WorkBits returns the least difficulty of the rule work, 0 for none.
func (p *Policy) WorkBits() int { return p.work }

// Custom is the page's own rule, whose function the caller has.
type Custom struct {
	Name, Version string
	Deadline      int64 // ms, after which a function that has not answered refuses
}

// Custom returns the page's own rule, if the policy has it. The caller runs its
// function last, on what all other rules accept.
func (p *Policy) Custom() (Custom, bool) {
	v := p.rules[ruleCustom]
	if v == nil {
		return Custom{}, false
	}
	return Custom{v.text("name"), v.text("version"), v.integer("deadline")}, true
}

// RefusedBy returns the verdict of the page's own rule.
func (c Custom) RefusedBy(reason string) Verdict { return Verdict{Refuse, Local, ruleCustom, reason} }

// Follows reports whether a rule looks at the whole set, so that a Ledger is needed.
func (p *Policy) Follows() bool { return len(groupRules(p)) > 0 || p.moderators != nil }
