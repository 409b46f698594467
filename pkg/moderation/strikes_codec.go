package moderation

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/peersetdb/peerset/pkg/record"
)

// ErrStrikes says that bytes are not what Marshal makes.
var ErrStrikes = errors.New("moderation: malformed strikes")

// strikesVersion is the first byte of the binary form.
const strikesVersion = 1

// Marshal returns what is worth remembering, for a store:
//
//	version 1 | *( key 32 | points 4 | at 8 | until 8 | count 2 | manual 1 | length 1 | reason )
//
// Numbers are big-endian, points in thousandths, times in ms since 1970, keys ascending.
func (s *Strikes) Marshal(now int64) []byte {
	b := []byte{strikesVersion}
	for _, who := range s.sorted() {
		c := s.known[who]
		if c.weight(now) == 0 {
			continue
		}
		b = append(b, who[:]...)
		b = binary.BigEndian.AppendUint32(b, uint32(min(math.MaxUint32, c.points*1000)))
		b = binary.BigEndian.AppendUint64(b, uint64(c.at))
		b = binary.BigEndian.AppendUint64(b, uint64(c.ban.Until))
		b = binary.BigEndian.AppendUint16(b, uint16(min(math.MaxUint16, c.ban.Count)))
		b = append(b, 0, byte(len(c.ban.Reason)))
		if c.ban.Manual {
			b[len(b)-2] = 1
		}
		b = append(b, c.ban.Reason...)
	}
	return b
}

// fixedConduct is the length of an entry without its reason.
const fixedConduct = 32 + 4 + 8 + 8 + 2 + 1 + 1

// UnmarshalStrikes reads what Marshal wrote. What is damaged is an error, and then there is an empty Strikes
// beside it to go on with.
func UnmarshalStrikes(b []byte) (*Strikes, error) {
	s, err := readStrikes(b)
	if err != nil {
		return NewStrikes(), fmt.Errorf("%w: %w", ErrStrikes, err)
	}
	return s, nil
}

func readStrikes(b []byte) (*Strikes, error) {
	s := NewStrikes()
	if len(b) == 0 || b[0] != strikesVersion {
		return nil, errors.New("unknown version")
	}
	for b = b[1:]; len(b) > 0; {
		if len(b) < fixedConduct || len(b) < fixedConduct+int(b[fixedConduct-1]) {
			return nil, errors.New("truncated")
		}
		if len(s.known) == maxKnown {
			return nil, errors.New("too many keys")
		}
		who := record.PubKey(b)
		f := b[32:fixedConduct]
		reason := b[fixedConduct:][:f[23]]
		c := &conduct{
			points: float64(binary.BigEndian.Uint32(f)) / 1000,
			at:     int64(binary.BigEndian.Uint64(f[4:])),
			ban: Ban{
				Who:    who,
				Until:  int64(binary.BigEndian.Uint64(f[12:])),
				Count:  int(binary.BigEndian.Uint16(f[20:])),
				Manual: f[22] == 1,
				Reason: string(reason),
			},
		}
		if c.at < 0 || c.at > record.MaxInteger || c.ban.Until < 0 || c.ban.Until > record.MaxInteger ||
			f[22] > 1 || len(reason) > maxReason || !utf8.Valid(reason) || s.known[who] != nil {
			return nil, errors.New("a value out of range")
		}
		s.known[who] = c
		b = b[fixedConduct+len(reason):]
	}
	return s, nil
}
