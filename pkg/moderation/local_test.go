package moderation

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/peersetdb/peerset/pkg/record"
)

func TestBucket(t *testing.T) {
	b := NewBucket(0, 60)
	for i := range 60 {
		if !b.Take(0, 1) {
			t.Fatalf("only %d at once", i)
		}
	}
	if b.Take(999, 1) || b.Take(500, 1) {
		t.Error("more than it has")
	}
	if !b.Take(1600, 1) { // 999 ms and then 1100: the clock went back in between
		t.Error("nothing after a second")
	}
	if b.Take(1<<40, 61) || !b.Take(1<<40, 60) || b.Take(1<<40, 1) {
		t.Error("not filled to its size")
	}
}

func TestConnection(t *testing.T) {
	c := NewConnection(parse(t, `{"connection":{"pushed":3,"refused":2}}`), 0)
	for i := range 4 {
		if v := c.Push(0); v.Refused() != (i == 3) || v.Refused() && (v.Class != Local || v.Rule != "connection") {
			t.Errorf("push %d: %v", i, v)
		}
	}
	for i, want := range []bool{true, true, false} {
		if c.Refused(0) != want {
			t.Errorf("refused record %d", i)
		}
	}
	if !c.Refused(60_000) {
		t.Error("the budget does not fill again")
	}
	c = NewConnection(parse(t, `"open"`), 0)
	for range 10_000 {
		if c.Push(0).Refused() || !c.Refused(0) {
			t.Fatal("open limits")
		}
	}
}

func TestSimilar(t *testing.T) {
	p := parse(t, `{"similar":{"percent":70,"records":3}}`)
	s := NewSimilar(p)
	check := func(author, text, want string) {
		t.Helper()
		v := s.Check(subject(t, author, fmt.Sprintf(`{"text":%q}`, text)))
		if (v.Action == Flag) != (want != "") || !strings.Contains(v.Reason, want) || v.Refused() {
			t.Errorf("%.30s: %v", text, v)
		}
	}
	long := "Peers find each other through public trackers and agree on a set of records, which each of them keeps on its own disk, moderates by its own rules and gives to whoever asks for them."
	check("a", long, "")
	check("b", "the weather is fine today and we all go for a long walk by the river", "")
	check("b", strings.ToUpper(strings.ReplaceAll(long, " ", "  ")), "another author")
	check("a", strings.Replace(long, "public", "few", 1), "nearly the same")
	check("c", "hello there", "")
	check("c", "hello there", "") // too short to say
	for i := range 3 {
		check("d", fmt.Sprintf("%[1]d one %[1]d two %[1]d three %[1]d four %[1]d five %[1]d six %[1]d", i), "")
	}
	check("e", long, "") // forgotten: three came after it
	if len(s.ring) != 3 || len(s.index) > 3*probes {
		t.Errorf("it remembers %d records and %d hashes", len(s.ring), len(s.index))
	}
	edit := subject(t, "f", `{"text":"an edit of a record of mine is no copy of it, but a version"}`)
	s.Check(edit)
	if v := s.Check(edit); v.Action != Accept {
		t.Errorf("an edit: %v", v)
	}
	if NewSimilar(parse(t, `"open"`)).Check(edit) != (Verdict{}) {
		t.Error("open flags")
	}
}

func TestMiner(t *testing.T) {
	p := parse(t, `{"work":{"bits":10}}`)
	e := record.New(testRoom, [16]byte{9}, testNow, `{"c":"[\"nonce\",\"1\"]","t":1}`)
	e.Author = key("a")
	e.Tags = append(e.Tags, record.ExpirationTag(testNow+100))
	for _, tagged := range []bool{false, true} {
		if !tagged {
			e.Tags = e.Tags[:2]
		} else {
			e.Tags = append(e.Tags[:2:2], record.ExpirationTag(testNow+100))
		}
		m, err := NewMiner(e, 10)
		if err != nil {
			t.Fatal(err)
		}
		var mined record.Event
		for ok := false; !ok; {
			if mined, ok = m.Step(100); m.Tries() > 1e6 {
				t.Fatal("not found in a million tries")
			}
		}
		r, err := record.Bind(mined, testRoom)
		if err != nil {
			t.Fatal(err)
		}
		if mined.ID != mined.Hash() || r.Work.Bits != 10 || r.ID.Difficulty() < 10 || len(e.Tags) == len(mined.Tags) {
			t.Errorf("%+v", mined)
		}
		body, err := record.ParseBody(r.Content)
		if err != nil {
			t.Fatal(err)
		}
		if v := judge(p, Subject{Record: &r, Body: &body}); v != (Verdict{}) {
			t.Errorf("%v", v)
		}
		// The difficulty that was aimed at counts, not what chance gave (NIP-13).
		lucky := r
		lucky.Work.Bits = 9
		if v := judge(p, Subject{Record: &lucky, Body: &body}); v.Rule != "work" {
			t.Errorf("%v", v)
		}
	}
	for _, bits := range []int{0, MaxWork + 1} {
		if _, err := NewMiner(e, bits); err == nil {
			t.Errorf("%d bits", bits)
		}
	}
	if _, err := NewMiner(record.Event{Kind: record.KindDelete}, 1); err == nil {
		t.Error("a deletion")
	}
	e.Tags = append(e.Tags, record.Work{Nonce: 1, Bits: 1}.Tag())
	if _, err := NewMiner(e, 1); err == nil {
		t.Error("a second nonce")
	}
}

// A thousand fresh keys bring twenty records each, over ten connections, within a minute: half of them spam of one
// text, the others distinct. docs/moderation.md states what gets through.
func TestFloodOfFreshKeys(t *testing.T) {
	for _, c := range []struct {
		policy string
		most   int
	}{
		{`"open"`, 20_000},
		{`"standard"`, 11_000},
		{`"strict"`, 0},
		{`{"extends":"strict","work":false}`, 1_000},
	} {
		p := parse(t, c.policy)
		l := NewLedger(p)
		conns := make([]*Connection, 10)
		for i := range conns {
			conns[i] = NewConnection(p, 0)
		}
		pushed, refused := 0, 0
		for i := range 20_000 {
			author := fmt.Sprint("fresh", i/20)
			text := `"buy now"`
			if i%2 == 0 {
				text = fmt.Sprintf(`"buy %d now"`, i)
			}
			s := subjectIn(t, author, "", text, testNow+int64(i%20))
			conn := conns[i%len(conns)]
			if conn.Push(int64(i * 3)).Refused() { // 60 s in all
				continue
			}
			pushed++
			v := judge(p, s)
			if !v.Refused() {
				e := entryOf(p, s)
				if v = l.Judge([]Entry{e})[0]; v.Refused() {
					e.State = Refused
				}
				l.Add(e)
			}
			if v.Refused() {
				refused++
				conn.Refused(int64(i * 3))
			}
		}
		evict, _, _ := l.Changes(all)
		through := 0
		for i := range l.entries {
			if l.entries[i].live && !l.verdict(int32(i)).Refused() {
				through++
			}
		}
		t.Logf("%-36s %6d pushed, %6d refused, %5d evicted, %6d got through", c.policy, pushed, refused, len(evict), through)
		if through > c.most || c.most > 0 && through < c.most/4 {
			t.Errorf("%s: %d got through, want at most %d", c.policy, through, c.most)
		}
	}
}

func TestStrikes(t *testing.T) {
	s := NewStrikes()
	peer, now := key("peer"), time.UnixMilli(1_700_000_000_000).UnixMilli()
	levels := []Level{}
	for range 50 {
		if c := s.Strike(now, peer, RefusedRecord, "a refused record"); c.Level != Clear {
			levels = append(levels, c.Level)
		}
	}
	if fmt.Sprint(levels) != "[warn mute disconnect ban]" {
		t.Errorf("levels %v", levels)
	}
	for n, want := range []int64{10 * minute, hour, 6 * hour, 24 * hour, 48 * hour, 96 * hour, 7 * 24 * hour, 7 * 24 * hour} {
		bs := s.Bans(now)
		if len(bs) != 1 || bs[0].Until != now+want || bs[0].Count != n+1 || bs[0].Who != peer || bs[0].Manual {
			t.Fatalf("ban %d: %+v at %d", n, bs, now)
		}
		if s.Level(now, peer) != Banned || s.Level(now+want-1, peer) != Banned || s.Level(now+want, peer) != Clear {
			t.Errorf("ban %d is not for %d ms", n, want)
		}
		now += want
		if c := s.Strike(now, peer, ProtocolViolation, "x"); c.Level != Disconnected {
			t.Errorf("a violation: %v", c)
		}
		if c := s.Strike(now, peer, ProtocolViolation, "x"); c.Level != Banned || c.Until <= now {
			t.Errorf("two violations: %v", c)
		}
	}
	now += maxBan + forgive + 1
	for range 5 {
		s.Strike(now, peer, BadSignature, "x")
	}
	if bs := s.Bans(now); len(bs) != 1 || bs[0].Count != 1 {
		t.Errorf("long forgiven: %+v", bs)
	}
	if !s.Unban(now, peer) || s.Unban(now, peer) || s.Level(now, peer) != Clear {
		t.Error("not unbanned")
	}
}

func TestStrikesDecay(t *testing.T) {
	s := NewStrikes()
	peer := key("peer")
	// One refused record every half minute for a day is never more than a mute; levels fall by themselves.
	worst := Clear
	for now := int64(0); now < 24*hour; now += 30_000 {
		worst = max(worst, s.Strike(now, peer, RefusedRecord, "").Level)
	}
	if worst > Disconnected {
		t.Errorf("it comes to %v", worst)
	}
	s = NewStrikes()
	s.Strike(0, peer, BadSignature, "")
	s.Strike(0, peer, BadSignature, "")
	for now, want := range map[int64]Level{0: Muted, 10 * minute: Warned, 30 * minute: Clear} {
		if got := s.Level(now, peer); got != want {
			t.Errorf("after %d ms: %v", now, got)
		}
	}
	if s.Level(0, key("other")) != Clear {
		t.Error("another is blamed")
	}
}

func TestBlames(t *testing.T) {
	pureNo, setNo := Verdict{Action: Refuse, Class: Pure}, Verdict{Action: Refuse, Class: Set}
	if !Blames(pureNo, true) || Blames(pureNo, false) || Blames(setNo, true) || Blames(Verdict{Action: Flag}, true) || Blames(Verdict{}, true) {
		t.Error("wrong blame")
	}
}

func TestStrikesAreBounded(t *testing.T) {
	s := NewStrikes()
	s.Ban(0, key("by hand"), hour, strings.Repeat("é", 150))
	for range 2 {
		s.Strike(0, key("banned"), ProtocolViolation, "")
	}
	for i := range 3 * maxKnown {
		s.Strike(int64(i), key(fmt.Sprint(i)), RefusedRecord, "")
	}
	if len(s.known) > maxKnown {
		t.Errorf("%d keys", len(s.known))
	}
	bs := s.Bans(1)
	if len(bs) != 2 || bs[0].Who != key("banned") || bs[1].Who != key("by hand") || !bs[1].Manual || len(bs[1].Reason) != maxReason {
		t.Errorf("%+v", bs)
	}
	s = NewStrikes()
	for i := range maxKnown + 5 {
		s.Strike(int64(i)*hour, key(fmt.Sprint(i)), RefusedRecord, "")
	}
	if len(s.known) > 100 {
		t.Errorf("%d keys that did nothing lately", len(s.known))
	}
}

func TestStrikesMarshal(t *testing.T) {
	s := NewStrikes()
	s.Ban(1000, key("a"), 99_000, "by hand")
	s.Strike(1000, key("b"), BadSignature, "")
	s.Strike(1000, key("c"), ProtocolViolation, "twice")
	s.Strike(1000, key("c"), ProtocolViolation, "twice")
	b := s.Marshal(1000)
	back, err := UnmarshalStrikes(b)
	if err != nil {
		t.Fatal(err)
	}
	if got := back.Marshal(1000); string(got) != string(b) {
		t.Errorf("%x\n%x", b, got)
	}
	if fmt.Sprint(back.Bans(1000)) != fmt.Sprint(s.Bans(1000)) || back.Level(1000, key("b")) != Warned {
		t.Error("something was lost")
	}
	if n := len(s.Marshal(100 * 24 * hour)); n != 1 {
		t.Errorf("long past offences take %d bytes", n)
	}
	// What is cut off between two keys is a shorter list; anywhere else it is damage.
	for i := range b {
		if cut, err := UnmarshalStrikes(b[:i]); err == nil && string(cut.Marshal(1000)) != string(b[:i]) {
			t.Errorf("%d of %d bytes are taken for others", i, len(b))
		}
	}
	for _, bad := range [][]byte{nil, {2}, append([]byte{1}, make([]byte, 20)...)} {
		if s, err := UnmarshalStrikes(bad); err == nil || s == nil {
			t.Errorf("%x: %v", bad, err)
		}
	}
}

func FuzzUnmarshalStrikes(f *testing.F) {
	s := NewStrikes()
	s.Ban(1000, key("a"), 99_000, "by hand")
	s.Strike(1000, key("b"), BadSignature, "")
	f.Add(s.Marshal(1000))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := UnmarshalStrikes(b)
		if err != nil {
			return
		}
		s.Strike(5000, key("a"), ProtocolViolation, "")
		if _, err := UnmarshalStrikes(s.Marshal(5000)); err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
	})
}

// A local verdict says when its reason lapses, if that is known.
func TestLapses(t *testing.T) {
	p := parse(t, `{"extends":"open","time":{"ahead":60}}`)
	s := subjectIn(t, "a", "", `"x"`, testNow+100)
	v := judge(p, s)
	if !v.Refused() || p.Lapses(v, s.Record) != (testNow+40)*1000 {
		t.Errorf("%v lapses at %d", v, p.Lapses(v, s.Record))
	}
	if at := p.Lapses(Custom{}.RefusedBy("no"), s.Record); at != 0 {
		t.Errorf("the page's own rule lapses at %d", at)
	}
	st := NewStrikes()
	who := s.Record.Author
	if st.Strike(0, who, BadSignature, ""); st.BannedUntil(1, who) != 0 {
		t.Error("banned by a strike")
	}
	st.Ban(1, who, 5000, "")
	if at := st.BannedUntil(4999, who); at != 5000 {
		t.Errorf("banned until %d", at)
	}
	if at := st.BannedUntil(5000, who); at != 0 {
		t.Errorf("banned until %d when the ban is over", at)
	}
}
