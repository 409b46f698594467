package sync

import "github.com/peersetdb/peerset/pkg/record"

// ConnID names a connection; the caller gives them out and never uses one twice.
type ConnID uint64

// Ticket ties the result of an effect to it.
type Ticket uint64

// Effect is something that the caller carries out.
type Effect interface{ effect() }

type (
	// Send is a message for a peer.
	Send struct {
		Conn    ConnID
		Channel Channel
		Msg     []byte
	}
	// Close ends a connection after what was sent on it has left.
	Close struct {
		Conn   ConnID
		Reason Reason
	}
	// Verify asks for records to be checked, their signatures first and then
	// what the page's policy says of them: answer with Verified.
	Verify struct {
		Ticket  Ticket
		Records []record.Record
	}
	// Persist asks for a change of the store: answer with Persisted.
	Persist struct {
		Ticket Ticket
		Batch  Batch
	}
	// Load asks for bodies: answer with Loaded.
	Load struct {
		Ticket Ticket
		Keys   []Key
	}
	// Event is news for the page.
	Event struct{ What any }
)

func (Send) effect()    {}
func (Close) effect()   {}
func (Verify) effect()  {}
func (Persist) effect() {}
func (Load) effect()    {}
func (Event) effect()   {}

// What an Event tells.
type (
	// RecordEvent says that a record was stored, by us or from a peer. A record
	// with Deletes set removed the one of the same UUID.
	RecordEvent struct {
		Record record.Record
		Local  bool
		From   ConnID // 0 if Local
	}
	// RefusedEvent says that a record was verified and refused. If Kept, its
	// id stays in the set, and it is not asked for again.
	RefusedEvent struct {
		Record record.Record
		From   ConnID
		Kept   bool
	}
	// PutEvent is the result of a Put, by its token.
	PutEvent struct {
		Token uint64
		Err   error
	}
	// PeerEvent says that a peer's state changed. With State Closed it is
	// the last that is heard of it.
	PeerEvent struct {
		Peer   Peer
		Reason Reason // with Closed
	}
	// StoreEvent says that records could not be stored. They are asked for again later.
	StoreEvent struct {
		Records int
		Err     error
	}
)

// Verdict is what is found of a received record.
type Verdict uint8

const (
	Accept Verdict = iota
	Refuse         // by a rule that knows the record only: the id is kept, without a body
	Defer          // for now: the record may be offered again
	Forged         // the signature is wrong
)

// State is how far a session has got.
type State uint8

const (
	Dialing       State = iota // hello sent
	Challenged                 // hello received, proof sent
	Authenticated              // the peer's proof holds
	Syncing                    // both are ready
	Live                       // a first reconciliation is complete
	Closed
)

func (s State) String() string {
	return [...]string{"dialing", "challenged", "authenticated", "syncing", "live", "closed"}[s]
}

// Peer is what is known of a connected peer.
type Peer struct {
	Conn     ConnID
	State    State
	Offerer  bool          // we made the offer
	Identity record.PubKey // zero before Authenticated
	Session  record.PubKey // session key; zero before Authenticated
	Since    int64         // ms, of the connection
	RTT      int64         // ms, of the last ping; -1 before the first
	// Agreed says that both hold the same, as far as is known. Unavailable
	// is how many records this side lacks nevertheless, because the peer has
	// their ids only, having refused them.
	Agreed      bool
	Unavailable int
	// Differing is, without Agreed, how many of the buckets that the peer told
	// of differ from ours.
	Differing int
	Wanted    int // records that are to come from this peer
	Traffic   Traffic
}

// Traffic counts the bytes of messages by kind.
type Traffic struct {
	RecordsIn, RecordsOut uint64 // bodies
	RangesIn, RangesOut   uint64 // roots, buckets and ranges
	IDsIn, IDsOut         uint64 // have, want, absent
	OtherIn, OtherOut     uint64 // handshake, pings
	Bodies, Duplicates    uint64 // records received, and those of them that were held already
	Announced             uint64 // ids announced to the peer
}
