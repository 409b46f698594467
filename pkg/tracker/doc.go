// Package tracker is a WebTorrent tracker: it lets peers that announce the same
// info hash exchange session descriptions over WebSocket.
//
//	peer A --announce with offers--> Tracker --an offer each--> peers B, C, …
//	peer A <--------answer---------- Tracker <-----answer------ peer B
//
// It holds everything in memory, and nothing for longer than a peer's socket.
//
// # Duties of the caller
//
// A [Tracker] is mounted as an [net/http.Handler] and closed in the end: an
// http.Server forgets upgraded connections and closes none.
//
// # Wire compatibility
//
// The protocol has no specification; the responses and errors are those of
// bittorrent-tracker 11.2.3. It differs where that server trusts its clients: an
// answer is relayed only for a peer that announced itself on the same socket, and
// every message, list and queue has a limit.
package tracker
