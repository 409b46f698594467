package seal

import "errors"

var (
	// ErrSealed says that a content is sealed under a room's key, and this
	// room has none.
	ErrSealed = errors.New("seal: content is sealed under the key of a room, and this room has none")
	// ErrUnsealed says that a content is not sealed under this room's key, as
	// all of the room are.
	ErrUnsealed = errors.New("seal: content is not sealed under the key of the room")
	// ErrOpen says that what is sealed does not open: another key, or damage.
	// There is one error for every cause.
	ErrOpen = errors.New("seal: content does not open")
	// ErrForm says that a private content has not the form that it must have.
	ErrForm = errors.New("seal: malformed private content")
	// ErrNotRecipient says that a private content is for others.
	ErrNotRecipient = errors.New("seal: content is for others")
	// ErrRecipients says that one cannot seal to these: too many, one twice, or
	// one whose public key is none.
	ErrRecipients = errors.New("seal: recipients")
	// ErrLength says that an envelope is empty or longer than MaxEnvelope.
	ErrLength = errors.New("seal: envelope is empty or too long")
)
