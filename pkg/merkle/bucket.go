package merkle

import (
	"crypto/sha256"
	"hash"
	"math"
	"slices"
)

// Bucket is the digest of the items of one slice of time that is not empty.
type Bucket struct {
	Index int64 // time / width
	Count int
	Hash  [32]byte // SHA-256 over the ids, in the order of the tree
}

// buckets keeps the digests. A bucket is hashed anew only when it has changed
// and is asked for.
type buckets struct {
	width  int64
	list   []bucket // ascending by index, none of them empty
	dirty  int      // how many of the list are not hashed
	open   hashing
	cached rootCache
}

type bucket struct {
	Bucket
	hashed bool
}

// hashing is a bucket that Rehash left half done. A change of the bucket
// ends it.
type hashing struct {
	index int64
	next  Bound     // first id that is not hashed yet
	hash  hash.Hash // nil if there is no such bucket
}

// end returns the first second after the bucket that holds a time.
func (b *buckets) end(time int64) int64 {
	s := time - time%b.width
	if s > math.MaxInt64-b.width {
		return math.MaxInt64
	}
	return s + b.width
}

func (b *buckets) find(index int64) (int, bool) {
	return slices.BinarySearchFunc(b.list, index, func(e bucket, index int64) int {
		switch {
		case e.Index < index:
			return -1
		case e.Index > index:
			return 1
		}
		return 0
	})
}

// add accounts for n items more (or fewer) at a time.
func (b *buckets) add(time int64, n int) {
	index := time / b.width
	i, ok := b.find(index)
	if !ok {
		b.list = slices.Insert(b.list, i, bucket{Bucket: Bucket{Index: index}})
		b.dirty++
	}
	b.touch(i)
	b.list[i].Count += n
	if b.list[i].Count == 0 {
		b.list = slices.Delete(b.list, i, i+1)
		b.dirty--
	}
}

// touch marks entry i as changed.
func (b *buckets) touch(i int) {
	e := &b.list[i]
	if e.hashed {
		e.hashed = false
		b.dirty++
	}
	if b.open.index == e.Index {
		b.open = hashing{}
	}
	b.cached.valid = false
}

// cut forgets the items before a time; left remain in the bucket that holds it.
func (b *buckets) cut(before int64, left int) {
	i, ok := b.find(before / b.width)
	if ok && b.list[i].Count != left {
		b.touch(i)
		b.list[i].Count = left
		if left == 0 {
			i++
		}
	}
	for j := range b.list[:i] {
		b.touch(j)
		b.dirty--
	}
	b.list = slices.Delete(b.list, 0, i)
}

// BucketOf returns the index of the bucket that holds a time.
func (t *Tree) BucketOf(time int64) int64 { return time / t.buckets.width }

// Span returns the range of time that a bucket covers.
func (t *Tree) Span(index int64) (lo, hi Bound) {
	time := index * t.buckets.width
	hi = Bound{Time: t.buckets.end(time)}
	if hi.Time == math.MaxInt64 {
		hi = Max
	}
	return Bound{Time: time}, hi
}

// Buckets returns the buckets that are not empty, ascending, beginning with
// the one that holds from. It first hashes those that have changed.
func (t *Tree) Buckets(from int64) []Bucket {
	list := t.hashed(from)
	out := make([]Bucket, len(list))
	for i := range list {
		out[i] = list[i].Bucket
	}
	return out
}

// hashed returns the part of the list from a time on, all of it hashed.
func (t *Tree) hashed(from int64) []bucket {
	i, _ := t.buckets.find(from / t.buckets.width)
	list := t.buckets.list[i:]
	t.rehash(list, math.MaxInt)
	return list
}

// Rehash hashes about budget ids of buckets that have changed, and reports
// whether no more are left. A caller with time to spare calls it in slices so
// that Buckets and Root find everything done. It goes on inside of a bucket
// where the last call stopped, unless the bucket has changed since.
func (t *Tree) Rehash(budget int) (done bool) {
	t.rehash(t.buckets.list, budget)
	return t.buckets.dirty == 0
}

func (t *Tree) rehash(list []bucket, budget int) {
	for i := range list {
		if t.buckets.dirty == 0 || budget <= 0 {
			return
		}
		if !list[i].hashed {
			budget -= t.hashBucket(&list[i], budget)
		}
	}
}

// hashBucket hashes about budget ids of a bucket and returns their number.
func (t *Tree) hashBucket(e *bucket, budget int) (n int) {
	open := &t.buckets.open
	lo, hi := t.Span(e.Index)
	if open.hash == nil || open.index != e.Index {
		*open = hashing{index: e.Index, next: lo, hash: sha256.New()}
	}
	// Ids are gathered for Write, whose fixed cost is that of several ids.
	block := make([]byte, 0, 128*len(ID{}))
	for _, it := range t.Ascend(open.next, hi) {
		if n >= budget {
			open.next = Bound(it)
			open.hash.Write(block)
			return n
		}
		if len(block) == cap(block) {
			open.hash.Write(block)
			block = block[:0]
		}
		block = append(block, it.ID[:]...)
		n++
	}
	open.hash.Write(block)
	open.hash.Sum(e.Hash[:0])
	*open = hashing{}
	e.hashed = true
	t.buckets.dirty--
	return n
}
