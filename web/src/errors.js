// What to do about errors whose own message does not say so.
const advice = {
  storage_full: 'Free space on this device: deleting records needs some, too.',
  storage_blocked: 'Close the other tabs of this site, then open the database again.',
  storage_closed: 'Open the database again.',
  storage_unavailable: "This browser keeps nothing for this site, as in some private windows; open with storage: 'memory' to go without.",
  webrtc_unavailable: 'Switch WebRTC on in the browser, or use another one.',
  not_author: 'Put a record of your own instead.',
  locked: 'Call db.login.',
  wrong_passphrase: 'Type it again.',
  wrong_password: 'Open it with the password that it had, or call PeersetDB.erase(room) first, which removes what this browser holds of it.',
  signer_unavailable: 'Install a signer of NIP-07, or log in otherwise.',
  stale: 'Read the record again, then repeat the change.',
  internal: 'This is a bug in peerset.DB: please report it.',
}

// failure makes the errors that promises are rejected with. The codes are
// stable; the messages are for people and are not.
export function failure(code, message, cause) {
  const what = message.replace(/^(peerset|moderation): /, '')
  return coded(code, advice[code] ? `${what.replace(/\.$/, '')}. ${advice[code]}` : what, cause)
}

// coded makes an error that goes through the engine, which lets failure say what to do.
export function coded(code, message, cause) {
  const error = new Error(message)
  error.name = 'PeersetError'
  error.code = code
  const [, rule] = /^refused_(.+)$/.exec(code) ?? []
  if (rule) error.rule = rule.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
  if (cause !== undefined) error.cause = cause
  return error
}

// messageOf says what somebody threw, whatever it is and does when it is looked at.
export function messageOf(thrown) {
  try {
    return String(thrown?.message ?? thrown)
  } catch {
    return 'something that cannot be read was thrown'
  }
}

export const invalid = (name, what) => failure('invalid_option', `option ${name}: ${what}`)

// report tells the page's own error handling of an error that nobody waits for.
export function report(error) {
  setTimeout(() => { throw error })
}
