package rtc

import "errors"

var (
	// ErrUnavailable says that the platform makes no peer connections: a
	// worker, or a browser in which WebRTC is switched off.
	ErrUnavailable = errors.New("rtc: no RTCPeerConnection")
	// ErrSDP says that a session description is not one of a single data
	// transport, or that it is too long.
	ErrSDP = errors.New("rtc: unfit session description")
	// ErrFingerprint says that a session description does not name exactly
	// one SHA-256 fingerprint.
	ErrFingerprint = errors.New("rtc: not exactly one sha-256 fingerprint")
	// ErrNoCandidate says that the platform found no network address.
	ErrNoCandidate = errors.New("rtc: no network address found")
	// ErrBusy says that as many connections as may be are not open yet.
	ErrBusy = errors.New("rtc: too many connections are not open yet")
	// ErrAccepted says that an offer was accepted a second time.
	ErrAccepted = errors.New("rtc: the offer is accepted already")
	// ErrTimeout says that the connection did not open in time.
	ErrTimeout = errors.New("rtc: connecting took too long")
	// ErrICE says that no path through the network was found, or that it was
	// lost for good.
	ErrICE = errors.New("rtc: no path to the peer")
	// ErrDTLS says that the encrypted transport failed, as it does when the
	// peer's certificate is not the one in its description.
	ErrDTLS = errors.New("rtc: encrypted transport failed")
	// ErrRemote says that the other side closed the connection.
	ErrRemote = errors.New("rtc: closed by the peer")
	// ErrProtocol says that the other side sent what no peer sends.
	ErrProtocol = errors.New("rtc: protocol violated")
	// ErrTooLong says that a message is longer than sync.MaxMessage.
	ErrTooLong = errors.New("rtc: message too long")
	// ErrSend says that the platform refused to send, mostly because too
	// much is queued already.
	ErrSend = errors.New("rtc: sending failed")
	// ErrClosed says that this side closed the connection or the API.
	ErrClosed = errors.New("rtc: closed")
)
