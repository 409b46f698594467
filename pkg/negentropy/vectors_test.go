package negentropy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/peersetdb/peerset/pkg/merkle"
)

// The transcripts in testdata were recorded from the test harnesses of
// github.com/hoytech/negentropy (MIT licence) at commit 6edb041; those in C++
// and JavaScript gave the same bytes.

type vectorItem merkle.Item

func (v *vectorItem) UnmarshalJSON(b []byte) error {
	var id string
	if err := json.Unmarshal(b, &[]any{&v.Time, &id}); err != nil {
		return err
	}
	v.ID = parseID(id)
	return nil
}

func parseID(s string) merkle.ID { return merkle.ID(unhex(s)) }

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

type vectors struct {
	Primitives struct {
		Varint      []struct{ N, Hex string }
		Fingerprint []struct {
			NIDs        int `json:"n_ids"`
			IDs         []string
			Fingerprint string
		}
	}
	Scenarios []struct {
		Name             string
		FrameLimitClient int `json:"frame_limit_client"`
		FrameLimitServer int `json:"frame_limit_server"`
		Client, Server   []vectorItem
		Msgs             []struct{ From, Hex string }
		Have, Need       []string
	}
}

func readVectors(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func treeOf[I vectorItem | merkle.Item](items []I) *merkle.Tree {
	t := merkle.New(86400)
	for _, it := range items {
		t.Insert(merkle.Item(it))
	}
	return t
}

func TestVarint(t *testing.T) {
	var v vectors
	readVectors(t, "negentropy-v1.json", &v)
	for _, c := range v.Primitives.Varint {
		want, err := strconv.ParseUint(c.N, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		var e encoder
		e.varint(want)
		if got := hex.EncodeToString(e.buf); got != c.Hex {
			t.Errorf("varint %d = %s, want %s", want, got, c.Hex)
		}
		d := decoder{rest: unhex(c.Hex)}
		if got, err := d.varint(); got != want || err != nil || len(d.rest) > 0 {
			t.Errorf("%s = %d, %v", c.Hex, got, err)
		}
	}
}

func TestFingerprint(t *testing.T) {
	var v vectors
	readVectors(t, "negentropy-v1.json", &v)
	for _, c := range v.Primitives.Fingerprint {
		tree := merkle.New(86400)
		for i := range c.NIDs {
			tree.Insert(merkle.Item{Time: int64(i), ID: sha256.Sum256(fmt.Appendf(nil, "peerset-neg-%d", i))})
		}
		for _, id := range c.IDs {
			tree.Insert(merkle.Item{ID: parseID(id)})
		}
		fp, n := tree.Fingerprint(merkle.Min, merkle.Max)
		if got := hex.EncodeToString(fp[:]); got != c.Fingerprint || n != c.NIDs+len(c.IDs) {
			t.Errorf("fingerprint of %d ids = %s, want %s", n, got, c.Fingerprint)
		}
	}
}

func TestTranscripts(t *testing.T) {
	var v vectors
	readVectors(t, "negentropy-v1.json", &v)
	for _, s := range v.Scenarios {
		t.Run(s.Name, func(t *testing.T) {
			client, server := View{Tree: treeOf(s.Client)}, View{Tree: treeOf(s.Server)}
			var have, need []string
			out := client.Initiate(nil, s.FrameLimitClient)
			for i, m := range s.Msgs {
				if got := hex.EncodeToString(out); got != m.Hex {
					t.Fatalf("message %d from %s:\n got %s\nwant %s", i, m.From, got, m.Hex)
				}
				var err error
				if m.From == "client" {
					out, err = server.Respond(out, s.FrameLimitServer)
				} else {
					var h, n []merkle.ID
					out, h, n, err = client.Reconcile(out, s.FrameLimitClient)
					for _, id := range h {
						have = append(have, id.String())
					}
					for _, id := range n {
						need = append(need, id.String())
					}
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if out != nil {
				t.Errorf("the client is not done: %x", out)
			}
			slices.Sort(have)
			slices.Sort(need)
			slices.Sort(s.Have)
			slices.Sort(s.Need)
			if !slices.Equal(have, s.Have) || !slices.Equal(need, s.Need) {
				t.Errorf("have %d, need %d; want %d and %d", len(have), len(need), len(s.Have), len(s.Need))
			}
		})
	}
}

func TestNegative(t *testing.T) {
	var v struct {
		ServerItem vectorItem `json:"server_item"`
		Exchanges  []struct{ Msg, Reply string }
		MustError  []string `json:"must_error"`
	}
	readVectors(t, "negative.json", &v)
	view := View{Tree: treeOf([]vectorItem{v.ServerItem})}
	for _, e := range v.Exchanges {
		if got, err := view.Respond(unhex(e.Msg), 0); hex.EncodeToString(got) != e.Reply || err != nil {
			t.Errorf("Respond(%s) = %x, %v, want %s", e.Msg, got, err, e.Reply)
		}
	}
	for _, m := range v.MustError {
		if got, err := view.Respond(unhex(m), 0); err == nil {
			t.Errorf("Respond(%s) = %x", m, got)
		}
		if got, _, _, err := view.Reconcile(unhex(m), 0); err == nil {
			t.Errorf("Reconcile(%s) = %x", m, got)
		}
	}
}

func TestMalformed(t *testing.T) {
	id := "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
	view := View{Tree: merkle.New(86400)}
	for _, c := range []struct {
		name, msg string
		want      error
	}{
		{"empty", "", ErrTruncated},
		{"no version", "5f", ErrVersion},
		{"no version either", "70", ErrVersion},
		{"bound without prefix", "6101", ErrTruncated},
		{"range without mode", "610100", ErrTruncated},
		{"half a varint", "6181", ErrTruncated},
		{"prefix cut off", "610102aa", ErrTruncated},
		{"fingerprint cut off", "61000001aabb", ErrTruncated},
		{"list without its length", "61000002", ErrTruncated},
		{"list cut off", "6100000202" + id, ErrTruncated},
		{"more ids than memory", "6100000281ffffffffffffffff7f", ErrTruncated},
		{"more behind a good range", "6100000201" + id + "ff", ErrTruncated},
		{"leading zero", "6180010000", ErrVarint},
		{"65 bits", "6183ffffffffffffffff7f0000", ErrVarint},
		{"a number without end", "61ffffffffffffffffffffffffffffff", ErrVarint},
		{"prefix of 33 bytes", "610021" + id + "ee00", ErrBound},
		{"infinity with a prefix", "610001aa00", ErrBound},
		{"time beyond int64", "618180808080808080807f0000", ErrBound},
		{"time of infinity", "6181808080808080808000" + "0000", ErrBound},
		{"sum of times too late", "6180ffffffffffffffff7f0000", ErrVarint},
		{"sum of times too late, minimal", "61ffffffffffffffff7e0000ffffffffffffffff7e0000" + "ffffffffffffffff7e0000", ErrBound},
		{"behind infinity", "61000000010000", ErrBound},
		{"ids descend", "610101bb000101aa00", ErrBound},
		{"mode 3", "61000003", ErrMode},
		{"a long mode", "6100008100", ErrMode},
	} {
		t.Run(c.name, func(t *testing.T) {
			if out, err := view.Respond(unhex(c.msg), 0); !errors.Is(err, c.want) || out != nil {
				t.Errorf("Respond = %x, %v, want %v", out, err, c.want)
			}
			if out, have, need, err := view.Reconcile(unhex(c.msg), 0); !errors.Is(err, c.want) || out != nil || have != nil || need != nil {
				t.Errorf("Reconcile = %x, %v, want %v", out, err, c.want)
			}
		})
	}
	if _, _, _, err := view.Reconcile([]byte{0x60}, 0); !errors.Is(err, ErrVersion) {
		t.Errorf("a lower version: %v", err)
	}
}

func TestMaxRanges(t *testing.T) {
	view := View{Tree: merkle.New(86400)}
	msg := append([]byte{version}, bytes.Repeat([]byte{2, 0, modeSkip}, MaxRanges)...)
	if out, err := view.Respond(msg, 0); len(out) != 1 || err != nil {
		t.Errorf("%d ranges: %x, %v", MaxRanges, out, err)
	}
	if _, err := view.Respond(append(msg, 2, 0, modeSkip), 0); !errors.Is(err, ErrRanges) {
		t.Errorf("one more: %v", err)
	}
}
