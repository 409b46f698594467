// Servers that are dead, silent or mad, and what it costs.
import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { WebSocketServer } from 'ws'
import { bare, equalRoots, holds, live } from './lib/database.mjs'
import { scenario } from './lib/scenario.mjs'
import { onPage, until } from './lib/wait.mjs'

async function listening(server, host = '127.0.0.1') {
  server.listen(0, host)
  await once(server, 'listening')
  return server.address().port
}

// freePort is one where nobody listens.
async function freePort() {
  const server = net.createServer()
  const port = await listening(server)
  server.close()
  await once(server, 'close')
  return port
}

// silent accepts connections and says nothing. It has an address of its own, because
// Firefox opens one WebSocket after the other where they share one.
async function silent(s, host) {
  const sockets = new Set()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  s.onEnd(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `ws://${host}:${await listening(server, host)}/`
}

// mad opens WebSockets and answers in no known tongue.
async function mad(s) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', () => { for (const text of ['nonsense', '{}', '[1]', '{"action":"announce"}', '{"failure reason":""}']) socket.send(text) })
  })
  s.onEnd(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  await once(server, 'listening')
  return `ws://127.0.0.1:${server.address().port}/`
}

// meet opens a room on two pages and returns the milliseconds until both are in agreement.
async function meet(pages, options) {
  const began = Date.now()
  await Promise.all(pages.map((p) => p.evaluate((o) => openDb(o), options)))
  await Promise.all(pages.map((p) => live(p)))
  return Date.now() - began
}

for (const kind of ['chromium', 'firefox']) {
  scenario(`dead trackers beside a live one change nothing, in ${kind}`, async (s) => {
    const { url, tracker } = await s.serve()
    const [nobody, madman] = [`ws://127.0.0.1:${await freePort()}/`, await mad(s)]
    const dead = [nobody, madman, `${tracker}/nothing`]
    // More of the silent than there are offers for.
    for (let n = 2; n < 8; n++) dead.push(await silent(s, `127.0.0.${n}`))
    const browser = await s.sharedBrowser(kind)
    const pages = [await bare(await s.page(browser), url), await bare(await s.page(browser), url)]
    await meet(pages, { room: 'warm', storage: 'memory' })
    const alone = await meet(pages, { room: 'a', storage: 'memory' })
    const beside = await meet(pages, { room: 'b', trackers: [...dead, tracker] })
    assert.ok(beside < alone + 2000, `${beside} ms with dead trackers, ${alone} ms without`)
    await pages[0].evaluate(() => db.put('hello'))
    await holds(pages[1], 'hello')
    const stats = await pages[0].evaluate(() => db.stats().trackers)
    const alive = stats.find((t) => t.url === tracker)
    assert.deepEqual([alive.connected, alive.error], [true, undefined])
    assert.deepEqual(stats.map((t) => t.url), [...dead, tracker])
    // No more than three are used at once where they work: errors are told of those.
    const broken = [nobody, madman, `${tracker}/nothing`]
    await pages[0].evaluate((o) => openDb(o), { room: 'c', storage: 'memory', trackers: broken })
    const told = await onPage(pages[0], 10, 'errors are told of', () => {
      const { trackers } = db.stats()
      return trackers.every((t) => t.error) && trackers
    })
    const of = (u) => told.find((t) => t.url === u)
    for (const u of [nobody, `${tracker}/nothing`]) assert.deepEqual([of(u).connected, typeof of(u).error], [false, 'string'])
    assert.ok(of(madman).error)
  })

  scenario(`peers meet when a tracker comes up, in ${kind}`, async (s) => {
    const { url } = await s.serve()
    const port = await freePort()
    const browser = await s.sharedBrowser(kind)
    const pages = [await bare(await s.page(browser), url), await bare(await s.page(browser), url)]
    const options = { trackers: [`ws://127.0.0.1:${port}/announce`] }
    await Promise.all(pages.map((p, i) => p.evaluate(async (o, n) => {
      await openDb(o)
      await db.put({ page: n })
    }, options, i)))
    const status = (p) => p.evaluate(() => db.stats().trackers[0])
    const failed = await until(10, 'the dial has failed', async () => {
      const all = await Promise.all(pages.map(status))
      return all.every((t) => t.error) && all
    })
    assert.deepEqual(failed.map((t) => [t.connected, t.peers]), [[false, 0], [false, 0]])
    await s.serve(port)
    await Promise.all(pages.map((p) => live(p)))
    await Promise.all(pages.map((p) => holds(p, { page: 0 }, { page: 1 })))
    await equalRoots(...pages)
    assert.deepEqual((await Promise.all(pages.map(status))).map((t) => [t.connected, t.error]), [[true, undefined], [true, undefined]])
  })
}

scenario('a STUN server that does not answer costs a second or two', async (s) => {
  const { url } = await s.serve()
  const stun = dgram.createSocket('udp4')
  let asked = 0
  stun.on('message', () => { asked++ })
  stun.bind(0, '127.0.0.1')
  await once(stun, 'listening')
  s.onEnd(() => stun.close())
  const browser = await s.sharedBrowser('chromium')
  const pages = [await bare(await s.page(browser), url), await bare(await s.page(browser), url)]
  await meet(pages, { room: 'warm', storage: 'memory' })
  const without = await meet(pages, { room: 'a', storage: 'memory' })
  const waiting = await meet(pages, { room: 'b', storage: 'memory', iceServers: [{ urls: `stun:127.0.0.1:${stun.address().port}` }] })
  assert.ok(asked > 0, 'the server was asked')
  // Each side waits for it for a second at most.
  assert.ok(waiting - without < 2500, `${waiting} ms with the server, ${without} ms without`)
})
