package moderation

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/peersetdb/peerset/pkg/moderation/pattern"
	"github.com/peersetdb/peerset/pkg/record"
)

// jsonSchema is a schema of a strict subset of JSON Schema 2020-12: what is in it means
// what it means there, and a keyword that is not in it is an error, so that no schema
// seems to hold and does not. The subset: type, enum and const of strings, numbers, booleans and null,
// properties, required, additionalProperties, minProperties, maxProperties, items,
// minItems, maxItems, minLength, maxLength, pattern, minimum, maximum,
// exclusiveMinimum, exclusiveMaximum; title, description, $comment and $schema say nothing.
//
// It validates the text as it stands, in one pass, without building values.
type jsonSchema struct {
	never      bool // the schema false
	types      []string
	enum       []any // string, float64, bool or nil; a nil slice allows all
	properties map[string]*jsonSchema
	required   []string
	additional *jsonSchema // nil: anything
	items      *jsonSchema // nil: anything
	pattern    *pattern.Pattern
	// Bounds by keyword; where there is none, the least or the greatest number.
	minLength, minItems, minProperties float64
	maxLength, maxItems, maxProperties float64
	minimum, exclusiveMinimum          float64
	maximum, exclusiveMaximum          float64
}

const (
	// maxSchemaDepth bounds how deep schemas nest.
	maxSchemaDepth = 16
	// maxRequired is how many members a schema can require: they are bits of a word.
	maxRequired = 64
	// maxEnum bounds the values of an enum, each of which is compared.
	maxEnum = 256
)

var jsonTypes = []string{"string", "number", "integer", "boolean", "null", "object", "array"}

func compileSchema(v any, depth int) (*jsonSchema, error) {
	if depth == 0 {
		return nil, errors.New("nested too deep")
	}
	s := &jsonSchema{
		maxLength: math.Inf(1), maxItems: math.Inf(1), maxProperties: math.Inf(1),
		minimum: math.Inf(-1), exclusiveMinimum: math.Inf(-1), maximum: math.Inf(1), exclusiveMaximum: math.Inf(1),
	}
	switch v := v.(type) {
	case bool:
		s.never = !v
	case map[string]any:
		for _, word := range slices.Sorted(maps.Keys(v)) {
			if err := s.keyword(word, v[word], depth); err != nil {
				return nil, fmt.Errorf("%.40s: %w", word, err)
			}
		}
	default:
		return nil, errors.New("a schema is an object, true or false")
	}
	return s, nil
}

func (s *jsonSchema) keyword(word string, v any, depth int) (err error) {
	switch word {
	case "title", "description", "$comment", "$schema":
		if _, ok := v.(string); !ok {
			return errors.New("not a string")
		}
	case "type":
		if one, ok := v.(string); ok {
			v = []any{one}
		}
		if s.types, err = stringList(v); err == nil {
			for _, t := range s.types {
				if !slices.Contains(jsonTypes, t) {
					return fmt.Errorf("unknown type %.40q", t)
				}
			}
		}
	case "enum":
		s.enum, err = scalars(v)
	case "const":
		s.enum, err = scalars([]any{v})
	case "required":
		if s.required, err = stringList(v); err == nil && len(s.required) > maxRequired {
			return fmt.Errorf("more than %d members", maxRequired)
		}
		slices.Sort(s.required)
		s.required = slices.Compact(s.required)
	case "properties":
		m, ok := v.(map[string]any)
		if !ok {
			return errors.New("not an object")
		}
		s.properties = make(map[string]*jsonSchema, len(m))
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if s.properties[name], err = compileSchema(m[name], depth-1); err != nil {
				return fmt.Errorf("%.40q: %w", name, err)
			}
		}
	case "additionalProperties":
		s.additional, err = compileSchema(v, depth-1)
	case "items":
		s.items, err = compileSchema(v, depth-1)
	case "pattern":
		text, ok := v.(string)
		if !ok || len(text) > maxPattern {
			return fmt.Errorf("not a string of at most %d bytes", maxPattern)
		}
		s.pattern, err = pattern.Compile(text)
	default:
		return s.bound(word, v)
	}
	return err
}

// bound reads the keywords that are a number.
func (s *jsonSchema) bound(word string, v any) error {
	bounds := map[string]*float64{
		"minLength": &s.minLength, "minItems": &s.minItems, "minProperties": &s.minProperties,
		"maxLength": &s.maxLength, "maxItems": &s.maxItems, "maxProperties": &s.maxProperties,
		"minimum": &s.minimum, "exclusiveMinimum": &s.exclusiveMinimum,
		"maximum": &s.maximum, "exclusiveMaximum": &s.exclusiveMaximum,
	}
	b, ok := bounds[word]
	if !ok {
		return errors.New("not a keyword of the subset of JSON Schema that is known here")
	}
	n, ok := v.(json.Number)
	if !ok {
		return errors.New("not a number")
	}
	f, err := n.Float64()
	if err != nil {
		return errors.New("number out of range")
	}
	counts := word != "minimum" && word != "maximum" && word != "exclusiveMinimum" && word != "exclusiveMaximum"
	if counts && (f < 0 || f != math.Trunc(f)) {
		return errors.New("not a count")
	}
	*b = f
	return nil
}

func stringList(v any) ([]string, error) {
	items, ok := v.([]any)
	if !ok {
		return nil, errors.New("not a list of strings")
	}
	out := make([]string, len(items))
	for i, item := range items {
		if out[i], ok = item.(string); !ok {
			return nil, errors.New("not a list of strings")
		}
	}
	return out, nil
}

func scalars(v any) ([]any, error) {
	items, ok := v.([]any)
	if !ok || len(items) > maxEnum {
		return nil, fmt.Errorf("not a list of at most %d values", maxEnum)
	}
	out := make([]any, len(items))
	for i, item := range items {
		switch item := item.(type) {
		case json.Number:
			f, err := item.Float64()
			if err != nil {
				return nil, errors.New("number out of range")
			}
			out[i] = f
		case string, bool, nil:
			out[i] = item
		default:
			return nil, errors.New("objects and arrays cannot be compared here")
		}
	}
	return out, nil
}

// check returns what is wrong with a content, "" for nothing.
func (s *jsonSchema) check(content string) string {
	c := cursor{s: content}
	return s.value(&c, record.MaxDepth+1)
}

const malformed = "not JSON"

// value validates the value that comes next and steps behind it, unless it is wrong.
func (s *jsonSchema) value(c *cursor, depth int) string {
	if s == nil {
		if !c.skip(depth) {
			return malformed
		}
		return ""
	}
	if s.never {
		return "a value that the schema does not allow"
	}
	k := c.kind()
	if k == 0 || depth == 0 {
		return malformed
	}
	if k == isObject || k == isArray {
		if s.enum != nil || !s.has(k, 0) {
			return s.wrongType()
		}
		if k == isObject {
			return s.object(c, depth)
		}
		return s.array(c, depth)
	}
	return s.scalar(c, k)
}

func (s *jsonSchema) wrongType() string {
	if s.enum != nil {
		return "a value that is not one of the enum"
	}
	return fmt.Sprintf("a value that is not of type %s", s.types)
}

// has reports whether a type is allowed; n is the value of a number.
func (s *jsonSchema) has(k kindOf, n float64) bool {
	if s.types == nil {
		return true
	}
	for _, t := range s.types {
		switch t {
		case "integer":
			if k == isNumber && n == math.Trunc(n) {
				return true
			}
		case "number":
			if k == isNumber {
				return true
			}
		case "string":
			if k == isString {
				return true
			}
		case "boolean":
			if k == isBool {
				return true
			}
		case "null":
			if k == isNull {
				return true
			}
		case "object":
			if k == isObject {
				return true
			}
		case "array":
			if k == isArray {
				return true
			}
		}
	}
	return false
}

func (s *jsonSchema) scalar(c *cursor, k kindOf) string {
	var v any
	var n float64
	switch k {
	case isString:
		text, ok := c.text()
		if !ok {
			return malformed
		}
		v = text
	case isNumber:
		n, _ = strconv.ParseFloat(c.literal(), 64) // out of range: an infinity, which is compared as such
		v = n
	case isBool:
		v = c.literal() == "true"
	default:
		c.literal()
	}
	if s.enum != nil && !slices.Contains(s.enum, v) || !s.has(k, n) {
		return s.wrongType()
	}
	switch k {
	case isString:
		text := v.(string)
		if length := float64(utf8.RuneCountInString(text)); length < s.minLength || length > s.maxLength {
			return "a string that is too short or too long"
		}
		if s.pattern != nil && !s.pattern.Find(text) {
			return "a string that does not match the pattern"
		}
	case isNumber:
		if n < s.minimum || n > s.maximum || n <= s.exclusiveMinimum || n >= s.exclusiveMaximum {
			return "a number that is too small or too large"
		}
	}
	return ""
}

func (s *jsonSchema) array(c *cursor, depth int) string {
	c.enter()
	n := 0.0
	for ; ; n++ {
		more, ok := c.next(n == 0)
		if !ok {
			return malformed
		}
		if !more {
			break
		}
		if fault := s.items.value(c, depth-1); fault != "" {
			return fault
		}
	}
	if n < s.minItems || n > s.maxItems {
		return "an array that is too short or too long"
	}
	return ""
}

func (s *jsonSchema) object(c *cursor, depth int) string {
	c.enter()
	var seen uint64
	n := 0.0
	for ; ; n++ {
		more, ok := c.next(n == 0)
		if !ok {
			return malformed
		}
		if !more {
			break
		}
		name, ok := c.member()
		if !ok {
			return malformed
		}
		if i, ok := slices.BinarySearch(s.required, name); ok {
			seen |= 1 << i
		}
		sub, ok := s.properties[name]
		if !ok {
			if sub = s.additional; sub != nil && sub.never {
				return fmt.Sprintf("the member %.40q, which the schema does not have", name)
			}
		}
		if fault := sub.value(c, depth-1); fault != "" {
			return fault
		}
	}
	for i, name := range s.required {
		if seen&(1<<i) == 0 {
			return fmt.Sprintf("no member %.40q", name)
		}
	}
	if n < s.minProperties || n > s.maxProperties {
		return "an object of too few or too many members"
	}
	return ""
}
