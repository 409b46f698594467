import assert from 'node:assert/strict'
import { connected, edit, openDemo, put, remove, rootOf, shows } from './lib/demo.mjs'
import { nativePeer } from './lib/peer.mjs'
import { scenario } from './lib/scenario.mjs'
import { onPage, until } from './lib/wait.mjs'

const equalRoots = (...pages) => until(15, 'equal roots', async () => new Set(await Promise.all(pages.map(rootOf))).size === 1)

scenario('who joins late receives everything, also what was edited and deleted', async (s) => {
  const { url } = await s.serve()
  const browser = await s.browser('chromium')
  const room = `${url}#e2e-late`
  const [a, b, c] = [await s.page(browser), await s.page(browser), await s.page(browser)]
  await Promise.all([openDemo(a, room), openDemo(b, room)])
  await Promise.all([connected(a), connected(b)])
  await put(a, 'one')
  await put(b, 'two')
  await put(a, 'typo')
  await put(b, 'a mistake')
  await Promise.all([a, b].map((p) => shows(p, ['one', 'two', 'typo', 'a mistake'])))
  await edit(a, 'typo', 'three')
  await remove(b, 'a mistake')
  await Promise.all([a, b].map((p) => shows(p, ['one', 'two', 'three'])))
  await openDemo(c, room)
  await shows(c, ['one', 'two', 'three'])
  await connected(c, 2)
  await put(c, 'four')
  const all = ['one', 'two', 'three', 'four']
  await Promise.all([a, b, c].map((p) => shows(p, all)))
  await equalRoots(a, b, c)
})

scenario('connected peers go on when the tracker dies', async (s) => {
  const server = await s.serve()
  const browser = await s.browser('chromium')
  const room = `${server.url}#e2e-tracker`
  const [a, b] = [await s.page(browser), await s.page(browser)]
  await Promise.all([openDemo(a, room), openDemo(b, room)])
  await Promise.all([connected(a), connected(b)])
  await server.stop()
  await put(a, 'nobody in between')
  await shows(b, ['nobody in between'])
  await put(b, 'indeed')
  await shows(a, ['nobody in between', 'indeed'])
  await equalRoots(a, b)
})

scenario('the rest goes on when a peer is killed', async (s) => {
  const { url } = await s.serve()
  const [browser, victim] = [await s.browser('chromium'), await s.browser('chromium')]
  const room = `${url}#e2e-kill`
  const [a, b, c] = [await s.page(browser), await s.page(browser), await s.page(victim)]
  await Promise.all([a, b, c].map((p) => openDemo(p, room)))
  await Promise.all([a, b, c].map((p) => connected(p, 2)))
  await put(c, 'last words')
  await Promise.all([a, b].map((p) => shows(p, ['last words'])))
  process.kill(-victim.process().pid, 'SIGKILL')
  await put(a, 'we go on')
  await shows(b, ['last words', 'we go on'])
  await Promise.all([connected(a), connected(b)])
  await equalRoots(a, b)
})

scenario('Chromium and Firefox', async (s) => {
  const { url } = await s.serve()
  const [chromium, firefox] = [await s.browser('chromium'), await s.browser('firefox')]
  const room = `${url}#e2e-firefox`
  const [a, b] = [await s.page(chromium), await s.page(firefox)]
  await openDemo(a, room)
  await put(a, 'from Chromium')
  await openDemo(b, room)
  await Promise.all([connected(a), connected(b)])
  await put(b, 'from Firefox')
  const all = ['from Chromium', 'from Firefox']
  await Promise.all([shows(a, all), shows(b, all)])
  await equalRoots(a, b)
  await a.goto('about:blank')
  await b.reload()
  await shows(b, all)
})

for (const kind of ['chromium', 'firefox']) {
  scenario(`${kind} and a native peer`, async (s) => {
    const { url, tracker } = await s.serve()
    const peer = nativePeer(`e2e-native-${kind}`, tracker)
    s.onEnd(peer.stop)
    peer.put({ text: 'from Go' })
    await peer.has('from Go')
    const page = await s.page(await s.browser(kind))
    await openDemo(page, `${url}#e2e-native-${kind}`)
    await connected(page)
    await shows(page, ['from Go'])
    await put(page, 'from a page')
    await peer.has('from a page')
    await until(15, 'equal roots', async () => peer.root() === await rootOf(page))
  })
}

scenario('10,000 records arrive in a hidden tab too, and the page answers to clicks meanwhile', async (s) => {
  const { url, tracker } = await s.serve()
  const [browser, other] = [await s.browser('chromium'), await s.browser('chromium')]
  const options = { room: 'e2e-many', trackers: [tracker], iceServers: [] }
  const full = await s.page(browser)
  await full.goto(url)
  const n = 10_000
  await full.evaluate(async (options, n) => {
    const { PeersetDB } = await import('./peerset.mjs')
    window.db = await PeersetDB.open(options)
    for (let i = 0; i < n; i += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, j) => db.put({ text: `record ${i + j}` })))
    }
  }, options, n)

  const late = await s.page(other)
  await late.goto(url)
  await late.evaluate(async (options) => {
    const { PeersetDB } = await import('./peerset.mjs')
    window.gaps = []
    window.stored = 0
    window.button = document.createElement('button')
    window.db = await PeersetDB.open({ ...options, storage: 'indexeddb' })
    db.on('record', () => { window.stored++ })
    // How long the page's own work has to wait for its turn.
    const { port1, port2 } = new MessageChannel()
    let asked = performance.now()
    port1.onmessage = () => {
      const t = performance.now()
      window.gaps.push(t - asked)
      asked = t
      if (window.stored < 10_000) setTimeout(() => { asked = performance.now(); port2.postMessage(0) }, 1)
    }
    port2.postMessage(0)
  }, options)
  // Another tab in front hides this one.
  const front = await late.browserContext().newPage()
  await front.goto('about:blank')
  await front.bringToFront()
  await onPage(late, 90, `${n} records in a hidden tab`, (n) => window.stored >= n, n)
  assert.equal(await late.evaluate(() => document.visibilityState), 'hidden')
  const gaps = (await late.evaluate(() => window.gaps)).sort((x, y) => x - y)
  const typical = gaps[Math.floor(gaps.length * 0.99)]
  assert.ok(typical < 150, `the page waited ${Math.round(typical)} ms for its turn (99th percentile of ${gaps.length})`)
})
