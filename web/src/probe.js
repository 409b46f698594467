import { failure } from './errors.js'

// What the engine cannot do without, and what to say where it is missing. The
// engine would stop with a panic instead.
const needs = [
  ['WebAssembly', () => globalThis.WebAssembly?.instantiate],
  ['crypto.getRandomValues', () => globalThis.crypto?.getRandomValues],
  ['TextEncoder', () => globalThis.TextEncoder && globalThis.TextDecoder],
  ['MessageChannel', () => globalThis.MessageChannel],
  ['WebSocket', () => globalThis.WebSocket],
  // pion looks for it on the window.
  ['RTCPeerConnection', () => globalThis.window?.RTCPeerConnection],
  // The binding of IndexedDB looks at this as the engine starts, even if all
  // databases are in memory.
  ['IDBRequest', () => globalThis.IDBRequest],
]

const inWorker = 'browsers offer it on pages only, not in workers: open the database on the page'

// probe throws if this browser lacks something that is needed.
export function probe(storage) {
  if (globalThis.isSecureContext === false) {
    throw failure('insecure_context', 'this page is not a secure context, so the browser gives it no cryptography: serve it by https, or from localhost')
  }
  for (const [name, has] of needs) {
    if (has()) continue
    const where = name === 'RTCPeerConnection' && !globalThis.window
    throw failure('unsupported', `this browser has no ${name}, which peerset.DB needs; ${where ? inWorker : 'use a current browser, and check that it is not switched off'}`)
  }
  if (storage === 'indexeddb' && !hasIndexedDB()) {
    throw failure('unsupported', "this page has no indexedDB, as in a sandboxed frame; give it an origin of its own, or open with storage: 'memory'")
  }
}

function hasIndexedDB() {
  try {
    return Boolean(globalThis.indexedDB)
  } catch {
    return false // a SecurityError
  }
}
