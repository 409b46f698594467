package record

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Record is an event that belongs to a room: a version of a record, or the
// deletion of one. Only Bind and DecodeBinary make one.
type Record struct {
	Event
	UUID    UUID     // of the record; a deletion has that of what it deletes
	D       [16]byte // the author's number for the record, from the d or a tag
	Expires int64    // seconds since 1970, 0 for never; a deletion never does
	Work    Work     // proof of work, zero for none; a deletion has none
	Deletes bool     // Kind is KindDelete, else KindRecord
}

const (
	// addressLen is the length of a d tag: room tag, colon, d.
	addressLen = 32 + 1 + 32
	// deletedLen is the length of an a tag: kind, author, d tag.
	deletedLen = len(deletedPrefix) + 64 + 1 + addressLen

	deletedPrefix = "30078:"
)

// New returns the unsigned event of a record's version. A tag that makes it
// expire and one that holds its proof of work can be appended, in this order; see
// ExpirationTag and Work.Tag.
func New(room RoomTag, d [16]byte, createdAt int64, content string) Event {
	return Event{
		Kind:      KindRecord,
		CreatedAt: createdAt,
		Tags:      recordTags(room, d, 0, Work{}),
		Content:   content,
	}
}

// NewDeletion returns the unsigned event that deletes all versions of a record
// up to createdAt. Only the record's author can sign it: under another
// signature it is not a record.
func NewDeletion(room RoomTag, of Record, createdAt int64) Event {
	return Event{
		Kind:      KindDelete,
		Author:    of.Author,
		CreatedAt: createdAt,
		Tags:      deletionTags(room, of.Author, of.D),
	}
}

// ExpirationTag returns the tag of NIP-40; at is in seconds since 1970, from 1
// to MaxInteger.
func ExpirationTag(at int64) []string {
	return []string{"expiration", strconv.FormatInt(at, 10)}
}

// Bind checks that the event has exactly the shape of a record of this room.
// It does not verify the event. The error wraps ErrForm, ErrShape, or, where
// nothing but the room is wrong, ErrRoom.
func Bind(ev Event, room RoomTag) (Record, error) {
	r := Record{Event: ev, Deletes: ev.Kind == KindDelete}
	if err := ev.Check(); err != nil {
		return Record{}, err
	}
	var err error
	switch ev.Kind {
	case KindRecord:
		err = r.bindRecord(room)
	case KindDelete:
		err = r.bindDeletion(room)
	default:
		err = shapeError("kind is neither 30078 nor 5")
	}
	if err != nil {
		return Record{}, err
	}
	r.UUID = UUIDOf(r.Author, r.D)
	return r, nil
}

func shapeError(reason string) error {
	return fmt.Errorf("%w: %s", ErrShape, reason)
}

func (r *Record) bindRecord(room RoomTag) error {
	if len(r.Tags) < 2 {
		return shapeError("tags do not begin with d and h")
	}
	address, ok := tagValue(r.Tags[0], "d")
	if !ok {
		return shapeError("first tag is not a d tag of one value")
	}
	more := r.Tags[2:]
	if len(more) > 0 {
		if text, ok := tagValue(more[0], "expiration"); ok {
			if r.Expires, ok = parseDecimal(text); !ok || r.Expires == 0 {
				return shapeError("expiration is not a decimal number of seconds")
			}
			more = more[1:]
		}
	}
	if len(more) > 0 {
		if r.Work, ok = parseWork(more[0]); !ok {
			return shapeError("what follows d and h is neither an expiration of one value nor a nonce of two numbers")
		}
		more = more[1:]
	}
	if len(more) > 0 {
		return shapeError("tags are not d, h and at most an expiration and a nonce, in this order")
	}
	return r.bindAddress(address, room)
}

func (r *Record) bindDeletion(room RoomTag) error {
	if len(r.Tags) != 2 {
		return shapeError("tags of a deletion are not a and h")
	}
	if r.Content != "" {
		return shapeError("deletion has a content")
	}
	deleted, ok := tagValue(r.Tags[0], "a")
	if !ok {
		return shapeError("first tag is not an a tag of one value")
	}
	rest, ok := strings.CutPrefix(deleted, deletedPrefix)
	if !ok {
		return shapeError("deletion is of another kind than 30078")
	}
	author, address, _ := strings.Cut(rest, ":")
	if author != r.Author.String() {
		return shapeError("deletion of another author's record")
	}
	return r.bindAddress(address, room)
}

// bindAddress takes D from an address and compares both room tags, that of the
// address and that of the h tag.
func (r *Record) bindAddress(address string, room RoomTag) error {
	in, ok := tagValue(r.Tags[1], "h")
	if !ok {
		return shapeError("second tag is not an h tag of one value")
	}
	var tag RoomTag
	if !parseHex(tag[:], in) {
		return shapeError("h tag is not 32 lowercase hexadecimal digits")
	}
	if len(address) != addressLen || address[:32] != in || address[32] != ':' || !parseHex(r.D[:], address[33:]) {
		return shapeError("address is not the h tag, a colon and 32 lowercase hexadecimal digits")
	}
	if tag != room {
		return ErrRoom
	}
	return nil
}

func tagValue(tag []string, name string) (string, bool) {
	if len(tag) != 2 || tag[0] != name {
		return "", false
	}
	return tag[1], true
}

// tagBlock holds the tags of a record in one allocation.
type tagBlock struct {
	tags  [4][]string
	items [4]string
}

// pair makes the two tags that every record has. The value of the h tag is a
// part of the first one's.
func (b *tagBlock) pair(name, value, room string) {
	b.items = [4]string{name, value, "h", room}
	b.tags[0] = b.items[0:2:2]
	b.tags[1] = b.items[2:4:4]
}

func recordTags(room RoomTag, d [16]byte, expires int64, work Work) [][]string {
	var buf [addressLen]byte
	address := string(appendAddress(buf[:0], room, d))
	b := new(tagBlock)
	b.pair("d", address, address[:32])
	n := 2
	if expires != 0 {
		b.tags[n] = ExpirationTag(expires)
		n++
	}
	if work.Bits != 0 {
		b.tags[n] = work.Tag()
		n++
	}
	// Capped: two copies of the event that append must not share a tag.
	return b.tags[:n:n]
}

func deletionTags(room RoomTag, author PubKey, d [16]byte) [][]string {
	var buf [deletedLen]byte
	text := append(buf[:0], deletedPrefix...)
	text = hex.AppendEncode(text, author[:])
	text = append(text, ':')
	deleted := string(appendAddress(text, room, d))
	b := new(tagBlock)
	b.pair("a", deleted, deleted[deletedLen-addressLen:][:32])
	return b.tags[:2:2]
}

func appendAddress(dst []byte, room RoomTag, d [16]byte) []byte {
	dst = hex.AppendEncode(dst, room[:])
	dst = append(dst, ':')
	return hex.AppendEncode(dst, d[:])
}
