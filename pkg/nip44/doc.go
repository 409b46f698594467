// Package nip44 seals and opens the payloads of NIP-44, version 2.
//
//	secret key, public key --ECDH, HKDF-SHA256--> Key
//	Key, nonce --HKDF-SHA256--> keys of one payload
//	plaintext -> pad -> ChaCha20 -> HMAC-SHA256 -> base64
//
// A [Key] is what two people share, as NIP-44 has it, or any 32 bytes that
// nobody else knows: the key of a room, a random one.
//
// # Duties of the caller
//
//  1. A nonce is never used twice with one key. Where it does not come from a
//     cryptographically secure source, the key must be good for one payload.
//  2. A payload says nothing of who wrote it: all that know the key can. It
//     stands in a signed event, whose signature is verified before.
//  3. Keys are overwritten when they are no longer needed.
//
// # Compatibility
//
// Payloads are those of NIP-44 with the longer prefix for 65,536 bytes and more
// (June 2026). Open is stricter than NIP-44 in one thing: the padding must be
// zeros. So one key, nonce and plaintext have one payload, and what opens is
// what Seal makes.
package nip44
