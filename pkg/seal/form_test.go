package seal

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/peersetdb/peerset/pkg/nip44"
	"github.com/peersetdb/peerset/pkg/record"
)

// TestForm reads a private content as other software would.
func TestForm(t *testing.T) {
	content := sealIn(t, openRoom, testEnvelope, people(t, 2))
	var read struct {
		E string
		P [][2]string
		S string
	}
	d := json.NewDecoder(strings.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&read); err != nil {
		t.Fatal(err)
	}
	p := private(t, openRoom, content)
	if read.E != p.Sender().String() || len(read.P) != 2 || read.S != p.payload {
		t.Errorf("read %+v", read)
	}
	for i, to := range p.Recipients() {
		payload, _ := p.Slot(to)
		if read.P[i] != [2]string{to.String(), payload} {
			t.Errorf("slot %d: %v", i, read.P[i])
		}
	}
	if p.encode() != content {
		t.Error("a second form")
	}
}

func TestMalformed(t *testing.T) {
	content := sealIn(t, openRoom, testEnvelope, people(t, 3))
	p := private(t, openRoom, content)
	replace := func(old, by string) string {
		t.Helper()
		if !strings.Contains(content, old) {
			t.Fatalf("no %s", old)
		}
		return strings.Replace(content, old, by, 1)
	}
	first, second := p.slots[0], p.slots[1]
	text := func(s slot) string { return `["` + s.recipient.String() + `","` + s.payload + `"]` }
	many := func(n int) string {
		slots := make([]string, n)
		for i := range slots {
			slots[i] = text(slot{record.PubKey{byte(i >> 8), byte(i)}, first.payload})
		}
		return beforeSender + p.sender.String() + beforeSlots + strings.Join(slots, ",") + beforePayload + p.payload + afterPayload
	}
	longer, err := nip44.Seal(nip44.Key{1}, strings.Repeat("x", 65), [32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, content string }{
		{"only begun", beforeSender},
		{"not JSON", beforeSender + "\xff\xff"},
		{"text after", content + " "},
		{"another object after", content + content},
		{"space inside", replace(`,"p"`, `, "p"`)},
		{"line end inside", replace(`,"p"`, ",\n\"p\"")},
		{"another key", replace(`,"p"`, `,"x":1,"p"`)},
		{"key at the end", replace(`"}`, `","x":1}`)},
		{"key twice", replace(`,"p"`, `,"e":"`+p.sender.String()+`","p"`)},
		{"another order", `{"e":"` + p.sender.String() + `","s":"` + p.payload + `","p":[` + text(first) + `]}`},
		{"no recipients", many(0)},
		{"null for recipients", beforeSender + p.sender.String() + `","p":null,"s":"` + p.payload + `"}`},
		{"101 recipients", many(101)},
		{"very many recipients", many(100000)},
		{"one twice", replace(text(second), text(first))},
		{"not in order", replace(text(first)+","+text(second), text(second)+","+text(first))},
		{"comma at the end", replace(`"]]`, `"],]`)},
		{"comma at the start", replace(`[[`, `[,[`)},
		{"two commas", replace(`"],[`, `"],,[`)},
		{"no comma", replace(`"],[`, `"][`)},
		{"slot of one", replace(text(first), `["`+first.recipient.String()+`"]`)},
		{"slot of three", replace(text(first), strings.TrimSuffix(text(first), "]")+`,""]`)},
		{"slot is an object", replace(text(first), `{}`)},
		{"sender in uppercase", replace(p.sender.String(), strings.ToUpper(p.sender.String()))},
		{"sender too short", replace(p.sender.String(), p.sender.String()[:62])},
		{"sender not hexadecimal", replace(p.sender.String(), strings.Repeat("g", 64))},
		{"sender escaped", replace(p.sender.String(), `\u0030`+p.sender.String()[6:])},
		{"recipient in uppercase", replace(first.recipient.String(), strings.ToUpper(first.recipient.String()))},
		{"recipient is a number", replace(`["`+first.recipient.String()+`"`, `[1`)},
		{"slot's payload too short", replace(first.payload, first.payload[:172])},
		{"slot's payload too long", replace(first.payload, longer)},
		{"slot's payload of another version", replace(first.payload, "B"+first.payload[1:])},
		{"slot's payload not base64", replace(first.payload, first.payload[:100]+"-_"+first.payload[102:])},
		{"slot's payload escaped", replace(first.payload, first.payload[:100]+`\/`+first.payload[102:])},
		{"payload empty", replace(p.payload, "")},
		{"payload too short", replace(p.payload, p.payload[:128])},
		{"payload cut", replace(p.payload, p.payload[:len(p.payload)-1])},
		{"payload with padding inside", replace(p.payload, p.payload[:60]+"="+p.payload[61:])},
		{"payload with three paddings", replace(p.payload, p.payload[:len(p.payload)-3]+"===")},
		{"payload of another version", replace(p.payload, "#"+p.payload[1:])},
		{"payload with a line end", replace(p.payload, p.payload[:60]+"\n"+p.payload[61:])},
		{"payload is null", replace(`"`+p.payload+`"`, "null")},
		{"not closed", strings.TrimSuffix(content, "}")},
		{"longer than a record", replace(p.payload, "A"+strings.Repeat("AAAA", record.MaxContent/4)+"AAA")},
		{"very deep", beforeSender + strings.Repeat("[", 60000)},
	} {
		for name, in := range map[string]string{"": c.content, "sealed, ": mustSeal(t, c.content)} {
			r := openRoom
			if name != "" {
				r = closedRoom
			}
			if o, err := r.Open(in); !errors.Is(err, ErrForm) || o != (Opened{}) {
				t.Errorf("%s%s: %+v, %v, want ErrForm", name, c.name, o, err)
			}
		}
	}
}

// mustSeal seals any text under the key of closedRoom, as far as it fits.
func mustSeal(t testing.TB, text string) string {
	t.Helper()
	content, err := sealRandom(*closedRoom.Key, text[:min(len(text), nip44.MaxPlaintext)], new(source))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestFlippedAndCut(t *testing.T) {
	friend := person(t, 2)
	content := sealIn(t, openRoom, testEnvelope, people(t, 2))
	p := private(t, openRoom, content)
	slotOf, _ := p.Slot(friend.PubKey())
	digits := contentKey(t, p, friend)
	reads := func(in string) (string, error) {
		o, err := openRoom.Open(in)
		switch {
		case err != nil:
			if !errors.Is(err, ErrForm) && err != ErrSealed {
				t.Fatalf("%q: %v", in, err)
			}
			return "", err
		case o.Private == nil:
			_, err := record.ParseBody(o.Envelope)
			return "", err
		}
		var envelope string
		if payload, _ := o.Private.Slot(friend.PubKey()); payload == slotOf && o.Private.Sender() == p.Sender() {
			envelope, err = o.Private.Open(digits) // as OpenWith would, but quickly
		} else {
			envelope, err = o.Private.OpenWith(friend)
		}
		if err != nil && err != ErrOpen && err != ErrNotRecipient {
			t.Fatalf("%q: %v", in, err)
		}
		return envelope, err
	}
	for i := range content {
		if got, err := reads(content[:i]); err == nil || got != "" {
			t.Fatalf("first %d characters: %q, %v", i, got, err)
		}
	}
	// A slot of somebody else may be damaged: the friend's is not.
	others, _ := p.Slot(person(t, 1).PubKey())
	from := strings.Index(content, others)
	for i := range len(content) * 8 {
		flipped := []byte(content)
		flipped[i/8] ^= 1 << (i % 8)
		got, err := reads(string(flipped))
		if i/8 >= from && i/8 < from+len(others) {
			if err == nil && got != testEnvelope {
				t.Fatalf("bit %d: another envelope %q", i, got)
			}
		} else if err == nil || got != "" {
			t.Fatalf("bit %d: %q, %v", i, got, err)
		}
	}
}

// TestNotPrivate opens envelopes that other writers may have written.
func TestNotPrivate(t *testing.T) {
	for _, envelope := range []string{
		`{"t":1,"c":1}`,
		` {"c":{"e":"x"},"t":1}`,
		`{"e":1,"c":1,"t":1}`,
		`{"s":"x","p":[],"c":1,"t":1}`,
	} {
		o, err := openRoom.Open(envelope)
		if err != nil || o != (Opened{Envelope: envelope}) {
			t.Errorf("%s: %+v, %v", envelope, o, err)
		}
		o, err = closedRoom.Open(mustSeal(t, envelope))
		if err != nil || o != (Opened{Envelope: envelope}) {
			t.Errorf("%s, sealed: %+v, %v", envelope, o, err)
		}
	}
}

func TestSenderIsNoPoint(t *testing.T) {
	p := private(t, openRoom, sealIn(t, openRoom, testEnvelope, people(t, 1)))
	for _, b := range []byte{0, 255} {
		forged := *p
		for i := range forged.sender {
			forged.sender[i] = b
		}
		q := private(t, openRoom, forged.encode())
		if got, err := q.OpenWith(person(t, 1)); err != ErrOpen || got != "" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// FuzzOpen opens any text as a content, sealed and not.
func FuzzOpen(f *testing.F) {
	for _, r := range rooms {
		f.Add(sealIn(f, r, testEnvelope, nil))
		f.Add(sealIn(f, r, testEnvelope, people(f, 2)))
	}
	f.Add(fmt.Sprintf("%s%064d%s", beforeSender, 1, beforeSlots))
	me := person(f, 2)
	f.Fuzz(func(t *testing.T, text string) {
		contents := map[string]Room{text: openRoom}
		if text != "" {
			contents[mustSeal(t, text)] = closedRoom
		}
		for content, r := range contents {
			o, err := r.Open(content)
			switch {
			case err != nil:
				if !errors.Is(err, ErrForm) && err != ErrSealed && err != ErrUnsealed && err != ErrOpen {
					t.Fatal(err)
				}
				if o != (Opened{}) {
					t.Fatal("something beside the error")
				}
			case o.Private == nil:
				if o.Envelope != text {
					t.Fatalf("%q opens as %q", text, o.Envelope)
				}
			default:
				if o.Private.encode() != text || !json.Valid([]byte(text)) {
					t.Fatalf("%q is read, and written as %q", text, o.Private.encode())
				}
				if got, err := o.Private.OpenWith(me); err == nil && got != testEnvelope {
					t.Fatalf("%q says %q", text, got)
				}
			}
		}
		if _, err := closedRoom.Open(text); err == nil && !strings.HasPrefix(text, payloadBegin) {
			t.Fatal("not sealed, and opens")
		}
	})
}
