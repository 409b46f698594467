import { failure } from './errors.js'

// erase removes what this browser holds of a room. Databases that have it open in this
// or another tab let go of it, and say so.
export function erase(room) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(`peerset:${room}`)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(failure('storage_unavailable', `the room cannot be erased: ${request.error?.message}`, request.error))
    request.onblocked = () => reject(failure('storage_blocked', 'another tab holds the room open'))
  })
}
