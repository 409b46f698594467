package record

import (
	"encoding/binary"
	"fmt"
)

// Flags of the binary form; the other bits are 0.
const (
	flagDeletion   = 1 << 0
	flagExpiration = 1 << 1
	flagWork       = 1 << 2
)

// Places in the binary form.
const (
	atSig    = 32
	atFlags  = atSig + 64
	atFields = atFlags + 1
)

// maxVarint is the length of MaxInteger as a varint.
const maxVarint = 8

// AppendBinary appends the binary form:
//
//	author 32 | signature 64 | flags 1 | created_at varint | d 16 |
//	[expiration varint] | [nonce varint | difficulty 1] | content length varint | content
//
// A varint is unsigned LEB128 in its shortest form. Flag 1 marks a deletion,
// whose content is empty and which has neither of the two; flag 2 says that the
// expiration is there, flag 4 that nonce and difficulty are. The id is
// not in it, since it follows from the rest, and neither is the room.
func (r *Record) AppendBinary(dst []byte) []byte {
	var flags byte
	if r.Deletes {
		flags |= flagDeletion
	}
	if r.Expires != 0 {
		flags |= flagExpiration
	}
	if r.Work.Bits != 0 {
		flags |= flagWork
	}
	dst = append(dst, r.Author[:]...)
	dst = append(dst, r.Sig[:]...)
	dst = append(dst, flags)
	dst = binary.AppendUvarint(dst, uint64(r.CreatedAt))
	dst = append(dst, r.D[:]...)
	if r.Expires != 0 {
		dst = binary.AppendUvarint(dst, uint64(r.Expires))
	}
	if r.Work.Bits != 0 {
		dst = binary.AppendUvarint(dst, uint64(r.Work.Nonce))
		dst = append(dst, r.Work.Bits)
	}
	dst = binary.AppendUvarint(dst, uint64(len(r.Content)))
	return append(dst, r.Content...)
}

// DecodeBinary decodes what AppendBinary makes of a record of this room, and
// nothing else. It computes ID and UUID, and checks the form, but not the
// signature. b is not kept. The error wraps ErrBinary or ErrForm.
func DecodeBinary(b []byte, room RoomTag) (Record, error) {
	var r Record
	content, err := r.decodeFields(b)
	if err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrBinary, err)
	}
	r.Content = string(content)
	if r.Deletes {
		r.Kind = KindDelete
		r.Tags = deletionTags(room, r.Author, r.D)
	} else {
		r.Kind = KindRecord
		r.Tags = recordTags(room, r.D, r.Expires, r.Work)
	}
	if err := r.Check(); err != nil {
		return Record{}, err
	}
	r.ID = r.Hash()
	r.UUID = UUIDOf(r.Author, r.D)
	return r, nil
}

// decodeFields sets the fields that the binary form has, but for the content,
// which it returns as a part of b.
func (r *Record) decodeFields(b []byte) (content []byte, err error) {
	if len(b) > MaxBinary {
		return nil, fmt.Errorf("%d bytes, at most %d are allowed", len(b), MaxBinary)
	}
	if len(b) < atFields {
		return nil, errTruncated
	}
	r.Author = PubKey(b[:atSig])
	r.Sig = Sig(b[atSig:atFlags])
	flags := b[atFlags]
	if flags != flagDeletion && flags&^(flagExpiration|flagWork) != 0 {
		return nil, fmt.Errorf("flags %#x", flags)
	}
	r.Deletes = flags == flagDeletion
	if r.CreatedAt, b, err = takeVarint(b[atFields:]); err != nil {
		return nil, fmt.Errorf("created_at: %w", err)
	}
	if len(b) < len(r.D) {
		return nil, errTruncated
	}
	r.D = [16]byte(b)
	b = b[len(r.D):]
	if flags&flagExpiration != 0 {
		if r.Expires, b, err = takeVarint(b); err != nil {
			return nil, fmt.Errorf("expiration: %w", err)
		}
		if r.Expires == 0 {
			return nil, errZeroExpiration
		}
	}
	if flags&flagWork != 0 {
		if r.Work.Nonce, b, err = takeVarint(b); err != nil {
			return nil, fmt.Errorf("nonce: %w", err)
		}
		if len(b) == 0 {
			return nil, errTruncated
		}
		if r.Work.Bits = b[0]; r.Work.Bits == 0 {
			return nil, errZeroWork
		}
		b = b[1:]
	}
	n, b, err := takeVarint(b)
	if err != nil {
		return nil, fmt.Errorf("content length: %w", err)
	}
	if n != int64(len(b)) {
		return nil, fmt.Errorf("content of %d bytes, %d are left", n, len(b))
	}
	if r.Deletes && n != 0 {
		return nil, errDeletionContent
	}
	return b, nil
}

// takeVarint reads an integer from 0 to MaxInteger in its shortest form and
// returns what follows it.
func takeVarint(b []byte) (int64, []byte, error) {
	var v int64
	for i := 0; i < len(b) && i < maxVarint; i++ {
		v |= int64(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			if b[i] == 0 && i > 0 || v > MaxInteger {
				return 0, nil, errVarint
			}
			return v, b[i+1:], nil
		}
	}
	if len(b) < maxVarint {
		return 0, nil, errTruncated
	}
	return 0, nil, errVarint
}
