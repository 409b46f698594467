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

const ivLength = 12
const encoder = new TextEncoder()

let opened // the promise of the database

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1)
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

const trouble = (error) => coded(error?.name === 'QuotaExceededError' ? 'storage_full' : 'storage_unavailable', `the vault of this site: ${error?.message}`, error)

// run resolves with the result of a request once its transaction is complete.
async function run(store, mode, request) {
  const db = await database()
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(store, mode)
    const r = request(transaction.objectStore(store))
    transaction.oncomplete = () => resolve(r.result)
    transaction.onabort = transaction.onerror = () => reject(trouble(transaction.error ?? r.error))
  })
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
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm(value.iv, of), await wrappingKey(), value.sealed))
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
  save: async (of, bytes) => {
    const value = await wrap(of, bytes)
    await run(values, 'readwrite', (s) => s.put(value, of))
  },
  add: async (of, bytes) => {
    const kept = await unwrap(of, await addOnce(values, of, await wrap(of, bytes)))
    if (kept) return kept
    await vault.save(of, bytes)
    return bytes.slice()
  },
  remove: (of) => run(values, 'readwrite', (s) => s.delete(of)),
}
