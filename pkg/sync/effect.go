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
		Conn    ConnID
		Records []record.Record
		Pushed  []bool // of each record: it came unasked
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

// RangeKind is what was said of a range.
type RangeKind uint8

const (
	RangeHash        RangeKind = iota // the hash of a bucket, or of 16 or more of them, differs
	RangeFingerprint                  // its fingerprint was sent
	RangeIDs                          // the ids in it were sent
)

func (k RangeKind) String() string { return [...]string{"hash", "fingerprint", "ids"}[k] }

// RangeEvent shows how a reconciliation descends: what was said of the records of a time.
type RangeEvent struct {
	Conn     ConnID
	From, To int64 // s
	Kind     RangeKind
	IDs      int  // with RangeIDs
	Out      bool // it was sent, not received
}

// Verdict is what is found of a received record.
type Verdict int64

const (
	Accept Verdict = iota
	Refuse         // by a rule that knows the record only: the id is kept, without a body
	Defer          // for now: the record is asked for again, the first time after a minute
	Forged         // the signature is wrong
)

// DeferUntil is Defer where it is known when the reason lapses, in ms since 1970.
func DeferUntil(at int64) Verdict {
	if v := Verdict(at); v > Forged {
		return v
	}
	return Defer
}

func (v Verdict) defers() bool { return v == Defer || v > Forged }

// until is when the reason lapses, 0 if that is not known.
func (v Verdict) until() int64 {
	if v > Forged {
		return int64(v)
	}
	return 0
}

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
	Conn    ConnID
	State   State
	Offerer bool  // we made the offer
	Since   int64 // ms, of the connection
	// Who the peer is; zero before Authenticated. A later session on the connection may bring
	// another identity, session key or policy.
	Identity  record.PubKey
	Session   record.PubKey // session key
	Instance  [16]byte      // of its database
	Policy    [32]byte      // hash of its policy
	Number    byte          // of the session on this connection; 0 before Syncing
	Renewed   int64         // ms, since when that session stands
	RTT       int64         // ms, of the last ping; -1 before the first
	ClockSkew int64         // ms, by which the peer's clock is ahead; 0 before the first ping
	Muted     bool          // see Mute
	// Behind is by how many entries the sets differ at least, by the last count that the
	// peer told; -1 before it told any.
	Behind int
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
	BucketsIn, BucketsOut uint64 // root, buckets, descend, done
	RangesIn, RangesOut   uint64 // range
	IDsIn, IDsOut         uint64 // have, want, absent, decline
	OtherIn, OtherOut     uint64 // handshake, pings
	Bodies, Duplicates    uint64 // records received, and those of them that were held already
	Announced             uint64 // ids announced to the peer
}
