package sync

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/peersetdb/peerset/pkg/record"
)

// Version is the version of the protocol that this package speaks.
const Version = 1

// msgType is the first byte of every message; the second is the session's number.
type msgType byte

const (
	msgHello   msgType = 0x01
	msgProof   msgType = 0x02
	msgReady   msgType = 0x03
	msgPing    msgType = 0x04
	msgPong    msgType = 0x05
	msgBye     msgType = 0x06
	msgRoot    msgType = 0x10
	msgBuckets msgType = 0x11
	msgDescend msgType = 0x12
	msgRange   msgType = 0x13
	msgDone    msgType = 0x14
	msgHave    msgType = 0x20
	msgWant    msgType = 0x21
	msgAbsent  msgType = 0x22
	msgDecline msgType = 0x23
	msgRecords msgType = 0x30
	msgPush    msgType = 0x31
)

var msgNames = map[msgType]string{
	msgHello: "hello", msgProof: "proof", msgReady: "ready", msgPing: "ping",
	msgPong: "pong", msgBye: "bye", msgRoot: "root", msgBuckets: "buckets",
	msgDescend: "descend", msgRange: "range", msgDone: "done", msgHave: "have",
	msgWant: "want", msgAbsent: "absent", msgDecline: "decline",
	msgRecords: "records", msgPush: "push",
}

func (t msgType) String() string {
	if s, ok := msgNames[t]; ok {
		return s
	}
	return fmt.Sprintf("0x%02x", byte(t))
}

var errMessage = errors.New("sync: malformed message")

func malformed(what string) error { return fmt.Errorf("%w: %s", errMessage, what) }

// reader takes a message apart. After the first error it yields zeros, and
// done returns the error.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = malformed(what)
	}
	r.b = nil
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || len(r.b) < n {
		r.fail("too short")
		return make([]byte, min(max(n, 0), 64))
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) byte() byte { return r.bytes(1)[0] }

func (r *reader) b32() (v [32]byte) { copy(v[:], r.bytes(32)); return }

func (r *reader) b16() (v [16]byte) { copy(v[:], r.bytes(16)); return }

func (r *reader) u64() uint64 { return binary.BigEndian.Uint64(r.bytes(8)) }

// varint is unsigned LEB128 in its shortest form, at most max.
func (r *reader) varint(max uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	switch {
	case n <= 0:
		r.fail("varint")
		return 0
	case n > 1 && r.b[n-1] == 0:
		r.fail("varint not in its shortest form")
		return 0
	case v > max:
		r.fail("number too large")
		return 0
	}
	r.b = r.b[n:]
	return v
}

// ids reads the rest of the message as ids.
func (r *reader) ids() []record.ID {
	if len(r.b)%32 != 0 || len(r.b) == 0 || len(r.b) > maxIDs*32 {
		r.fail("list of ids")
		return nil
	}
	ids := make([]record.ID, len(r.b)/32)
	for i := range ids {
		ids[i] = r.b32()
	}
	return ids
}

func (r *reader) done() error {
	if r.err == nil && len(r.b) != 0 {
		r.fail("too long")
	}
	return r.err
}

func appendIDs(b []byte, ids []record.ID) []byte {
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	return b
}

// A root says what a peer holds at or after the common horizon.
type root struct {
	round uint64 // 0: told, not asked
	from  int64  // the horizon from which it counts, in seconds
	hash  [32]byte
	count uint64
}

func (m root) append(b []byte) []byte {
	b = binary.AppendUvarint(b, m.round)
	b = binary.AppendUvarint(b, uint64(m.from))
	b = append(b, m.hash[:]...)
	return binary.AppendUvarint(b, m.count)
}

func readRoot(b []byte) (m root, err error) {
	r := reader{b: b}
	m.round = r.varint(1 << 62)
	m.from = int64(r.varint(1 << 53))
	m.hash = r.b32()
	m.count = r.varint(1 << 40)
	return m, r.done()
}

// A done ends a round. Without news the sets are equal but for what has no body
// anywhere: lack ids on the sender's side, own on the other.
type done struct {
	round     uint64
	news      bool
	lack, own uint64
}

func (m done) append(b []byte) []byte {
	b = binary.AppendUvarint(b, m.round)
	news := byte(0)
	if m.news {
		news = 1
	}
	b = append(b, news)
	b = binary.AppendUvarint(b, m.lack)
	return binary.AppendUvarint(b, m.own)
}

func readDone(b []byte) (m done, err error) {
	r := reader{b: b}
	m.round = r.varint(1 << 62)
	switch r.byte() {
	case 0:
	case 1:
		m.news = true
	default:
		r.fail("flag")
	}
	m.lack = r.varint(1 << 40)
	m.own = r.varint(1 << 40)
	return m, r.done()
}

// A batch carries records. Most batches have few authors, so a record names
// its author by its place among those that the batch named before.
type batch struct {
	buf     []byte
	n       int
	authors map[record.PubKey]uint64
}

// cost is at least what add will append for a record's binary form.
func (w *batch) cost(bin []byte) int { return len(bin) + 6 }

func (w *batch) add(bin []byte) {
	if w.authors == nil {
		w.authors = make(map[record.PubKey]uint64)
	}
	var a record.PubKey
	copy(a[:], bin)
	if i, ok := w.authors[a]; ok {
		w.buf = binary.AppendUvarint(w.buf, i)
	} else {
		w.authors[a] = uint64(len(w.authors) + 1)
		w.buf = append(w.buf, 0)
		w.buf = append(w.buf, a[:]...)
	}
	w.buf = binary.AppendUvarint(w.buf, uint64(len(bin)-len(a)))
	w.buf = append(w.buf, bin[len(a):]...)
	w.n++
}

// readBatch returns the records' binary forms.
func readBatch(b []byte) ([][]byte, error) {
	r := reader{b: b}
	var bins [][]byte
	var authors [][]byte
	named := make(map[record.PubKey]bool)
	for len(r.b) > 0 && r.err == nil {
		if len(bins) == maxRecords {
			return nil, malformed("too many records")
		}
		i := r.varint(uint64(len(authors)))
		if i == 0 {
			a := record.PubKey(r.b32())
			if named[a] {
				r.fail("author named twice")
			}
			named[a] = true
			authors = append(authors, a[:])
			i = uint64(len(authors))
		}
		body := r.bytes(int(r.varint(record.MaxBinary)))
		if r.err != nil {
			break
		}
		bin := make([]byte, 0, len(body)+32)
		bins = append(bins, append(append(bin, authors[i-1]...), body...))
	}
	if r.err == nil && len(bins) == 0 {
		r.fail("empty batch")
	}
	return bins, r.err
}
