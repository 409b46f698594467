// What the address of the page says:
//
//   #room=name&password=…&moderation=strict&tracker=wss://…
//                                           the room; trackers may be repeated
//   #name                                   the same, in short
//   ?tracker=wss://…                        trackers for whatever room
//
// The fragment never leaves the browser, so no server sees name and password.

// The policies that have a name; others are too long for an address.
const policies = ['open', 'standard', 'strict']

// read returns the options that the address names.
export function read({ hash, search } = location) {
  const text = hash.slice(1)
  const named = new URLSearchParams(text)
  const room = named.get('room') ?? (text.includes('=') ? '' : decoded(text))
  const trackers = [...named.getAll('tracker'), ...new URLSearchParams(search).getAll('tracker')]
  const moderation = policies.includes(named.get('moderation')) ? named.get('moderation') : undefined
  return { room, password: named.get('password') || undefined, moderation, trackers: trackers.length > 0 ? trackers : undefined }
}

// write puts the options into the address; one step of the history for a new room.
export function write({ room, password, moderation, trackers }, isNew) {
  const fragment = new URLSearchParams({ room })
  if (password) fragment.set('password', password)
  if (policies.includes(moderation)) fragment.set('moderation', moderation)
  const inSearch = new URLSearchParams(location.search).getAll('tracker')
  for (const url of trackers ?? []) {
    if (!inSearch.includes(url)) fragment.append('tracker', url)
  }
  history[isNew ? 'pushState' : 'replaceState'](null, '', `#${fragment}`)
  dispatchEvent(new Event('peerset-address')) // for what shows the address
}

function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return '' // not a link of this page
  }
}
