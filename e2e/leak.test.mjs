// What a page has when its databases and its peers are gone is what it had before.
import { bare } from './lib/database.mjs'
import { scenario } from './lib/scenario.mjs'
import { onPage, until } from './lib/wait.mjs'

// watch lets a page count what its engine holds, past the engine: `connections`, that are not
// closed, and `functions`, that JavaScript may call in Go. The engine tells, each time that it has collected
// garbage, how many MB are live; `collected` has those.
const watch = (page) => page.evaluateOnNewDocument(() => {
  globalThis.engines = []
  globalThis.collected = []
  // wasm_exec.js keeps in _values what Go refers to, nowhere that a page sees.
  Object.defineProperty(Object.prototype, '_values', {
    configurable: true,
    set(values) {
      engines.push(this)
      this.env = { ...this.env, GODEBUG: 'gctrace=1' } // it is read after this
      Object.defineProperty(this, '_values', { value: values, writable: true, enumerable: true, configurable: true })
    },
  })
  let printed = ''
  const { decode } = TextDecoder.prototype
  TextDecoder.prototype.decode = function (...args) {
    const text = decode.apply(this, args)
    printed = (printed + text).slice(-100) // it prints in small pieces
    const [, live] = /\d->\d+->(\d+) MB, \d/.exec(printed) ?? []
    if (live) {
      collected.push(Number(live))
      printed = ''
    }
    return text
  }
  globalThis.opened = new Set()
  for (const name of ['RTCPeerConnection', 'WebSocket']) {
    globalThis[name] = class extends globalThis[name] {
      constructor(...args) {
        super(...args)
        opened.add(new WeakRef(this)) // closed ones count against Chromium's limit until they are collected
      }
    }
  }
  globalThis.connections = () => [...opened].map((r) => r.deref()).filter((c) => c && (c.signalingState ? c.signalingState !== 'closed' : c.readyState < 2)).length
  globalThis.functions = () => engines[0]._values.filter((v) => typeof v === 'function').length
  globalThis.references = () => engines[0]._values.filter((v) => v !== null && v !== undefined).length
})

// settle lets the engine collect its garbage a few times, and returns what is left.
async function settle(page) {
  await page.evaluate(async () => {
    const from = collected.length
    const scratch = await PeersetDB.open({ room: 'scratch', trackers: [], iceServers: [], storage: 'memory', moderation: 'open' })
    const { uuid } = await scratch.put('x'.repeat(50_000))
    for (let i = 0; i < 4000 && collected.length < from + 6; i++) await scratch.get(uuid)
    await scratch.close()
    if (collected.length < from + 6) throw new Error(`it collected ${collected.length - from} times`)
  })
  await onPage(page, 10, 'all connections are closed', () => connections() === 0)
  return page.evaluate(() => ({
    connections: connections(), functions: functions(), references: references(),
    live: Math.min(...collected.slice(-4)), memory: engines[0].mem.buffer.byteLength,
  }))
}

// settled waits until the page has no more than before: timers hold what is closed for some seconds.
async function settled(page, before) {
  let after
  const grown = () => ['connections', 'functions', 'references', 'live'].filter((k) => after[k] > before[k] + slack[k])
  await until(settleSeconds, 'nothing has grown', async () => {
    after = await settle(page)
    return grown().length === 0
  }).catch((error) => { throw new Error(`${error.message}: ${JSON.stringify({ before, after })}`) })
}

const settleSeconds = 60
const slack = { connections: 0, functions: 5, references: 50, live: 2 } // far less than one of each

scenario('200 databases that were opened and closed leave nothing behind', async (s) => {
  const { url } = await s.serve()
  const page = await s.page(await s.sharedBrowser('chromium'))
  await watch(page)
  await bare(page, url)
  const tools = await page.createCDPSession()
  const few = 50
  // The browser counts a closed connection until its own garbage is collected, and has 500 at most.
  const openAndClose = async (times) => {
    for (let left = times; left > 0; left -= few) {
      await openSome(Math.min(few, left))
      await tools.send('HeapProfiler.collectGarbage')
    }
  }
  const openSome = (times) => page.evaluate(async (n) => {
    for (let i = 0; i < n; i++) {
      await openDb({ moderation: { extends: 'standard', custom: (r) => r.content !== 'no' || 'no' } })
      db.on('record', () => {})
      await db.put({ id: crypto.randomUUID() })
      await codeOf(db.put('no'))
      db.stats()
      await db.close()
    }
  }, times)
  await openAndClose(20)
  const before = await settle(page)
  await openAndClose(200)
  await settled(page, before)
})
