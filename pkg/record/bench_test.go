package record

import (
	"strings"
	"testing"
)

// benchContent is a body of 450 bytes, with the quotes of JSON in JSON.
func benchContent(b *testing.B) string {
	body := Body{
		Content: `{"text":"` + strings.Repeat("lorem ipsum ", 24) + `","link":"https://example.org/a/b","tags":["one","two"],"n":12.5,"done":false}`,
		Created: 1700000000123, Key: "notes/1", Collection: "notes", Geo: &Geo{52.520008, 13.404954},
	}
	s, err := body.Encode()
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func benchRecord(b *testing.B) Record {
	r, err := Bind(signed(b, New(testRoom, testD, 1700000000, benchContent(b))), testRoom)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func BenchmarkDecodeBinary(b *testing.B) {
	r := benchRecord(b)
	in := r.AppendBinary(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeBinary(in, testRoom); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifySignature(b *testing.B) {
	r := benchRecord(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := r.VerifySignature(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	r := benchRecord(b)
	k := testKey(b, 3)
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Sign(k); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseBody(b *testing.B) {
	s := benchContent(b)
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseBody(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseJSON(b *testing.B) {
	r := benchRecord(b)
	in := r.AppendJSON(nil)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseJSON(in); err != nil {
			b.Fatal(err)
		}
	}
}
