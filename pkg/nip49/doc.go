// Package nip49 encrypts secret keys with a passphrase, as the ncryptsec of
// NIP-49.
//
//	passphrase --NFKC, scrypt--> key
//	secret key --XChaCha20-Poly1305 under that key--> bech32
//
// scrypt is an argument, because it takes 64 MiB and some 100 ms, and a page
// has better places for it than the thread and the memory of the engine.
// [NativeScrypt] is the one for all other systems.
//
// # Duties of the caller
//
//  1. A passphrase is chosen by a person and its ncryptsec can be tried offline,
//     millions of times: whether it is good enough, the caller judges. An empty
//     one is taken.
//  2. The secret key that Decrypt returns is zeroed when it is no longer needed.
package nip49
