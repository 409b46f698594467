// The network page: one room at a time, and all that the panes show of it.
import PeersetDB from './peerset.mjs'
import { newRoom, t } from './peerset-ui.mjs'
import { read, write } from './address.js'
import { clearErrors, loading, showError } from './status.js'

const panel = document.querySelector('peerset-panel')
const rooms = document.querySelector('peerset-room')
const identities = document.querySelector('peerset-identity')

let options
let opening = painted()
let asked = 0 // which request to open is the latest

// painted resolves when there is to be seen what needs no engine; it starts after that.
function painted() {
  return new Promise((resolve) => { document.hidden ? resolve() : requestAnimationFrame(() => setTimeout(resolve)) })
}

// ownTracker is the one that serves this page on this machine; elsewhere the
// engine's own list is used.
function ownTracker() {
  if (!['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)) return undefined
  return [`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/announce`]
}

// open changes to another room, or to other options of this one, without a reload.
// Requests that come while one is under way wait; only the last of them is done.
function open(wanted) {
  options = wanted
  rooms.options = wanted
  document.title = `${wanted.room} · peerset.DB`
  const mine = ++asked
  opening = opening.then(async () => {
    if (mine !== asked) return
    const former = panel.db
    panel.db = null
    loading.start()
    clearErrors()
    try {
      await former?.close()
      const db = await PeersetDB.open(engineOptions(wanted))
      panel.options = engineOptions(wanted)
      panel.db = db
      db.on('error', (error) => showError(error))
      loading.done()
    } catch (error) {
      loading.failed()
      showError(error, error.code === 'wrong_password' ? { [t('page.eraseRoom')]: () => askToErase(wanted), [t('page.changePassword')]: () => rooms.edit() } : {})
    }
  })
}

// askToErase takes care that one click alone loses nothing.
function askToErase(wanted) {
  const question = { code: t('page.eraseSure'), message: t('page.eraseWhat', { room: wanted.room }) }
  showError(question, { [t('page.eraseNow')]: () => erase(wanted) }).querySelector('.dismiss').focus()
}

// erase forgets what this browser holds of a room, and opens it as it was wanted.
async function erase(wanted) {
  try {
    await PeersetDB.erase(wanted.room)
    open(wanted)
  } catch (error) {
    showError(error)
  }
}

// engineOptions are the given ones and those of this page. One that is not given
// is left out.
function engineOptions(wanted) {
  const all = { ...wanted, trackers: wanted.trackers ?? ownTracker(), onProgress: loading.progress }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

addEventListener('peerset-open', ({ detail }) => {
  const wanted = { ...options, ...detail }
  write(wanted, wanted.room !== options.room)
  open(wanted)
})

addEventListener('peerset-error', (event) => {
  event.preventDefault()
  const { code } = event.detail
  showError(event.detail, code === 'locked' || code === 'session_expired' ? { [t('identity.signIn')]: () => identities.open() } : {})
})

function fromAddress() {
  const wanted = read()
  if (!wanted.room) wanted.room = newRoom()
  write(wanted, false)
  if (options && ['room', 'password', 'moderation', 'trackers'].every((k) => String(wanted[k]) === String(options[k]))) return
  open({ ...options, ...wanted })
}

// A file that is dropped beside the place for it would take the page's place.
for (const type of ['dragover', 'drop']) {
  addEventListener(type, (event) => {
    if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    event.dataTransfer.dropEffect = 'none'
  })
}

// Somebody edited the address, pasted a link, or went back.
addEventListener('popstate', fromAddress)
fromAddress()
