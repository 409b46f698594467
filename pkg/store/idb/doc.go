// Package idb keeps a store in the browser's IndexedDB. Beside this file it
// exists under GOOS=js only.
//
// # What lies where
//
// A room is a database of its own, whose name the caller gives. It has two
// object stores:
//
//	records  key:   At 8 | ID 32 | UUID 16 | Kind 1 | Expires 8 | Facts 16    81 bytes
//	         value: the body, as Uint8Array
//	secrets  key:   the secret's name, as string
//	         value: the secret, as Uint8Array
//
// At and Expires are big-endian with the sign bit flipped, so that the database's own
// order of binary keys is that of the index. The whole sync.Key is in the key: the
// index is read without any body, and cutting off the past is one delete of a
// range.
//
// The schema's first version kept its entries in an object store of that name, under
// keys without Expires and Facts. Of entries without a body these are lost, so Open does not
// convert such a database: it says so and leaves it as it is.
//
// # Crossing to JavaScript
//
// A call from Go to JavaScript costs about a microsecond, and each value that
// comes back an allocation with a finalizer. What is done for thousands of
// entries therefore crosses packed, and JavaScript loops over it; see bulk.
// go-indexeddb, which has neither batches nor getAll, does the rest. Its Open
// is not used: it cannot say that it is blocked, never releases one of its
// handlers, and makes a database without object stores if its context ends
// at the wrong moment.
//
// # Duties of the caller
//
//   - go-indexeddb looks for IndexedDB as the program starts. A page where
//     IDBRequest is missing should be told so before.
//   - When another tab deletes the database or opens a newer version of it, or
//     when the user clears the site's data, the store closes by itself, and
//     its methods return sync.ErrStoreClosed. It does not reopen: what the
//     caller knows of the data no longer holds. Close it and Open again.
//   - A commit is as durable as the browser's default makes it: it survives a
//     crash of the browser, and in Chromium and Firefox not always a loss of
//     power in the seconds after.
package idb
