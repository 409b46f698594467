// Package room derives all that the members of a room share from the room's name
// and, where it has one, its password.
//
//	name, password --PBKDF2--.
//	name --------------------+--HKDF-SHA256--> tag         public: names the room in records and hellos
//	                                           announce    where to meet, towards trackers
//	                                           sdp         seals session descriptions towards trackers
//	                                           membership  proves in the handshake that a peer is a member
//	                                           names       turns record names into ids without showing them
//	                                           record      seals records; only with a password
//
// A password makes every key another one: who has the name alone, or a wrong
// password, is in another room.
//
// # Time
//
// What is announced to trackers changes with every epoch, an hour of the wall
// clock. The hashes of two epochs cannot be linked by who does not know the name.
//
// # Wire compatibility
//
// Section 1 of PROTOCOL.md.
package room

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/peersetdb/peerset/pkg/record"
)

const (
	// MaxName is the longest name of a room, in bytes of UTF-8.
	MaxName = 256
	// MaxPassword is the longest password of a room, in bytes of UTF-8.
	MaxPassword = 1024
	// EpochSeconds is the length of an epoch. Epoch n begins n·EpochSeconds
	// after the start of 1970.
	EpochSeconds = 3600
)

var (
	// ErrName says that a name cannot name a room.
	ErrName = errors.New("room: name")
	// ErrPassword says that a password cannot be one.
	ErrPassword = errors.New("room: password")
	// ErrInsecure says that the page may not use the browser's cryptography,
	// which a password needs, because it was not loaded over HTTPS.
	ErrInsecure = errors.New("room: a password needs a secure context: load the page over https:, or from localhost")
)

// Keys are what a room's name and password give.
type Keys struct {
	Tag        record.RoomTag
	Membership [32]byte
	SDP        [32]byte
	Record     *[32]byte // nil in a room without a password
	announce   [32]byte
	names      [32]byte
}

// Check reports whether Derive would take a name and a password. The errors wrap
// ErrName and ErrPassword.
func Check(name, password string) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: is empty", ErrName)
	case len(name) > MaxName:
		return fmt.Errorf("%w: is longer than %d bytes", ErrName, MaxName)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: is not valid UTF-8", ErrName)
	case len(password) > MaxPassword:
		return fmt.Errorf("%w: is longer than %d bytes", ErrPassword, MaxPassword)
	case !utf8.ValidString(password):
		return fmt.Errorf("%w: is not valid UTF-8", ErrPassword)
	}
	return nil
}

// Derive derives the keys of a room; the empty password stands for none. A
// password takes some tenths of a second, on purpose.
func Derive(ctx context.Context, name, password string) (*Keys, error) {
	if err := Check(name, password); err != nil {
		return nil, err
	}
	secret, salt := []byte(name), "peerset/1 room"
	if password != "" {
		stretched, err := stretch(ctx, name, password)
		if err != nil {
			return nil, err
		}
		defer clear(stretched)
		secret, salt = stretched, "peerset/1 sealed room"
	}
	prk, err := hkdf.Extract(sha256.New, secret, []byte(salt))
	if err != nil {
		return nil, err
	}
	defer clear(prk)
	k := new(Keys)
	parts := []part{
		{"tag", k.Tag[:]},
		{"announce", k.announce[:]},
		{"sdp", k.SDP[:]},
		{"membership", k.Membership[:]},
		{"names", k.names[:]},
	}
	if password != "" {
		k.Record = new([32]byte)
		parts = append(parts, part{"record", k.Record[:]})
	}
	for _, p := range parts {
		b, err := hkdf.Expand(sha256.New, prk, p.info, len(p.out))
		if err != nil {
			return nil, err
		}
		copy(p.out, b)
		clear(b)
	}
	return k, nil
}

// part is one of the keys, by the info that HKDF gives it for.
type part struct {
	info string
	out  []byte
}

// InfoHash is what the members of the room announce to trackers in an epoch.
func (k *Keys) InfoHash(epoch int64) [20]byte {
	return [20]byte(mac(&k.announce, "torrent", epochBytes(epoch), "")[:20])
}

// Rank orders the servers in an epoch: those with the lowest ranks are used.
// server is its URL as it was given.
func (k *Keys) Rank(epoch int64, server string) uint64 {
	return binary.BigEndian.Uint64(mac(&k.announce, "rank", epochBytes(epoch), server))
}

// D is the address, within one author's records, of the record that the author
// gave a name.
func (k *Keys) D(name string) [16]byte {
	return [16]byte(mac(&k.names, "", nil, name)[:16])
}

// Zero overwrites the keys. They are of no use after it.
func (k *Keys) Zero() {
	if k.Record != nil {
		clear(k.Record[:])
	}
	// Record stays set: the room is still one whose records are sealed.
	*k = Keys{Record: k.Record}
}

func epochBytes(epoch int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(epoch))
}

func mac(key *[32]byte, label string, number []byte, text string) []byte {
	m := hmac.New(sha256.New, key[:])
	m.Write([]byte(label))
	m.Write(number)
	m.Write([]byte(text))
	return m.Sum(nil)
}
