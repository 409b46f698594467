package sync

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/record"
)

// fabricated returns n keys, evenly spread over the days before testNow, as a store would hold them.
func fabricated(n int, days int64) []Key {
	keys := make([]Key, n)
	for i := range keys {
		id := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
		at := testNow/1000 - days*24*3600 + int64(i+1)*days*24*3600/int64(n)
		keys[i] = Key{At: at, ID: id, UUID: record.UUID(id[16:])}
	}
	return keys
}

// A node above the buckets hashes the index and the hash of each of its children that are not empty.
func TestNodesAt(t *testing.T) {
	all := []merkle.Bucket{{Index: 15, Hash: [32]byte{1}}, {Index: 16, Hash: [32]byte{2}}, {Index: 31, Hash: [32]byte{3}}, {Index: 300, Hash: [32]byte{4}}}
	hash := func(children ...node) [32]byte {
		var b []byte
		for _, n := range children {
			b = binary.BigEndian.AppendUint64(b, uint64(n.index))
			b = append(b, n.hash[:]...)
		}
		return sha256.Sum256(b)
	}
	zero := []node{{index: 15, hash: [32]byte{1}}, {index: 16, hash: [32]byte{2}}, {index: 31, hash: [32]byte{3}}, {index: 300, hash: [32]byte{4}}}
	one := []node{{index: 0, hash: hash(zero[0])}, {index: 1, hash: hash(zero[1], zero[2])}, {index: 18, hash: hash(zero[3])}}
	two := []node{{index: 0, hash: hash(one[0], one[1])}, {index: 1, hash: hash(one[2])}}
	for level, want := range [][]node{zero, one, two} {
		for i := range want {
			copy(want[i].prefix[:], want[i].hash[:])
		}
		if got := nodesAt(all, level); !slices.Equal(got, want) {
			t.Errorf("level %d: %v, want %v", level, got, want)
		}
	}
	if got := childrenOf(one, map[int64]bool{1: true}); !slices.Equal(got, one[2:]) {
		t.Errorf("the children of node 1 are %v", got)
	}
	if len(nodesAt(nil, 3)) != 0 {
		t.Error("an empty set has nodes")
	}
}

func TestTopLevel(t *testing.T) {
	series := func(n int, step int64) (all []merkle.Bucket) {
		for i := range int64(n) {
			all = append(all, merkle.Bucket{Index: 500_000 + i*step})
		}
		return all
	}
	for _, tt := range []struct {
		name string
		all  []merkle.Bucket
		want int
	}{
		{"nothing", nil, 0},
		{"90 days of days", series(91, 1), 0},
		{"the most of level 0", series(maxBuckets, 1), 0},
		{"one more", series(maxBuckets+1, 1), 1},
		{"one more, far apart", series(maxBuckets+1, 1<<20), 6},
		{"90 days of hours", series(2160, 1), 2},
		{"90 days of minutes", series(129_600, 1), 3},
		{"too many for any level", series(129, 1<<(4*maxLevel)), maxLevel},
	} {
		if got := topLevel(tt.all); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestDiffering(t *testing.T) {
	n := func(index int64, prefix byte) node { return node{index: index, prefix: [16]byte{prefix}} }
	for _, tt := range []struct {
		a, b []node
		want []int64
	}{
		{nil, nil, nil},
		{[]node{n(1, 1)}, nil, []int64{1}},
		{nil, []node{n(1, 1)}, []int64{1}},
		{[]node{n(1, 1), n(3, 3)}, []node{n(1, 1), n(3, 3)}, nil},
		{[]node{n(1, 1), n(3, 3), n(5, 5)}, []node{n(2, 2), n(3, 4), n(5, 5), n(9, 9)}, []int64{1, 2, 3, 9}},
	} {
		if got := differing(tt.a, tt.b); !slices.Equal(got, tt.want) {
			t.Errorf("%v and %v: %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

// Whatever nodes there are, they come out as they went in, and by no more bytes than their prefixes
// and a tenth.
func TestBucketsRoundTrip(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		in := buckets{round: seed, from: int64(seed) * 3600, level: rng.IntN(maxLevel + 1)}
		index := rng.Int64N(1 << 30)
		step := int64(1) << rng.IntN(8)
		for range rng.IntN(maxNodes) {
			in.nodes = append(in.nodes, node{index: index, prefix: [16]byte{byte(index), 1}})
			index += 1 + rng.Int64N(step)
		}
		b := in.append(nil)
		out, err := readBuckets(b)
		if err != nil || out.round != in.round || out.from != in.from || out.level != in.level || !slices.Equal(out.nodes, in.nodes) {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if step <= 16 && len(b) > 20+len(in.nodes)*18 {
			t.Errorf("seed %d: %d nodes take %d bytes", seed, len(in.nodes), len(b))
		}
		if len(b) > MaxMessage/2+16<<10 {
			t.Errorf("seed %d: a message of %d bytes", seed, len(b))
		}
	}
}

func TestReadBucketsRefuses(t *testing.T) {
	prefixes := func(n int, head ...byte) []byte { return append(head, make([]byte, 16*n)...) }
	many := buckets{}
	for i := range int64(maxNodes + 1) {
		many.nodes = append(many.nodes, node{index: i})
	}
	for name, b := range map[string][]byte{
		"nothing":                nil,
		"no level":               {1, 0},
		"level beyond all":       {1, 0, maxLevel + 1},
		"no span":                {1, 0, 0, 1, 0},
		"span without a bitmap":  {1, 0, 0, 1, 9, 1},
		"endless span":           {1, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x0f},
		"first bit clear":        prefixes(1, 1, 0, 0, 1, 2, 2),
		"last bit clear":         prefixes(1, 1, 0, 0, 1, 2, 1),
		"no bit set":             prefixes(0, 1, 0, 0, 1, 1, 0),
		"bit beyond the span":    prefixes(3, 1, 0, 0, 1, 2, 7),
		"16 clear bits":          prefixes(2, 1, 0, 0, 1, 18, 1, 0, 2),
		"gap of 15":              append(prefixes(1, 1, 0, 0, 1, 1, 1), prefixes(1, 15, 1, 1)...),
		"prefix cut":             prefixes(1, 1, 0, 0, 1, 1, 1)[:20],
		"a byte more":            append(prefixes(1, 1, 0, 0, 1, 1, 1), 16),
		"index beyond all":       prefixes(1, 1, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20, 1, 1),
		"too many nodes":         many.append(nil),
		"round in a long form":   {0x81, 0, 0, 0},
		"horizon beyond numbers": {1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0},
	} {
		if _, err := readBuckets(b); !errors.Is(err, errMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, b := range map[string][]byte{
		"no nodes":      {1, 0, 0},
		"15 clear bits": prefixes(2, 1, 0, 0, 1, 17, 1, 0, 1),
		"gap of 16":     append(prefixes(1, 1, 0, 0, 1, 1, 1), prefixes(1, 16, 1, 1)...),
	} {
		if _, err := readBuckets(b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadDescendRefuses(t *testing.T) {
	for name, b := range map[string][]byte{
		"none":             {1},
		"twice the same":   {1, 5, 0},
		"too many":         append([]byte{1}, bytes.Repeat([]byte{1}, maxDescend+1)...),
		"index beyond all": {1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20, 1},
		"cut":              {1, 0x80},
	} {
		if _, _, err := readDescend(b); !errors.Is(err, errMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, nodes, err := readDescend(append([]byte{1}, bytes.Repeat([]byte{1}, maxDescend)...)); err != nil || len(nodes) != maxDescend {
		t.Errorf("%d nodes: %v", len(nodes), err)
	}
}

// duo are two cores past the handshake. The first makes the offer.
type duo struct {
	cores [2]*Core
	// What the round cost, by name of the message.
	messages, bytes, largest map[msgType]int
	wanted, had              []record.ID // ids in the offerer's wants and haves
}

const duoConn = ConnID(1)

func newDuo(t *testing.T, width int64, held [2][]Key) *duo {
	t.Helper()
	d := &duo{messages: make(map[msgType]int), bytes: make(map[msgType]int), largest: make(map[msgType]int)}
	for i := range d.cores {
		k := testKey(t, byte(i+1))
		c := New(Config{
			Room: testRoom, Certificate: certificate(k, testNow/1000, testNow/1000+3600), Sign: k.SignHash,
			Bucket: width, Retention: 90 * 24 * 3600, Limits: Limits{MaxPeers: 10},
		}, testNow)
		c.Restore(held[i])
		c.Connected(testNow, duoConn, i == 0, [32]byte{byte(i)}, [32]byte{byte(1 - i)}, [32]byte{byte(i)})
		d.cores[i] = c
	}
	for again := true; again; {
		again = false
		for i, c := range d.cores {
			for _, e := range c.Effects() {
				if send, ok := e.(Send); ok {
					again = true
					d.note(i, send.Msg)
					d.cores[1-i].Receive(testNow, duoConn, send.Channel, send.Msg)
				}
			}
		}
	}
	return d
}

func (d *duo) note(from int, msg []byte) {
	m := msgType(msg[0])
	d.messages[m]++
	d.bytes[m] += len(msg)
	d.largest[m] = max(d.largest[m], len(msg))
	r := reader{b: msg[2:]}
	switch {
	case from == 0 && m == msgWant:
		d.wanted = append(d.wanted, r.ids()...)
	case from == 0 && m == msgHave:
		d.had = append(d.had, r.ids()...)
	}
}

// One id that is missing among 90 days of hourly buckets is found level by level.
func TestFindOneMissing(t *testing.T) {
	for _, n := range []int{2160, 20_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			all := fabricated(n, 89)
			missing := n * 3 / 5
			some := slices.Delete(slices.Clone(all), missing, missing+1)
			d := newDuo(t, 3600, [2][]Key{some, all})
			if !slices.Equal(d.wanted, []record.ID{all[missing].ID}) || d.had != nil {
				t.Fatalf("%d wanted, %d announced", len(d.wanted), len(d.had))
			}
			t.Logf("%d buckets messages of %d bytes, %d descends of %d, %d range messages of %d",
				d.messages[msgBuckets], d.bytes[msgBuckets], d.messages[msgDescend], d.bytes[msgDescend], d.messages[msgRange], d.bytes[msgRange])
			if d.messages[msgBuckets] != 3 || d.messages[msgDescend] != 2 || d.largest[msgBuckets] > 350 {
				t.Errorf("%d messages of up to %d bytes", d.messages[msgBuckets], d.largest[msgBuckets])
			}
			if d.bytes[msgBuckets]+d.bytes[msgDescend] > 1500 {
				t.Errorf("%d bytes of hashes", d.bytes[msgBuckets])
			}
		})
	}
}

// What differs in more nodes than one message may descend into is compared by its ranges.
func TestFindScattered(t *testing.T) {
	all := fabricated(20_000, 89) // mostly in buckets of their own
	var here, there []Key
	var lack, own []record.ID
	for i, k := range all {
		switch {
		case i%100 == 7:
			there = append(there, k)
			lack = append(lack, k.ID)
		case i%100 == 50:
			here = append(here, k)
			own = append(own, k.ID)
		default:
			here, there = append(here, k), append(there, k)
		}
	}
	d := newDuo(t, 60, [2][]Key{here, there})
	t.Logf("%d differ: %d buckets messages of %d bytes, %d descends of %d, %d range messages of %d", len(lack)+len(own),
		d.messages[msgBuckets], d.bytes[msgBuckets], d.messages[msgDescend], d.bytes[msgDescend], d.messages[msgRange], d.bytes[msgRange])
	for what, ids := range map[string][2][]record.ID{"wanted": {d.wanted, lack}, "announced": {d.had, own}} {
		for _, list := range ids {
			slices.SortFunc(list, func(a, b record.ID) int { return bytes.Compare(a[:], b[:]) })
		}
		if !slices.Equal(ids[0], ids[1]) {
			t.Errorf("%d %s, want %d", len(ids[0]), what, len(ids[1]))
		}
	}
	if d.largest[msgBuckets] > 40<<10 {
		t.Errorf("a message of %d bytes", d.largest[msgBuckets])
	}
}
