// Package rtc makes WebRTC connections to other peers: with pion's Go stack
// natively and with the browser's RTCPeerConnection under js/wasm, behind one
// API.
//
//	Offer ──SDP──▶ (signaling) ──SDP──▶ Answer
//	                                      │
//	Accept ◀──SDP── (signaling) ◀──SDP────┘
//	  │                                   │
//	  └── Conn ◀═ ICE, DTLS, SCTP ═▶ Conn ┘
//	            control ═ stream 0
//	            data    ═ stream 1
//
// # Duties of the caller
//
// The Handler's methods must not block: under js they run inside the browser's
// event callbacks, where waiting for another event is a deadlock. They may call
// any method of a Conn. For one Conn they are called one at a time, for several
// natively from several goroutines at once.
//
// A network that has gone silent (ICE's state "disconnected") is no reason to
// close, because it may come back; whoever needs to know sooner than ICE gives
// up, sends pings.
//
// The channels do not wait for each other's messages to arrive, but they share
// one connection, and pion sends in the order of Send: what is queued on Data
// delays Control. So keep Data's queue short, by Buffered and Drained.
//
// # Wire
//
// Two data channels are negotiated in advance (RFC 8831, with no opening
// handshake): stream 0 is Control, stream 1 is Data, both ordered and reliable.
// A peer that opens another one, or sends text, is disconnected.
//
// A message has 1 to sync.MaxMessage bytes. It travels as fragments that follow
// one another on its channel, each a WebRTC message of at most 16,384 bytes, the
// size that every implementation takes (RFC 8831, section 6.6):
//
//	fragment = header payload
//	header   = 0x01  another fragment follows; the payload has 16,383 bytes
//	         | 0x00  the last one; the payload has 1 to 16,383 bytes
//
// So each message has one form only.
//
// A session description is complete, candidates included, because the media
// that carry it carry one message each way. It describes one data transport and
// names one certificate, by one SHA-256 fingerprint (RFC 8122); anything else is
// refused before the browser sees it.
package rtc
