import { coded } from './errors.js'

// The vault keeps what belongs to the origin: the device key, the session of a login,
// and perhaps an encrypted key. Each value is wrapped by an AES key of WebCrypto that
// lies beside it and that no script can read: who copies the files of a profile
// gets at it, and so does a script of this origin, which can ask for the unwrapped
// values as we do.
const name = 'peerset.vault'
const values = 'values'
const keys = 'keys'
const wrapping = 'wrapping'

// What there is of each room, by the engine's names (pkg/peerset/ledger.go).
const ofRooms = ['pins', 'policy', 'strikes', 'author strikes']

const ivLength = 12
const encoder = new TextEncoder()

let opened // the promise of the database

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = open(reject)
    if (!request) return
    request.onupgradeneeded = () => {
      for (const store of [values, keys]) {
        if (!request.result.objectStoreNames.contains(store)) request.result.createObjectStore(store)
      }
    }
    request.onsuccess = () => {
      const db = request.result
      // Another tab erases it, or the browser does: the next call opens it anew.
      const forget = () => { opened = undefined }
      db.onversionchange = () => { db.close(); forget() }
      db.onclose = forget
      resolve(db)
    }
    request.onerror = () => reject(trouble(request.error))
    request.onblocked = () => reject(coded('storage_blocked', 'another tab holds the vault of this site open'))
  })
  opened.catch(() => { opened = undefined })
  return opened
}

// open asks for the database; where there is none for this site the browser may throw.
function open(reject) {
  try {
    return indexedDB.open(name, 1)
  } catch (error) {
    reject(trouble(error))
  }
}

const trouble = (error) => coded(error?.name === 'QuotaExceededError' ? 'storage_full' : 'storage_unavailable', `the vault of this site: ${error?.message}`, error)

// run resolves with the result of a request once its transaction is complete.
async function run(store, mode, request) {
  const transaction = await begin(store, mode)
  return new Promise((resolve, reject) => {
    try {
      const r = request(transaction.objectStore(store))
      transaction.oncomplete = () => resolve(r.result)
      transaction.onabort = transaction.onerror = () => reject(trouble(transaction.error ?? r.error))
    } catch (error) {
      reject(trouble(error)) // as for keys in private windows of some browsers
    }
  })
}

async function begin(store, mode) {
  try {
    return (await database()).transaction(store, mode)
  } catch (error) {
    if (error?.name !== 'InvalidStateError') throw error
    opened = undefined // the browser is closing it: once more
    return (await database()).transaction(store, mode)
  }
}

// addOnce adds a value unless there is one, and returns the one that is there.
function addOnce(store, key, value) {
  return run(store, 'readwrite', (s) => {
    const add = s.add(value, key)
    // The transaction goes on, and the read below finds what another tab added.
    add.onerror = (event) => { event.preventDefault(); event.stopPropagation() }
    return s.get(key)
  })
}

async function wrappingKey() {
  const there = await run(keys, 'readonly', (s) => s.get(wrapping))
  return there ?? addOnce(keys, wrapping, await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']))
}

// A value is bound to its name: one cannot stand for another.
const algorithm = (iv, of) => ({ name: 'AES-GCM', iv, additionalData: encoder.encode(of) })

async function wrap(of, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(ivLength))
  return { iv, sealed: await crypto.subtle.encrypt(algorithm(iv, of), await wrappingKey(), bytes) }
}

async function unwrap(of, value) {
  if (value === undefined) return null
  const key = await wrappingKey() // that it cannot be read now does not mean that it is gone
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm(value.iv, of), key, value.sealed))
  } catch {
    return null // its key is gone, and so is it
  }
}

// prepare opens the vault while the engine is being loaded. What fails now fails again when
// it is needed, and is told then.
export function prepare() {
  database().catch(() => {})
}

export const vault = {
  load: async (of) => unwrap(of, await run(values, 'readonly', (s) => s.get(of))),
  // save keeps all of several values, given as pairs of name and bytes, or none.
  save: async (pairs) => {
    const wrapped = await Promise.all(pairs.map(async ([of, bytes]) => [of, await wrap(of, bytes)]))
    await run(values, 'readwrite', (s) => wrapped.map(([of, value]) => s.put(value, of))[0])
  },
  add: async (of, bytes) => {
    const kept = await unwrap(of, await addOnce(values, of, await wrap(of, bytes)))
    if (kept) return kept
    await vault.save([[of, bytes]])
    return bytes.slice()
  },
  remove: (of) => run(values, 'readwrite', (s) => s.delete(of)),
}

// forgetRoom removes what the engine keeps here of a room.
export async function forgetRoom(room) {
  for (const what of ofRooms) await vault.remove(`${what} of ${room}`)
}
