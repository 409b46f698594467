package record

import "errors"

// What is wrong with an event or a record. Errors wrap one of these and say
// the reason.
var (
	// ErrForm says that a field of an event is outside its range or limit,
	// or holds text that is refused.
	ErrForm = errors.New("record: malformed event")
	// ErrID says that the id is not the hash of the event.
	ErrID = errors.New("record: id is not the hash of the event")
	// ErrSignature says that the signature is not the author's.
	ErrSignature = errors.New("record: wrong signature")
	// ErrJSON says that the input is not the NIP-01 object of an event.
	ErrJSON = errors.New("record: malformed event object")
	// ErrShape says that an event is not one of those that records are.
	ErrShape = errors.New("record: event is not a record")
	// ErrRoom says that an event is a record of another room.
	ErrRoom = errors.New("record: record of another room")
	// ErrBinary says that the input is not the binary form of a record.
	ErrBinary = errors.New("record: malformed binary form")
	// ErrBody says that the content of a record is not a Body.
	ErrBody = errors.New("record: malformed content")
	// ErrKey says that the input is not a key of the wanted kind.
	ErrKey = errors.New("record: malformed key")
	// ErrHex says that the input is not the text of an ID or a UUID.
	ErrHex = errors.New("record: malformed id")
)

// Reasons that ErrBinary comes with.
var (
	errTruncated       = errors.New("truncated")
	errVarint          = errors.New("varint is not minimal or above 2^53-1")
	errZeroExpiration  = errors.New("expiration is 0")
	errZeroWork        = errors.New("difficulty is 0")
	errDeletionContent = errors.New("deletion has a content")
)
