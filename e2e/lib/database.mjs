// A database on a page that has nothing else.
import { onPage, until } from './wait.mjs'

const syncSeconds = 20

// bare opens a page of the server that runs no script, and gives it PeersetDB,
// openDb, which opens one as `db`, and codeOf, which names what a promise
// is rejected with. `errors` are the codes of the error events.
export async function bare(page, url) {
  await page.goto(`${url}demo.js`)
  await page.evaluate(async (from, tracker) => {
    globalThis.PeersetDB = (await import(from)).default
    globalThis.codeOf = (promise) => promise.then(() => 'resolved', (e) => (e instanceof Error ? e.code : `no Error: ${e}`))
    globalThis.errors = []
    globalThis.openDb = async (options) => {
      globalThis.db = await PeersetDB.open({ room: 'room', trackers: [tracker], iceServers: [], ...options })
      db.on('error', (e) => errors.push(e.code))
    }
  }, `${url}peerset.mjs`, `${url.replace(/^http/, 'ws')}announce`)
  return page
}

// opened opens a database on such a page.
export async function opened(page, url, options = {}) {
  await bare(page, url)
  await page.evaluate((o) => openDb(o), options)
  return page
}

// live waits until the page has this many peers that hold all it holds.
export function live(page, n = 1) {
  return onPage(page, syncSeconds, `${n} live peers`, (want) => db.peers().filter((p) => p.state === 'live').length === want, n)
}

export const rootOf = (page) => page.evaluate(() => db.root())

export function equalRoots(...pages) {
  return until(syncSeconds, 'equal roots', async () => new Set(await Promise.all(pages.map(rootOf))).size === 1)
}

// contents returns what is in the records, in the order of their JSON.
export async function contents(page) {
  return (await page.evaluate(async () => (await db.all()).map((r) => JSON.stringify(r.content)))).sort().map(JSON.parse)
}

// holds waits until the page has this content and no other, in any order.
export function holds(page, ...expected) {
  const want = JSON.stringify(expected.map((c) => JSON.stringify(c)).sort())
  return until(syncSeconds, `the page holds ${want}`, async () => {
    const have = await page.evaluate(async () => (await db.all()).map((r) => JSON.stringify(r.content)))
    return JSON.stringify(have.sort()) === want
  })
}

// entries reads the uuid of every entry that a room has in IndexedDB, as pkg/store/idb
// keeps them, past the engine.
export function entries(page, room = 'room') {
  return page.evaluate((name) => new Promise((resolve, reject) => {
    const request = indexedDB.open(name)
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      const keys = request.result.transaction('records').objectStore('records').getAllKeys()
      keys.onerror = () => reject(keys.error)
      keys.onsuccess = () => {
        request.result.close()
        resolve(keys.result.map((key) => [...new Uint8Array(key, 40, 16)].map((b) => b.toString(16).padStart(2, '0')).join('')))
      }
    }
  }), `peerset:${room}`)
}
