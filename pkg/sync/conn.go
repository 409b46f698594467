package sync

// Channel is one of the two message streams of a connection. Each is reliable
// and ordered in itself; between the two there is no order.
type Channel uint8

const (
	// Control carries everything but records.
	Control Channel = iota
	// Data carries records and yields to Control.
	Data
)

// MaxMessage is the longest message on either channel, in bytes. A Conn cuts
// messages into fragments and joins them; it closes the connection
// when the other side exceeds this. The longest record (64 KiB) and the
// longest range message (60,000 bytes) fit with their headers.
const MaxMessage = 72 << 10

// Conn is a connection to one peer: two channels of whole messages.
type Conn interface {
	// Send queues a message. It never blocks; after the connection has
	// closed it does nothing.
	Send(ch Channel, msg []byte)
	// Buffered returns the bytes queued on a channel and not yet sent.
	Buffered(ch Channel) int
	// Fingerprints returns the SHA-256 fingerprints of the two DTLS
	// certificates.
	Fingerprints() (local, remote [32]byte)
	// Close ends the connection at once.
	Close()
}
