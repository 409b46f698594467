package moderation

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

// naive evaluates the set rules from scratch, straight from their description.
func naive(p *Policy, all []Entry) map[record.ID]string {
	counts := make(map[record.UUID]Entry)
	for _, e := range all {
		o, ok := counts[e.UUID]
		better := e.At > o.At || e.At == o.At && (e.Deletes && !o.Deletes ||
			e.Deletes == o.Deletes && bytes.Compare(e.ID[:], o.ID[:]) < 0)
		if !ok || better {
			counts[e.UUID] = e
		}
	}
	var es []Entry
	refused := make(map[record.ID]string)
	refuse := func(e Entry, rule string) {
		if !e.Deletes && refused[e.ID] == "" {
			refused[e.ID] = rule
		}
	}
	var labels []Label
	for _, e := range counts {
		switch {
		case !p.MayLabel(e.Facts):
			es = append(es, e)
		case e.Label != nil:
			labels = append(labels, *e.Label)
		}
	}
	slices.SortFunc(es, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.At, b.At), bytes.Compare(a.ID[:], b.ID[:])) })

	for _, e := range es {
		for _, l := range labels {
			ban := l.Ban != record.PubKey{} && bytes.Equal(l.Ban[:8], e.Facts[:8]) && (l.Until == 0 || e.At*1000 <= l.Until)
			if l.Remove == e.UUID || ban {
				refuse(e, ruleModerators)
			}
		}
	}
	// groups calls fn with the entries of each group in order.
	groups := func(of func(Entry) (string, bool), fn func([]Entry)) {
		m := make(map[string][]Entry)
		for _, e := range es {
			if k, ok := of(e); ok {
				m[string(e.Facts[:8])+k] = append(m[string(e.Facts[:8])+k], e)
			}
		}
		for _, g := range m {
			fn(g)
		}
	}
	if v := p.rules[ruleDuplicates]; v != nil {
		groups(func(e Entry) (string, bool) { return string(e.Facts[8:13]), e.Facts.content() != 0 }, func(g []Entry) {
			for i := 1; i < len(g); i++ {
				if g[i].At-g[i-1].At < v.integer("window") {
					refuse(g[i], ruleDuplicates)
				}
			}
		})
	}
	if v := p.rules[ruleRate]; v != nil {
		groups(func(e Entry) (string, bool) { return fmt.Sprint(e.At / 60), true }, func(g []Entry) {
			for _, e := range g[min(len(g), int(v.integer("perMinute"))):] {
				refuse(e, ruleRate)
			}
		})
	}
	if v := p.rules[ruleQuota]; v != nil {
		for name, of := range map[string]func(Entry) (string, bool){
			"records":       func(Entry) (string, bool) { return "", true },
			"perCollection": func(e Entry) (string, bool) { return string(e.Facts[13:]), !e.Deletes },
			"perDay":        func(e Entry) (string, bool) { return fmt.Sprint(e.At / 86400), true },
		} {
			if n := int(v.integer(name)); n > 0 {
				groups(of, func(g []Entry) {
					for _, e := range g[:max(0, len(g)-n)] {
						refuse(e, ruleQuota)
					}
				})
			}
		}
	}
	return refused
}

// crowd makes entries that meet in all rules: few authors, contents, collections,
// minutes and days, several versions and deletions of a record, and labels.
func crowd(p *Policy, rng *rand.Rand, n int, moderators []record.PubKey) []Entry {
	es := make([]Entry, n)
	uuids := make([]record.UUID, n/3+1)
	for i := range uuids {
		uuids[i] = record.UUID{byte(i), byte(i >> 8), 1} // chains: the first 8 bytes of many are alike
		uuids[i][15] = byte(rng.IntN(4))
	}
	authors := []record.PubKey{key("a"), key("b"), key("c")}
	for i := range es {
		u := rng.IntN(len(uuids))
		author := authors[u%len(authors)]
		e := Entry{At: testNow + int64(rng.IntN(4))*86400 + int64(rng.IntN(5))*60 + int64(rng.IntN(3)), UUID: uuids[u]}
		e.ID = record.ID{byte(rng.IntN(2)), 0, 0, 0, 0, 0, 0, 0, byte(i), byte(i >> 8)}
		r := &record.Record{Event: record.Event{Author: author}}
		switch k := rng.IntN(10); {
		case k == 0:
			e.Deletes = true
			e.Facts = FactsOf(r, nil)
		case k == 1 && len(moderators) > 0:
			r.Author = moderators[rng.IntN(len(moderators))]
			e.UUID = record.UUID{0xff, byte(rng.IntN(4))}
			e.Facts = FactsOf(r, &record.Body{Collection: LabelCollection})
			switch rng.IntN(4) {
			case 0:
				e.Label = &Label{Ban: authors[rng.IntN(len(authors))], Until: (testNow + int64(rng.IntN(5))*86400) * 1000}
			case 1:
				e.Label = &Label{Ban: authors[rng.IntN(len(authors))]}
			case 2:
				e.Label = &Label{Remove: uuids[rng.IntN(len(uuids))]}
			default: // its body is not here
			}
		default:
			e.Facts = FactsOf(r, &record.Body{Content: fmt.Sprint(rng.IntN(n)), Collection: fmt.Sprint(rng.IntN(3))})
		}
		e.State = State(rng.IntN(3))
		es[i] = e
	}
	return es
}

// same compares a ledger with the evaluation from scratch.
func sameAsNaive(t *testing.T, l *Ledger, p *Policy, held []Entry) {
	t.Helper()
	want := naive(p, held)
	if l.Len() != len(held) {
		t.Fatalf("%d entries, want %d", l.Len(), len(held))
	}
	for _, e := range held {
		if got := l.Verdict(e.ID); got.Rule != want[e.ID] || got.Refused() != (want[e.ID] != "") {
			t.Fatalf("entry %v at %d: refused by %q, want %q", e.ID, e.At, got.Rule, want[e.ID])
		}
	}
}

func testPolicies(t testing.TB) (ps []*Policy, moderators []record.PubKey) {
	moderators = []record.PubKey{key("m"), key("n")}
	mods := fmt.Sprintf(`"moderators":{"npubs":[%q,%q]}`, moderators[0].Npub(), moderators[1].Npub())
	for _, o := range []string{
		`"standard"`, `"strict"`, `{` + mods + `}`,
		`{"duplicates":{"window":90},"rate":{"perMinute":2},"quota":{"records":9,"perCollection":4,"perDay":5},` + mods + `}`,
		`{"extends":"open","quota":{"records":7}}`,
		`{"extends":"open","quota":{"records":0,"perCollection":2,"perDay":3}}`,
		`{"extends":"open","rate":{"perMinute":1},` + mods + `}`,
	} {
		ps = append(ps, parse(t, o))
	}
	return ps, moderators
}

// The ledger's verdicts are those of an evaluation from scratch, whatever came and went before.
func TestLedgerIsAFunctionOfItsEntries(t *testing.T) {
	ps, moderators := testPolicies(t)
	for pi, p := range ps {
		for seed := range uint64(12) {
			rng := rand.New(rand.NewPCG(seed, uint64(pi)))
			es := crowd(p, rng, 20+rng.IntN(150), moderators)
			rng.Shuffle(len(es), func(i, j int) { es[i], es[j] = es[j], es[i] })
			l := NewLedger(p)
			var held []Entry
			next := 0
			for step := 0; next < len(es); step++ {
				switch k := rng.IntN(10); {
				case k < 2 && len(held) > 0:
					i := rng.IntN(len(held))
					l.Remove(held[i].ID)
					held = slices.Delete(held, i, i+1)
				case k == 2:
					l.Judge(es[next:min(len(es), next+10)])
				case k == 3:
					l.Changes(all)
				default:
					l.Add(es[next])
					held = append(held, es[next])
					next++
				}
				if step%16 == 0 {
					sameAsNaive(t, l, p, held)
				}
			}
			sameAsNaive(t, l, p, held)
			for _, e := range held {
				l.Remove(e.ID)
			}
			if l.Len() != 0 || len(l.groups) != 0 || len(l.ids) != 0 || len(l.uuids) != 0 ||
				len(l.removed) != 0 || len(l.bans) != 0 || len(l.labels) != 0 {
				t.Fatalf("seed %d: an empty ledger remembers: %d %d %d %d", seed, l.Len(), len(l.groups), len(l.ids), len(l.uuids))
			}
		}
	}
}

// Whoever carries out the changes holds the bodies of exactly those that are not refused.
func TestLedgerChanges(t *testing.T) {
	ps, moderators := testPolicies(t)
	for pi, p := range ps {
		for seed := range uint64(12) {
			rng := rand.New(rand.NewPCG(seed, 100+uint64(pi)))
			l := NewLedger(p)
			bodies := make(map[record.ID]bool)
			var held []Entry
			settle := func() {
				for more := true; more; {
					var evict []Change
					var reconsider []record.ID
					evict, reconsider, more = l.Changes(1 + rng.IntN(20))
					more = more || len(evict)+len(reconsider) > 0
					for _, c := range evict {
						if !bodies[c.ID] || !c.Verdict.Refused() {
							t.Fatalf("evicted what is not here: %v", c)
						}
						bodies[c.ID] = false
					}
					for _, id := range reconsider {
						if bodies[id] {
							t.Fatal("wanted what is here")
						}
						// A peer has it.
						i := slices.IndexFunc(held, func(e Entry) bool { return e.ID == id })
						e := held[i]
						e.State = Held
						if l.Judge([]Entry{e})[0].Refused() {
							t.Fatal("wanted what is refused")
						}
						bodies[id] = true
						l.Add(e)
					}
				}
			}
			for _, e := range crowd(p, rng, 150, moderators) {
				e.State = Held
				if l.Judge([]Entry{e})[0].Refused() {
					e.State = Refused
				}
				bodies[e.ID] = e.State == Held
				l.Add(e)
				held = append(held, e)
				if rng.IntN(4) == 0 {
					i := rng.IntN(len(held))
					l.Remove(held[i].ID)
					delete(bodies, held[i].ID)
					held = slices.Delete(held, i, i+1)
				}
				if rng.IntN(3) == 0 {
					settle()
				}
			}
			settle()
			want := naive(p, held)
			for _, e := range held {
				if i := l.find(e.ID); l.entries[i].counts && bodies[e.ID] == (want[e.ID] != "") {
					t.Fatalf("seed %d: body %v, refused by %q", seed, bodies[e.ID], want[e.ID])
				}
			}
		}
	}
}

func TestLedgerJudgeChangesNothing(t *testing.T) {
	p := parse(t, `"strict"`)
	l := NewLedger(p)
	var batch []Entry
	for i := range 8 {
		batch = append(batch, entryOf(p, subjectIn(t, "a", "", fmt.Sprint(i), testNow+int64(i))))
	}
	for _, e := range batch[:6] {
		l.Add(e)
	}
	if evict, _, _ := l.Changes(all); len(evict) != 1 || evict[0].ID != batch[0].ID || evict[0].Verdict.Rule != ruleQuota {
		t.Fatalf("evicted %v", evict)
	}
	vs := l.Judge(batch)
	for i, v := range vs {
		if v.Refused() != (i < 3) { // of eight the newest five stay
			t.Errorf("entry %d: %v", i, v)
		}
	}
	if evict, reconsider, _ := l.Changes(all); len(evict)+len(reconsider) != 0 {
		t.Errorf("judging changed: %v, %v", evict, reconsider)
	}
	// The deletion of a record counts as the record did, but is not refused.
	del := subjectIn(t, "a", "", `"x"`, testNow)
	l.Add(entryOf(p, deletionOf(t, del, testNow+100)))
	if evict, _, _ := l.Changes(all); len(evict) != 1 || evict[0].ID != batch[1].ID {
		t.Errorf("evicted %v", evict)
	}
}

func TestLedgerReconsiders(t *testing.T) {
	p := parse(t, `{"duplicates":{"window":100}}`)
	l := NewLedger(p)
	first := entryOf(p, subjectIn(t, "a", "", `"x"`, testNow))
	second := entryOf(p, subjectIn(t, "a", "", `"x"`, testNow+99))
	other := entryOf(p, subjectIn(t, "b", "", `"x"`, testNow+50))
	third := entryOf(p, subjectIn(t, "a", "", `"x"`, testNow+199))
	l.Add(first)
	l.Add(other)
	l.Add(third)
	second.State = Refused
	l.Add(second)
	if v := l.Verdict(second.ID); v.Rule != ruleDuplicates || v.Class != Set {
		t.Fatalf("verdict %v", v)
	}
	for _, e := range []Entry{first, other, third} {
		if v := l.Verdict(e.ID); v.Refused() {
			t.Fatalf("verdict %v", v)
		}
	}
	l.Remove(first.ID)
	if _, reconsider, _ := l.Changes(all); !slices.Equal(reconsider, []record.ID{second.ID}) {
		t.Errorf("reconsider %v", reconsider)
	}
	if _, reconsider, _ := l.Changes(all); reconsider != nil {
		t.Errorf("asked twice: %v", reconsider)
	}
	// It is refused again, and free again, before anybody gave it.
	l.Add(first)
	l.Changes(all)
	l.Remove(first.ID)
	if _, reconsider, _ := l.Changes(all); len(reconsider) != 1 {
		t.Error("not asked again")
	}
}

func TestLedgerRestored(t *testing.T) {
	p := parse(t, `{"quota":{"records":1}}`)
	old := entryOf(p, subjectIn(t, "a", "", `"x"`, testNow))
	fresh := entryOf(p, subjectIn(t, "a", "", `"y"`, testNow+1))
	bad := entryOf(p, subjectIn(t, "b", "", `"z"`, testNow))
	for _, same := range []bool{true, false} {
		l := NewLedger(p)
		old.State, bad.State = Refused, Refused
		for _, e := range []Entry{old, fresh, bad} {
			l.Add(e)
		}
		l.Restored(same)
		evict, reconsider, _ := l.Changes(all)
		want := []record.ID{bad.ID}
		if same {
			want = nil
		}
		if len(evict) != 0 || !slices.Equal(reconsider, want) {
			t.Errorf("same policy %v: evict %v, reconsider %v", same, evict, reconsider)
		}
		l.Remove(fresh.ID)
		if _, reconsider, _ := l.Changes(all); !slices.Equal(reconsider, []record.ID{old.ID}) {
			t.Errorf("same policy %v: then %v", same, reconsider)
		}
	}
}

func TestLabels(t *testing.T) {
	mod := key("mod")
	p := parse(t, fmt.Sprintf(`{"moderators":{"npubs":[%q]}}`, mod.Npub()))
	a := subjectIn(t, "a", "", `"hello"`, testNow)
	b := subjectIn(t, "b", "", `"hello you"`, testNow)
	label := func(author, content string) Subject {
		return subjectIn(t, author, LabelCollection, content, testNow)
	}
	for _, c := range []struct {
		s    Subject
		rule string
	}{
		{label("mod", `{"remove":"`+a.Record.UUID.String()+`"}`), ""},
		{label("mod", `{"ban":"`+key("b").Npub()+`","until":1700000000000,"reason":"spam"}`), ""},
		{label("mod", `{"remove":"x"}`), ruleModerators},
		{label("mod", `{}`), ruleModerators},
		{label("mod", `{"remove":"`+a.Record.UUID.String()+`","until":1}`), ruleModerators},
		{label("mod", `{"ban":"`+key("b").Npub()+`","until":-1}`), ruleModerators},
		{label("mod", `{"ban":"`+key("b").Npub()+`","for":1}`), ruleModerators},
		{label("a", `{"remove":"`+a.Record.UUID.String()+`"}`), ruleModerators},
	} {
		if v := judge(p, c.s); v.Rule != c.rule {
			t.Errorf("%s: %v", c.s.Body.Content, v)
		}
		if (p.Label(c.s.Record, c.s.Body) != nil) != (c.rule == "") {
			t.Errorf("%s: label or not", c.s.Body.Content)
		}
	}

	l := NewLedger(p)
	for _, s := range []Subject{a, b} {
		l.Add(entryOf(p, s))
	}
	ban := label("mod", `{"ban":"`+key("b").Npub()+`","until":1700000000000}`)
	l.Add(entryOf(p, ban))
	if evict, _, _ := l.Changes(all); len(evict) != 1 || evict[0].ID != b.Record.ID || evict[0].Verdict.Rule != ruleModerators {
		t.Fatalf("evicted %v", evict)
	}
	if v := l.Judge([]Entry{entryOf(p, subjectIn(t, "b", "", `"later"`, testNow+1))})[0]; v.Refused() {
		t.Errorf("after the ban: %v", v)
	}
	l.Remove(ban.Record.ID)
	l.Add(entryOf(p, deletionOf(t, ban, testNow+1)))
	if _, reconsider, _ := l.Changes(all); !slices.Equal(reconsider, []record.ID{b.Record.ID}) {
		t.Errorf("reconsider %v", reconsider)
	}
}

// A hundred thousand entries, distinct and of as many groups as there can be, then a flood that meets in one.
func TestLedgerOfMany(t *testing.T) {
	n := 100_000
	p := parse(t, `{"extends":"strict","quota":{"records":10,"perCollection":5,"perDay":5}}`)
	entries := make([]Entry, n)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range entries {
		e := &entries[i]
		e.At = testNow + int64(i)*10
		for j := range 4 {
			v := rng.Uint64()
			for k := range 8 {
				e.ID[8*j+k] = byte(v >> (8 * k))
			}
		}
		copy(e.UUID[:], e.ID[8:])
		copy(e.Facts[:], e.ID[16:])
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	l := NewLedger(p)
	for _, e := range entries {
		l.Add(e)
	}
	l.Changes(all)
	runtime.GC()
	runtime.ReadMemStats(&after)
	mib := float64(after.HeapAlloc-before.HeapAlloc) / (1 << 20)
	t.Logf("%d entries take %.1f MiB", n, mib)
	if mib > 60 && !strings.Contains(runtime.GOARCH, "wasm") {
		t.Errorf("that is too much")
	}
	for i, e := range entries {
		e.ID[0]++
		e.UUID[1]++
		e.At = testNow - int64(i)%60 // newest first, all in one or two minutes
		e.Facts = Facts{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
		l.Add(e)
	}
	if l.Len() != 2*n {
		t.Fatalf("%d entries", l.Len())
	}
	runtime.KeepAlive(entries)
}

// BenchmarkLedgerSlice takes in what the eviction of 300 records changes, and looks for what follows, in a ledger of
// 10,000 entries, half of which have to go.
func BenchmarkLedgerSlice(b *testing.B) {
	const n, slice = 10_000, 300
	p, err := Parse([]byte(`{"quota":{"records":5000}}`))
	if err != nil {
		b.Fatal(err)
	}
	var l *Ledger
	for b.Loop() {
		more := false
		var evict []Change
		if l != nil {
			evict, _, more = l.Changes(slice)
		}
		for _, ch := range evict {
			e := l.entries[l.find(ch.ID)]
			l.Remove(ch.ID)
			l.Add(Entry{At: e.at, ID: e.id, UUID: e.uuid, Facts: e.facts, State: Refused})
		}
		if !more {
			b.StopTimer()
			l = NewLedger(p)
			for i := range n {
				l.Add(Entry{At: testNow - int64(i)*60, ID: record.ID{byte(i), byte(i >> 8), 1}, UUID: record.UUID{byte(i), byte(i >> 8)}, Facts: Facts{1}})
			}
			b.StartTimer()
		}
	}
}
