package record

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestBodyEncode(t *testing.T) {
	for _, c := range []struct {
		b    Body
		want string
	}{
		{Body{Content: "null"}, `{"c":null,"t":0}`},
		{Body{Content: " [1, 2]\n", Created: MaxInteger}, `{"c":[1, 2],"t":9007199254740991}`},
		{
			Body{Content: `{"text":"hé"}`, Created: 1700000000123, Key: `a/"b"`, Collection: "notes", Geo: &Geo{-90, 180}},
			`{"c":{"text":"hé"},"t":1700000000123,"k":"a/\"b\"","n":"notes","g":[-90,180]}`,
		},
		{Body{Content: "1", Geo: &Geo{52.520008, -1e-7}}, `{"c":1,"t":0,"g":[52.520008,-1e-07]}`},
		{Body{Content: "1", Geo: &Geo{}}, `{"c":1,"t":0,"g":[0,0]}`},
		{Body{Content: "\"\x7f\"", Key: "\x7f\x00"}, `{"c":"\u007f","t":0,"k":"\u007f\u0000"}`},
	} {
		got, err := c.b.Encode()
		if err != nil || got != c.want {
			t.Errorf("%+v: %s, %v, want %s", c.b, got, err, c.want)
			continue
		}
		if err := (&Event{Content: got}).Check(); err != nil {
			t.Errorf("%s cannot be signed: %v", got, err)
		}
		back, err := ParseBody(got)
		if err != nil {
			t.Errorf("%s: %v", got, err)
			continue
		}
		want := c.b
		want.Content = strings.ReplaceAll(strings.TrimSpace(want.Content), "\x7f", `\u007f`)
		if !reflect.DeepEqual(back, want) {
			t.Errorf("%s: %+v", got, back)
		}
	}
}

func TestBodyEncodeRefuses(t *testing.T) {
	deep := strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1)
	for name, b := range map[string]Body{
		"no content":         {},
		"content not JSON":   {Content: "{"},
		"two values":         {Content: "1 2"},
		"breaking out":       {Content: `1,"t":5`},
		"closing":            {Content: `1}`},
		"too deep":           {Content: deep},
		"too long":           {Content: `"` + strings.Repeat("x", MaxContent) + `"`},
		"lone surrogate":     {Content: `"\ud800"`},
		"negative time":      {Content: "1", Created: -1},
		"time":               {Content: "1", Created: MaxInteger + 1},
		"key":                {Content: "1", Key: strings.Repeat("k", MaxKey+1)},
		"collection":         {Content: "1", Collection: strings.Repeat("n", MaxCollection+1)},
		"key UTF-8":          {Content: "1", Key: "\xff"},
		"collection UTF-8":   {Content: "1", Collection: "\xff"},
		"latitude":           {Content: "1", Geo: &Geo{90.1, 0}},
		"longitude":          {Content: "1", Geo: &Geo{0, -180.1}},
		"latitude NaN":       {Content: "1", Geo: &Geo{math.NaN(), 0}},
		"longitude NaN":      {Content: "1", Geo: &Geo{0, math.NaN()}},
		"latitude infinite":  {Content: "1", Geo: &Geo{math.Inf(1), 0}},
		"longitude infinite": {Content: "1", Geo: &Geo{0, math.Inf(-1)}},
	} {
		if s, err := b.Encode(); !errors.Is(err, ErrBody) || s != "" {
			t.Errorf("%s: %.40q, %v, want ErrBody", name, s, err)
		}
	}
}

func TestParseBody(t *testing.T) {
	want := Body{Content: `{"a": [1]}`, Created: 5, Key: "k", Collection: "n", Geo: &Geo{1.5, -2}}
	for name, in := range map[string]string{
		"as written":   `{"c":{"a": [1]},"t":5,"k":"k","n":"n","g":[1.5,-2]}`,
		"order":        `{"g":[1.5,-2],"n":"n","k":"k","t":5,"c":{"a": [1]}}`,
		"white space":  " {\n\"c\" : {\"a\": [1]} ,\t\"t\":5 , \"k\":\"k\",\"n\":\"n\",\"g\": [ 1.5 , -2 ] }\r\n",
		"further keys": `{"":0,"v":{"c":1,"t":[{}]},"cc":null,"c":{"a": [1]},"t":5,"k":"k","n":"n","g":[1.5,-2],"v":1}`,
		"escapes":      `{"\u0063":{"a": [1]},"t":5,"k":"\u006b","n":"n","g":[0.15e1,-20E-1]}`,
	} {
		if got, err := ParseBody(in); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestParseBodyRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"empty":               ``,
		"not an object":       `[]`,
		"no c":                `{"t":1}`,
		"no t":                `{"c":1}`,
		"no value":            `{"c":,"t":1}`,
		"duplicate c":         `{"c":1,"c":1,"t":1}`,
		"duplicate t":         `{"c":1,"t":1,"t":1}`,
		"duplicate, escaped":  `{"c":1,"t":1,"\u0074":1}`,
		"duplicate k":         `{"c":1,"t":1,"k":"a","k":"a"}`,
		"duplicate g":         `{"c":1,"t":1,"g":[1,1],"g":[1,1]}`,
		"t is a float":        `{"c":1,"t":1.0}`,
		"t is negative":       `{"c":1,"t":-1}`,
		"t is a string":       `{"c":1,"t":"1"}`,
		"t is too large":      `{"c":1,"t":9007199254740992}`,
		"k is a number":       `{"c":1,"t":1,"k":1}`,
		"k is null":           `{"c":1,"t":1,"k":null}`,
		"k is too long":       `{"c":1,"t":1,"k":"` + strings.Repeat("k", MaxKey+1) + `"}`,
		"n is too long":       `{"c":1,"t":1,"n":"` + strings.Repeat("n", MaxCollection+1) + `"}`,
		"g is an object":      `{"c":1,"t":1,"g":{}}`,
		"g is empty":          `{"c":1,"t":1,"g":[]}`,
		"g has one":           `{"c":1,"t":1,"g":[1]}`,
		"g has three":         `{"c":1,"t":1,"g":[1,2,3]}`,
		"g has strings":       `{"c":1,"t":1,"g":["1","2"]}`,
		"g is out of range":   `{"c":1,"t":1,"g":[91,0]}`,
		"g overflows":         `{"c":1,"t":1,"g":[1e999,0]}`,
		"further not JSON":    `{"c":1,"t":1,"x":tru}`,
		"text after it":       `{"c":1,"t":1}x`,
		"unfinished":          `{"c":1,"t":1`,
		"trailing comma":      `{"c":1,"t":1,}`,
		"too long":            `{"c":1,"t":1}` + strings.Repeat(" ", MaxContent),
		"c nests too deep":    `{"c":` + strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1) + `,"t":1}`,
		"nests without end":   `{"c":` + strings.Repeat("[", MaxContent-5),
		"objects without end": `{"c":` + strings.Repeat(`{"":`, MaxContent/4-5),
	} {
		if b, err := ParseBody(in); !errors.Is(err, ErrBody) {
			t.Errorf("%s: %v, want ErrBody", name, err)
		} else if b != (Body{}) {
			t.Errorf("%s: a body beside the error", name)
		}
	}
	if _, err := ParseBody(`{"c":` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + `,"t":1}`); err != nil {
		t.Errorf("as deep as allowed: %v", err)
	}
}

// scans reports whether the scanner takes s as one JSON value.
func scans(s string) bool {
	p := scanner{s: s}
	p.space()
	return p.value(MaxDepth) == nil && p.end() == nil
}

func TestScanner(t *testing.T) {
	for _, s := range []string{
		`0`, `-0`, `10`, `-1.5`, `1e5`, `1E+5`, `0.0e-10`, `123456789012345678901234567890`,
		`true`, `false`, `null`, `""`, ` "a" `, `"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00"`, `"é\u2028` + "\u2028\x7f" + `"`,
		`[]`, `[ ]`, `[1 , [2]]`, `{}`, `{ }`, `{"a":{"a":1},"a":2}`, "\t\r\n 1",
	} {
		if !scans(s) || !json.Valid([]byte(s)) {
			t.Errorf("%s was refused", s)
		}
	}
	for _, s := range []string{
		``, ` `, `+1`, `01`, `-`, `-01`, `.5`, `1.`, `1.e5`, `1e`, `1e+`, `0x1`, `1a`, `1 1`, `NaN`, `Infinity`, `--1`,
		`tru`, `True`, `nul`, `nulll`, `"`, `"a`, `"\"`, `"\a"`, `"\u"`, `"\u12g4"`, `"\U0041"`, `'a'`, "\"\n\"", "\"\x00\"",
		`[`, `]`, `[,]`, `[1,]`, `[,1]`, `[1 2]`, `[1}`, `{`, `}`, `{,}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{1:1}`, `{"a" 1}`, `{"a":1]`,
		"\u00a01", "\v1", "1\x00", `//`, `/**/1`,
	} {
		if scans(s) || json.Valid([]byte(s)) {
			t.Errorf("%q was taken", s)
		}
	}
	// Here RFC 8259 has no word, and the signed text has.
	for _, s := range []string{`"\ud800"`, `"\udc00"`, `"\ud800\u0041"`, `"\ud800x"`, `"\ud800\ud800\udc00"`, `{"\ud800":1}`, "\"\xff\"", "\"\xed\xa0\x80\""} {
		if scans(s) {
			t.Errorf("%q was taken", s)
		}
	}
}

func TestUnescape(t *testing.T) {
	for _, s := range []string{`""`, `"abc"`, `"\"\\\/\b\f\n\r\t"`, `"a\u00e9\u0000b"`, `"\uD83D\ude00!"`, `"\ud83d\ude00\u0041\n"`, `"é\té"`} {
		var want string
		if err := json.Unmarshal([]byte(s), &want); err != nil {
			t.Fatal(err)
		}
		p := scanner{s: s}
		if got, err := p.text(); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", s, got, err, want)
		}
	}
}
