// Package moderation decides which records a room's page takes in.
//
//	options (JSON) -> Parse -> Policy -> Judge            pure rules and the clock
//	                             |-----> Ledger           set rules
//	                             |-----> Similar, Connection   local rules
//	offences of peers ---------> Strikes -> warn, mute, disconnect, ban
//
// # Classes of rules
//
// Every rule has a class, which says what a refusal means. A [Pure] one follows
// from the record and the policy alone: the id stays without a body. A [Set] one
// follows from the ids that are in the set, never from the order in which they
// came: the id stays without a body, and is wanted again when the reason lapses. A
// [Local] one follows from what only this peer knows (its clock, its page, a
// connection): the id stays out of the set and may be offered again.
//
// # Order
//
// Rules run in the order of [Policy.Rules]: first time and the pure ones, by
// [Policy.Judge]; then the set rules, by [Ledger.Judge]; then the local ones. The
// first refusal decides. Where nothing refuses, the first flag is kept.
//
// # Duties of the caller
//
//  1. Judge sees verified records only.
//  2. The Ledger gets every entry that is in the set, whether or not its body is here, and
//     loses every entry that leaves it. It counts all of them, so that peers with
//     different policies, who hold the same ids, come to the same verdicts wherever
//     their rules are the same.
//  3. What [Ledger.Changes] returns is carried out.
//  4. A carrier is struck for a record only where [Blames] says so.
//
// # Determinism
//
// Nothing in here reads a clock, draws a random number or keeps state outside of
// the values that it returns. Times are arguments. Two peers whose policies have the
// same hash come to the same verdicts of pure and set rules about the same ids.
package moderation
