package negentropy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/peersetdb/peerset/pkg/merkle"
)

func randomID(rng *rand.Rand) (id merkle.ID) {
	for i := 0; i < len(id); i += 8 {
		binary.LittleEndian.PutUint64(id[i:], rng.Uint64())
	}
	return id
}

// traffic is what a reconciliation cost.
type traffic struct{ trips, bytes int }

// reconcile runs client against server to the end.
func reconcile(t testing.TB, client, server View, ranges []Range, limitC, limitS int) (have, need []merkle.ID, cost traffic) {
	t.Helper()
	msg := client.Initiate(ranges, limitC)
	for msg != nil {
		if limitC != 0 && len(msg) > limitC {
			t.Fatalf("client's message has %d bytes, the limit is %d", len(msg), limitC)
		}
		reply, err := server.Respond(msg, limitS)
		if err != nil {
			t.Fatal(err)
		}
		if limitS != 0 && len(reply) > limitS {
			t.Fatalf("server's message has %d bytes, the limit is %d", len(reply), limitS)
		}
		cost.trips++
		cost.bytes += len(msg) + len(reply)
		if cost.trips > 10_000 {
			t.Fatal("no end")
		}
		var h, n []merkle.ID
		if msg, h, n, err = client.Reconcile(reply, limitC); err != nil {
			t.Fatal(err)
		}
		have, need = append(have, h...), append(need, n...)
	}
	return have, need, cost
}

// wantIDs compares without regard to order, but not to repetition.
func wantIDs(t testing.TB, what string, got, want []merkle.ID) {
	t.Helper()
	cmp := func(a, b merkle.ID) int { return bytes.Compare(a[:], b[:]) }
	slices.SortFunc(got, cmp)
	slices.SortFunc(want, cmp)
	if !slices.Equal(got, want) {
		t.Fatalf("%s: %d ids, want %d", what, len(got), len(want))
	}
}

func TestRandomSets(t *testing.T) {
	limits := []int{0, MinLimit, 5000, 60_000}
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 2))
		n := 1 << rng.IntN(13)
		if seed == 149 {
			n = 50_000
		}
		n += rng.IntN(n)
		span := []int64{1, 20, int64(n), 90 * 86400}[rng.IntN(4)]
		pClient, pServer := rng.Float64()*rng.Float64(), rng.Float64()*rng.Float64()
		if rng.IntN(3) == 0 { // few differences
			pClient, pServer = 2/float64(n), 2/float64(n)
		}
		from := int64(0)
		if rng.IntN(2) == 0 {
			from = 1_700_000_000 + rng.Int64N(span)
		}
		client, server := View{merkle.New(86400), from}, View{merkle.New(86400), from}
		var wantHave, wantNeed []merkle.ID
		seen := map[merkle.ID]bool{}
		for range n {
			it := merkle.Item{Time: 1_700_000_000 + rng.Int64N(span), ID: randomID(rng)}
			if rng.IntN(4) == 0 {
				clear(it.ID[1+rng.IntN(3):]) // ids with a common prefix, and zeros at the end
			}
			if seen[it.ID] {
				continue // an id determines its time
			}
			seen[it.ID] = true
			lacksC, lacksS := rng.Float64() < pClient, rng.Float64() < pServer
			if !lacksC {
				client.Tree.Insert(it)
			}
			if !lacksS {
				server.Tree.Insert(it)
			}
			if it.Time >= from && lacksC && !lacksS {
				wantNeed = append(wantNeed, it.ID)
			}
			if it.Time >= from && lacksS && !lacksC {
				wantHave = append(wantHave, it.ID)
			}
		}
		limitC, limitS := limits[rng.IntN(len(limits))], limits[rng.IntN(len(limits))]
		t.Run(fmt.Sprintf("seed %d: %d items, limits %d and %d", seed, n, limitC, limitS), func(t *testing.T) {
			have, need, _ := reconcile(t, client, server, nil, limitC, limitS)
			if limitC != 0 || limitS != 0 {
				have, need = unique(have), unique(need)
			}
			wantIDs(t, "have", have, wantHave)
			wantIDs(t, "need", need, wantNeed)
		})
	}
}

func unique(ids []merkle.ID) []merkle.ID {
	slices.SortFunc(ids, func(a, b merkle.ID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

// randomTree fills a tree over 90 days.
func randomTree(rng *rand.Rand, n int) (*merkle.Tree, []merkle.Item) {
	items := make([]merkle.Item, n)
	for i := range items {
		items[i] = merkle.Item{Time: 1_700_000_000 + rng.Int64N(90*86400), ID: randomID(rng)}
	}
	slices.SortFunc(items, merkle.Item.Compare)
	t := merkle.New(86400)
	t.Load(items)
	return t, items
}

// Bytes are those of all messages, both ways, and those of the reference for
// the same sets. A single id is missing from the middle: elsewhere it can
// take 64 bytes more, when the last two lists have 5 ids instead of 4.
func TestTraffic(t *testing.T) {
	for _, c := range []struct {
		name       string
		n, missing int
		newest     bool
		want       traffic
	}{
		{"1 of 10,000", 10_000, 1, false, traffic{2, 1118}},
		{"1 of 300,000", 300_000, 1, false, traffic{3, 1583}},
		{"the newest 1,000 of 100,000", 100_000, 1000, true, traffic{3, 33_833}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var trips, bytes []int
			for seed := range uint64(5) {
				rng := rand.New(rand.NewPCG(seed, 3))
				full, items := randomTree(rng, c.n)
				partial := merkle.New(86400)
				at := c.n / 2
				if c.newest {
					at = c.n - c.missing
				}
				partial.Load(append(slices.Clone(items[:at]), items[at+c.missing:]...))
				_, need, cost := reconcile(t, View{Tree: partial}, View{Tree: full}, nil, 60_000, 60_000)
				if len(need) != c.missing {
					t.Fatalf("seed %d: need = %d", seed, len(need))
				}
				trips, bytes = append(trips, cost.trips), append(bytes, cost.bytes)
			}
			slices.Sort(trips)
			slices.Sort(bytes)
			got := traffic{trips[len(trips)/2], bytes[len(bytes)/2]}
			t.Logf("median: %d round trips, %d bytes (from %d to %d)", got.trips, got.bytes, bytes[0], bytes[len(bytes)-1])
			if got.trips > c.want.trips || got.bytes > c.want.bytes {
				t.Errorf("median = %+v, want at most %+v", got, c.want)
			}
		})
	}
}

// Differences outside of the given ranges stay unseen, if frames are large.
func TestRanges(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	full, items := randomTree(rng, 20_000)
	partial := merkle.New(86400)
	var want []merkle.ID
	ranges := []Range{
		{merkle.Min, merkle.Bound(items[1000])},
		{merkle.Bound(items[1000]), merkle.Bound(items[1010])},
		{merkle.Bound(items[5000]), merkle.Bound{Time: items[9000].Time}},
		{merkle.Bound(items[19_000]), merkle.Max},
	}
	for i, it := range items {
		if i%70 != 3 {
			partial.Insert(it)
			continue
		}
		for _, r := range ranges {
			if r.Lo.Compare(merkle.Bound(it)) <= 0 && merkle.Bound(it).Compare(r.Hi) < 0 {
				want = append(want, it.ID)
			}
		}
	}
	need := 0
	for _, limit := range []int{0, MinLimit} {
		a, b := View{Tree: partial}, View{Tree: full}
		have, got, _ := reconcile(t, a, b, ranges, limit, limit)
		if len(have) > 0 {
			t.Fatalf("have = %d", len(have))
		}
		if limit == 0 {
			wantIDs(t, "need", got, want)
			need = len(got)
		} else if len(got) < need {
			t.Errorf("need = %d, want at least %d", len(got), need)
		}
	}
	if out := (View{Tree: partial}).Initiate([]Range{}, 0); !bytes.Equal(out, []byte{version}) {
		t.Errorf("no ranges: %x", out)
	}
	// What lies before the view needs no skip.
	v := View{Tree: partial, From: items[50].Time}
	lo := merkle.Bound{Time: v.From}
	if !bytes.Equal(v.Initiate([]Range{{lo, merkle.Max}}, 0), v.Initiate(nil, 0)) {
		t.Error("the range of the whole view differs from everything")
	}
}

// Hundreds of ranges do not fit into a frame; whatever is in them is found.
func TestManyRangesInSmallFrames(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	full, items := randomTree(rng, 30_000)
	var ranges []Range
	for i := 0; i < len(items); i += 100 {
		ranges = append(ranges, Range{merkle.Bound(items[i]), merkle.Bound(items[i+50])})
	}
	empty := merkle.New(86400)
	for _, c := range []struct{ client, server *merkle.Tree }{{full, empty}, {empty, full}} {
		have, need, _ := reconcile(t, View{Tree: c.client}, View{Tree: c.server}, ranges, MinLimit, MinLimit)
		// Every other fifty items have to be found, the others may be.
		if n := len(have) + len(need); n < len(items)/2 {
			t.Errorf("%d of %d differences were found", n, len(items)/2)
		}
	}
}

// When a frame is full, the reference ends it with a fingerprint that leaves
// out the range that did not fit. The other side, if it has nothing in that
// range, would take the rest for equal.
func TestFullFrameHidesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	tree, items := randomTree(rng, 5000)
	view := View{Tree: tree}
	hit := false
	for n := 1; n < 20; n++ {
		// Their message: n ranges that differ, and one to the end in which
		// they have nothing. For some n it is the last that does not fit.
		e := encoder{buf: []byte{version}}
		for i := range n {
			e.head(wireBound(merkle.Bound(items[100*(i+1)])), modeFingerprint)
			e.buf = append(e.buf, make([]byte, fingerprintSize)...)
		}
		start := merkle.Bound(items[100*n])
		e.fingerprint(infinity, merkle.Sum{})
		reply, err := view.Respond(e.buf, MinLimit)
		if err != nil {
			t.Fatal(err)
		}
		d, _, _ := open(reply)
		var lo bound
		var r wireRange
		for len(d.rest) > 0 {
			lo = d.last
			if r, err = d.next(); err != nil {
				t.Fatal(err)
			}
		}
		if lo.Bound == start {
			hit = true
			if want, _ := tree.Fingerprint(start, merkle.Max); !bytes.Equal(r.fingerprint, want[:]) {
				t.Errorf("%d ranges: fingerprint %x of what did not fit, want %x", n, r.fingerprint, want)
			}
		}
	}
	if !hit {
		t.Error("the last range always fits, or others do not")
	}
}

// The set changes while it is compared: nothing breaks, and the
// next run finds what is left.
func TestChangingTree(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 9))
		a, items := randomTree(rng, 3000)
		b, _ := randomTree(rng, 2000)
		client, server := View{Tree: a}, View{Tree: b}
		msg := client.Initiate(nil, MinLimit)
		for trips := 0; msg != nil && trips < 200; trips++ {
			for range 20 {
				a.Delete(items[rng.IntN(len(items))])
				b.Insert(items[rng.IntN(len(items))])
			}
			reply, err := server.Respond(msg, MinLimit)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			a.Cut(merkle.Bound{Time: 1_700_000_000 + int64(trips)*3600}, nil)
			if msg, _, _, err = client.Reconcile(reply, MinLimit); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		have, need, _ := reconcile(t, client, server, nil, 0, 0)
		if b.Len()+len(have)-len(need) != a.Len() {
			t.Fatalf("seed %d: %d - %d + %d is not %d", seed, b.Len(), len(need), len(have), a.Len())
		}
	}
}

func TestLimitBelowMinimum(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	View{Tree: merkle.New(1)}.Initiate(nil, MinLimit-1)
}

// The latest time that an item can have fits into a message.
func TestLatestTime(t *testing.T) {
	items := make([]merkle.Item, 100)
	for i := range items {
		items[i] = merkle.Item{Time: math.MaxInt64 - 1, ID: merkle.ID{byte(i)}}
	}
	have, need, _ := reconcile(t, View{Tree: treeOf(items)}, View{Tree: treeOf(items[:60])}, nil, 0, 0)
	if len(have) != 40 || len(need) != 0 {
		t.Errorf("have %d, need %d", len(have), len(need))
	}
}
