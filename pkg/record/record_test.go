package record

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var (
	testRoom = RoomTag{0x11, 0x22, 15: 0xff}
	testD    = [16]byte{0xd0, 15: 0x0d}
)

// signed signs a copy of e whose tags can be changed.
func signed(t testing.TB, e Event) Event {
	t.Helper()
	if err := e.Sign(testKey(t, 3)); err != nil {
		t.Fatal(err)
	}
	return e
}

// testRecords are a record, one that expires, an empty one, and a deletion.
func testRecords(t testing.TB) map[string]Record {
	t.Helper()
	events := map[string]Event{
		"record":  New(testRoom, testD, 1700000000, `{"c":"hällo \"x\"","t":1}`),
		"expires": New(testRoom, testD, 1700000000, "x\ny"),
		"empty":   New(testRoom, testD, 0, ""),
		"longest": New(testRoom, testD, MaxInteger, strings.Repeat("x", MaxContent)),
	}
	e := events["expires"]
	e.Tags = append(e.Tags, ExpirationTag(MaxInteger))
	events["expires"] = e
	e = New(testRoom, testD, 1700000000, "x")
	e.Tags = append(e.Tags, Work{MaxInteger, 255}.Tag())
	events["work"] = e
	e = New(testRoom, testD, 1700000000, "x")
	e.Tags = append(e.Tags, ExpirationTag(1), Work{0, 1}.Tag())
	events["work that expires"] = e
	all := map[string]Record{}
	for name, e := range events {
		r, err := Bind(signed(t, e), testRoom)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = r
	}
	r, err := Bind(signed(t, NewDeletion(testRoom, all["record"], 1700000001)), testRoom)
	if err != nil {
		t.Fatal(err)
	}
	all["deletion"] = r
	return all
}

func TestBind(t *testing.T) {
	all := testRecords(t)
	for name, r := range all {
		if r.UUID != UUIDOf(testKey(t, 3).PubKey(), testD) || r.D != testD {
			t.Errorf("%s: uuid %v, d %x", name, r.UUID, r.D)
		}
		if r.Deletes != (name == "deletion") {
			t.Errorf("%s: Deletes is %v", name, r.Deletes)
		}
		if want := map[string]int64{"expires": MaxInteger, "work that expires": 1}[name]; r.Expires != want {
			t.Errorf("%s: Expires is %d", name, r.Expires)
		}
		if want := map[string]Work{"work": {MaxInteger, 255}, "work that expires": {0, 1}}[name]; r.Work != want {
			t.Errorf("%s: Work is %v", name, r.Work)
		}
		if err := r.Verify(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	room, d := hex.EncodeToString(testRoom[:]), hex.EncodeToString(testD[:])
	wantTags := map[string][][]string{
		"record":   {{"d", room + ":" + d}, {"h", room}},
		"expires":  {{"d", room + ":" + d}, {"h", room}, {"expiration", "9007199254740991"}},
		"work":     {{"d", room + ":" + d}, {"h", room}, {"nonce", "9007199254740991", "255"}},
		"deletion": {{"a", "30078:" + testKey(t, 3).PubKey().String() + ":" + room + ":" + d}, {"h", room}},
	}
	for name, want := range wantTags {
		if got := all[name].Tags; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: tags %q, want %q", name, got, want)
		}
	}
}

// A deletion can be deleted again, as when its clock was behind.
func TestDeletionOfDeletion(t *testing.T) {
	all := testRecords(t)
	a, b := NewDeletion(testRoom, all["deletion"], 5), NewDeletion(testRoom, all["record"], 5)
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%v, want %v", a, b)
	}
}

// Appending to one copy of a new event leaves the other as it is.
func TestNewSharesNoSpareTag(t *testing.T) {
	a := New(testRoom, testD, 1, "")
	b := a
	a.Tags = append(a.Tags, ExpirationTag(5))
	b.Tags = append(b.Tags, ExpirationTag(6))
	if a.Tags[2][1] != "5" {
		t.Errorf("expiration is %s", a.Tags[2][1])
	}
	if room := append(a.Tags[0], "more"); a.Tags[1][0] != "h" {
		t.Errorf("appending to a tag changed the next: %q", room)
	}
}

func TestBindRefuses(t *testing.T) {
	room, d := hex.EncodeToString(testRoom[:]), hex.EncodeToString(testD[:])
	other := hex.EncodeToString(make([]byte, 16))
	author := testKey(t, 3).PubKey().String()
	stranger := testKey(t, 4).PubKey().String()
	address := room + ":" + d
	h := []string{"h", room}
	type tags = [][]string
	for _, c := range []struct {
		name    string
		kind    int
		tags    tags
		content string
		want    error
	}{
		{"kind", 1, tags{{"d", address}, h}, "", ErrShape},
		{"no tags", KindRecord, nil, "", ErrShape},
		{"no h", KindRecord, tags{{"d", address}}, "", ErrShape},
		{"order", KindRecord, tags{h, {"d", address}}, "", ErrShape},
		{"long d tag", KindRecord, tags{{"d", address, ""}, h}, "", ErrShape},
		{"short d tag", KindRecord, tags{{"d"}, h}, "", ErrShape},
		{"long h tag", KindRecord, tags{{"d", address}, {"h", room, ""}}, "", ErrShape},
		{"short d", KindRecord, tags{{"d", address[:64]}, h}, "", ErrShape},
		{"long d", KindRecord, tags{{"d", address + "0"}, h}, "", ErrShape},
		{"empty d", KindRecord, tags{{"d", ""}, h}, "", ErrShape},
		{"uppercase d", KindRecord, tags{{"d", room + ":" + strings.ToUpper(d)}, h}, "", ErrShape},
		{"no colon", KindRecord, tags{{"d", room + "0" + d}, h}, "", ErrShape},
		{"uppercase room", KindRecord, tags{{"d", strings.ToUpper(address)}, {"h", strings.ToUpper(room)}}, "", ErrShape},
		{"rooms differ", KindRecord, tags{{"d", other + ":" + d}, h}, "", ErrShape},
		{"rooms differ, other way", KindRecord, tags{{"d", address}, {"h", other}}, "", ErrShape},
		{"another room", KindRecord, tags{{"d", other + ":" + d}, {"h", other}}, "", ErrRoom},
		{"further tag", KindRecord, tags{{"d", address}, h, {"t", "x"}}, "", ErrShape},
		{"two expirations", KindRecord, tags{{"d", address}, h, ExpirationTag(1), ExpirationTag(1)}, "", ErrShape},
		{"expiration before h", KindRecord, tags{{"d", address}, ExpirationTag(1), h}, "", ErrShape},
		{"expiration 0", KindRecord, tags{{"d", address}, h, ExpirationTag(0)}, "", ErrShape},
		{"expiration negative", KindRecord, tags{{"d", address}, h, ExpirationTag(-1)}, "", ErrShape},
		{"expiration too large", KindRecord, tags{{"d", address}, h, ExpirationTag(MaxInteger + 1)}, "", ErrShape},
		{"expiration 01", KindRecord, tags{{"d", address}, h, {"expiration", "01"}}, "", ErrShape},
		{"expiration 1.0", KindRecord, tags{{"d", address}, h, {"expiration", "1.0"}}, "", ErrShape},
		{"expiration empty", KindRecord, tags{{"d", address}, h, {"expiration", ""}}, "", ErrShape},
		{"nonce before expiration", KindRecord, tags{{"d", address}, h, Work{1, 1}.Tag(), ExpirationTag(1)}, "", ErrShape},
		{"two nonces", KindRecord, tags{{"d", address}, h, Work{1, 1}.Tag(), Work{1, 1}.Tag()}, "", ErrShape},
		{"nonce without difficulty", KindRecord, tags{{"d", address}, h, {"nonce", "1"}}, "", ErrShape},
		{"difficulty 0", KindRecord, tags{{"d", address}, h, {"nonce", "1", "0"}}, "", ErrShape},
		{"difficulty 256", KindRecord, tags{{"d", address}, h, {"nonce", "1", "256"}}, "", ErrShape},
		{"nonce 01", KindRecord, tags{{"d", address}, h, {"nonce", "01", "1"}}, "", ErrShape},
		{"nonce too large", KindRecord, tags{{"d", address}, h, Work{MaxInteger + 1, 1}.Tag()}, "", ErrShape},
		{"form", KindRecord, tags{{"d", address}, h}, "\x7f", ErrForm},
		{"deletion with content", KindDelete, tags{{"a", "30078:" + author + ":" + address}, h}, "x", ErrShape},
		{"deletion of a stranger's", KindDelete, tags{{"a", "30078:" + stranger + ":" + address}, h}, "", ErrShape},
		{"deletion of another kind", KindDelete, tags{{"a", "30079:" + author + ":" + address}, h}, "", ErrShape},
		{"deletion by d", KindDelete, tags{{"d", address}, h}, "", ErrShape},
		{"deletion by e", KindDelete, tags{{"e", strings.Repeat("0", 64)}, h}, "", ErrShape},
		{"deletion of an author", KindDelete, tags{{"a", "30078:" + author}, h}, "", ErrShape},
		{"deletion, uppercase", KindDelete, tags{{"a", "30078:" + strings.ToUpper(author) + ":" + address}, h}, "", ErrShape},
		{"deletion that expires", KindDelete, tags{{"a", "30078:" + author + ":" + address}, h, ExpirationTag(1)}, "", ErrShape},
		{"deletion in another room", KindDelete, tags{{"a", "30078:" + author + ":" + other + ":" + d}, {"h", other}}, "", ErrRoom},
		{"deletion, rooms differ", KindDelete, tags{{"a", "30078:" + author + ":" + other + ":" + d}, h}, "", ErrShape},
	} {
		e := Event{Author: testKey(t, 3).PubKey(), Kind: c.kind, Tags: c.tags, Content: c.content}
		if r, err := Bind(e, testRoom); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		} else if !reflect.DeepEqual(r, Record{}) {
			t.Errorf("%s: a record beside the error", c.name)
		}
	}
}

func TestDeletionSignedByAStranger(t *testing.T) {
	e := NewDeletion(testRoom, testRecords(t)["record"], 1)
	if err := e.Sign(testKey(t, 4)); err != nil {
		t.Fatal(err)
	}
	if _, err := Bind(e, testRoom); !errors.Is(err, ErrShape) {
		t.Errorf("%v, want ErrShape", err)
	}
}

func TestBinaryRoundTrip(t *testing.T) {
	for name, r := range testRecords(t) {
		b := r.AppendBinary([]byte("before"))[6:]
		if len(b) > MaxBinary {
			t.Errorf("%s: %d bytes", name, len(b))
		}
		got, err := DecodeBinary(b, testRoom)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(got, r) {
			t.Errorf("%s: %+v, want %+v", name, got, r)
		}
		if err := got.VerifySignature(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// Under another room it is another event, which nobody signed.
		moved, err := DecodeBinary(b, RoomTag{})
		if err != nil || moved.VerifySignature() == nil {
			t.Errorf("%s: verifies in another room (%v)", name, err)
		}
	}
}

func TestBinaryBytes(t *testing.T) {
	r := Record{
		Event:   Event{CreatedAt: 300, Content: "xy"},
		D:       [16]byte{1},
		Expires: 127,
	}
	for i := range r.Author {
		r.Author[i] = 0xaa
	}
	for i := range r.Sig {
		r.Sig[i] = 0xbb
	}
	want := strings.Repeat("aa", 32) + strings.Repeat("bb", 64) + "02" + "ac02" +
		"01" + strings.Repeat("00", 15) + "7f" + "02" + "7879"
	if got := hex.EncodeToString(r.AppendBinary(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDecodeBinaryRefuses(t *testing.T) {
	head := func(flags byte) []byte {
		b := make([]byte, atFlags, 256)
		return append(b, flags)
	}
	d := make([]byte, 16)
	record := func(created []byte, rest ...byte) []byte {
		return slices.Concat(head(0), created, d, rest)
	}
	max := []byte{255, 255, 255, 255, 255, 255, 255, 15} // 2^53-1
	if _, err := DecodeBinary(record(max, 0), testRoom); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"flag 8":                        slices.Concat(head(8), []byte{1}, d, []byte{0}),
		"deletion with work":            slices.Concat(head(5), []byte{1}, d, []byte{1, 1, 0}),
		"difficulty 0":                  slices.Concat(head(4), []byte{1}, d, []byte{1, 0, 0}),
		"nonce not minimal":             slices.Concat(head(4), []byte{1}, d, []byte{0x81, 0, 1, 0}),
		"flag 128":                      slices.Concat(head(128), []byte{1}, d, []byte{0}),
		"deletion that expires":         slices.Concat(head(3), []byte{1}, d, []byte{1, 0}),
		"deletion with content":         slices.Concat(head(1), []byte{1}, d, []byte{1, 'x'}),
		"expiration 0":                  slices.Concat(head(2), []byte{1}, d, []byte{0, 0}),
		"expiration not minimal":        slices.Concat(head(2), []byte{1}, d, []byte{0x81, 0, 0}),
		"time not minimal":              record([]byte{0x81, 0}, 0),
		"zero not minimal":              record([]byte{0x80, 0}, 0),
		"time 2^53":                     record([]byte{128, 128, 128, 128, 128, 128, 128, 16}, 0),
		"time of nine bytes":            record([]byte{255, 255, 255, 255, 255, 255, 255, 255, 1}, 0),
		"content length not minimal":    record([]byte{1}, 0x81, 0, 'x'),
		"content shorter than its size": record([]byte{1}, 2, 'x'),
		"content longer than its size":  record([]byte{1}, 0, 'x'),
		"content length of 2^53-1":      record([]byte{1}, max...),
		"too long":                      make([]byte, MaxBinary+1),
	} {
		if _, err := DecodeBinary(b, testRoom); !errors.Is(err, ErrBinary) {
			t.Errorf("%s: %v, want ErrBinary", name, err)
		}
	}
	for name, content := range map[string]string{"DEL": "\x7f", "invalid UTF-8": "\xff"} {
		b := record([]byte{1}, append([]byte{byte(len(content))}, content...)...)
		if _, err := DecodeBinary(b, testRoom); !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v, want ErrForm", name, err)
		}
	}
	whole := testRecords(t)["expires"]
	b := whole.AppendBinary(nil)
	for n := range b {
		if _, err := DecodeBinary(b[:n:n], testRoom); !errors.Is(err, ErrBinary) {
			t.Errorf("first %d of %d bytes: %v, want ErrBinary", n, len(b), err)
		}
	}
}

// The input may be a buffer that is used again.
func TestDecodeBinaryKeepsNothing(t *testing.T) {
	want := testRecords(t)["record"]
	b := want.AppendBinary(nil)
	got, err := DecodeBinary(b, testRoom)
	if err != nil {
		t.Fatal(err)
	}
	copy(b, bytes.Repeat([]byte{'z'}, len(b)))
	if !reflect.DeepEqual(got, want) {
		t.Error("the record changed with its input")
	}
}

func TestDecodeBinaryAllocations(t *testing.T) {
	r := testRecords(t)["record"]
	b := r.AppendBinary(nil)
	// The content, the text of the tags, and the tags.
	const budget = 3
	got := testing.AllocsPerRun(100, func() {
		if _, err := DecodeBinary(b, testRoom); err != nil {
			t.Error(err)
		}
	})
	if got > budget {
		t.Errorf("%v allocations, at most %d are meant", got, budget)
	}
}
