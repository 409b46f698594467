// Package sync brings the record sets of connected peers into agreement.
//
// It is a pure state machine: no goroutines, no clock, no randomness, no I/O
// and no log. The caller feeds a [Core] with inputs and carries out the
// effects that come back:
//
//	             Connected Receive Buffered Closed      (connections)
//	             Certify Disconnect Mute                (sessions)
//	inputs       Put Stamp                              (local writes)
//	             Verified Persisted Loaded              (results of effects)
//	             Evict Withhold Reconsider Retry Prune  (policy and room)
//	             Tick                                   (time)
//	   |
//	   v
//	 Core  ----> Send Close                             (connections)
//	effects      Verify Persist Load                    (tickets)
//	             Event                                  (for the page)
//
// # Duties of the caller
//
// In this order:
//
//  1. Feed every key that the store holds to [Core.Restore] before anything else.
//  2. Call one method at a time, then carry out all that [Core.Effects]
//     returns, in order. Sends of one connection keep their order.
//  3. Answer every Verify, Persist and Load exactly once, with its ticket,
//     whenever the work is done; Persist effects are applied to the store in the order
//     in which they came.
//  4. Call Tick at [Core.Deadline] at the latest. Time is milliseconds since 1970 and
//     may jump.
//
// # What holds
//
// An id enters the tree, and is announced or acknowledged, only after
// Persisted. The tree holds exactly the newest version of each record, and the newest
// tombstone of each; see [Core.Root]. Nothing that a peer sends may panic: a
// message that is malformed, or that its state does not allow, ends the
// session with a [Reason].
//
// The wire is described in PROTOCOL.md. Range messages are those of Negentropy V1.
package sync
