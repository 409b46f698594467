// Public infrastructure that databases use unless they are told otherwise. It
// belongs to others, who owe us nothing: servers come and go, so whoever runs a
// site that matters names ones of their own in `trackers` and `iceServers`.

// WebTorrent trackers, as other projects ship them too. A few at once, because
// each of them is down at times.
export const trackers = [
  'wss://tracker.openwebtorrent.com',
  'wss://tracker.webtorrent.dev',
  'wss://open.ftorrent.com',
  'wss://tracker.btorrent.xyz',
  'wss://tracker.files.fm:7073/announce',
]

// STUN servers tell a browser its public address. They relay nothing: where two
// networks refuse direct connections, a TURN server is needed, and there is no
// public one.
const stun = [{ urls: ['stun:stun.l.google.com:19302', 'stun:stun.cloudflare.com:3478'] }]

// Where page and trackers are on this machine, so are the peers: nobody else
// needs to hear of them.
export function iceServers(trackerUrls) {
  const local = [globalThis.location?.href, ...trackerUrls].every(isLoopback)
  return local ? [] : stun
}

function isLoopback(url) {
  let host
  try {
    host = new URL(url).hostname
  } catch {
    return false
  }
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(host)
}
