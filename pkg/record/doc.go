// Package record holds the unit of the database: a signed Nostr event that is
// bound to one room.
//
//	page -> Body.Encode -> New -> Event.Sign -> Bind -> Record.AppendBinary -> wire, store
//	page <- ParseBody   <-  VerifySignature  <-  DecodeBinary               <- wire, store
//	              ParseJSON -> Event.Verify -> Bind                         <- relays, imports
//
// # Duties of the caller
//
//  1. What comes as JSON goes through Verify and then Bind: Bind looks at the
//     shape only.
//  2. What comes in binary form goes through DecodeBinary and then
//     VerifySignature: DecodeBinary computes the id, and so the id is right, but
//     it says nothing of who signed. A record out of one's own store was
//     verified before it was put there.
//  3. A Record is not changed after Bind or DecodeBinary made it. AppendBinary
//     relies on what they checked.
//  4. A signature never enters a hash that peers compare: one id can have many
//     valid signatures.
//
// # Compatibility
//
// Events are those of NIP-01: the id is the SHA-256 of the canonical array, the
// signature is BIP-340 over the id, keys are shown as in NIP-19. Text that
// implementations are known to serialize differently (control characters but
// tab, line feed and carriage return; U+007F) is refused, so that every id is
// the same everywhere. A record is of kind 30078 (NIP-78), addressed by author
// and "d" tag; it may expire (NIP-40) and bear a proof of work (NIP-13). A deletion is of kind 5 (NIP-09).
//
// Every record has exactly one binary form, and the binary form and the room
// give back the very event; see [Record.AppendBinary].
package record
