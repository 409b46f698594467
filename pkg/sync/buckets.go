package sync

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/negentropy"
)

// A node is a bucket (level 0), or 16 nodes of the level below. Its hash is the
// bucket's, or that of its non-empty children's indices and hashes. Sent is
// the first half of it.
type node struct {
	index  int64
	hash   [32]byte
	prefix [16]byte
}

// maxDescend bounds the nodes whose children one message asks for; the answer then
// has at most 16 times as many.
const maxDescend = maxBuckets

// maxNodes bounds the nodes of one buckets message: 32 KiB of prefixes.
const maxNodes = 16 * maxDescend

// maxLevel bounds the levels: 16^10 buckets are maxBucketSpan.
const maxLevel = 10

// topLevel is the lowest level with at most maxBuckets nodes.
func topLevel(all []merkle.Bucket) int {
	for level := 0; ; level++ {
		n, last := 0, int64(-1)
		for _, b := range all {
			if i := b.Index >> uint(4*level); i != last {
				n, last = n+1, i
			}
		}
		if n <= maxBuckets || level == maxLevel {
			return level
		}
	}
}

// nodesAt returns the nodes of a level, in ascending order.
func nodesAt(all []merkle.Bucket, level int) []node {
	ns := make([]node, len(all))
	for i, b := range all {
		ns[i] = node{index: b.Index, hash: b.Hash}
	}
	for range level {
		var up []node
		for i := 0; i < len(ns); {
			parent := ns[i].index >> 4
			h := sha256.New()
			for ; i < len(ns) && ns[i].index>>4 == parent; i++ {
				h.Write(binary.BigEndian.AppendUint64(nil, uint64(ns[i].index)))
				h.Write(ns[i].hash[:])
			}
			up = append(up, node{index: parent, hash: [32]byte(h.Sum(nil))})
		}
		ns = up
	}
	for i := range ns {
		copy(ns[i].prefix[:], ns[i].hash[:])
	}
	return ns
}

func childrenOf(ns []node, parents map[int64]bool) []node {
	return slices.DeleteFunc(slices.Clone(ns), func(n node) bool { return !parents[n.index>>4] })
}

// differing returns the indices, ascending, at which two ascending lists differ.
func differing(a, b []node) []int64 {
	var d []int64
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].index < b[0].index:
			d, a = append(d, a[0].index), a[1:]
		case len(a) == 0 || b[0].index < a[0].index:
			d, b = append(d, b[0].index), b[1:]
		default:
			if a[0].prefix != b[0].prefix {
				d = append(d, a[0].index)
			}
			a, b = a[1:], b[1:]
		}
	}
	return d
}

// sortRanges puts ranges in order and joins those that touch.
func sortRanges(rs []negentropy.Range) []negentropy.Range {
	slices.SortFunc(rs, func(a, b negentropy.Range) int { return cmp.Compare(a.Lo.Time, b.Lo.Time) })
	out := rs[:0]
	for _, r := range rs {
		if n := len(out); n > 0 && out[n-1].Hi.Time >= r.Lo.Time {
			out[n-1].Hi.Time = max(out[n-1].Hi.Time, r.Hi.Time)
			continue
		}
		out = append(out, r)
	}
	return out
}

// buckets carries the nodes of one level, in segments of
//
//	gap (varint) | span (varint) | bitmap of span bits | a prefix for each bit set
//
// where the gap is counted from the end of the segment before, the first and the last bit
// are set, and 16 or more clear bits in a row end a segment.
type buckets struct {
	round uint64
	from  int64 // the common horizon, in seconds
	level int
	nodes []node
}

func (m *buckets) append(b []byte) []byte {
	b = binary.AppendUvarint(b, m.round)
	b = binary.AppendUvarint(b, uint64(m.from))
	b = append(b, byte(m.level))
	end := int64(0)
	for ns := m.nodes; len(ns) > 0; {
		n := 1
		for n < len(ns) && ns[n].index-ns[n-1].index <= 16 {
			n++
		}
		first, last := ns[0].index, ns[n-1].index
		b = binary.AppendUvarint(b, uint64(first-end))
		b = binary.AppendUvarint(b, uint64(last-first+1))
		bits := make([]byte, (last-first)/8+1)
		for _, x := range ns[:n] {
			bits[(x.index-first)/8] |= 1 << uint((x.index-first)%8)
		}
		b = append(b, bits...)
		for _, x := range ns[:n] {
			b = append(b, x.prefix[:]...)
		}
		end, ns = last+1, ns[n:]
	}
	return b
}

func readBuckets(b []byte) (m buckets, err error) {
	r := reader{b: b}
	m.round = r.varint(1 << 62)
	m.from = int64(r.varint(1 << 53))
	m.level = int(r.byte())
	if m.level > maxLevel {
		r.fail("level")
	}
	end := int64(0)
	for len(r.b) > 0 && r.err == nil {
		gap := int64(r.varint(maxBucketSpan))
		span := int64(r.varint(16 * maxNodes))
		if end != 0 && gap < 16 || span == 0 {
			r.fail("segment")
			break
		}
		bits := r.bytes(int((span + 7) / 8))
		if r.err != nil {
			break
		}
		first := end + gap
		last := int64(-1)
		start := len(m.nodes)
		for i := range int64(len(bits)) * 8 {
			if bits[i/8]>>uint(i%8)&1 == 0 {
				continue
			}
			if i >= span || i-last > 16 || len(m.nodes) == maxNodes {
				r.fail("bitmap")
				break
			}
			last = i
			m.nodes = append(m.nodes, node{index: first + i})
		}
		if r.err == nil && (last != span-1 || bits[0]&1 == 0) {
			r.fail("bitmap")
		}
		for i := range m.nodes[start:] {
			m.nodes[start+i].prefix = r.b16()
		}
		end = first + span
		if end > maxBucketSpan {
			r.fail("segment")
		}
	}
	return m, r.done()
}

// A descend asks for the children of nodes: their indices, each after the first as the
// distance to the one before.
func appendDescend(b []byte, round uint64, nodes []int64) []byte {
	b = binary.AppendUvarint(b, round)
	last := int64(0)
	for _, i := range nodes {
		b = binary.AppendUvarint(b, uint64(i-last))
		last = i
	}
	return b
}

func readDescend(b []byte) (round uint64, nodes []int64, err error) {
	r := reader{b: b}
	round = r.varint(1 << 62)
	last := int64(0)
	for len(r.b) > 0 && r.err == nil {
		d := int64(r.varint(maxBucketSpan))
		last += d
		if len(nodes) == maxDescend || len(nodes) > 0 && d == 0 || last > maxBucketSpan {
			r.fail("nodes")
		}
		nodes = append(nodes, last)
	}
	if r.err == nil && len(nodes) == 0 {
		r.fail("nodes")
	}
	return round, nodes, r.done()
}
