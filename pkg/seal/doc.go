// Package seal makes and opens the contents of records that not everybody may
// read. Within, there is always the envelope, the JSON of a record.Body.
//
//	                   everybody in the room      some recipients
//	no password        envelope                   private
//	with a password    NIP-44(envelope)           NIP-44(private)
//
// NIP-44 is here a payload (pkg/nip44) under the room's record key. A private
// content is
//
//	{"e":"<key>","p":[["<recipient>","<slot>"],…],"s":"<payload>"}
//
// in exactly this form, without white space: e is the public key of a key pair
// that is made for this content and forgotten; p has 1 to 100 recipients, each
// with the NIP-44 payload, from e to the recipient, of the 64 hexadecimal digits
// of a random content key, in ascending order of the recipients' public keys; s
// is the NIP-44 payload of the envelope under the content key. Keys are 64
// lowercase hexadecimal digits. Because the pair is made for the content, the
// author's secret key, which may be with a signer, is not needed to write, and
// the slot that the author has is read like any other.
//
// The nonce of s is HMAC-SHA256 under the content key of "peerset/1 private",
// e and the recipients. A content key is used once, so this nonce is as good as a
// random one, and it tells the recipients that e and p are those that the
// author chose: nobody else can add a recipient.
//
// # Duties of the caller
//
//  1. What is sealed says nothing of who wrote it: the record's signature does,
//     and is verified before.
//  2. The author is among the recipients that are sealed to. A record whose
//     author is not ([Private.For]) is a copy of somebody else's content, and is
//     refused.
//  3. The keys that are handed in are overwritten when they are no longer needed.
package seal
