package sync

import (
	"testing"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/record"
)

// What is evicted and kept stays as an id: peers agree, it is not served, and comes back
// when it is reconsidered.
func TestEvictKept(t *testing.T) {
	p := newPair(t)
	a, b := p.sides[0], p.sides[1]
	p.connect()
	p.pass(1)
	at := p.now / 1000
	r := a.write(1, at, at+1000)
	p.pass(3)
	root := b.core.Root()
	b.core.Evict(b.time(), []record.ID{r.ID, {1}}, true)
	p.run()
	if b.has(r) || b.core.Len() != 1 || b.core.Root() != root {
		t.Fatalf("shown: %v, %d held", b.has(r), b.core.Len())
	}
	if k, _ := b.core.set.find(r.ID); k.Kind != KindRefused || k.Facts != factsOf(&r) || k.Expires != r.Expires {
		t.Errorf("its key is %v", k)
	}
	b.stores()
	if len(b.removed) != 1 || b.removed[0].Why != RemovedEvicted || b.removed[0].Keys[0].UUID != r.UUID {
		t.Errorf("the page is told %v", b.removed)
	}
	p.pass(100)
	p.equal()
	if b.sent[msgWant] != 0 {
		t.Error("it was asked for")
	}

	b.core.Reconsider(b.time(), []record.ID{r.ID})
	p.run()
	if !b.has(r) {
		t.Error("not there after it was reconsidered")
	}
	b.stores()
	// A later version takes the place of a refused one.
	b.core.Evict(b.time(), []record.ID{r.ID}, true)
	next := a.write(1, at+1, 0)
	p.pass(3)
	if !b.has(next) || b.core.Len() != 1 {
		t.Errorf("%d held", b.core.Len())
	}
	b.stores()
	p.equal()
}

// An eviction that the store could not do is done later, unless the record has come back.
func TestEvictAndTheStore(t *testing.T) {
	for _, back := range []bool{false, true} {
		p := newPair(t)
		a, b := p.sides[0], p.sides[1]
		p.connect()
		p.pass(1)
		r := a.write(1, p.now/1000, 0)
		p.pass(3)
		b.fail = ErrStoreFull
		b.core.Evict(b.time(), []record.ID{r.ID}, true)
		p.pass(2)
		if b.has(r) {
			t.Fatal("shown")
		}
		b.fail = nil
		if back {
			// It is on its way into the store while the eviction is tried again.
			b.hold = true
			b.core.Reconsider(b.time(), []record.ID{r.ID})
			p.pass(3)
			b.release()
			p.pass(3)
		} else {
			p.pass(3)
		}
		b.stores()
		if b.has(r) != back {
			t.Errorf("back: %v, shown: %v", back, b.has(r))
		}
	}
}

// What is evicted for want of room is gone with its id. It is not asked for again, and
// peers who hold it agree without it, at no great cost even while others write.
func TestEvictForRoom(t *testing.T) {
	for gone := range 2 { // who makes the offer
		p := newPair(t)
		a, b := p.sides[1-gone], p.sides[gone]
		keys := a.fill(500)
		p.connect()
		p.pass(10)
		p.equal()
		oldest := b.core.Oldest(100, func(k Key) bool { return k.ID[0]%2 == 0 })
		if len(oldest) != 100 {
			t.Fatalf("%d are the oldest", len(oldest))
		}
		for i, k := range oldest {
			if k.ID[0]%2 == 0 || i > 0 && itemOf(oldest[i-1]).Compare(itemOf(k)) >= 0 {
				t.Fatalf("the oldest are not: %v", k)
			}
		}
		b.core.Evict(b.time(), idsOf(oldest), false)
		p.run()
		b.stores()
		if b.core.Len() != len(keys)-100 {
			t.Fatalf("%d held", b.core.Len())
		}
		for _, x := range p.sides {
			clear(x.sent)
			x.bytes = 0
		}
		p.pass(130)
		unavailable := []int{0, 0}
		unavailable[gone] = 100
		p.agreed(unavailable...)
		for i := range byte(60) {
			a.write(i, p.now/1000, 0)
			p.pass(5)
		}
		p.pass(70)
		p.agreed(unavailable...)
		if b.sent[msgWant] > 0 || b.core.Len() != len(keys)-100+60 {
			t.Errorf("asked %d times, %d held", b.sent[msgWant], b.core.Len())
		}
		if a.bytes+b.bytes > 500_000 || a.sent[msgHave] > 100 || b.sent[msgDecline] > 10 {
			t.Errorf("eight minutes cost %d bytes: %v, %v", a.bytes+b.bytes, a.sent, b.sent)
		}
		// After a reload it comes back.
		p.disconnect()
		b.start()
		p.connect()
		p.pass(10)
		p.equal()
	}
}

// A deletion is not evicted: what it deleted would come back.
func TestEvictDeletion(t *testing.T) {
	p := newPair(t)
	a := p.sides[0]
	r := a.write(1, p.now/1000-10, 0)
	d := deletion(t, a.key, r, p.now/1000)
	a.core.Put(a.time(), d, 1)
	p.run()
	a.core.Evict(a.time(), []record.ID{d.ID}, false)
	p.run()
	if !a.core.set.has(d.ID) {
		t.Error("it is gone")
	}
	a.core.Evict(a.time(), []record.ID{d.ID}, true)
	p.run()
	if k, _ := a.core.set.find(d.ID); k.Kind != KindTombstone|KindRefused {
		t.Errorf("its key is %v", k)
	}
	a.stores()
}

// Very many refused ids are wanted again at once, by whoever connects then, and come; those
// that peers cannot give are asked for once.
func TestReconsiderAll(t *testing.T) {
	const n, lost = 2*reviewSlice + 500, 50
	for gets := range 2 { // who makes the offer
		p := newPair(t)
		a, b := p.sides[gets], p.sides[1-gets]
		keys := b.fill(n)
		for i, k := range keys {
			if i < lost {
				body := k
				k.Kind = KindRefused
				delete(b.stored, body)
				b.stored[k] = nil
			}
			k.Kind = KindRefused
			a.stored[k] = nil
		}
		a.start()
		b.start()
		for a.core.ReconsiderAll(a.time()) {
			p.run()
		}
		p.pass(1)
		p.connect()
		p.pass(60)
		if got := n - lost; a.core.set.refused != lost || a.core.Len() != n || b.sent[msgRecords] == 0 {
			t.Errorf("%d of %d came", n-a.core.set.refused, got)
		}
		p.equal()
		a.stores()
		p.pass(60)
		if len(a.core.lapsed) > 2*lost+lapsedBlind {
			t.Errorf("%d are on the list of %d", len(a.core.lapsed), lost)
		}
		// Who asked in vain asks the same peer no more.
		wants := a.sent[msgWant]
		p.pass(60)
		if a.sent[msgWant] != wants {
			t.Error("asked again and again")
		}
	}
}

// What is withheld stays on the page, and no peer gets it before it is reconsidered; the ids agree all the time.
func TestWithhold(t *testing.T) {
	for gets := range 2 { // who makes the offer
		p := newPair(t)
		a, b := p.sides[gets], p.sides[1-gets]
		at := p.now / 1000
		kept, given := a.write(1, at, 0), a.write(2, at, 0)
		a.core.Withhold(a.time(), []record.ID{kept.ID, {1}})
		p.connect()
		p.pass(10)
		if !a.has(kept) || !b.has(given) || b.has(kept) || b.sent[msgWant] > 2 {
			t.Errorf("here: %v, there: %v and %v, asked %d times", a.has(kept), b.has(kept), b.has(given), b.sent[msgWant])
		}
		unavailable := []int{0, 0}
		unavailable[1-gets] = 1
		p.agreed(unavailable...)
		a.core.Reconsider(a.time(), []record.ID{kept.ID})
		p.pass(10)
		if !b.has(kept) {
			t.Error("it does not come when it is given away again")
		}
		p.equal()
		// A new version is judged anew.
		a.core.Withhold(a.time(), []record.ID{kept.ID})
		next := a.write(1, at+1, 0)
		p.pass(3)
		if !b.has(next) {
			t.Error("a new version is withheld")
		}
		p.equal()
		a.stores()
	}
}

// What is refused when it is reconsidered stays refused, and is not asked for a third time.
func TestReconsiderInVain(t *testing.T) {
	p := newPair(t)
	a, b := p.sides[0], p.sides[1]
	b.policy = refuseAll
	p.connect()
	p.pass(1)
	r := a.write(1, p.now/1000, 0)
	p.pass(3)
	for i := range 3 {
		b.core.Reconsider(b.time(), []record.ID{r.ID})
		p.pass(5)
		if b.sent[msgWant] != i+1 || len(b.refused) != i+2 || b.core.set.lapsed != 0 {
			t.Fatalf("asked %d times, refused %d times", b.sent[msgWant], len(b.refused))
		}
	}
	b.stores()
	// Evicting it once more takes back that it is wanted.
	p.disconnect()
	b.core.Reconsider(b.time(), []record.ID{r.ID})
	b.core.Evict(b.time(), []record.ID{r.ID}, true)
	p.connect()
	p.pass(5)
	if b.sent[msgWant] != 3 {
		t.Error("asked for though it was evicted")
	}
}

// Beyond the bound refused ids are not in the set, and are not asked for again.
func TestTooManyRefused(t *testing.T) {
	p := newPair(t)
	a, b := p.sides[0], p.sides[1]
	b.policy = refuseAll
	b.core.set.refused = maxRefused
	p.connect()
	p.pass(1)
	r := a.write(1, p.now/1000, 0)
	p.pass(70)
	if b.core.Len() != 0 || len(b.refused) != 1 || b.refused[0].Kept {
		t.Errorf("%d held, refused %v", b.core.Len(), b.refused)
	}
	p.agreed(0, 1)
	a.core.Evict(a.time(), []record.ID{r.ID}, false)
	p.pass(5)
	p.equal()
}

func TestUnwantedIsBounded(t *testing.T) {
	u := recent[int64]{most: maxUnwanted}
	id := func(i int) record.ID { return record.ID{byte(i), byte(i >> 8), byte(i >> 16)} }
	const n = 5 * maxUnwanted
	for i := range n {
		u.add(id(i), 0)
		if _, ok := u.get(id(7)); !ok && i > 7 {
			t.Fatalf("one that is spoken of is forgotten after %d", i)
		}
	}
	if len(u.young) > maxUnwanted || len(u.old) > maxUnwanted {
		t.Errorf("%d and %d ids", len(u.young), len(u.old))
	}
	_, first := u.get(id(8))
	if _, last := u.get(id(n - 1)); first || !last {
		t.Error("forgets the latest first")
	}
}

// Evictions, versions, deletions, refusals, expiries and restarts: whatever comes, SetEvents
// add up to the set, the store follows it, and peers come to agree.
func TestSetEventsAddUp(t *testing.T) {
	for seed := range uint64(20) {
		p := newPair(t)
		rng := randomly(seed)
		p.sides[1].policy = func(r *record.Record) Verdict {
			if r.ID[0]%4 == 0 {
				return Refuse
			}
			return Accept
		}
		p.connect()
		written := make(map[byte]record.Record)
		for range 150 {
			x := p.sides[rng.IntN(2)]
			now := p.now / 1000
			var some []record.ID
			for r, it := range x.core.set.tree.Ascend(merkle.Min, merkle.Max) {
				if _ = r; rng.IntN(5) == 0 {
					some = append(some, record.ID(it.ID))
				}
			}
			switch d := byte(rng.IntN(8)); rng.IntN(10) {
			case 0, 1, 2:
				at := x.core.Stamp(x.time(), record.UUIDOf(x.key.PubKey(), [16]byte{d}))
				expires := int64(0)
				if rng.IntN(2) == 0 {
					expires = now + 2 + int64(rng.IntN(60))
				}
				written[d+byte(x.i)<<4] = x.write(d, at, expires)
			case 3:
				if r, ok := written[d+byte(x.i)<<4]; ok {
					x.core.Put(x.time(), deletion(t, x.key, r, x.core.Stamp(x.time(), r.UUID)), 1)
					p.run()
				}
			case 4:
				x.core.Evict(x.time(), some, true)
			case 5:
				x.core.Evict(x.time(), some[:min(len(some), 1)], false)
			case 6:
				x.core.Reconsider(x.time(), some)
			case 7:
				x.hold = !x.hold
				if !x.hold {
					x.release()
				}
			case 8:
				x.fail = map[bool]error{true: ErrStoreFull}[x.fail == nil && rng.IntN(3) == 0]
			case 9:
				p.pass(rng.IntN(20))
			}
			p.run()
		}
		for _, x := range p.sides {
			x.fail = nil
			x.release()
		}
		p.pass(200)
		for _, x := range p.sides {
			x.stores()
			if q := x.peer(); !q.Agreed {
				t.Errorf("seed %d: side %d does not agree", seed, x.i)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
