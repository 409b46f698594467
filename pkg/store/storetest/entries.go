package storetest

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

func testEmpty(s *suite) {
	s.holds(s.Store)
	if got := s.bodies(s.Store, []psync.Key{key(1, 1)}); got[0] != nil {
		s.Errorf("an empty store has a body: %x", got[0])
	}
	s.bodies(s.Store, nil)
	s.apply(psync.Batch{})
	s.holds(s.Store)
}

func testPutAndRead(s *suite) {
	want := entries(10, 300)
	want[3].Body = nil // as for KindRefused
	want[3].Kind = psync.KindRefused
	want[4].Kind = psync.KindTombstone
	s.apply(psync.Batch{Put: want[:5]})
	s.apply(psync.Batch{Put: want[5:]})
	s.holds(s.Store, want...)
}

func testIndexOrder(s *suite) {
	var want []psync.Entry
	for _, at := range []int64{
		math.MinInt64, -1, 0, 1, 255, 256, 1_700_000_000, math.MaxUint32, 1 << 40, 1<<53 + 1, math.MaxInt64,
	} {
		for n := range 3 {
			want = append(want, entry(at, n*200, 8))
		}
	}
	put := slices.Clone(want)
	shuffle(put)
	s.apply(psync.Batch{Put: put})
	s.holds(s.Store, want...)
}

func testIndexCallback(s *suite) {
	all := entries(10_000, 8)
	s.apply(psync.Batch{Put: all})

	stop := errors.New("stop")
	calls := 0
	err := s.Index(s.ctx, func([]psync.Key) error {
		calls++
		return stop
	})
	if !errors.Is(err, stop) || calls != 1 {
		s.Errorf("Index returned %v after %d calls, want the callback's error after one", err, calls)
	}

	err = s.Index(s.ctx, func(some []psync.Key) error {
		if len(some) == 0 {
			return errors.New("an empty slice")
		}
		_, err := s.Bodies(s.ctx, some[:1])
		return err
	})
	if err != nil {
		s.Errorf("Index whose callback reads from the store: %v", err)
	}
}

func testPutAgain(s *suite) {
	e := entry(7, 1, 100)
	s.apply(psync.Batch{Put: []psync.Entry{e}})
	s.apply(psync.Batch{Put: []psync.Entry{e, e}})
	s.holds(s.Store, e)
	e.Body = []byte("another body")
	s.apply(psync.Batch{Put: []psync.Entry{e}})
	s.holds(s.Store, e)
	e.Body = nil
	s.apply(psync.Batch{Put: []psync.Entry{e}})
	s.holds(s.Store, e)
}

func testKindsAreKeys(s *suite) {
	var want []psync.Entry
	for _, kind := range []psync.EntryKind{psync.KindBody, psync.KindTombstone, psync.KindRefused} {
		e := entry(7, 1, 10+int(kind))
		e.Kind = kind
		want = append(want, e)
	}
	s.apply(psync.Batch{Put: want})
	s.holds(s.Store, want...)
	s.apply(psync.Batch{Delete: []psync.Key{want[1].Key}})
	s.holds(s.Store, want[0], want[2])
}

// testKeysInFull puts entries whose keys differ in what is behind the id only, refused ones
// among them.
func testKeysInFull(s *suite) {
	var want []psync.Entry
	for _, uuid := range []byte{0, 1} {
		for _, kind := range []psync.EntryKind{
			psync.KindBody, psync.KindTombstone, psync.KindRefused, psync.KindRefused | psync.KindTombstone,
		} {
			for _, expires := range []int64{math.MinInt64, -1, 0, 1, 255, 256, 1_800_000_000, 1<<53 - 1, math.MaxInt64} {
				for _, facts := range []psync.Facts{{}, {15: 1}, {0: 1}, {0: 0x80, 8: 0xff}, {0: 0xff, 15: 0xff}} {
					e := entry(7, 1, len(want)%50)
					e.UUID[0], e.Kind, e.Expires, e.Facts = uuid, kind, expires, facts
					if kind.Refused() {
						e.Body = nil
					}
					want = append(want, e)
				}
			}
		}
	}
	put := slices.Clone(want)
	shuffle(put)
	s.apply(psync.Batch{Put: put})
	s.holds(s.Store, want...)
	s.apply(psync.Batch{Delete: keysOf(put[:len(put)/2])})
	gone := make(map[psync.Key]bool)
	for _, e := range put[:len(put)/2] {
		gone[e.Key] = true
	}
	want = slices.DeleteFunc(want, func(e psync.Entry) bool { return gone[e.Key] })
	s.holds(s.Store, want...)
}

func testDelete(s *suite) {
	all := entries(6, 50)
	s.apply(psync.Batch{Put: all})
	s.apply(psync.Batch{Delete: []psync.Key{all[1].Key, key(1, 99), all[4].Key, all[4].Key}})
	s.holds(s.Store, all[0], all[2], all[3], all[5])
	s.apply(psync.Batch{Delete: keysOf(all)})
	s.holds(s.Store)
}

func testBefore(s *suite) {
	var all []psync.Entry
	for at := int64(-300); at < 600; at += 100 {
		all = append(all, entry(at, 0, 8), entry(at, math.MaxInt32, 8))
	}
	s.apply(psync.Batch{Put: all})
	s.apply(psync.Batch{Before: 0}) // is none
	s.holds(s.Store, all...)
	s.apply(psync.Batch{Before: -100})
	s.holds(s.Store, all[4:]...)
	s.apply(psync.Batch{Before: 200})
	s.holds(s.Store, all[10:]...)
	s.apply(psync.Batch{Before: 201})
	s.holds(s.Store, all[12:]...)
	s.apply(psync.Batch{Before: math.MaxInt64})
	s.holds(s.Store)
}

func testOrderInBatch(s *suite) {
	old, kept, late := entry(10, 1, 20), entry(20, 2, 20), entry(10, 3, 20)
	s.apply(psync.Batch{Put: []psync.Entry{old, kept}})
	again := kept
	again.Body = []byte("put in the batch that deletes it")
	s.apply(psync.Batch{
		Put:    []psync.Entry{again, late},
		Delete: []psync.Key{kept.Key},
		Before: 20,
	})
	s.holds(s.Store, late, again)

	first, last := entry(30, 4, 20), entry(30, 4, 20)
	last.Body = []byte("the last of two")
	s.apply(psync.Batch{Put: []psync.Entry{first, last}, Before: math.MaxInt64})
	s.holds(s.Store, last)
}

func testBodiesOrder(s *suite) {
	all := entries(2000, 40)
	stored := slices.DeleteFunc(slices.Clone(all), func(e psync.Entry) bool { return e.Body[0]%5 == 0 })
	s.apply(psync.Batch{Put: stored})
	there := make(map[psync.Key]bool)
	for _, e := range stored {
		there[e.Key] = true
	}
	for _, n := range []int{1, 2, 10, 200, len(all)} { // sparse and dense
		wanted := slices.Clone(all)
		shuffle(wanted)
		wanted = append(wanted[:n], wanted[0]) // one twice
		for i, body := range s.bodies(s.Store, keysOf(wanted)) {
			if there[wanted[i].Key] != (body != nil) {
				s.Fatalf("%d keys: the body of entry %d is there: %t", n, i, body != nil)
			}
			if body != nil && !bytes.Equal(body, wanted[i].Body) {
				s.Fatalf("%d keys: the body of entry %d is another's", n, i)
			}
		}
	}
}

func testBigBodies(s *suite) {
	all := entries(100, 64<<10)
	s.apply(psync.Batch{Put: all})
	s.holds(s.Store, all...)
}

func testManyEntries(s *suite) {
	all := entries(10_000, 100)
	put := slices.Clone(all)
	shuffle(put)
	s.apply(psync.Batch{Put: put})
	s.holds(s.Store, all...)
	s.apply(psync.Batch{Delete: keysOf(put[:5000])})
	if n := len(s.index(s.Store)); n != 5000 {
		s.Errorf("%d entries are left of 10,000 after 5,000 deletes", n)
	}
}

func testCopies(s *suite) {
	e := entry(7, 1, 100)
	given := slices.Clone(e.Body)
	s.apply(psync.Batch{Put: []psync.Entry{{Key: e.Key, Body: given}}})
	clear(given)
	s.holds(s.Store, e)
	clear(s.bodies(s.Store, []psync.Key{e.Key})[0])
	s.holds(s.Store, e)
	clear(s.index(s.Store))
	s.holds(s.Store, e)
}

// shuffle is the same each time.
func shuffle(all []psync.Entry) {
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
}
