// What to do about errors whose own message does not say so.
const advice = {
  storage_full: 'Free space on this device: deleting records needs some, too.',
  storage_blocked: 'Close the other tabs of this site, then open the database again.',
  storage_closed: 'Open the database again.',
  storage_unavailable: "This browser keeps nothing for this site, as in some private windows; open with storage: 'memory' to go without.",
  webrtc_unavailable: 'Switch WebRTC on in the browser, or use another one.',
  not_author: 'Put a record of your own instead.',
  stale: 'Read the record again, then repeat the change.',
  internal: 'This is a bug in peerset.DB: please report it.',
}

// failure makes the errors that promises are rejected with. The codes are
// stable; the messages are for people and are not.
export function failure(code, message, cause) {
  const what = message.replace(/^peerset: /, '')
  const text = advice[code] ? `${what.replace(/\.$/, '')}. ${advice[code]}` : what
  const error = new Error(text)
  error.name = 'PeersetError'
  error.code = code
  if (cause !== undefined) error.cause = cause
  return error
}

export const invalid = (name, what) => failure('invalid_option', `option ${name}: ${what}`)

// report tells the page's own error handling of an error that nobody waits for.
export function report(error) {
  setTimeout(() => { throw error })
}
