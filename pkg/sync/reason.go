package sync

import "fmt"

// Reason is why a session ended. Code is stable; Text is for people.
type Reason struct {
	Code ReasonCode
	Text string
	// Remote says that the peer gave the reason.
	Remote bool
}

func (r Reason) Error() string {
	if r.Text == "" {
		return "sync: " + r.Code.String()
	}
	return fmt.Sprintf("sync: %s: %s", r.Code, r.Text)
}

func tooLarge(what string, n, most int) Reason {
	return Reason{Code: ReasonTooLarge, Text: fmt.Sprintf("a %s of %d bytes, at most %d", what, n, most)}
}

// ReasonCode is sent in a bye.
type ReasonCode byte

const (
	ReasonGone         ReasonCode = 0  // the connection ended
	ReasonClosed       ReasonCode = 1  // the page closed the database
	ReasonProtocol     ReasonCode = 2  // a malformed message, or one that the state does not allow
	ReasonVersion      ReasonCode = 3  // no common version of the protocol
	ReasonRoom         ReasonCode = 4  // another room, or not a member of it
	ReasonProof        ReasonCode = 5  // the proof of identity does not hold
	ReasonCertificate  ReasonCode = 6  // the session certificate does not hold
	ReasonSelf         ReasonCode = 7  // a connection to oneself
	ReasonDuplicate    ReasonCode = 8  // connected to this peer already
	ReasonTimeout      ReasonCode = 9  // no answer in time
	ReasonBadSignature ReasonCode = 10 // a record whose signature is wrong
	ReasonBadRecord    ReasonCode = 11 // a record that is malformed or of another room
	ReasonUnsolicited  ReasonCode = 12 // a record that nobody asked for
	ReasonExceeded     ReasonCode = 13 // more at once than the protocol allows
	ReasonBucket       ReasonCode = 14 // another bucket width than this room has here
	ReasonFull         ReasonCode = 15 // as many peers as are wanted
	ReasonExpired      ReasonCode = 16 // the session has lasted as long as it may
	ReasonSessions     ReasonCode = 17 // as many sessions of one identity as are wanted
	ReasonRate         ReasonCode = 18 // too many messages or bytes a second
	ReasonTooLarge     ReasonCode = 19 // a message or a record beyond the limit
	ReasonBanned       ReasonCode = 20 // the page bans the identity
)

var reasonNames = [...]string{
	"connection_lost", "closed", "protocol_violation", "version_mismatch",
	"wrong_room", "bad_proof", "bad_certificate", "self", "duplicate", "timeout",
	"bad_signature", "bad_record", "unsolicited_record", "limit_exceeded",
	"bucket_mismatch", "room_full", "session_expired", "too_many_sessions",
	"rate_exceeded", "message_too_large", "banned",
}

func (c ReasonCode) String() string {
	if int(c) < len(reasonNames) {
		return reasonNames[c]
	}
	return fmt.Sprintf("reason_%d", byte(c))
}
