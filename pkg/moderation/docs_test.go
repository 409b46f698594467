package moderation

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

// docRecord is a record as docs/moderation.md writes it.
type docRecord struct {
	Author     string          // a name; the key follows from it
	Collection string          //
	Content    json.RawMessage //
	Geo        []float64       //
	At         int64           // seconds after now
	Bits       int             // proof of work
	Sealed     bool            // to others
	Deletes    int             // the number of the record above that it deletes, from 1 on
}

// customs are the functions of the page that the document shows.
var customs = map[string]func(docRecord) string{
	"titled": func(r docRecord) string {
		var c struct{ Title string }
		if err := json.Unmarshal(r.Content, &c); err != nil || c.Title == "" {
			return "a post needs a title"
		}
		return ""
	},
}

// The examples of docs/moderation.md: a policy, records, and the verdicts on them once all of them are there.
func TestDocumentation(t *testing.T) {
	b, err := os.ReadFile("../../docs/moderation.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := make(map[string]string)
	heading := ""
	ran := make(map[string]bool)
	lines := strings.Split(string(b), "\n")
	for i := 0; i < len(lines); i++ {
		if h, ok := strings.CutPrefix(lines[i], "### "); ok {
			heading, blocks = strings.Trim(h, "`"), make(map[string]string)
		}
		info, ok := strings.CutPrefix(lines[i], "```")
		if !ok {
			continue
		}
		start := i + 1
		for i++; i < len(lines) && lines[i] != "```"; i++ {
		}
		_, name, _ := strings.Cut(info, " ")
		blocks[name] = strings.Join(lines[start:i], "\n")
		if name == "verdicts" {
			t.Run(heading, func(t *testing.T) { runExample(t, blocks) })
			ran[heading] = true
		}
	}
	for _, s := range catalogue {
		if !ran[s.name] {
			t.Errorf("no example of %s", s.name)
		}
	}
}

func runExample(t *testing.T, blocks map[string]string) {
	p := parse(t, blocks["policy"])
	l, sim, conn := NewLedger(p), NewSimilar(p), NewConnection(p, 0)
	var subjects []Subject
	verdicts := make([]Verdict, 0)
	for line := range strings.Lines(blocks["records"]) {
		var d docRecord
		dec := json.NewDecoder(strings.NewReader(line))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&d); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		s := docSubject(t, d, subjects)
		subjects = append(subjects, s)
		verdicts = append(verdicts, docJudge(p, l, sim, conn, d, s))
	}
	var got strings.Builder
	for i, v := range verdicts {
		if !v.Refused() {
			v = v.join(l.Verdict(subjects[i].Record.ID))
		}
		if got.WriteString(v.Action.String()); v.Action != Accept {
			fmt.Fprintf(&got, " %s (%s): %s", v.Rule, v.Class, v.Reason)
		}
		got.WriteByte('\n')
	}
	if want := blocks["verdicts"]; strings.TrimSpace(got.String()) != want {
		t.Errorf("got\n%swant\n%s", &got, want)
	}
}

// docJudge runs the rules in their order, all but the set rules' last word.
func docJudge(p *Policy, l *Ledger, sim *Similar, conn *Connection, d docRecord, s Subject) Verdict {
	v := judge(p, s)
	if v.Refused() {
		return v
	}
	l.Add(entryOf(p, s))
	v = v.join(sim.Check(s))
	if w := conn.Push(0); w.Refused() {
		return w
	}
	if c, ok := p.Custom(); ok {
		if reason := customs[c.Name](d); reason != "" {
			return c.RefusedBy(reason)
		}
	}
	return v
}

func docSubject(t *testing.T, d docRecord, earlier []Subject) Subject {
	if d.Deletes > 0 {
		return deletionOf(t, earlier[d.Deletes-1], testNow+d.At)
	}
	body := record.Body{Content: string(d.Content), Collection: d.Collection}
	text, err := body.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if d.Geo != nil { // written by hand: Encode refuses what is out of range
		text = strings.TrimSuffix(text, "}") + fmt.Sprintf(`,"g":[%g,%g]}`, d.Geo[0], d.Geo[1])
	}
	e := record.New(testRoom, [16]byte{byte(len(earlier) + 1)}, testNow+d.At, text)
	e.Author = key(d.Author)
	if d.Bits > 0 {
		m, err := NewMiner(e, d.Bits)
		if err != nil {
			t.Fatal(err)
		}
		e, _ = m.Step(1 << 24)
	}
	r := bind(t, key(d.Author), e)
	s := Subject{Record: &r, Sealed: d.Sealed}
	if b, err := record.ParseBody(r.Content); err == nil && !d.Sealed {
		s.Body = &b
	}
	return s
}
