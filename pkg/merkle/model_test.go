package merkle

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

const testWidth = 100

// model is the set as a sorted slice; it does everything the long way.
type model struct {
	items []Item
	refs  map[Item]Ref
}

func (m *model) rank(b Bound) int {
	i, _ := slices.BinarySearchFunc(m.items, Item(b), Item.Compare)
	return i
}

func (m *model) fingerprint(lo, hi Bound) ([16]byte, int) {
	sum, n := new(big.Int), 0
	for _, it := range m.items {
		if Bound(it).Compare(lo) >= 0 && Bound(it).Compare(hi) < 0 {
			id := it.ID
			slices.Reverse(id[:])
			sum.Add(sum, new(big.Int).SetBytes(id[:]))
			n++
		}
	}
	sum.Mod(sum, new(big.Int).Lsh(big.NewInt(1), 256))
	var le [32]byte
	sum.FillBytes(le[:])
	slices.Reverse(le[:])
	varint := []byte{byte(n & 0x7f)}
	for v := n >> 7; v > 0; v >>= 7 {
		varint = append([]byte{byte(v) | 0x80}, varint...)
	}
	h := sha256.Sum256(append(le[:], varint...))
	return [16]byte(h[:16]), n
}

func (m *model) buckets(from int64) (out []Bucket) {
	for i := 0; i < len(m.items); {
		b := Bucket{Index: m.items[i].Time / testWidth}
		var ids []byte
		for ; i < len(m.items) && m.items[i].Time/testWidth == b.Index; i++ {
			ids = append(ids, m.items[i].ID[:]...)
			b.Count++
		}
		b.Hash = sha256.Sum256(ids)
		if b.Index >= from/testWidth {
			out = append(out, b)
		}
	}
	return out
}

// root computes the tree hash from the bottom up, in which a last node that
// has no sibling moves up as it is; RFC 6962 defines the same from the top.
func (m *model) root(from int64) [32]byte {
	var level [][]byte
	for _, b := range m.buckets(from) {
		leaf := binary.BigEndian.AppendUint64([]byte{0}, uint64(b.Index))
		h := sha256.Sum256(append(leaf, b.Hash[:]...))
		level = append(level, h[:])
	}
	if len(level) == 0 {
		return sha256.Sum256(nil)
	}
	for len(level) > 1 {
		var up [][]byte
		for pair := range slices.Chunk(level, 2) {
			if len(pair) == 2 {
				h := sha256.Sum256(append(append([]byte{1}, pair[0]...), pair[1]...))
				pair[0] = h[:]
			}
			up = append(up, pair[0])
		}
		level = up
	}
	return [32]byte(level[0])
}

// check holds the whole tree against the model and its own invariants.
func (m *model) check(t *testing.T, tr *Tree) {
	t.Helper()
	if tr.Len() != len(m.items) {
		t.Fatalf("Len = %d, want %d", tr.Len(), len(m.items))
	}
	i := 0
	for r, it := range tr.Ascend(Min, Max) {
		if i >= len(m.items) || it != m.items[i] {
			t.Fatalf("item %d is %v", i, it)
		}
		if m.refs[it] != r || tr.At(r) != it {
			t.Fatalf("Ref of item %d has changed: %d, want %d", i, r, m.refs[it])
		}
		i++
	}
	if i != len(m.items) {
		t.Fatalf("Ascend ended after %d of %d", i, len(m.items))
	}
	checkNode(t, tr, tr.root)
	if *tr.node(0) != (node{}) {
		t.Fatal("the empty tree's node has changed")
	}
	checkArena(t, tr)
	dirty := 0
	for i, b := range tr.buckets.list {
		if b.Count <= 0 || i > 0 && tr.buckets.list[i-1].Index >= b.Index {
			t.Fatalf("bucket list: %+v", tr.buckets.list)
		}
		if !b.hashed {
			dirty++
		}
	}
	if dirty != tr.buckets.dirty {
		t.Fatalf("dirty = %d, want %d", tr.buckets.dirty, dirty)
	}
}

func checkNode(t *testing.T, tr *Tree, r Ref) (height uint8, count uint32, total sum) {
	t.Helper()
	if r == 0 {
		return 0, 0, sum{}
	}
	n := tr.node(r)
	hl, cl, sl := checkNode(t, tr, n.left)
	hr, cr, sr := checkNode(t, tr, n.right)
	total = sumOf(&n.id)
	total.add(&sl)
	total.add(&sr)
	height, count = max(hl, hr)+1, cl+cr+1
	if n.height != height || max(hl, hr)-min(hl, hr) > 1 {
		t.Fatalf("height %d over %d and %d", n.height, hl, hr)
	}
	if n.count != count || n.sum != total {
		t.Fatalf("count %d, want %d; sum %x, want %x", n.count, count, n.sum, total)
	}
	return height, count, total
}

// checkArena counts every node once: in the tree or free.
func checkArena(t *testing.T, tr *Tree) {
	t.Helper()
	seen := make([]bool, tr.next)
	var mark func(r Ref)
	mark = func(r Ref) {
		if r == 0 {
			return
		}
		if seen[r] {
			t.Fatalf("node %d is reached twice", r)
		}
		seen[r] = true
		mark(tr.node(r).left)
		mark(tr.node(r).right)
	}
	mark(tr.root)
	for f := tr.free; f != 0; f = Ref(tr.node(f).count) {
		mark(f)
	}
	for r := Ref(1); r < tr.next; r++ {
		if !seen[r] {
			t.Fatalf("node %d is lost", r)
		}
	}
}

// probe asks the tree about a range.
func (m *model) probe(t *testing.T, tr *Tree, lo, hi Bound) {
	t.Helper()
	if got, want := tr.Rank(lo), m.rank(lo); got != want {
		t.Fatalf("Rank(%v) = %d, want %d", lo, got, want)
	}
	i := m.rank(hi)
	if r := tr.Nth(i); i < len(m.items) && r != m.refs[m.items[i]] || i == len(m.items) && r != 0 {
		t.Fatalf("Nth(%d) = %d", i, r)
	}
	if tr.First(i) != tr.Below(hi) {
		t.Fatalf("First(%d) differs from Below(%v)", i, hi)
	}
	fp, n := tr.Fingerprint(lo, hi)
	if wantFP, wantN := m.fingerprint(lo, hi); fp != wantFP || n != wantN {
		t.Fatalf("Fingerprint(%v, %v) = %x of %d, want %x of %d", lo, hi, fp, n, wantFP, wantN)
	}
	var got, want []Item
	for _, it := range tr.Ascend(lo, hi) {
		got = append(got, it)
	}
	for _, it := range m.items {
		if Bound(it).Compare(lo) >= 0 && Bound(it).Compare(hi) < 0 {
			want = append(want, it)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("Ascend(%v, %v) gave %d items, want %d", lo, hi, len(got), len(want))
	}
}

func (m *model) digests(t *testing.T, tr *Tree, from int64) {
	t.Helper()
	if got, want := tr.Root(from), m.root(from); got != want {
		t.Fatalf("Root(%d) = %x, want %x", from, got, want)
	}
	if got, want := tr.Buckets(from), m.buckets(from); !slices.Equal(got, want) {
		t.Fatalf("Buckets(%d) = %v, want %v", from, got, want)
	}
}

// op does one thing to tree and model. Few times and ids, so that they meet.
func (m *model) op(t *testing.T, tr *Tree, kind, a, b byte) {
	t.Helper()
	it := Item{Time: int64(a) * 7, ID: ID{0: b, 31: a ^ b}}
	i, there := slices.BinarySearchFunc(m.items, it, Item.Compare)
	switch kind % 16 {
	default:
		r, added := tr.Insert(it)
		if added == there || there && r != m.refs[it] || r == 0 {
			t.Fatalf("Insert = %d, %v", r, added)
		}
		if added {
			m.items = slices.Insert(m.items, i, it)
			m.refs[it] = r
		}
	case 6, 7, 8, 9:
		if len(m.items) > 0 && kind&16 != 0 { // one that is there
			i = (int(a)<<8 | int(b)) % len(m.items)
			it, there = m.items[i], true
		}
		if tr.Delete(it) != there {
			t.Fatal("Delete")
		}
		if there {
			m.items = slices.Delete(m.items, i, i+1)
			delete(m.refs, it)
		}
	case 10:
		if r, ok := tr.Find(it); ok != there || r != m.refs[it] {
			t.Fatalf("Find = %d, %v", r, ok)
		}
	case 11:
		m.probe(t, tr, Bound{Time: int64(a), ID: ID{b}}, Bound{Time: int64(b) * 7})
	case 12:
		m.digests(t, tr, int64(a)*7/testWidth*testWidth)
	case 13:
		tr.Rehash(int(a))
	case 14:
		m.cut(t, tr, Bound{Time: int64(a) / 2, ID: ID{b & 0xfe}}, b&1 == 0) // rather the low times
	case 15:
		m.load(t, tr, a, b)
	}
	m.check(t, tr)
}

func (m *model) cut(t *testing.T, tr *Tree, to Bound, visit bool) {
	t.Helper()
	var got []Item
	n := m.rank(to)
	gone := slices.Clone(m.items[:n])
	fn := func(r Ref, it Item) {
		if m.refs[it] != r || tr.At(r) != it {
			t.Fatal("Cut visits with a wrong Ref")
		}
		got = append(got, it)
	}
	if !visit {
		fn, got = nil, gone
	}
	if c := tr.Cut(to, fn); c != n || !slices.Equal(got, gone) {
		t.Fatalf("Cut(%v) = %d, want %d", to, c, n)
	}
	m.items = slices.Delete(m.items, 0, n)
	for _, it := range gone {
		delete(m.refs, it)
	}
}

func (m *model) load(t *testing.T, tr *Tree, a, b byte) {
	t.Helper()
	at := int64(a) * 7
	if n := len(m.items); n > 0 && b&1 == 0 {
		at = m.items[n-1].Time
	}
	items := make([]Item, b%40)
	for i := range items {
		at += int64(b % 5)
		items[i] = Item{Time: at, ID: ID{0xff, byte(i)}}
	}
	ok := len(items) > 0 && (len(m.items) == 0 || m.items[len(m.items)-1].Compare(items[0]) < 0)
	first := tr.Load(items)
	if (first != 0) != ok {
		t.Fatalf("Load = %d, want %v", first, ok)
	}
	if ok {
		m.items = append(m.items, items...)
		for i, it := range items {
			m.refs[it] = first + Ref(i)
		}
	}
}

func TestAgainstModel(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		tr, m := New(testWidth), &model{refs: map[Item]Ref{}}
		// Some runs grow large, some stay small and empty out often.
		grow := rng.IntN(4)
		defer func() {
			if t.Failed() {
				t.Logf("seed %d", seed)
			}
		}()
		for range 400 {
			kind := byte(rng.Uint32())
			if kind%16 == 14 && rng.IntN(4) > 0 || kind%16 < 10 && rng.IntN(4) < grow {
				kind = 0
			}
			m.op(t, tr, kind, byte(rng.Uint32()), byte(rng.Uint32()))
		}
	}
}

func FuzzTree(f *testing.F) {
	f.Add([]byte{0, 1, 2, 0, 3, 4, 12, 0, 0, 6, 1, 2, 14, 255, 0})
	f.Add([]byte{15, 0, 38, 15, 1, 39, 22, 0, 3, 13, 9, 0, 0, 9, 9, 12, 0, 0})
	seq := make([]byte, 0, 600)
	for i := range 200 {
		seq = append(seq, byte(i*i), byte(i*7), byte(i))
	}
	f.Add(seq)
	f.Fuzz(func(t *testing.T, ops []byte) {
		tr, m := New(testWidth), &model{refs: map[Item]Ref{}}
		for op := range slices.Chunk(ops[:min(len(ops), 600)/3*3], 3) {
			m.op(t, tr, op[0], op[1], op[2])
		}
		m.digests(t, tr, 0)
		m.probe(t, tr, Min, Max)
	})
}

func TestExtremes(t *testing.T) {
	tr := New(math.MaxInt64)
	for _, time := range []int64{-1, math.MinInt64, math.MaxInt64} {
		if r, ok := tr.Insert(Item{Time: time}); r != 0 || ok {
			t.Errorf("Insert at %d = %d, %v", time, r, ok)
		}
		if tr.Load([]Item{{Time: time, ID: ID{1}}}) != 0 {
			t.Errorf("Load at %d", time)
		}
	}
	late := Item{Time: math.MaxInt64 - 1, ID: Max.ID}
	for _, width := range []int64{1, 3, math.MaxInt64 - 1, math.MaxInt64} {
		tr := New(width)
		tr.Insert(late)
		tr.Insert(Item{})
		lo, hi := tr.Span(tr.BucketOf(late.Time))
		if Bound(late).Compare(lo) < 0 || Bound(late).Compare(hi) >= 0 {
			t.Errorf("width %d: Span = %v, %v", width, lo, hi)
		}
		if _, n := tr.Fingerprint(Min, Max); n != 2 {
			t.Errorf("width %d: %d items", width, n)
		}
		if _, n := tr.Fingerprint(Max, Min); n != 0 {
			t.Errorf("width %d: %d items in a range from end to start", width, n)
		}
		count := 0
		for _, b := range tr.Buckets(math.MinInt64) {
			count += b.Count
		}
		if count != 2 || tr.Cut(Max, nil) != 2 || tr.Len() != 0 || len(tr.Buckets(0)) != 0 {
			t.Errorf("width %d: %d items in buckets", width, count)
		}
	}
	if tr.Nth(-1) != 0 || tr.Nth(0) != 0 {
		t.Error("Nth in the empty tree")
	}
}

func TestEmptyRoot(t *testing.T) {
	const want = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if got := ID(New(1).Root(0)).String(); got != want {
		t.Errorf("Root = %s", got)
	}
}

// A bucket of a thousand ids is hashed in slices and comes out the same, also
// when it changes between two of them.
func TestRehashSlices(t *testing.T) {
	tr, m := New(testWidth), &model{refs: map[Item]Ref{}}
	rng := rand.New(rand.NewPCG(1, 2))
	insert := func() {
		it := Item{Time: int64(rng.IntN(300)), ID: ID{byte(rng.Uint32()), byte(rng.Uint32()), byte(rng.Uint32())}}
		r, _ := tr.Insert(it)
		i, _ := slices.BinarySearchFunc(m.items, it, Item.Compare)
		m.items, m.refs[it] = slices.Insert(m.items, i, it), r
	}
	for range 3000 {
		insert()
	}
	calls := 1
	for ; !tr.Rehash(300); calls++ {
		if calls == 5 {
			insert()
		}
	}
	if calls < 10 || calls > 17 {
		t.Errorf("%d calls for 3,000 ids of which 1,000 may be hashed twice", calls)
	}
	m.digests(t, tr, 0)
}

func TestCutIsCheap(t *testing.T) {
	tr := New(86400)
	items := make([]Item, 100_000)
	for i := range items {
		items[i].Time = int64(i)
	}
	tr.Load(items)
	next := tr.next
	if n := tr.Cut(Bound{Time: 90_000}, nil); n != 90_000 {
		t.Fatalf("Cut = %d", n)
	}
	for i := range 90_000 {
		tr.Insert(Item{Time: int64(200_000 + i)})
	}
	if tr.next != next {
		t.Errorf("%d nodes were not taken from what the cut freed", tr.next-next)
	}
	checkNode(t, tr, tr.root)
	checkArena(t, tr)
}
