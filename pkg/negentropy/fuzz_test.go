package negentropy

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/peersetdb/peerset/pkg/merkle"
)

func addCorpus(f *testing.F) {
	var v vectors
	readVectors(f, "negentropy-v1.json", &v)
	for _, s := range v.Scenarios {
		for _, m := range s.Msgs {
			f.Add(unhex(m.Hex), s.FrameLimitServer != 0, uint16(0))
		}
	}
	var n struct {
		MustError []string `json:"must_error"`
	}
	readVectors(f, "negative.json", &n)
	for _, m := range n.MustError {
		f.Add(unhex(m), false, uint16(100))
	}
}

// fuzzTree is never changed, so that all runs share it.
func fuzzTree() *merkle.Tree {
	rng := rand.New(rand.NewPCG(1, 1))
	t := merkle.New(3600)
	for i := range 700 {
		id := randomID(rng)
		clear(id[1+i%3:])
		t.Insert(merkle.Item{Time: 1_700_000_000 + int64(i)/20, ID: id})
	}
	return t
}

// reencode writes a message again from what the decoder made of it.
func reencode(t *testing.T, msg []byte) []byte {
	d, _, err := open(msg)
	if err != nil {
		t.Fatal(err)
	}
	e := encoder{buf: []byte{version}}
	for len(d.rest) > 0 {
		r, err := d.next()
		if err != nil {
			t.Fatal(err)
		}
		e.head(r.hi, r.mode)
		e.buf = append(e.buf, r.fingerprint...)
		if r.mode == modeIDList {
			e.varint(uint64(len(r.ids) / idSize))
			e.buf = append(e.buf, r.ids...)
		}
	}
	return e.buf
}

// FuzzRespond: what is accepted has one form only, and the answer is a
// message within the limit.
func FuzzRespond(f *testing.F) {
	addCorpus(f)
	tree := fuzzTree()
	f.Fuzz(func(t *testing.T, msg []byte, small bool, from uint16) {
		limit := 0
		if small {
			limit = MinLimit
		}
		v := View{Tree: tree, From: 1_700_000_000 + int64(from%64)}
		out, err := v.Respond(msg, limit)
		if err != nil {
			return
		}
		if msg[0] == version && !bytes.Equal(reencode(t, msg), msg) {
			t.Fatalf("%x is accepted, but has another form", msg)
		}
		if limit != 0 && len(out) > limit {
			t.Fatalf("%d bytes, the limit is %d", len(out), limit)
		}
		if !bytes.Equal(reencode(t, out), out) {
			t.Fatalf("answer %x", out)
		}
	})
}

// FuzzReconcile: the next message is one, and no more is needed than was
// listed.
func FuzzReconcile(f *testing.F) {
	addCorpus(f)
	tree := fuzzTree()
	f.Fuzz(func(t *testing.T, msg []byte, small bool, from uint16) {
		limit := 0
		if small {
			limit = MinLimit
		}
		v := View{Tree: tree, From: 1_700_000_000 + int64(from%64)}
		out, have, need, err := v.Reconcile(msg, limit)
		if err != nil {
			if out != nil || have != nil || need != nil {
				t.Fatal("results beside an error")
			}
			return
		}
		if len(have) > v.Tree.Len() || len(need) > len(msg)/idSize {
			t.Fatalf("have %d, need %d", len(have), len(need))
		}
		if limit != 0 && len(out) > limit {
			t.Fatalf("%d bytes, the limit is %d", len(out), limit)
		}
		if out != nil && !bytes.Equal(reencode(t, out), out) {
			t.Fatalf("next message %x", out)
		}
	})
}
