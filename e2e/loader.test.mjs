// The JavaScript API on pages of its own: both builds, its errors, and what
// happens when the engine crashes.
import assert from 'node:assert/strict'
import { scenario } from './lib/scenario.mjs'
import { onPage } from './lib/wait.mjs'

// blank opens a page of the server that runs no script, and gives it PeersetDB.
async function blank(s, url, kind = 'chromium') {
  const page = await s.page(await s.browser(kind))
  await page.goto(`${url}demo.js`)
  await page.evaluate(async (from) => {
    globalThis.PeersetDB = (await import(from)).default
    globalThis.codeOf = (promise) => Promise.resolve(promise).then(() => 'resolved', (e) => `${e instanceof Error} ${e.code}`)
    globalThis.room = (options) => PeersetDB.open({ room: 'r', trackers: [], storage: 'memory', ...options })
  }, `${url}peerset.mjs`)
  return page
}

for (const kind of ['chromium', 'firefox']) {
  scenario(`records of every shape come back as they were put, in ${kind}`, async (s) => {
    const { url } = await s.serve()
    const page = await blank(s, url, kind)
    const found = await page.evaluate(async () => {
      const contents = [null, true, 0, -1.5e300, '', 'ünï \u2028 \u007f "\\ 🌍', [], {}, [1, [2]], { text: 'x', nested: { a: [null] } }]
      const db = await room()
      const events = []
      db.on('record', (r) => events.push(r))
      db.on('delete', (d) => events.push(d))
      const put = []
      for (const c of contents) put.push(await db.put(c))
      const full = await db.put({ v: 1 }, { key: 'a "key"', collection: 'ä', geo: { latitude: -89.5, longitude: 1e-7 } })
      const again = await db.put({ v: 2 }, { key: 'a "key"' })
      const got = await db.get(again.uuid)
      const all = await db.all()
      const before = db.root()
      await db.delete(put[0].uuid)
      const after = db.root()
      const gone = await db.get(put[0].uuid)
      const result = {
        same: contents.map((c, i) => JSON.stringify(c) === JSON.stringify(all.find((r) => r.uuid === put[i].uuid).content)),
        full, again, got, n: all.length, gone, before, after, me: db.identity().npub, peers: db.peers(), stats: db.stats(),
        deleted: put[0].uuid, events,
      }
      await db.close()
      return result
    })
    assert.deepEqual(found.same, found.same.map(() => true))
    assert.equal(found.n, 11)
    assert.equal(found.again.uuid, found.full.uuid)
    assert.equal(found.again.created_at, found.full.created_at)
    assert.ok(found.again.updated_at > found.full.updated_at)
    assert.deepEqual(found.got, found.again)
    assert.equal(found.full.key, 'a "key"')
    assert.equal(found.full.collection, 'ä')
    assert.deepEqual(found.full.geo, { latitude: -89.5, longitude: 1e-7 })
    assert.equal(found.full.author.npub, found.me)
    assert.match(found.me, /^npub1[a-z0-9]{58}$/)
    assert.match(found.full.uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.match(found.full.integrity.hash, /^[0-9a-f]{64}$/)
    assert.match(found.full.integrity.signature, /^[0-9a-f]{128}$/)
    assert.equal(found.gone, null)
    assert.match(found.before, /^[0-9a-f]{64}$/)
    assert.notEqual(found.after, found.before)
    assert.deepEqual(found.peers, [])
    assert.equal(found.stats.records, 11)
    assert.equal(found.events.length, 13)
    assert.deepEqual(found.events[12], { uuid: found.deleted, author: { npub: found.me } })
  })
}

scenario('errors have codes and say what is wrong', async (s) => {
  const { url } = await s.serve()
  const page = await blank(s, url)
  const errors = await page.evaluate(async () => {
    const of = async (promise) => {
      try {
        await promise
        return 'resolved'
      } catch (e) {
        return e instanceof Error ? `${e.code}: ${e.message}` : `no Error: ${e}`
      }
    }
    const db = await room()
    const other = await room({ room: 'other' })
    const cycle = {}
    cycle.self = cycle
    const { uuid } = await db.put(1)
    const thrown = (fn) => of(new Promise((resolve) => { resolve(fn()) }))
    const found = {
      nothing: await of(PeersetDB.open()),
      noRoom: await of(PeersetDB.open({})),
      room: await of(room({ room: 5 })),
      emptyRoom: await of(room({ room: '' })),
      longRoom: await of(room({ room: 'x'.repeat(257) })),
      unknown: await of(room({ tracker: 'ws://x' })),
      trackers: await of(room({ trackers: 'ws://x' })),
      trackerUrl: await of(room({ trackers: ['http://x'] })),
      storage: await of(room({ storage: 'disk' })),
      maxPeers: await of(room({ maxPeers: 201 })),
      maxPeersType: await of(room({ maxPeers: 1.5 })),
      iceUrl: await of(room({ iceServers: [{ urls: 'http://x' }] })),
      ice: await of(room({ iceServers: [{ url: 'stun:x' }] })),
      wasmUrl: await of(room({ wasmUrl: 'http://[' })),
      wasmMissing: await of(room({ wasmUrl: 'missing.wasm' })),
      wasmNone: await of(room({ wasmUrl: 'peerset.mjs' })),
      undefinedContent: await of(db.put(undefined)),
      function: await of(db.put(() => {})),
      cycle: await of(db.put(cycle)),
      bigint: await of(db.put(1n)),
      large: await of(db.put('x'.repeat(70000))),
      deep: await of(db.put(JSON.parse('['.repeat(100) + ']'.repeat(100)))),
      putOption: await of(db.put(1, { name: 'x' })),
      putKey: await of(db.put(1, { key: 5 })),
      putBoth: await of(db.put(1, { key: 'a', uuid })),
      putGeo: await of(db.put(1, { geo: { latitude: 1 } })),
      putNorth: await of(db.put(1, { geo: { latitude: 91, longitude: 0 } })),
      putMissing: await of(other.put(1, { uuid })),
      getNumber: await of(db.get(5)),
      getNothing: await of(db.get()),
      getNonsense: await of(db.get('nonsense')),
      getBigint: await of(db.get(10n)),
      getUndetectable: await of(db.get(document.all)),
      getHuge: await of(db.get('x'.repeat(1e7))),
      deleteBigint: await of(db.delete(10n)),
      roomHalf: await of(room({ room: '\ud800' })),
      bucketSymbol: await of(room({ bucket: Symbol('1d') })),
      bucketThrows: await of(room({ bucket: { toString() { throw 1 } } })),
      retentionLong: await of(room({ retention: '999999d' })),
      getterThrows: await of(PeersetDB.open({ room: 'a', get maxPeers() { throw 1 } })),
      contentThrows: await of(db.put({ toJSON() { throw null } })),
      contentHuge: await of(db.put('x'.repeat(1e8))),
      deleteMissing: await of(other.delete(uuid)),
      event: await thrown(() => db.on('records', () => {})),
      listener: await thrown(() => db.on('record')),
      constructor: await thrown(() => new PeersetDB()),
    }
    await Promise.all([db.close(), db.close(), other.close()])
    found.closedPut = await of(db.put(1))
    found.closedRoot = await thrown(() => db.root())
    found.closedAgain = await of(db.close())
    return found
  })
  const expected = {
    nothing: 'invalid_option', noRoom: 'invalid_option', room: 'invalid_option', emptyRoom: 'invalid_room', longRoom: 'invalid_room',
    unknown: 'invalid_option', trackers: 'invalid_option', trackerUrl: 'invalid_option', storage: 'invalid_option',
    maxPeers: 'invalid_option', maxPeersType: 'invalid_option', ice: 'invalid_option', iceUrl: 'invalid_option', wasmUrl: 'invalid_option',
    wasmMissing: 'load_failed', wasmNone: 'load_failed',
    undefinedContent: 'invalid_content', function: 'invalid_content', cycle: 'invalid_content', bigint: 'invalid_content',
    large: 'invalid_content', deep: 'invalid_content',
    putOption: 'invalid_option', putKey: 'invalid_option', putBoth: 'invalid_option', putGeo: 'invalid_option', putNorth: 'invalid_content',
    putMissing: 'not_found', getNumber: 'invalid_option', getNothing: 'invalid_option', getNonsense: 'invalid_option',
    getBigint: 'invalid_option', getUndetectable: 'invalid_option', getHuge: 'invalid_option', deleteBigint: 'invalid_option',
    roomHalf: 'invalid_option', bucketSymbol: 'invalid_option', bucketThrows: 'invalid_option', retentionLong: 'invalid_option',
    getterThrows: 'invalid_option', contentThrows: 'invalid_content', contentHuge: 'invalid_content',
    deleteMissing: 'not_found', event: 'invalid_option', listener: 'invalid_option', constructor: 'undefined',
    closedPut: 'closed', closedRoot: 'closed', closedAgain: 'resolved',
  }
  const codes = Object.fromEntries(Object.entries(errors).map(([k, v]) => [k, v.split(':')[0]]))
  assert.deepEqual(codes, expected, JSON.stringify(errors, null, 2))
  assert.match(errors.unknown, /tracker.*trackers/)
  assert.match(errors.ice, /iceServers\[0\]\.url: .*urls/)
  assert.match(errors.wasmMissing, /404.*wasmUrl/)
})

scenario('the classic script leaves the globals of the page alone, and the wasm may have any type', async (s) => {
  const { url } = await s.serve()
  const browser = await s.browser('chromium')
  const page = await s.page(browser)
  await page.setRequestInterception(true)
  page.on('request', async (request) => {
    if (!request.url().endsWith('peerset.wasm')) return request.continue()
    const body = Buffer.from(await (await fetch(request.url())).arrayBuffer())
    return request.respond({ contentType: 'application/octet-stream', body })
  })
  await page.goto(`${url}demo.js`)
  await page.addScriptTag({ content: "var process = { mine: 1 }; var Go = 'mine'; globalThis.fs = 'mine too'; var before = Object.keys(globalThis).length" })
  await page.addScriptTag({ url: `${url}peerset.js` })
  const found = await page.evaluate(async () => {
    const { PeersetDB } = globalThis
    const db = await PeersetDB.open({ room: 'r', trackers: [], storage: 'memory' })
    const { content } = await db.put('hello')
    await db.close()
    // before itself and PeersetDB are new.
    return { content, process: globalThis.process, Go: globalThis.Go, fs: globalThis.fs, path: typeof globalThis.path, more: Object.keys(globalThis).length - globalThis.before }
  })
  assert.deepEqual(found, { content: 'hello', process: { mine: 1 }, Go: 'mine', fs: 'mine too', path: 'undefined', more: 1 })
})

scenario('what a browser lacks is named', async (s) => {
  const { url } = await s.serve()
  const page = await blank(s, url)
  const lacks = (name, options) => page.evaluate(async (missing, o) => {
    const own = Object.getOwnPropertyDescriptor(globalThis, missing)
    delete globalThis[missing]
    try {
      await room(o)
      return 'opened'
    } catch (e) {
      return `${e.code}: ${e.message}`
    } finally {
      Object.defineProperty(globalThis, missing, own)
    }
  }, name, options)
  for (const name of ['WebAssembly', 'RTCPeerConnection', 'IDBRequest', 'MessageChannel', 'WebSocket']) {
    assert.match(await lacks(name), new RegExp(`^unsupported: .*${name}`))
  }
  assert.match(await lacks('indexedDB', { storage: 'indexeddb' }), /^unsupported: .*memory/)
  assert.equal(await lacks('indexedDB'), 'opened')

  const worker = await page.evaluate((script) => new Promise((resolve) => {
    const text = `importScripts(${JSON.stringify(script)}); PeersetDB.open({ room: 'r' }).catch((e) => postMessage(e.code + ': ' + e.message))`
    const w = new Worker(URL.createObjectURL(new Blob([text])))
    w.onmessage = ({ data }) => resolve(data)
    w.onerror = (e) => resolve(e.message)
  }), `${url}peerset.js`)
  assert.match(worker, /^unsupported: .*RTCPeerConnection.*page/)
})

scenario('databases share the engine and the identity, and nothing else', async (s) => {
  const { url } = await s.serve()
  const page = await blank(s, url)
  let loads = 0
  page.on('request', (r) => { if (r.url().endsWith('.wasm')) loads++ })
  const found = await page.evaluate(async () => {
    const kept = { storage: 'indexeddb' }
    const [a, b, c] = await Promise.all([room({ room: 'a', ...kept }), room({ room: 'b', ...kept }), room({ room: 'a' })])
    const heard = { a: 0, b: 0 }
    a.on('record', () => heard.a++)
    const off = b.on('record', () => heard.b++)
    await a.put(1)
    await a.put(2)
    await a.close()
    await b.put(3)
    off()
    await b.put(4)
    const n = [await b.all(), await c.all()].map((all) => all.length)
    const again = await room({ room: 'a', ...kept })
    n.push((await again.all()).length)
    const who = [b, again, c].map((db) => db.identity().npub)
    await Promise.all([b.close(), c.close(), again.close()])
    return { heard, n, who }
  })
  assert.equal(loads, 1)
  assert.deepEqual(found.heard, { a: 2, b: 1 })
  assert.deepEqual(found.n, [2, 0, 2])
  assert.equal(found.who[0], found.who[1])
  assert.notEqual(found.who[0], found.who[2])
})

scenario('a listener that throws disturbs nobody', async (s) => {
  const { url } = await s.serve()
  const page = await blank(s, url)
  const heard = await page.evaluate(async () => {
    const db = await room()
    const all = []
    db.on('record', () => { throw new Error('of the page') })
    db.on('record', (r) => all.push(r.content))
    await db.put(1)
    await db.put(2)
    await db.close()
    return all
  })
  assert.deepEqual(heard, [1, 2])
  await onPage(page, 5, 'errors are reported', () => new Promise((resolve) => { setTimeout(resolve, 0, true) }))
  assert.deepEqual(s.takeErrors().map((e) => e.message), ['of the page', 'of the page'])
})

// What makes a call end in a Go panic, and in an exception that unwinds the Go
// program.
const crashes = {
  'a panic': {
    call: 'all',
    name: 'MessageChannel',
    value: '() => { throw new TypeError("none") }',
    says: /crashed: panic: /,
  },
  'a trap': {
    call: 'put',
    name: 'crypto',
    value: '({ getRandomValues() { throw new RangeError("no more") } })',
    says: /crashed: no more/,
  },
}

for (const [name, crash] of Object.entries(crashes)) {
  scenario(`after ${name} all calls reject, and open starts a new engine`, async (s) => {
    const { url } = await s.serve()
    const page = await blank(s, url)
    const found = await page.evaluate(async ({ call, name: global, value }) => {
      const [a, b] = [await room({ room: 'a' }), await room({ room: 'b' })]
      await a.put(0)
      const errors = []
      a.on('error', (e) => errors.push(`a ${e.code}`))
      b.on('error', (e) => errors.push(`b ${e.code}`))
      const own = Object.getOwnPropertyDescriptor(globalThis, global)
      Object.defineProperty(globalThis, global, { value: (0, eval)(value), configurable: true })
      const message = await a[call](1).catch((e) => `${e.code}: ${e.message}`)
      Object.defineProperty(globalThis, global, own)
      const codes = [await codeOf(a.put(2)), await codeOf(b.get('x'))]
      let thrown
      try {
        a.root()
      } catch (e) {
        thrown = e.code
      }
      const off = a.on('record', () => {})
      off()
      const closed = await codeOf(a.close())
      const fresh = await room({ room: 'a' })
      const { content } = await fresh.put('alive')
      await fresh.close()
      return { message, errors, codes, thrown, closed, content }
    }, crash)
    assert.match(found.message, crash.says)
    assert.match(found.message, /^engine_crashed: /)
    assert.deepEqual(found.errors, ['a engine_crashed', 'b engine_crashed'])
    assert.deepEqual(found.codes, ['true engine_crashed', 'true engine_crashed'])
    assert.equal(found.thrown, 'engine_crashed')
    assert.equal(found.closed, 'resolved')
    assert.equal(found.content, 'alive')
  })
}
