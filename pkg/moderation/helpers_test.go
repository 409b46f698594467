package moderation

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

const testNow = 1_700_000_000

var testRoom = record.RoomTag{1, 2, 3}

// key makes a public key of a name; nothing here verifies a signature.
func key(name string) record.PubKey { return sha256.Sum256([]byte(name)) }

// subject makes an unsigned record with the given content.
func subject(t testing.TB, author, content string) Subject {
	t.Helper()
	return subjectIn(t, author, "", content, testNow)
}

var subjects uint64

func subjectIn(t testing.TB, author, collection, content string, at int64) Subject {
	t.Helper()
	b := record.Body{Content: content, Created: at * 1000, Collection: collection}
	text, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	body, err := record.ParseBody(text)
	if err != nil {
		t.Fatal(err)
	}
	subjects++
	var d [16]byte
	binary.BigEndian.PutUint64(d[:], subjects)
	r := bind(t, key(author), record.New(testRoom, d, at, text))
	return Subject{Record: &r, Body: &body}
}

func bind(t testing.TB, author record.PubKey, e record.Event) record.Record {
	t.Helper()
	e.Author = author
	e.ID = e.Hash()
	r, err := record.Bind(e, testRoom)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// deletionOf makes the deletion of a record.
func deletionOf(t testing.TB, s Subject, at int64) Subject {
	t.Helper()
	r := bind(t, s.Record.Author, record.NewDeletion(testRoom, *s.Record, at))
	return Subject{Record: &r}
}

// all is more entries than a ledger of a test has.
const all = 1 << 30

// entryOf makes an entry for a ledger.
func entryOf(p *Policy, s Subject) Entry {
	return Entry{
		At: s.Record.CreatedAt, ID: s.Record.ID, UUID: s.Record.UUID, Deletes: s.Record.Deletes,
		Facts: FactsOf(s.Record, s.Body), Label: p.Label(s.Record, s.Body),
	}
}

func parse(t testing.TB, options string) *Policy {
	t.Helper()
	p, err := Parse([]byte(options))
	if err != nil {
		t.Fatalf("%s: %v", options, err)
	}
	return p
}

func judge(p *Policy, s Subject) Verdict {
	return p.Judge(Clock{Now: testNow}, []Subject{s})[0]
}
