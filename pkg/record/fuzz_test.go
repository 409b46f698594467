package record

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// Seeds are in testdata/fuzz and here, where they are made of whole records.

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(goodJSON))
	for _, r := range testRecords(f) {
		f.Add(r.AppendJSON(nil))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		e, err := ParseJSON(in)
		if err != nil {
			if !reflect.DeepEqual(e, Event{}) {
				t.Error("an event beside the error")
			}
			return
		}
		if !json.Valid(in) {
			t.Fatal("not JSON, and was parsed")
		}
		out := e.AppendJSON(nil)
		again, err := ParseJSON(out)
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		if !reflect.DeepEqual(e, again) {
			t.Fatalf("read %+v, then %+v", e, again)
		}
		if !bytes.Equal(again.AppendJSON(nil), out) {
			t.Fatal("written twice, and differs")
		}
		if !json.Valid(e.AppendCanonical(nil)) {
			t.Fatal("canonical form is not JSON")
		}
		if r, err := Bind(e, testRoom); err == nil {
			back, err := DecodeBinary(r.AppendBinary(nil), testRoom)
			r.ID = back.ID // was not verified
			if err != nil || !reflect.DeepEqual(back, r) {
				t.Fatalf("bound %+v, decoded %+v, %v", r, back, err)
			}
		}
	})
}

func FuzzDecodeBinary(f *testing.F) {
	for _, r := range testRecords(f) {
		f.Add(r.AppendBinary(nil))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := DecodeBinary(in, testRoom)
		if err != nil {
			if !reflect.DeepEqual(r, Record{}) {
				t.Error("a record beside the error")
			}
			return
		}
		if !bytes.Equal(r.AppendBinary(nil), in) {
			t.Fatal("a second binary form")
		}
		bound, err := Bind(r.Event, testRoom)
		if err != nil || !reflect.DeepEqual(bound, r) {
			t.Fatalf("decoded %+v, bound %+v, %v", r, bound, err)
		}
		e, err := ParseJSON(r.AppendJSON(nil))
		if err != nil || !reflect.DeepEqual(e, r.Event) {
			t.Fatalf("as JSON %+v, %v", e, err)
		}
	})
}

func FuzzParseBody(f *testing.F) {
	f.Add(`{"c":{"a":[1,"x\n",null]},"t":1700000000123,"k":"a/b","n":"notes","g":[52.5,-1e-07]}`)
	f.Add(`{ "x" : {} , "t":0,"c":"\ud83d\ude00" }`)
	f.Add(`"\ud800"`)
	f.Fuzz(func(t *testing.T, in string) {
		valid := json.Valid([]byte(in))
		if scans(in) && !valid {
			t.Fatal("not JSON, and was scanned")
		}
		b, err := ParseBody(in)
		if err != nil {
			if b != (Body{}) {
				t.Error("a body beside the error")
			}
			return
		}
		if !valid || !json.Valid([]byte(b.Content)) {
			t.Fatal("not JSON, and was parsed")
		}
		out, err := b.Encode()
		if err != nil {
			if len(in) < MaxContent/6 { // as far as escapes and digits can lengthen it
				t.Fatalf("%+v is not encoded: %v", b, err)
			}
			return
		}
		again, err := ParseBody(out)
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		same, err := again.Encode()
		if err != nil || same != out {
			t.Fatalf("written %q, then %q, %v", out, same, err)
		}
	})
}
