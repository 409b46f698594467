// Package room derives all that peers of a room share from the room's name.
//
//	name --HKDF-SHA256--> tag         public: names the room in records and hellos
//	                      announce    where to meet, towards trackers
//	                      membership  proves in the handshake that a peer knows the name
//	                      name key    turns record names into ids without showing them
package room

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/peersetdb/peerset/pkg/record"
)

// MaxName is the longest name of a room, in bytes of UTF-8.
const MaxName = 256

// ErrName says that a name cannot name a room.
var ErrName = errors.New("room: name")

// Keys are what the name of a room gives.
type Keys struct {
	Tag        record.RoomTag
	Membership [32]byte
	announce   [32]byte
	names      [32]byte
}

// Derive derives the keys of a room.
func Derive(name string) (Keys, error) {
	switch {
	case name == "":
		return Keys{}, fmt.Errorf("%w: is empty", ErrName)
	case len(name) > MaxName:
		return Keys{}, fmt.Errorf("%w: is longer than %d bytes", ErrName, MaxName)
	case !utf8.ValidString(name):
		return Keys{}, fmt.Errorf("%w: is not valid UTF-8", ErrName)
	}
	prk, err := hkdf.Extract(sha256.New, []byte(name), []byte("peerset/1 room"))
	if err != nil {
		return Keys{}, err
	}
	var k Keys
	for _, part := range []struct {
		label string
		out   []byte
	}{
		{"tag", k.Tag[:]},
		{"announce", k.announce[:]},
		{"membership", k.Membership[:]},
		{"names", k.names[:]},
	} {
		b, err := hkdf.Expand(sha256.New, prk, part.label, len(part.out))
		if err != nil {
			return Keys{}, err
		}
		copy(part.out, b)
	}
	return k, nil
}

// InfoHash is what the peers of the room announce to trackers.
func (k *Keys) InfoHash() [20]byte {
	return [20]byte(mac(k.announce, "torrent")[:20])
}

// D is the address, within one author's records, of the record that the author
// gave a name.
func (k *Keys) D(name string) [16]byte {
	return [16]byte(mac(k.names, name)[:16])
}

func mac(key [32]byte, text string) []byte {
	m := hmac.New(sha256.New, key[:])
	m.Write([]byte(text))
	return m.Sum(nil)
}
