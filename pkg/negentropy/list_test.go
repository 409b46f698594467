package negentropy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/peersetdb/peerset/pkg/merkle"
)

// listAll asks for the ids of a range until nothing is left of it.
func listAll(t testing.TB, client, server View, r Range, limit int) (have, need []merkle.ID, cost traffic) {
	t.Helper()
	for {
		ask := AskList(r)
		reply, err := server.Respond(ask, limit)
		if err != nil {
			t.Fatalf("the question %x: %v", ask, err)
		}
		if limit != 0 && len(reply) > limit {
			t.Fatalf("an answer of %d bytes, the limit is %d", len(reply), limit)
		}
		left, h, n, err := client.ReadList(r, reply)
		if err != nil {
			t.Fatal(err)
		}
		have, need = append(have, h...), append(need, n...)
		cost.trips++
		cost.bytes += len(ask) + len(reply)
		if mustProgress(t, r, left) {
			return have, need, cost
		}
		r = left
	}
}

// mustProgress checks that less is left than was asked for, and reports whether that is nothing.
func mustProgress(t testing.TB, r, left Range) (done bool) {
	t.Helper()
	if left.Hi != r.Hi || left.Lo.Compare(r.Lo) <= 0 || left.Lo.Compare(r.Hi) > 0 {
		t.Fatalf("of %v %v is left", r, left)
	}
	return left.Lo == left.Hi
}

// listSets makes two sets at random and a range, and says what the two differ in within it.
func listSets(rng *rand.Rand) (client, server View, r Range, have, need []merkle.ID) {
	n := rng.IntN(1 << (1 + rng.IntN(12)))
	span := []int64{1, 3, int64(n + 1), 90 * 86400}[rng.IntN(4)]
	const start = 1_700_000_000
	from := start + rng.Int64N(span)/2
	client, server = View{merkle.New(86400), from}, View{merkle.New(86400), from}
	r = Range{merkle.Bound{Time: from + rng.Int64N(span)}, merkle.Max}
	switch rng.IntN(4) {
	case 0:
		r.Lo = merkle.Min
	case 1:
		r.Lo.ID = randomID(rng)
	}
	if rng.IntN(2) == 0 {
		r.Hi = merkle.Bound{Time: max(r.Lo.Time, from) + 1 + rng.Int64N(span)}
	}
	lacks := rng.Float64() / 2
	seen := make(map[merkle.ID]bool)
	for range n {
		it := merkle.Item{Time: start + rng.Int64N(span), ID: randomID(rng)}
		if rng.IntN(4) == 0 {
			clear(it.ID[1+rng.IntN(8):])
		}
		here, there := rng.Float64() >= lacks, rng.Float64() >= lacks
		if seen[it.ID] {
			continue // an id determines its time
		}
		seen[it.ID] = true
		if here {
			client.Tree.Insert(it)
		}
		if there {
			server.Tree.Insert(it)
		}
		at := merkle.Bound(it)
		if it.Time < from || at.Compare(r.Lo) < 0 || at.Compare(r.Hi) >= 0 {
			continue
		}
		if here && !there {
			have = append(have, it.ID)
		}
		if there && !here {
			need = append(need, it.ID)
		}
	}
	return client, server, r, have, need
}

// Lists find exactly what differs, whatever the limit of a frame, and each id once.
func TestListExact(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 3))
		client, server, r, have, need := listSets(rng)
		limit := []int{0, MinLimit, 5000, 60_000}[rng.IntN(4)]
		t.Run(fmt.Sprintf("seed %d: limit %d", seed, limit), func(t *testing.T) {
			h, n, _ := listAll(t, client, server, r, limit)
			wantIDs(t, "have", h, have)
			wantIDs(t, "need", n, need)
		})
	}
}

// A list costs what its ids take, and little more.
func TestListCost(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 4))
	client, server := View{Tree: merkle.New(86400)}, View{Tree: merkle.New(86400)}
	for i := range int64(10_000) {
		server.Tree.Insert(merkle.Item{Time: 1_700_000_000 + i/4, ID: randomID(rng)})
	}
	_, need, cost := listAll(t, client, server, Range{merkle.Min, merkle.Max}, 60_000)
	if len(need) != 10_000 || cost.trips > 6 || cost.bytes > 10_000*idSize+cost.trips*300 {
		t.Errorf("%d ids by %d round trips and %d bytes", len(need), cost.trips, cost.bytes)
	}
}

// The items of one second may fill several frames.
func TestListWithinOneSecond(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 5))
	client, server := View{Tree: merkle.New(86400)}, View{Tree: merkle.New(86400)}
	for range 1000 {
		server.Tree.Insert(merkle.Item{Time: 1_700_000_000, ID: randomID(rng)})
	}
	lo, hi := client.Tree.Span(client.Tree.BucketOf(1_700_000_000))
	_, need, cost := listAll(t, client, server, Range{lo, hi}, MinLimit)
	if len(need) != 1000 || cost.trips < 8 {
		t.Errorf("%d ids by %d round trips", len(need), cost.trips)
	}
}

// wire composes a message of ranges.
func wire(compose func(*encoder)) []byte {
	e := encoder{buf: []byte{version}}
	compose(&e)
	return e.buf
}

// A server that lies is asked for less every time, and wrong answers come to no more than what
// they list.
func TestListLies(t *testing.T) {
	client := View{Tree: merkle.New(86400)}
	for i := range byte(10) {
		client.Tree.Insert(merkle.Item{Time: 100 + int64(i), ID: merkle.ID{i}})
	}
	r := Range{merkle.Bound{Time: 102}, merkle.Bound{Time: 108}}
	at := func(time int64) bound { return wireBound(merkle.Bound{Time: time}) }
	foreign := merkle.ID{77}
	tests := []struct {
		name       string
		msg        []byte
		left       int64 // where what is left begins
		have, need int
	}{
		{"nothing", wire(func(*encoder) {}), 108, 6, 0},
		{"a skip of everything", wire(func(e *encoder) { e.head(infinity, modeSkip) }), 108, 6, 0},
		{"a fingerprint", wire(func(e *encoder) { e.fingerprint(at(108), merkle.Sum{}) }), 108, 6, 0},
		{"a list of what is before", wire(func(e *encoder) { e.head(at(102), modeIDList); e.varint(0) }), 108, 6, 0},
		{"a list of what is behind", wire(func(e *encoder) {
			e.head(at(108), modeSkip)
			e.head(infinity, modeIDList)
			e.varint(0)
		}), 108, 6, 0},
		{"a list that begins too late", wire(func(e *encoder) {
			e.head(at(103), modeSkip)
			e.head(at(108), modeIDList)
			e.varint(0)
		}), 108, 6, 0},
		{"an empty list", wire(func(e *encoder) { e.head(at(105), modeIDList); e.varint(0) }), 105, 3, 0},
		{"a list beyond the range", wire(func(e *encoder) { e.head(infinity, modeIDList); e.varint(0) }), 108, 6, 0},
		{"a foreign id, twice", wire(func(e *encoder) {
			e.head(at(103), modeIDList)
			e.varint(2)
			e.buf = append(append(e.buf, foreign[:]...), foreign[:]...)
		}), 103, 1, 1},
		{"a second list", wire(func(e *encoder) {
			e.head(at(103), modeIDList)
			e.varint(0)
			e.head(at(104), modeIDList)
			e.varint(1)
			e.buf = append(e.buf, foreign[:]...)
		}), 103, 1, 0},
		{"a list up to the same place", wire(func(e *encoder) {
			e.head(at(102), modeIDList)
			e.varint(0)
			e.head(at(102), modeIDList)
			e.varint(0)
		}), 108, 6, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			left, have, need, err := client.ReadList(r, tt.msg)
			if err != nil {
				t.Fatal(err)
			}
			mustProgress(t, r, left)
			if left.Lo.Time != tt.left || len(have) != tt.have || len(need) != tt.need {
				t.Errorf("left from %d on, have %d, need %d; want %d, %d, %d",
					left.Lo.Time, len(have), len(need), tt.left, tt.have, tt.need)
			}
		})
	}
}

func TestListMalformed(t *testing.T) {
	client := View{Tree: merkle.New(86400)}
	r := Range{merkle.Bound{Time: 2}, merkle.Bound{Time: 8}}
	for _, tt := range []struct {
		name string
		msg  []byte
		want error
	}{
		{"nothing at all", nil, ErrTruncated},
		{"another version", []byte{0x62}, ErrVersion},
		{"no version", []byte{0x10}, ErrVersion},
		{"cut", []byte{version, 3, 0}, ErrTruncated},
		{"ids cut", []byte{version, 3, 0, modeIDList, 1, 0}, ErrTruncated},
		{"mode", []byte{version, 3, 0, 3}, ErrMode},
		{"after the list", wire(func(e *encoder) { e.head(infinity, modeIDList); e.buf = append(e.buf, 0, 0x80) }), ErrVarint},
	} {
		left, have, need, err := client.ReadList(r, tt.msg)
		if !errors.Is(err, tt.want) || left != r || have != nil || need != nil {
			t.Errorf("%s: %v, left %v, have %d, need %d", tt.name, err, left, len(have), len(need))
		}
	}
}

// FuzzReadList: an answer, whatever it is, leaves less to be asked for, and a question is a message that is
// answered.
func FuzzReadList(f *testing.F) {
	addCorpus(f)
	tree := fuzzTree()
	f.Fuzz(func(t *testing.T, msg []byte, small bool, from uint16) {
		v := View{Tree: tree, From: 1_700_000_000 + int64(from%64)}
		id := merkle.ID{}
		if len(msg) > 2 {
			binary.BigEndian.PutUint16(id[:], uint16(msg[1]))
		}
		r := Range{merkle.Bound{Time: v.From, ID: id}, merkle.Max}
		if small {
			r.Hi = merkle.Bound{Time: v.From + 1 + int64(from>>6)}
		}
		ask := AskList(r)
		if !bytes.Equal(reencode(t, ask), ask) {
			t.Fatalf("question %x", ask)
		}
		if _, err := v.Respond(ask, MinLimit); err != nil {
			t.Fatal(err)
		}
		left, have, need, err := v.ReadList(r, msg)
		if err != nil {
			if left != r || have != nil || need != nil {
				t.Fatal("results beside an error")
			}
			return
		}
		mustProgress(t, r, left)
		if len(have) > v.Tree.Len() || len(need) > len(msg)/idSize {
			t.Fatalf("have %d, need %d", len(have), len(need))
		}
	})
}
