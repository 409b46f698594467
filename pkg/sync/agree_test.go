package sync

import (
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

func refuseAll(*record.Record) Verdict { return Refuse }

// A refused record stays as an id without a body, is not asked for again, and is
// no reason to disagree.
func TestRefused(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	e.policy = refuseAll
	r := e.record(1)
	e.say(msgPush, pack(r))
	if e.core.Len() != 1 || len(e.stored) != 1 {
		t.Fatalf("%d held, %d stored", e.core.Len(), len(e.stored))
	}
	if _, ok := e.core.Find(r.UUID); ok {
		t.Error("a refused record is shown")
	}
	e.tick(500)
	if _, ok := e.find(msgHave); ok {
		t.Error("a refused record was acknowledged")
	}
	e.say(msgHave, r.ID[:])
	if _, ok := e.find(msgWant); ok {
		t.Error("asked for again")
	}
	e.say(msgWant, r.ID[:])
	if b := e.expect(msgAbsent); record.ID(b) != r.ID {
		t.Errorf("absent: %x", b)
	}
	e.mustLive()

	// When the reason lapses it is wanted, and then it is there.
	e.policy = func(*record.Record) Verdict { return Accept }
	e.core.Reconsider(e.now, []record.ID{r.ID})
	e.run()
	e.expect(msgWant)
	e.say(msgRecords, pack(r))
	if k, ok := e.core.Find(r.UUID); !ok || k.ID != r.ID {
		t.Error("not there after it was reconsidered")
	}
	if e.core.Len() != 1 || len(e.stored) != 1 {
		t.Errorf("%d held, %d stored", e.core.Len(), len(e.stored))
	}
}

// A refused version removes the older one, and a refused deletion is still one.
func TestRefusedVersions(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	at := e.now/1000 - 10
	v := func(at int64) record.Record { return signed(t, e.key, testRoom, 1, at, testContent) }
	first := v(at)
	e.say(msgPush, pack(first))
	e.policy = refuseAll
	e.say(msgPush, pack(v(at+1)))
	if _, ok := e.core.Find(first.UUID); ok || e.core.Len() != 1 {
		t.Error("a refused version did not remove the older one")
	}
	e.say(msgPush, pack(deletion(t, e.key, first, at+2)))
	if e.core.Len() != 1 {
		t.Errorf("%d held, want the deletion only", e.core.Len())
	}
	e.policy = func(*record.Record) Verdict { return Accept }
	e.say(msgPush, pack(v(at+3)))
	if e.core.Len() != 2 {
		t.Errorf("%d held, want the deletion and what came after", e.core.Len())
	}
}

func TestDeferred(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	e.policy = func(*record.Record) Verdict { return Defer }
	r := e.record(1)
	e.say(msgPush, pack(r))
	if e.core.Len() != 0 || len(e.stored) != 0 {
		t.Error("kept")
	}
	e.say(msgHave, r.ID[:])
	if _, ok := e.find(msgWant); ok {
		t.Error("asked for at once")
	}
	e.mustLive()
}

// Many edits within a second: what gets too far ahead of the clock waits, and only
// the last version leaves.
func TestHeldBack(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	mine := testKey(t, 1)
	var last record.Record
	for i := range 1000 {
		u := record.UUIDOf(mine.PubKey(), [16]byte{7})
		at := e.core.Stamp(e.now, u)
		if at > e.now/1000+maxLead+1 {
			t.Fatalf("edit %d is %d s ahead", i, at-e.now/1000)
		}
		last = signed(t, mine, testRoom, 7, at, `{"c":`+string(rune('0'+i%10))+`,"t":`+string(rune('1'+i%9))+`}`)
		e.core.Put(e.now, last, uint64(i+1))
		e.run()
	}
	for i, err := range e.puts {
		if err != nil {
			t.Fatalf("edit %d: %v", i, err)
		}
	}
	if len(e.puts) != 1000 {
		t.Fatalf("%d of 1000 edits acknowledged", len(e.puts))
	}
	if k, ok := e.core.Find(last.UUID); !ok || k.ID != last.ID {
		t.Error("the page does not see the last edit")
	}
	sent := make(map[record.ID]bool)
	note := func() {
		for _, m := range e.got {
			switch msgType(m[0]) {
			case msgPush:
				bins, err := readBatch(m[2:])
				if err != nil {
					t.Fatal(err)
				}
				for _, b := range bins {
					r, err := record.DecodeBinary(b, testRoom)
					if err != nil {
						t.Fatal(err)
					}
					sent[r.ID] = true
					if r.CreatedAt > e.now/1000+maxLead {
						t.Fatalf("sent a version that is %d s ahead", r.CreatedAt-e.now/1000)
					}
				}
			case msgHave:
				for b := m[2:]; len(b) > 0; b = b[32:] {
					sent[record.ID(b[:32])] = true
				}
			}
		}
		e.got = nil
	}
	note()
	if sent[last.ID] {
		t.Error("the last edit left ahead of its time")
	}
	for range 4 {
		e.tick(1000)
	}
	note()
	if !sent[last.ID] {
		t.Error("the last edit never left")
	}
	if k, _ := e.core.Find(last.UUID); k.ID != last.ID || e.core.Len() != 1 || len(e.stored) != 1 {
		t.Errorf("%d held, %d stored", e.core.Len(), len(e.stored))
	}
}

// What was held back when the page closed is there when it opens again. It leads by
// a minute at most, so it leaves at once.
func TestHeldBackOverRestart(t *testing.T) {
	e := newEvil(t, false)
	mine := testKey(t, 1)
	r := signed(t, mine, testRoom, 7, e.now/1000+maxLead+1, testContent)
	e.core.Put(e.now, r, 1)
	e.run()
	if e.core.Len() != 0 {
		t.Fatal("not held back")
	}
	again := newEvil(t, false)
	for k := range e.stored {
		again.core.Restore([]Key{k})
	}
	if k, ok := again.core.Find(r.UUID); !ok || k.ID != r.ID || again.core.Len() != 1 {
		t.Error("lost by a restart")
	}
}

// Who asks for ranges again and again waits, and who does not wait is disconnected.
func TestThrottle(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	ask := func(round uint64) {
		e.say(msgRoot, root{round: round, from: e.core.Horizon(), hash: [32]byte{1}}.append(nil))
	}
	for i := range uint64(askBurst) {
		ask(i + 1)
	}
	e.mustLive()
	e.got = nil
	ask(askBurst + 1)
	if _, ok := e.find(msgBuckets); ok {
		t.Fatal("answered beyond the limit")
	}
	e.tick(1000)
	e.expect(msgBuckets)
	for i := range uint64(askBurst) {
		if ask(askBurst + 2 + i); e.closed != nil {
			break
		}
	}
	e.mustEnd(ReasonExceeded)
}

func TestAskingForEverythingAgain(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	r := e.record(1)
	e.say(msgPush, pack(r))
	for i := 0; i <= maxServed+10 && e.closed == nil; i++ {
		e.now++ // no faster than it may
		e.say(msgWant, r.ID[:])
		e.core.Buffered(e.now, testConn, Data, 0)
		e.run()
		e.got = e.got[max(0, len(e.got)-2):]
	}
	e.mustEnd(ReasonExceeded)
}

// A clock that is set back does not stop the ticks until it has caught up.
func TestClockSetBack(t *testing.T) {
	e := newEvil(t, false)
	e.join()
	e.tick(2000)
	e.now -= 3_600_000
	e.core.Buffered(e.now, testConn, Data, 0)
	if d := e.core.Deadline(); d > e.now {
		t.Errorf("the next tick is due in %d ms", d-e.now)
	}
}
