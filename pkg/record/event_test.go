package record

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	repeat := strings.Repeat
	tags := func(n int, tag ...string) [][]string {
		all := make([][]string, n)
		for i := range all {
			all[i] = tag
		}
		return all
	}
	for _, c := range []struct {
		name string
		e    Event
		ok   bool
	}{
		{"zero", Event{}, true},
		{"largest", Event{CreatedAt: MaxInteger, Kind: MaxKind, Content: repeat("x", MaxContent)}, true},
		{"allowed controls", Event{Content: "a\tb\nc\rd"}, true},
		{"beyond ASCII", Event{Content: "\u0080\u2028\ufffd\U0010ffff"}, true},
		{"before 1970", Event{CreatedAt: -1}, false},
		{"created_at", Event{CreatedAt: MaxInteger + 1}, false},
		{"kind below", Event{Kind: -1}, false},
		{"kind above", Event{Kind: MaxKind + 1}, false},
		{"content", Event{Content: repeat("x", MaxContent+1)}, false},
		{"NUL", Event{Content: "a\x00"}, false},
		{"backspace", Event{Content: "a\b"}, false},
		{"form feed", Event{Content: "\f"}, false},
		{"U+001F", Event{Content: "\x1f"}, false},
		{"DEL", Event{Content: "\x7f"}, false},
		{"invalid UTF-8", Event{Content: "\xff"}, false},
		{"truncated UTF-8", Event{Content: "\xe2\x80"}, false},
		{"overlong UTF-8", Event{Content: "\xc0\x80"}, false},
		{"surrogate", Event{Content: "\xed\xa0\x80"}, false},
		{"tags", Event{Tags: tags(MaxTags, "t", "")}, true},
		{"too many tags", Event{Tags: tags(MaxTags+1, "t")}, false},
		{"items", Event{Tags: [][]string{make([]string, MaxTagItems)}}, true},
		{"too many items", Event{Tags: [][]string{make([]string, MaxTagItems+1)}}, false},
		{"empty tag", Event{Tags: [][]string{{}}}, false},
		{"item", Event{Tags: tags(1, repeat("x", MaxTagItem))}, true},
		{"long item", Event{Tags: tags(1, repeat("x", MaxTagItem+1))}, false},
		{"tag bytes", Event{Tags: tags(MaxTagBytes/MaxTagItem, repeat("x", MaxTagItem))}, true},
		{"too many tag bytes", Event{Tags: tags(MaxTagBytes/MaxTagItem+1, repeat("x", MaxTagItem))}, false},
		{"control in a tag", Event{Tags: tags(1, "a", "\x7f")}, false},
		{"invalid UTF-8 in a tag", Event{Tags: tags(1, "\xff")}, false},
	} {
		if err := c.e.Check(); c.ok != (err == nil) || err != nil && !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestVerifyNamesTheFault(t *testing.T) {
	good := Event{Kind: 1, Content: "hello", Tags: [][]string{{"t", "x"}}}
	if err := good.Sign(testKey(t, 3)); err != nil {
		t.Fatal(err)
	}
	if err := good.Verify(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*Event)
		want   error
	}{
		{"form", func(e *Event) { e.Content += "\x00" }, ErrForm},
		{"content", func(e *Event) { e.Content += "!" }, ErrID},
		{"kind", func(e *Event) { e.Kind++ }, ErrID},
		{"time", func(e *Event) { e.CreatedAt++ }, ErrID},
		{"tags", func(e *Event) { e.Tags = nil }, ErrID},
		{"author", func(e *Event) { e.Author[0]++ }, ErrID},
		{"id", func(e *Event) { e.ID[0]++ }, ErrID},
		{"signature", func(e *Event) { e.Sig[0]++ }, ErrSignature},
		{"author, hashed again", func(e *Event) { e.Author = testKey(t, 4).PubKey(); e.ID = e.Hash() }, ErrSignature},
	} {
		e := good
		c.change(&e)
		if err := e.Verify(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// Whatever is written, encoding/json must read back.
func TestAppendStringIsJSON(t *testing.T) {
	var all strings.Builder
	for r := rune(0); r < 0x300; r++ {
		all.WriteRune(r)
	}
	for _, s := range []string{"", all.String(), `\"`, "\u2028<&>\U0001f600"} {
		var got string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil || got != s {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
}

// Hash takes another way for what does not fit its buffer.
func TestHashOfAnyLength(t *testing.T) {
	for _, n := range []int{0, hashBuffer - 600, hashBuffer, MaxContent} {
		e := Event{Content: strings.Repeat(`"`, n)}
		if e.Hash() != sha256.Sum256(e.AppendCanonical(nil)) {
			t.Errorf("%d bytes: another hash", n)
		}
	}
}

const goodJSON = `{"id":"8417e53986923e13829aa93e82784794c6facff532c14f91e55173986db1f7e1",` +
	`"pubkey":"f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9",` +
	`"created_at":1700000000,"kind":30078,"tags":[["d","x"]],"content":"hello",` +
	`"sig":"e26151c76f16fcd30c7c73ad9459e4c9a28ed6864f365f07b4683171b2de685158801fc1b8cc92facad284677d3d6fa20bb069e9974218389dec3334e0f204e9"}`

func TestParseJSON(t *testing.T) {
	want, err := ParseJSON([]byte(goodJSON))
	if err != nil {
		t.Fatal(err)
	}
	if err := want.Verify(); err != nil {
		t.Fatal(err)
	}
	if got := string(want.AppendJSON(nil)); got != goodJSON {
		t.Errorf("written again: %s", got)
	}
	swap := func(old, new string) string {
		if !strings.Contains(goodJSON, old) {
			t.Fatalf("no %s", old)
		}
		return strings.Replace(goodJSON, old, new, 1)
	}
	for name, in := range map[string]string{
		"white space": " " + strings.NewReplacer(`:`, " :\n", `,`, "\t,\r", `[`, "[ ", `]`, " ]", `}`, " }").Replace(goodJSON) + "\n",
		"escapes":     swap(`"hello"`, `"h\u0065l\u006Co"`),
		"escaped key": swap(`"kind"`, `"\u006bind"`),
		"order":       `{"kind":30078,` + swap(`"kind":30078,`, "")[1:],
	} {
		got, err := ParseJSON([]byte(in))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	many := strings.Repeat(`["t"],`, MaxTags+1)
	for name, in := range map[string]string{
		"empty":               "",
		"not an object":       `[]`,
		"no field":            `{}`,
		"unfinished":          goodJSON[:len(goodJSON)-1],
		"text after it":       goodJSON + "{}",
		"trailing comma":      swap(`"}`, `",}`),
		"leading comma":       swap(`{`, `{,`),
		"no comma":            swap(`,"kind"`, `"kind"`),
		"no colon":            swap(`"kind":`, `"kind"`),
		"unknown field":       swap(`"kind"`, `"x":1,"kind"`),
		"duplicate":           swap(`"kind"`, `"kind":30078,"kind"`),
		"duplicate, escaped":  swap(`"kind"`, `"\u006bind":30078,"kind"`),
		"missing":             swap(`"kind":30078,`, ``),
		"case of a field":     swap(`"kind"`, `"Kind"`),
		"null":                swap(`"hello"`, `null`),
		"float":               swap(`30078`, `30078.0`),
		"exponent":            swap(`1700000000`, `17e8`),
		"negative":            swap(`1700000000`, `-1`),
		"negative zero":       swap(`1700000000`, `-0`),
		"leading zero":        swap(`1700000000`, `01700000000`),
		"integer as text":     swap(`1700000000`, `"1700000000"`),
		"time above 2^53-1":   swap(`1700000000`, `9007199254740992`),
		"time above 2^64":     swap(`1700000000`, `18446744073709551617`),
		"kind above":          swap(`30078`, `65536`),
		"uppercase":           swap(`8417e5`, `8417E5`),
		"short id":            swap(`8417e5`, `8417e`),
		"long id":             swap(`8417e5`, `8417e500`),
		"no hex":              swap(`8417e5`, `8417g5`),
		"id with escape":      swap(`8417e5`, `\u0038417e5`),
		"tags":                swap(`[["d","x"]]`, `{}`),
		"tag":                 swap(`["d","x"]`, `"d"`),
		"tag item":            swap(`"x"`, `1`),
		"nested tag":          swap(`"x"`, `["x"]`),
		"comma in tags":       swap(`["d","x"]`, `["d","x"],`),
		"too many tags":       swap(`["d","x"]`, many[:len(many)-1]),
		"too many items":      swap(`"x"`, `"x"`+strings.Repeat(`,""`, MaxTagItems)),
		"raw control":         swap(`hello`, "a\nb"),
		"wrong escape":        swap(`hello`, `\x`),
		"short escape":        swap(`hello`, `\u12`),
		"lone high surrogate": swap(`hello`, `\ud800`),
		"lone low surrogate":  swap(`hello`, `\udc00`),
		"two high surrogates": swap(`hello`, `\ud800\ud800`),
		"invalid UTF-8":       swap(`hello`, "\xff"),
		"UTF-8 of surrogate":  swap(`hello`, "\xed\xa0\x80"),
		"byte order mark":     "\ufeff" + goodJSON,
		"too long":            goodJSON + strings.Repeat(" ", MaxJSON),
	} {
		if e, err := ParseJSON([]byte(in)); !errors.Is(err, ErrJSON) {
			t.Errorf("%s: %v, want ErrJSON", name, err)
		} else if !reflect.DeepEqual(e, Event{}) {
			t.Errorf("%s: an event beside the error", name)
		}
	}
}

// The longest event that Check passes can be written and read.
func TestMaxJSON(t *testing.T) {
	e := Event{CreatedAt: MaxInteger, Kind: MaxKind, Content: strings.Repeat("\n", MaxContent)}
	left := MaxTagBytes
	for range MaxTags {
		tag := make([]string, MaxTagItems)
		for j := range tag {
			n := min(left, MaxTagItem)
			tag[j] = strings.Repeat(`"`, n)
			left -= n
		}
		e.Tags = append(e.Tags, tag)
	}
	if err := e.Sign(testKey(t, 3)); err != nil {
		t.Fatal(err)
	}
	b := e.AppendJSON(nil)
	if len(b) >= 163<<10 {
		t.Errorf("%d bytes", len(b))
	}
	got, err := ParseJSON(b)
	if err != nil || !reflect.DeepEqual(got, e) {
		t.Errorf("read back: %v", err)
	}
}
