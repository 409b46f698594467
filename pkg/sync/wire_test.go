package sync

import (
	"bytes"
	"errors"
	"testing"
)

// Whatever decodes encodes to the same bytes: every message has one form.
func FuzzWire(f *testing.F) {
	k := testKey(f, 2)
	h := hello{version: Version, cert: certificate(k, 1, 2), bucket: 86400, horizon: 86400 * 20000}
	f.Add(byte(msgHello), h.append(nil))
	f.Add(byte(msgRoot), root{round: 1, from: 86400, count: 300}.append(nil))
	b := buckets{round: 300, level: 1, nodes: []node{{index: 3}, {index: 4, prefix: [16]byte{9}}, {index: 20}, {index: 400}}}
	f.Add(byte(msgBuckets), b.append(nil))
	f.Add(byte(msgDescend), appendDescend(nil, 1, []int64{0, 5, 500}))
	f.Add(byte(msgDone), done{round: 1, lack: 2, own: 300}.append(nil))
	f.Add(byte(msgHave), make([]byte, 64))
	r := signed(f, k, testRoom, 1, 1_800_000_000, testContent)
	f.Add(byte(msgPush), pack(r, r))
	f.Fuzz(func(t *testing.T, typ byte, in []byte) {
		var out []byte
		var err error
		switch msgType(typ) {
		case msgHello:
			var h hello
			if h, err = readHello(in); h.version != Version {
				return
			}
			out = h.append(nil)
		case msgRoot:
			var m root
			m, err = readRoot(in)
			out = m.append(nil)
		case msgBuckets:
			var m buckets
			if m, err = readBuckets(in); err == nil {
				out = m.append(nil)
			}
		case msgDone:
			var m done
			m, err = readDone(in)
			out = m.append(nil)
		case msgDescend:
			var round uint64
			var nodes []int64
			if round, nodes, err = readDescend(in); err == nil {
				out = appendDescend(nil, round, nodes)
			}
		case msgHave:
			r := reader{b: in}
			out = appendIDs(nil, r.ids())
			err = r.done()
		case msgPush:
			var bins [][]byte
			if bins, err = readBatch(in); err == nil {
				var w batch
				for _, b := range bins {
					w.add(b)
				}
				out = w.buf
			}
		default:
			return
		}
		if err != nil {
			if !errors.Is(err, errMessage) {
				t.Fatalf("%v: not a malformed message", err)
			}
			return
		}
		if !bytes.Equal(in, out) {
			t.Fatalf("%x encodes to %x", in, out)
		}
	})
}

func TestReaderRefuses(t *testing.T) {
	id := make([]byte, 32)
	for name, b := range map[string][]byte{
		"root: long varint":      append([]byte{0x80, 0x00}, make([]byte, 34)...),
		"root: cut":              make([]byte, 20),
		"root: endless varint":   bytes.Repeat([]byte{0xff}, 40),
		"root: trailing":         make([]byte, 40),
		"root: huge round":       append(bytes.Repeat([]byte{0xff}, 9), make([]byte, 35)...),
		"root: nothing":          nil,
		"root: count overflowed": append(make([]byte, 34), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
	} {
		if _, err := readRoot(b); !errors.Is(err, errMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, b := range map[string][]byte{
		"author named twice":  append(append([]byte{0}, id...), append([]byte{0, 0}, append(id, 0)...)...),
		"author of nobody":    {1, 0},
		"body beyond the end": append(append([]byte{0}, id...), 5),
		"body beyond all":     append(append([]byte{0}, id...), 0xff, 0xff, 0xff, 0x0f),
		"author cut":          {0, 1, 2},
		"no record":           {},
	} {
		if _, err := readBatch(b); !errors.Is(err, errMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := readBatch(bytes.Repeat([]byte{1, 0}, maxRecords+1)); !errors.Is(err, errMessage) {
		t.Errorf("too many records: %v", err)
	}
}

func TestIDsHaveALimit(t *testing.T) {
	r := reader{b: make([]byte, 32*(maxIDs+1))}
	if r.ids(); r.done() == nil {
		t.Error("too many ids were read")
	}
}
