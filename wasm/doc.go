//go:build js

// Command wasm is peerset.wasm: the database as the JavaScript of web/ drives it.
//
//	page -- peerset.js -- engine.open --> handle --> pkg/peerset
//	              ^                          |
//	              `------- onEvents ---------'
//
// It adds nothing to pkg/peerset but the crossing between the two languages and
// the choice of a store. What crosses is text: JSON that one side writes and
// the other reads in one go, because every single access from Go to a
// JavaScript value costs about a microsecond. Events cross several at a time,
// and only those somebody listens to.
//
// # The host
//
// The loader puts an object on globalThis under a key of its choice and passes
// the key in the environment as PEERSET_HOST. The program takes the object off
// again before anything else can see it. The object has
//
//	ready(engine)        called once, synchronously
//	error(code, message) returns the Error that a promise is rejected with
//	scrypt(passphrase, salt, logN) -> Promise<Uint8Array>
//	estimate()           -> Promise<{usage, quota} | undefined>, bytes
//	vault                load, save, add and remove secrets, see vault_js.go
//	signer               the page's signer of NIP-07, see signer_js.go
//
// # The engine
//
//	engine.open(options, onEvents, ownRule?) -> Promise<handle>
//	engine.generateKeys()                    -> Promise<{npub, nsec}>
//
// options is the JSON text of type options in open_js.go, onEvents(text) is called with
// the JSON text of an array of {type, detail}, ownRule(document) returns a promise of why a
// record is refused, or of the empty string. A handle has
//
//	put(content, options, onProgress?) -> Promise<document>   all JSON text, but onProgress(tries, expected)
//	get(uuid)             -> Promise<document | null>
//	export(uuid)          -> Promise<event | null>, JSON text
//	all(onDocuments)      -> Promise<undefined>  onDocuments(JSON text of an array)
//	delete(uuid)          -> Promise<undefined>
//	login(login, signer?) -> Promise<identity>   logout(forget) does, too; signer is true for the host's
//	exportKey(passphrase) -> Promise<string>
//	ban(npub, options)    -> Promise<ban>, JSON text; unban(npub)
//	disconnect(id) mute(id, on) pin(uuid) unpin(uuid) -> Promise<undefined>
//	prune()               -> Promise<{removed}>
//	close()               -> Promise<undefined>  the handle is dead from then on
//	listen(mask)          which types of events cross, see listenRecord
//	wake() compare() resetStats()
//	root()                -> string
//	buckets(id?) identity() peers() stats() moderation() bans() -> JSON text
//
// Arguments of wrong types are errors with the code invalid_option. A panic ends
// the program, and so every database of the page: the loader sees it exit.
package main
