import { failure } from './errors.js'
import { forgetRoom } from './vault.js'

// erase removes what this browser holds of a room. Databases that have it open in this
// or another tab let go of it, and say so.
export async function erase(room) {
  const trouble = (error) => failure(error?.code === 'storage_full' ? error.code : 'storage_unavailable', `the room cannot be erased: ${error?.message}`, error)
  await new Promise((resolve, reject) => {
    let request
    try {
      request = indexedDB.deleteDatabase(`peerset:${room}`)
    } catch (error) {
      return reject(trouble(error))
    }
    request.onsuccess = () => resolve()
    request.onerror = () => reject(trouble(request.error))
    request.onblocked = () => reject(failure('storage_blocked', 'another tab holds the room open'))
  })
  await forgetRoom(room).catch((error) => { throw trouble(error) })
}
