package moderation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestPresets(t *testing.T) {
	names := func(p *Policy) (ns []string) {
		for _, r := range p.Rules() {
			ns = append(ns, r.Name)
		}
		return ns
	}
	for _, c := range []struct {
		options, name string
		rules         []string
	}{
		{`"open"`, "open", nil},
		{`"standard"`, "standard", []string{"time", "schema", "linkField", "noLinks", "badWords", "duplicates", "rate", "quota", "similar", "connection"}},
		{`"strict"`, "strict", []string{"time", "work", "schema", "linkField", "noLinks", "badWords", "duplicates", "rate", "quota", "similar", "connection"}},
		{`{"extends":"open","work":true,"custom":{"name":"mine"}}`, "custom", []string{"work", "custom"}},
		{`{"noLinks":false,"badWords":false,"similar":false,"connection":false,"deny":{"npubs":[]}}`, "custom",
			[]string{"time", "deny", "schema", "linkField", "duplicates", "rate", "quota"}},
	} {
		p := parse(t, c.options)
		if p.Name() != c.name || !slices.Equal(names(p), c.rules) {
			t.Errorf("%s: %s %q", c.options, p.Name(), names(p))
		}
	}
	std := parse(t, `"standard"`)
	for _, o := range []string{"", " ", "null", "{}", `{"extends":"standard"}`} {
		if p := parse(t, o); p.Hash() != std.Hash() {
			t.Errorf("%q is not standard", o)
		}
	}
}

func TestRulesStateClassAndParameters(t *testing.T) {
	p := parse(t, `"strict"`)
	for _, r := range p.Rules() {
		var params map[string]any
		if err := json.Unmarshal(r.Params, &params); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(catalogue, func(s spec) bool { return s.name == r.Name })
		if r.Class != catalogue[i].class || len(params) != len(catalogue[i].params) {
			t.Errorf("%s: %s, %s", r.Name, r.Class, r.Params)
		}
	}
	if c, ok := parse(t, `{"custom":{"name":"mine"}}`).Custom(); !ok || c != (Custom{"mine", "1", 2000}) {
		t.Errorf("custom %v, %v", c, ok)
	}
	if v := (Custom{}).RefusedBy("because"); v != (Verdict{Refuse, Local, "custom", "because"}) {
		t.Error(v)
	}
	if _, ok := p.Custom(); ok || p.WorkBits() != 16 {
		t.Error("strict has a custom rule, or not 16 bits")
	}
}

// The canonical form does not depend on how a policy was written.
func TestCanonical(t *testing.T) {
	a, b := key("a").Npub(), key("b").Npub()
	forms := []string{
		fmt.Sprintf(`{"deny":{"npubs":[%q,%q]},"quota":{"records":3},"work":true}`, a, b),
		fmt.Sprintf(`{ "work":{"bits":16}, "quota":{"perDay":0,"perCollection":0,"records":3},
			"extends":"standard", "deny":{"npubs":[%q,%q,%q]}, "time":true, "rate":{} }`, b, a, b),
	}
	p, q := parse(t, forms[0]), parse(t, forms[1])
	if !bytes.Equal(p.Canonical(), q.Canonical()) || p.Hash() != q.Hash() {
		t.Errorf("%s\n%s", p.Canonical(), q.Canonical())
	}
	var c struct {
		Version int
		Rules   map[string]map[string]any
	}
	if err := json.Unmarshal(p.Canonical(), &c); err != nil {
		t.Fatal(err)
	}
	// The form of the version, the lists' hashes and every parameter are in it.
	if c.Version != 1 || len(c.Rules) != 12 {
		t.Errorf("%s", p.Canonical())
	}
	for _, rule := range []string{"badWords", "noLinks", "linkField"} {
		if h, _ := c.Rules[rule]["list"].(string); len(h) != 64 {
			t.Errorf("%s: no hash of the list", rule)
		}
	}
	for name, params := range c.Rules {
		i := slices.IndexFunc(catalogue, func(s spec) bool { return s.name == name })
		for _, param := range catalogue[i].params {
			if _, ok := params[param.name]; !ok {
				t.Errorf("no %s.%s", name, param.name)
			}
		}
	}
	// Every parameter changes the hash.
	seen := map[[32]byte]string{}
	for _, o := range []string{`{}`, `"open"`, `"strict"`, `{"time":{"ahead":1}}`, `{"time":false}`, `{"badWords":{"add":["xyzzy"]}}`,
		`{"badWords":{"action":"flag"}}`, `{"noLinks":{"fields":["*"]}}`, `{"linkField":{"hosts":["example.com"]}}`,
		`{"linkField":{"pattern":"x"}}`, `{"schema":{"collections":{"a":true}}}`, `{"schema":{"collections":{"a":{}}}}`,
		`{"schema":{"required":["text"]}}`, `{"custom":{"name":"a"}}`, `{"custom":{"name":"a","version":"2"}}`, `{"work":{"bits":3}}`,
		`{"duplicates":{"window":1}}`, `{"similar":{"percent":99}}`, `{"connection":{"pushed":1}}`} {
		h := parse(t, o).Hash()
		if seen[h] != "" {
			t.Errorf("%s and %s have one hash", o, seen[h])
		}
		seen[h] = o
	}
}

func TestOptionsErrors(t *testing.T) {
	npub := key("a").Npub()
	many := `["` + strings.Repeat(`a","`, 100) + `a"]`
	for options, want := range map[string]string{
		`"lax"`:                                "unknown policy \"lax\"",
		`{"extends":"lax"}`:                    "unknown policy",
		`{"extends":1}`:                        "extends: not the name",
		`1`:                                    "neither a name nor an object",
		`{`:                                    "not JSON",
		`{} {}`:                                "text after the end",
		`{"badword":true}`:                     `unknown rule "badword"`,
		`{"quota":{"record":5}}`:               `quota: unknown parameter "record"`,
		`{"quota":5}`:                          "quota: neither true, false nor",
		`{"quota":null}`:                       "quota: neither true, false nor",
		`{"quota":{"records":"5"}}`:            "quota.records: not a number",
		`{"quota":{"records":-1}}`:             "quota.records: not an integer from 0 to",
		`{"quota":{"records":1.5}}`:            "quota.records: not an integer",
		`{"quota":{"records":1e99}}`:           "quota.records: not an integer",
		`{"work":{"bits":0}}`:                  "work.bits: not an integer from 1 to 32",
		`{"work":{"bits":33}}`:                 "work.bits",
		`{"deny":{"npubs":"x"}}`:               "deny.npubs: not a list",
		`{"deny":{"npubs":[1]}}`:               "deny.npubs: item 0 is not a string",
		`{"deny":{"npubs":["` + npub + `x"]}}`: "deny.npubs: item 0: record: malformed key",
		`{"allow":true}`:                       "allow.npubs: at least 1",
		`{"allow":{"npubs":[]}}`:               "allow.npubs: at least 1",
		`{"custom":true}`:                      "custom.name: it is needed",
		`{"custom":{"name":1}}`:                "custom.name: not a string",
		`{"custom":{"name":"` + strings.Repeat("a", 129) + `"}}`: "custom.name: longer than 128",
		`{"noLinks":{"action":"warn"}}`:                          "noLinks.action: neither",
		`{"noLinks":{"fields":[]}}`:                              "noLinks.fields: at least 1",
		`{"noLinks":{"fields":` + many + `}}`:                    "noLinks.fields: more than 64",
		`{"noLinks":{"fields":[""]}}`:                            "noLinks.fields: item 0 is empty",
		`{"linkField":{"pattern":"(?<"}}`:                        "linkField.pattern: pattern: invalid expression: (?< is not known here",
		`{"linkField":{"hosts":["http://x"]}}`:                   "linkField.hosts",
		`{"schema":{"collections":[]}}`:                          "schema.collections: not an object",
		`{"schema":{"text":70000}}`:                              "schema.text",
		strings.Repeat(" ", MaxOptions+1):                        "at most 262144 are allowed",
	} {
		_, err := Parse([]byte(options))
		if !errors.Is(err, ErrPolicy) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %v; want %s", options, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`"strict"`, `{"extends":"open","schema":{"collections":{"a":{"type":"string","pattern":"a+"}}}}`,
		`{"linkField":{"pattern":"^https://"},"badWords":{"add":["xyzzy*"],"languages":["en"]}}`, `{"quota":{"records":5},"custom":{"name":"x"}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, options []byte) {
		p, err := Parse(options)
		if err != nil {
			if !errors.Is(err, ErrPolicy) {
				t.Fatalf("another error: %v", err)
			}
			return
		}
		// What was parsed can be written down and parsed again, and is the same policy.
		o := map[string]any{"extends": "open"}
		for _, r := range p.Rules() {
			o[r.Name] = r.Params
		}
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		q, err := Parse(b)
		if err != nil || q.Hash() != p.Hash() {
			t.Fatalf("%s: %v", b, err)
		}
	})
}
