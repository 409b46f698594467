// Package socket dials the WebSockets of all signaling strategies.
//
// A [Conn] carries text messages and is the same on both platforms:
//
//	conn_native.go  nhooyr.io/websocket
//	conn_js.go      the browser's own WebSocket
//
// The browser's side does without the library: its Close waits for the close
// event under a lock that its handler of error events takes too. A server that
// answers a close with a broken frame makes the browser raise both, and the Go
// runtime ends the program as deadlocked. Also it closes with codes that
// browsers refuse, so that a dial or a read that was given up leaves its socket
// open.
//
// # Duties of the caller
//
// One goroutine reads at a time; Write and Close may be called from any.
// Every Conn is closed in the end.
package socket

import "errors"

// MaxMessage is the longest message that is read, in bytes: the largest frame
// that any tracker or relay in use is known to send to us. A longer one ends
// the connection.
const MaxMessage = 64 << 10

// ErrNotText says that the server sent a binary message, which ends the connection.
var ErrNotText = errors.New("socket: not a text message")
