package moderation

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The official tests of the keywords that are in the subset. A schema that has another
// keyword, compares objects, or has a pattern outside of its subset, does not compile; of none else that is true.
func TestJSONSchemaSuite(t *testing.T) {
	files, err := filepath.Glob("testdata/jsonschema/*.json")
	if err != nil || len(files) < 19 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	ran, outside := 0, 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var groups []struct {
			Description string
			Schema      any
			Tests       []struct {
				Description string
				Data        json.RawMessage
				Valid       bool
			}
		}
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		if err := d.Decode(&groups); err != nil {
			t.Fatal(err)
		}
		for _, g := range groups {
			s, err := compileSchema(g.Schema, maxSchemaDepth)
			if err != nil {
				if !slices.ContainsFunc([]string{"not a keyword", "cannot be compared", "\\p is not known here"},
					func(reason string) bool { return strings.Contains(err.Error(), reason) }) {
					t.Errorf("%s: %s: %v", file, g.Description, err)
				}
				outside++
				continue
			}
			for _, c := range g.Tests {
				ran++
				if fault := s.check(string(c.Data)); (fault == "") != c.Valid {
					t.Errorf("%s: %s: %s: %q", file, g.Description, c.Description, fault)
				}
			}
		}
	}
	t.Logf("%d tests, %d schemas outside of the subset", ran, outside)
	if ran < 250 {
		t.Errorf("%d tests only", ran)
	}
}

func TestSchemaErrors(t *testing.T) {
	deep := strings.Repeat(`{"items":`, maxSchemaDepth) + "true" + strings.Repeat("}", maxSchemaDepth)
	for schema, want := range map[string]string{
		`1`:                        "a schema is an object",
		`{"type":"text"}`:          `type: unknown type "text"`,
		`{"type":1}`:               "type: not a list",
		`{"required":"a"}`:         "required: not a list",
		`{"properties":[]}`:        "properties: not an object",
		`{"properties":{"a":1}}`:   `properties: "a": a schema is an object`,
		`{"pattern":"("}`:          "pattern: invalid expression: missing )",
		`{"minLength":-1}`:         "minLength: not a count",
		`{"maxItems":1.5}`:         "maxItems: not a count",
		`{"minimum":"1"}`:          "minimum: not a number",
		`{"enum":1}`:               "enum: not a list of at most",
		`{"enum":[{}]}`:            "cannot be compared",
		`{"uniqueItems":true}`:     "uniqueItems: not a keyword",
		`{"title":1}`:              "title: not a string",
		deep:                       "nested too deep",
		`{"items":{"$ref":"#"}}`:   "items: $ref: not a keyword",
		`{"maximum":1e999}`:        "maximum: number out of range",
		`{"const":1e999}`:          "const: number out of range",
		`{"type":["string",null]}`: "type: not a list of strings",
	} {
		_, err := Parse([]byte(`{"schema":{"collections":{"c":` + schema + `}}}`))
		if err == nil || !strings.Contains(err.Error(), `schema.collections: "c": `) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", schema, err)
		}
	}
}

func TestSchemaOfCollections(t *testing.T) {
	p := parse(t, `{"schema":{"collections":{
		"posts":{"type":"object","required":["title"],"properties":{"title":{"type":"string","maxLength":5,"pattern":"^[a-z]+$"}},"additionalProperties":false},
		"":{"type":"string"},
		"*":{"type":"array","items":{"type":"integer","minimum":1},"minItems":1,"maxItems":3}}}}`)
	for _, c := range []struct{ collection, content, reason string }{
		{"posts", `{"title":"hello"}`, ""},
		{"posts", `{"t\u0069tle":"h\u0065llo"}`, ""},
		{"posts", `{"title":"Hello"}`, "pattern"},
		{"posts", `{"title":"helloo"}`, "too long"},
		{"posts", `{"title":"a","title":1}`, "not of type"},
		{"posts", `{}`, `no member "title"`},
		{"posts", `{"title":"a","x":1}`, `the member "x"`},
		{"posts", `"title"`, "not of type"},
		{"", `"x"`, ""},
		{"", `{}`, "not of type"},
		{"other", `[1, 2.0 ,3]`, ""},
		{"other", `[]`, "too short"},
		{"other", `[1,2,3,4]`, "too long"},
		{"other", `[0]`, "too small"},
		{"other", `[1.5]`, "not of type"},
	} {
		v := judge(p, subjectIn(t, "a", c.collection, c.content, testNow))
		if v.Refused() != (c.reason != "") || !strings.Contains(v.Reason, c.reason) {
			t.Errorf("%q %s: %v", c.collection, c.content, v)
		}
	}
}
