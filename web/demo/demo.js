// The demo page: one room, its records, and who is in it.
//
//   #name                the room; without one the page makes up a new room
//   ?tracker=wss://…     a tracker to use instead of the defaults, may be repeated
import PeersetDB from './peerset.mjs'

const $ = (id) => document.getElementById(id)

// maxShown is how many records the page shows, the newest ones.
const maxShown = 200

const room = roomName()
const records = new Map() // uuid -> record
let db, me

function roomName() {
  try {
    const name = decodeURIComponent(location.hash.slice(1))
    if (name) return name
  } catch {
    // Not a link of this page.
  }
  const name = [...crypto.getRandomValues(new Uint8Array(10))].map((b) => (b % 32).toString(32)).join('')
  history.replaceState(null, '', `#${name}`)
  return name
}

// trackers are those of the address, or the one that serves this page on this
// machine; undefined leaves it to the defaults.
function trackers() {
  const named = new URLSearchParams(location.search).getAll('tracker')
  if (named.length) return named
  if (!['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)) return undefined
  return [`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/announce`]
}

function showError(error) {
  const text = document.createElement('p')
  const code = document.createElement('code')
  code.textContent = error.code ?? 'error'
  text.append(code, ` ${error.message}`)
  const dismiss = document.createElement('button')
  dismiss.type = 'button'
  dismiss.textContent = 'Dismiss'
  const box = document.createElement('div')
  box.dataset.code = code.textContent
  box.append(text, dismiss)
  dismiss.onclick = () => box.remove()
  $('errors').append(box)
}

// attempt runs what a person asked for and shows what came of it.
async function attempt(action) {
  try {
    await action()
  } catch (error) {
    showError(error)
  }
}

const shortName = (npub) => `${npub.slice(0, 9)}…${npub.slice(-4)}`

function showWho(element, npub) {
  let hue = 0
  for (const c of npub) hue = (hue * 31 + c.charCodeAt(0)) % 360
  element.style.setProperty('--hue', hue)
  element.textContent = npub === me ? 'You' : shortName(npub)
  element.title = npub
}

const textOf = ({ content }) => (typeof content?.text === 'string' ? content.text : JSON.stringify(content))

// Records

function keep(record) {
  const known = records.get(record.uuid)
  if (known && known.updated_at > record.updated_at) return
  records.set(record.uuid, record)
  later(showRecords)
}

function drop({ uuid }) {
  records.delete(uuid)
  later(showRecords)
}

// later runs a function once before the next frame, however often it is asked.
const due = new Set()
function later(fn) {
  if (due.has(fn)) return
  due.add(fn)
  const run = () => { if (due.delete(fn)) fn() }
  requestAnimationFrame(run)
  setTimeout(run, 500) // frames do not come to hidden pages
}

function showRecords() {
  const newest = [...records.values()].sort((a, b) => b.updated_at - a.updated_at || b.created_at - a.created_at)
  const old = new Map([...$('records').children].map((li) => [li.dataset.uuid, li]))
  const shown = newest.slice(0, maxShown).map((record) => {
    const li = old.get(record.uuid) ?? newItem()
    if (li.dataset.hash !== record.integrity.hash) showRecord(li, record)
    return li
  })
  if (shown.some((li, i) => $('records').children[i] !== li) || shown.length !== old.size) $('records').replaceChildren(...shown)
  $('count').textContent = records.size || ''
  $('empty').hidden = records.size > 0
  $('empty').textContent = 'No records yet. Write the first one.'
  $('older').hidden = newest.length <= maxShown
  $('older').textContent = `and ${newest.length - maxShown} older ones`
}

function newItem() {
  const li = $('record').content.firstElementChild.cloneNode(true)
  const form = li.querySelector('.edit')
  const input = form.querySelector('input')
  const editing = (on) => {
    form.hidden = !on
    li.querySelector('.text').hidden = on
    li.querySelector('.actions').hidden = on
  }
  li.querySelector('[data-action=edit]').onclick = () => {
    input.value = textOf(records.get(li.dataset.uuid))
    editing(true)
    input.focus()
  }
  li.querySelector('[data-action=cancel]').onclick = () => editing(false)
  li.querySelector('[data-action=delete]').onclick = () => attempt(() => db.delete(li.dataset.uuid))
  form.onsubmit = (event) => {
    event.preventDefault()
    attempt(async () => {
      await db.put({ text: input.value }, { uuid: li.dataset.uuid })
      editing(false)
    })
  }
  return li
}

function showRecord(li, record) {
  li.dataset.uuid = record.uuid
  li.dataset.hash = record.integrity.hash
  showWho(li.querySelector('.who'), record.author.npub)
  li.querySelector('.text').textContent = textOf(record)
  const time = li.querySelector('time')
  time.dateTime = new Date(record.updated_at).toISOString()
  time.textContent = new Date(record.updated_at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })
  li.querySelector('.actions').hidden = record.author.npub !== me || !li.querySelector('.edit').hidden
}

// State

function showState() {
  const peers = db.peers()
  $('peer-count').textContent = peers.length || ''
  $('alone').hidden = peers.length > 0
  $('peers').replaceChildren(...peers.map((peer) => {
    const li = document.createElement('li')
    li.dataset.state = peer.state
    li.dataset.id = peer.id
    const who = document.createElement('span')
    who.className = 'who'
    if (peer.npub) showWho(who, peer.npub)
    else who.textContent = 'unknown'
    const state = document.createElement('span')
    state.className = 'state'
    state.textContent = peerState(peer)
    li.append(who, state)
    return li
  }))
  $('root').textContent = db.root()
  $('trackers').replaceChildren(...db.stats().trackers.map((tracker) => {
    const li = document.createElement('li')
    li.dataset.connected = tracker.connected
    const state = document.createElement('span')
    state.className = 'state'
    state.textContent = tracker.error ?? (tracker.connected ? 'connected' : 'connecting')
    li.append(tracker.url.replace(/^wss?:\/\//, ''), state)
    return li
  }))
}

function peerState({ state, agreed, wanted, rtt }) {
  const parts = [state]
  if (wanted) parts.push(`${wanted} to come`)
  else if (agreed) parts.push('in sync')
  if (rtt !== null) parts.push(`${rtt} ms`)
  return parts.join(', ')
}

async function main() {
  $('share').value = location.href
  $('copy').onclick = () => attempt(async () => {
    await navigator.clipboard.writeText($('share').value)
    $('copy').textContent = 'Copied'
    setTimeout(() => { $('copy').textContent = 'Copy link' }, 2000)
  })
  addEventListener('hashchange', () => location.reload())

  db = await PeersetDB.open({ room, trackers: trackers() })
  me = db.identity().npub
  showWho($('identity'), me)
  $('identity').textContent = shortName(me)
  db.on('record', keep)
  db.on('delete', drop)
  db.on('peer', () => later(showState))
  db.on('error', showError)
  for (const record of await db.all()) keep(record)
  showRecords()
  showState()
  const ticking = setInterval(() => {
    try {
      showState()
    } catch (error) {
      clearInterval(ticking) // the engine is gone; its error event said so
    }
  }, 1000)

  $('composer').onsubmit = (event) => {
    event.preventDefault()
    const text = $('text').value.trim()
    if (!text) return
    attempt(async () => {
      await db.put({ text })
      $('text').value = ''
    })
  }
  $('text').disabled = $('send').disabled = false
  $('text').focus()
}

main().catch((error) => {
  $('empty').textContent = 'The room could not be opened.'
  showError(error)
})
