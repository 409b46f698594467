package moderation

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

func TestJudge(t *testing.T) {
	alice, bob := key("alice").Npub(), key("bob").Npub()
	long := strings.Repeat("a ", 6000)
	deep := strings.Repeat("[", 20) + strings.Repeat("]", 20)
	for _, c := range []struct {
		policy, content, want string // want is the rule, a ! before it a flag
	}{
		{`"open"`, `{"text":"fuck http://x"}`, ""},
		{`"standard"`, `{"text":"hello","link":"https://example.com/a"}`, ""},
		{`"standard"`, `{"text":"fuck"}`, "badWords"},
		{`"standard"`, `"fuck"`, "badWords"},
		{`"standard"`, `{"text":["x",["fuck"]]}`, "schema"},
		{`"standard"`, `{"a":{"text":["x",["fuck"]]}}`, "badWords"},
		{`"standard"`, `{"te\u0078t":"\u0066uck"}`, "badWords"},
		{`"standard"`, `{"text":"x","text":"fuck","text":"y"}`, "badWords"},
		{`"standard"`, `{"title":"fuck","fuck":1}`, ""},
		{`"strict"`, `{"title":"fuck"}`, "work"},
		{`{"badWords":{"fields":["title"]}}`, `{"title":"fuck"}`, "badWords"},
		{`{"badWords":{"fields":["*"]}}`, `{"fuck":1}`, "badWords"},
		{`{"badWords":{"fields":["*"]}}`, `{"a":[{"b":"fuck"}]}`, "badWords"},
		{`{"badWords":{"action":"flag"}}`, `{"text":"fuck"}`, "!badWords"},
		{`{"badWords":{"action":"flag"}}`, `{"text":"fuck http://x.com"}`, "noLinks"},
		{`{"noLinks":{"action":"flag"}}`, `{"text":"fuck http://x.com"}`, "badWords"},
		{`{"noLinks":{"action":"flag"}}`, `{"text":"see http://x.com"}`, "!noLinks"},
		{`{"noLinks":{"action":"flag"},"badWords":{"action":"flag"}}`, `{"text":"fuck http://x.com"}`, "!noLinks"},
		{`"standard"`, `{"text":"see http://x.com"}`, "noLinks"},
		{`{"noLinks":{"fields":["*"]}}`, `{"link":"https://example.com"}`, ""},
		{`{"noLinks":{"fields":["*"]}}`, `{"src":"https://example.com"}`, "noLinks"},
		{`"standard"`, `{"link":"javascript:alert(1)"}`, "linkField"},
		{`"standard"`, `{"link":""}`, ""},
		{`"standard"`, `{"link":null}`, ""},
		{`"standard"`, `{"link":5}`, "schema"},
		{`"standard"`, `{"text":{"a":1}}`, "schema"},
		{`{"schema":false}`, `{"link":["javascript:alert(1)"]}`, "linkField"},
		{`{"schema":false}`, `{"link":[` + strings.Repeat(`"https://example.com",`, 64) + `""]}`, ""},
		{`{"schema":false}`, `{"link":[` + strings.Repeat(`"https://example.com",`, 65) + `""]}`, "linkField"},
		{`{"linkField":{"pattern":"^https://[a-z]+\\.example/"}}`, `{"link":"https://www.example/x"}`, ""},
		{`{"linkField":{"pattern":"^https://[a-z]+\\.example/"}}`, `{"link":"http://www.example/x"}`, "linkField"},
		{`{"schema":{"text":10000}}`, `{"text":"` + long + `"}`, "schema"},
		{`{"schema":{"record":32768}}`, `{"title":"` + long + long + long + `"}`, "schema"},
		{`"standard"`, deep, ""},
		{`{"schema":{"depth":19}}`, deep, "schema"},
		{`{"schema":{"depth":20}}`, deep, ""},
		{`{"schema":{"depth":0}}`, `1`, ""},
		{`{"schema":{"depth":0}}`, `[]`, "schema"},
		{`{"schema":{"required":["text","n"]}}`, `{"text":"x","n":0}`, ""},
		{`{"schema":{"required":["text","n"]}}`, `{"text":"x","n":null}`, "schema"},
		{`{"schema":{"required":["text"]}}`, `{"a":{"text":"x"}}`, "schema"},
		{`{"deny":{"npubs":["` + alice + `"]}}`, `1`, "deny"},
		{`{"deny":{"npubs":["` + bob + `"]}}`, `1`, ""},
		{`{"allow":{"npubs":["` + bob + `"]}}`, `1`, "allow"},
		{`{"allow":{"npubs":["` + alice + `"]}}`, `1`, ""},
		{`{"allow":{"npubs":["` + bob + `"]},"moderators":{"npubs":["` + alice + `"]}}`, `1`, ""},
		{`{"work":{"bits":30}}`, `1`, "work"},
	} {
		p := parse(t, c.policy)
		v := judge(p, subject(t, "alice", c.content))
		got := v.Rule
		if v.Action == Flag {
			got = "!" + got
		}
		if got != c.want || (v.Reason == "") != (c.want == "") || c.want != "" && v.Class != Pure {
			t.Errorf("%.60s: %.60s: %v", c.policy, c.content, v)
		}
	}
}

func TestJudgeTime(t *testing.T) {
	p := parse(t, `"standard"`)
	c := Clock{Now: testNow, Horizon: testNow - 1000}
	for at, want := range map[int64]string{testNow: "", testNow + 600: "", testNow + 601: "time", testNow - 1000: "", testNow - 1001: "time"} {
		v := p.Judge(c, []Subject{subjectIn(t, "a", "", "1", at)})[0]
		if v.Rule != want || want != "" && v.Class != Local {
			t.Errorf("at %d: %v", at-testNow, v)
		}
	}
}

func TestJudgeWhatCannotBeRead(t *testing.T) {
	std, open := parse(t, `"standard"`), parse(t, `"open"`)
	r := bind(t, key("a"), record.New(testRoom, [16]byte{1}, testNow, `{"c":1,"t":1,"g":[91,0]}`))
	if v := judge(std, Subject{Record: &r}); v.Rule != "schema" {
		t.Errorf("a latitude of 91: %v", v)
	}
	if v := judge(open, Subject{Record: &r}); v != (Verdict{}) {
		t.Errorf("open: %v", v)
	}
	if v := judge(std, Subject{Record: &r, Sealed: true}); v != (Verdict{}) {
		t.Errorf("sealed: %v", v)
	}
	// What is sealed is not judged by those who can read it either.
	s := subject(t, "a", `{"text":"fuck"}`)
	s.Sealed = true
	if v := judge(std, s); v != (Verdict{}) {
		t.Errorf("sealed and read: %v", v)
	}
	big := bind(t, key("a"), record.New(testRoom, [16]byte{1}, testNow, strings.Repeat("x", 33<<10)))
	if v := judge(parse(t, `{"schema":{"record":32768}}`), Subject{Record: &big, Sealed: true}); v.Rule != "schema" {
		t.Errorf("sealed and too big: %v", v)
	}
	// A body that was not parsed may hold anything.
	for _, content := range []string{"", "{", `{"a"`, `{"a":`, `{"text":"fuck`, "]", `{"a":1}x`, `{1:2}`, `"\`, strings.Repeat("[", 100_000)} {
		if v := judge(std, Subject{Record: s.Record, Body: &record.Body{Content: content}}); v.Rule != "schema" {
			t.Errorf("%.20s: %v", content, v)
		}
	}
}

func TestJudgeDeletion(t *testing.T) {
	p := parse(t, fmt.Sprintf(`{"extends":"strict","deny":{"npubs":[%q]}}`, key("b").Npub()))
	for author, want := range map[string]string{"a": "", "b": "deny"} {
		if v := judge(p, deletionOf(t, subject(t, author, "1"), testNow)); v.Rule != want {
			t.Errorf("%s: %v", author, v)
		}
	}
}

// What JSON says is what rules see, whatever the escapes.
func TestUnescape(t *testing.T) {
	for _, s := range []string{`"a"`, `""`, `"\"\\\/\b\f\n\r\t"`, `"\u0041\u00e9\u20AC"`, `"\ud83d\ude00!"`, `"x\\u0041"`, `"é\u0301"`} {
		var want string
		if err := json.Unmarshal([]byte(s), &want); err != nil {
			t.Fatal(err)
		}
		c := cursor{s: s}
		if got, ok := c.text(); !ok || got != want || c.i != len(s) {
			t.Errorf("%s: %q", s, got)
		}
	}
	for _, s := range []string{`\`, `\u`, `\u12`, `\ud800`, `\ud800\u0041`, `\uZZZZ`, `\q`} {
		unescape(s) // does not panic
	}
}

func FuzzJudge(f *testing.F) {
	for _, s := range []string{`{"text":"hello","link":"https://example.com"}`, `{"a":[1,-2e5,true,null,"\ud83d\ude00"]}`, `"x"`, `[[[[]]]]`} {
		f.Add(s, "posts")
	}
	policies := []*Policy{
		parse(f, `"standard"`),
		parse(f, `{"extends":"strict","work":false,"schema":{"depth":64,"collections":{"*":{"type":["object","array","string"],"properties":{"text":{"maxLength":5}},"items":{"type":"string"},"required":["a"]}}}}`),
		parse(f, `{"extends":"open","noLinks":{"fields":["*"],"action":"flag"},"badWords":{"fields":["text"],"action":"flag"}}`),
	}
	f.Fuzz(func(t *testing.T, content, collection string) {
		r := &record.Record{Event: record.Event{Content: content, CreatedAt: testNow}}
		b := &record.Body{Content: content, Collection: collection}
		var c contents
		if read := c.read(b); !read && json.Valid([]byte(content)) && c.depth < record.MaxDepth {
			t.Fatal("JSON that is not read")
		}
		for _, p := range policies {
			s := Subject{Record: r, Body: b}
			v := judge(p, s)
			if again := judge(p, s); again != v {
				t.Fatalf("%v, then %v", v, again)
			}
			NewSimilar(p).Check(s)
		}
	})
}

// benchBatch makes distinct records of 400 bytes of text, one in 20 of which breaks a rule, by many authors.
func benchBatch(tb testing.TB, n int) []Subject {
	var words []string
	for i := range 2000 {
		words = append(words, []string{"ba", "co", "di", "fe", "gu"}[i%5]+[]string{"n", "l", "st", "r", "mm"}[i/5%5]+[]string{"a", "er", "ow", "ing", "ly", "", "en", "o"}[i/25%8]+[]string{"", "s", "d", "ment", "ful", "t", "able", "ery", "ish", "al"}[i/200])
	}
	batch := make([]Subject, n)
	for i := range batch {
		var sb strings.Builder
		for k := i*7 + 1; sb.Len() < 385; k = k*31 + 7 {
			sb.WriteString(words[(k>>3&0xffff)%len(words)])
			if sb.WriteByte(' '); k%11 == 0 {
				fmt.Fprintf(&sb, "%d. ", k&0xfff)
			}
		}
		text := strings.TrimSpace(sb.String())
		switch i % 60 {
		case 19:
			text += " visit www.example.com now"
		case 39:
			text += " you fucking idiot"
		case 59:
			text += " write to me@example.com"
		}
		batch[i] = subjectIn(tb, fmt.Sprint("author", i%200), "", fmt.Sprintf(`{"text":%q,"link":"https://example.org/%d"}`, text, i), testNow+int64(i/100))
	}
	return batch
}

// judgeAll runs all rules of a policy over a batch and returns how many were refused.
func judgeAll(p *Policy, l *Ledger, sim *Similar, batch []Subject) (refused int) {
	for i, v := range p.Judge(Clock{Now: testNow + 1000}, batch) {
		if v.Refused() {
			refused++
			continue
		}
		e := entryOf(p, batch[i])
		if l.Judge([]Entry{e})[0].Refused() {
			refused++
		}
		l.Add(e)
		sim.Check(batch[i])
	}
	l.Changes(all)
	return refused
}

func TestStandardIsUsable(t *testing.T) {
	p := parse(t, `"standard"`)
	refused := judgeAll(p, NewLedger(p), NewSimilar(p), benchBatch(t, 6000))
	if refused != 300 {
		t.Errorf("%d of 6000 are refused, want 300", refused)
	}
}

// BenchmarkStandard judges 10,000 records by all rules of standard: at most a second under
// wasm.
func BenchmarkStandard(b *testing.B) {
	p := parse(b, `"standard"`)
	batch := benchBatch(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		judgeAll(p, NewLedger(p), NewSimilar(p), batch)
	}
}

func BenchmarkJudge(b *testing.B) {
	p := parse(b, `"standard"`)
	batch := benchBatch(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		p.Judge(Clock{Now: testNow + 1000}, batch)
	}
}
