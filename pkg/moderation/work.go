package moderation

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"

	"github.com/peersetdb/peerset/pkg/record"
)

// MaxWork is the greatest difficulty that a policy can ask for. A browser does some
// 200,000 tries a second: 32 bits take it six hours on the average.
const MaxWork = 32

// ErrWork says that an event cannot bear a proof of work.
var ErrWork = errors.New("moderation: no proof of work")

// firstNonce is the first of the numbers of 16 digits. There are 8·10^15 of them below
// 2^53, and all have one length, so that a try changes digits in place.
const firstNonce = 1_000_000_000_000_000

// Miner searches a proof of work (NIP-13) for an event.
type Miner struct {
	event record.Event
	bits  int
	form  []byte // canonical form of the event, with nonce tag
	nonce []byte // the digits, a part of form
	tries int64
}

// NewMiner prepares the search. The event has its author, created_at, content and all tags
// but the nonce: the id depends on each. A deletion bears no proof of work.
func NewMiner(e record.Event, bits int) (*Miner, error) {
	if bits < 1 || bits > MaxWork {
		return nil, fmt.Errorf("%w: the difficulty is outside 1 to %d", ErrWork, MaxWork)
	}
	if e.Kind != record.KindRecord {
		return nil, fmt.Errorf("%w: only records bear one", ErrWork)
	}
	tag := record.Work{Nonce: firstNonce, Bits: uint8(bits)}.Tag()
	e.Tags = append(e.Tags[:len(e.Tags):len(e.Tags)], tag)
	if err := e.Check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWork, err)
	}
	m := &Miner{event: e, bits: bits, form: e.AppendCanonical(nil)}
	// Quotes in a string are escaped, so that this is found in no content.
	mark := []byte(`["nonce","`)
	at := bytes.Index(m.form, mark) + len(mark)
	m.nonce = m.form[at : at+16]
	if string(m.nonce) != tag[1] {
		return nil, fmt.Errorf("%w: the event has a nonce already", ErrWork)
	}
	return m, nil
}

// Step makes some tries and reports whether one of them hit: then the event has its nonce
// tag and its id, and is to be signed. Else the caller lets others run and calls again. The same event
// always gets the same nonce.
func (m *Miner) Step(tries int) (record.Event, bool) {
	for range tries {
		m.tries++
		if id := record.ID(sha256.Sum256(m.form)); id.Difficulty() >= m.bits {
			nonce, _ := strconv.ParseInt(string(m.nonce), 10, 64)
			e := m.event
			last := len(e.Tags) - 1
			e.Tags = append(e.Tags[:last:last], record.Work{Nonce: nonce, Bits: uint8(m.bits)}.Tag())
			e.ID = id
			return e, true
		}
		for i := len(m.nonce) - 1; ; i-- {
			if m.nonce[i] < '9' {
				m.nonce[i]++
				break
			}
			m.nonce[i] = '0'
		}
	}
	return record.Event{}, false
}

// Tries returns how many tries there were. On the average 2^bits are needed, and a
// success is as likely in the next one as it was in the first.
func (m *Miner) Tries() int64 { return m.tries }
