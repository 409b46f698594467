// The JavaScript API as pages of all kinds use it. What it does with wrong
// arguments and after a crash is in loader.test.mjs.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bare, contents, entries, equalRoots, holds, live, opened, rootOf } from './lib/database.mjs'
import { scenario } from './lib/scenario.mjs'
import { root } from './lib/serve.mjs'
import { site } from './lib/site.mjs'
import { onPage, until } from './lib/wait.mjs'

const html = (head) => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${head}`

for (const kind of ['chromium', 'firefox']) {
  scenario(`the example of the README, in ${kind}`, async (s) => {
    const { tracker } = await s.serve()
    const [, text] = /```html\n([^]*?)```/.exec(await readFile(join(root, 'README.md'), 'utf8'))
    const local = text.replace("room: 'my-room'", `$&, trackers: ['${tracker}']`)
    assert.notEqual(local, text)
    const { url, stop } = await site({ '/page.html': html(local) })
    s.onEnd(stop)
    const browser = await s.sharedBrowser(kind)
    const said = await Promise.all([0, 1].map(async () => {
      const [page, lines] = [await s.page(browser), []]
      page.on('console', (m) => lines.push(m.text()))
      await page.goto(`${url}page.html`)
      return lines
    }))
    const authors = (lines) => new Set(lines.flatMap((l) => /^(npub1\w+) hello again$/.exec(l)?.[1] ?? []))
    await until(20, 'each page hears of both', () => said.every((lines) => authors(lines).size === 2))
    await until(20, 'and of its peer', () => said.every((lines) => lines.some((l) => /^npub1\w+ live$/.test(l))))
    assert.deepEqual(authors(said[0]), authors(said[1]))
  })
}

// example is a script that has the database as `db`
// and lists what it hears.
const example = (room, tracker) => `
  window.heard = []
  window.opening = PeersetDB.open({ room: '${room}', trackers: ['${tracker}'] }).then((db) => {
    window.db = db
    db.on('record', (r) => heard.push('record ' + JSON.stringify(r.content)))
    db.on('delete', (d) => heard.push('delete ' + d.uuid))
    db.on('peer', (p) => heard.push('peer ' + p.state))
  })`
const classic = (src, script) => html(`<script src="${src}"></script><script>${script}</script>`)
const module = (src, script) => html(`<script type="module">import PeersetDB from '${src}'\n${script}</script>`)

// loaded waits for the example of a page.
const loaded = async (page, url) => {
  await page.goto(url)
  await onPage(page, 20, 'the example is open', () => window.opening?.then(() => true))
}
const hears = (page, what) => onPage(page, 10, `the page hears ${what}`, (w) => heard.includes(w), what)

for (const kind of ['chromium', 'firefox']) {
  scenario(`a classic script and a module meet, in ${kind}`, async (s) => {
    const { tracker } = await s.serve()
    const { url, stop } = await site({
      '/pages/classic.html': classic('../lib/peerset.js', example('api', tracker)),
      '/pages/module.html': module('../lib/peerset.mjs', example('api', tracker)),
    })
    s.onEnd(stop)
    const browser = await s.sharedBrowser(kind)
    const [a, b] = [await s.page(browser), await s.page(browser)]
    await Promise.all([loaded(a, `${url}pages/classic.html`), loaded(b, `${url}pages/module.html`)])
    await Promise.all([live(a), live(b)])
    await Promise.all([hears(a, 'peer live'), hears(b, 'peer live')])
    const [me, other] = await Promise.all([a, b].map((p) => p.evaluate(() => [db.identity().npub, db.peers()[0].npub])))
    assert.deepEqual(me, [...other].reverse())

    const put = await a.evaluate(() => db.put({ text: 'hello' }))
    await hears(b, 'record {"text":"hello"}')
    const got = await b.evaluate((uuid) => db.get(uuid), put.uuid)
    assert.deepEqual(got, put)
    assert.equal(got.author.npub, me[0])
    assert.deepEqual(await b.evaluate(() => db.all()), [put])

    // A new version, by uuid.
    const second = await a.evaluate((uuid) => db.put({ text: 'hello again' }, { uuid }), put.uuid)
    assert.equal(second.uuid, put.uuid)
    assert.equal(second.created_at, put.created_at)
    await hears(b, 'record {"text":"hello again"}')
    await holds(b, { text: 'hello again' })

    // And by key: an author's record of one name is one, and another author's is another.
    const keyed = await a.evaluate(() => db.put(1, { key: 'count' }))
    assert.equal((await a.evaluate(() => db.put(2, { key: 'count' }))).uuid, keyed.uuid)
    await hears(b, 'record 2')
    assert.notEqual((await b.evaluate(() => db.put(3, { key: 'count' }))).uuid, keyed.uuid)
    await hears(a, 'record 3')
    await Promise.all([a, b].map((p) => holds(p, { text: 'hello again' }, 2, 3)))

    // What is another's can be read only.
    for (const fn of [(uuid) => db.put('mine', { uuid }), (uuid) => db.delete(uuid)]) {
      const code = await b.evaluate(`(${fn})('${put.uuid}').then(() => 'resolved', (e) => e instanceof Error && e.name + ' ' + e.code)`)
      assert.equal(code, 'PeersetError not_author')
    }

    await a.evaluate((uuid) => db.delete(uuid), put.uuid)
    await hears(b, `delete ${put.uuid}`)
    assert.equal(await b.evaluate((uuid) => db.get(uuid), put.uuid), null)
    assert.equal(await b.evaluate(() => db.get('00000000-0000-8000-8000-000000000000')), null)
    await equalRoots(a, b)

    await a.evaluate(() => db.close())
    await hears(b, 'peer closed')
    assert.deepEqual(await b.evaluate(() => db.peers()), [])
    assert.deepEqual(await contents(b), [2, 3])
  })
}

scenario('a page of another site loads script and wasm from a server that allows it', async (s) => {
  const { url: from, stop } = await site({}, { 'Access-Control-Allow-Origin': '*' })
  s.onEnd(stop)
  const { tracker } = await s.serve()
  const noCORS = await site({})
  s.onEnd(noCORS.stop)
  const other = await site({
    '/classic.html': classic(`${from}v1/peerset.js`, example('r', tracker)),
    '/module.html': module(`${from}v1/peerset.mjs`, example('r', tracker)),
    '/refused.html': classic(`${noCORS.url}peerset.js`, ''),
  })
  s.onEnd(other.stop)
  const browser = await s.sharedBrowser('chromium')
  for (const name of ['classic', 'module']) {
    const page = await s.page(browser)
    await loaded(page, `${other.url}${name}.html`)
    assert.equal((await page.evaluate((n) => db.put(n), name)).content, name)
  }
  const page = await s.page(browser)
  await page.goto(`${other.url}refused.html`)
  const refused = () => page.evaluate(() => PeersetDB.open({ room: 'r', trackers: [], storage: 'memory' })
    .catch((e) => `${e.code}: ${e.message}`))
  assert.match(await refused(), /^load_failed: http.*\/peerset\.wasm .*CORS/)
  // A copy of the wasm beside the page will do.
  const { content } = await page.evaluate(async () => {
    const db = await PeersetDB.open({ room: 'r', trackers: [], storage: 'memory', wasmUrl: 'peerset.wasm' })
    return db.put('from here')
  })
  assert.equal(content, 'from here')
})

scenario('what a browser never had is named', async (s) => {
  const { url, stop } = await site({ '/page.html': classic('peerset.js', '') })
  s.onEnd(stop)
  const browser = await s.sharedBrowser('chromium')
  for (const name of ['RTCPeerConnection', 'indexedDB', 'WebAssembly']) {
    const page = await s.page(browser)
    await page.evaluateOnNewDocument((missing) => { delete globalThis[missing] }, name)
    await page.goto(`${url}page.html`)
    const found = await page.evaluate(() => PeersetDB.open({ room: 'r', trackers: [] }).catch((e) => `${e.code}: ${e.message}`))
    assert.match(found, new RegExp(`^unsupported: .*${name}`))
    await page.close()
  }
})

scenario('databases of one page meet if they share a room, and only then', async (s) => {
  const { url } = await s.serve()
  const page = await bare(await s.page(await s.sharedBrowser('chromium')), url)
  await page.evaluate(async () => {
    const names = { a: 'one', b: 'one', other: 'two' }
    for (const [name, room] of Object.entries(names)) {
      await openDb({ room, storage: 'memory' })
      window[name] = db
    }
    await other.put('of the other room')
    await a.put('from a')
    await b.put('from b')
  })
  await onPage(page, 20, 'a and b agree', () => a.root() === b.root())
  const found = await page.evaluate(async () => ({
    a: (await a.all()).map((r) => r.content).sort(),
    other: (await other.all()).map((r) => r.content),
    peers: [a, b, other].map((d) => d.peers().map((p) => p.npub)),
    who: [a, b, other].map((d) => d.identity().npub),
  }))
  assert.deepEqual(found.a, ['from a', 'from b'])
  assert.deepEqual(found.other, ['of the other room'])
  assert.deepEqual(found.peers, [[found.who[1]], [found.who[0]], []])
  assert.equal(new Set(found.who).size, 3)
  await page.evaluate(() => Promise.all([a.close(), b.close(), other.close()]))
})

scenario('a database is opened, closed and opened again', async (s) => {
  const { url } = await s.serve()
  const browser = await s.sharedBrowser('chromium')
  const [page, other] = [await opened(await s.page(browser), url), await opened(await s.page(browser), url)]
  for (let i = 1; i <= 4; i++) {
    await live(page)
    await page.evaluate((n) => db.put({ n }, { key: `k${n % 2}` }), i)
    await equalRoots(page, other)
    await page.evaluate(() => db.close())
    assert.equal(await page.evaluate(() => codeOf(db.put(1))), 'closed')
    await onPage(other, 10, 'the peer is gone', () => db.peers().length === 0)
    await page.evaluate(() => openDb())
  }
  await equalRoots(page, other)
  await Promise.all([page, other].map((p) => holds(p, { n: 3 }, { n: 4 })))
  // Opening at once what is just being closed is no problem either.
  await page.evaluate(() => { db.close(); return openDb() })
  await holds(page, { n: 3 }, { n: 4 })
  assert.equal(await rootOf(page), await rootOf(other))
  assert.equal((await entries(page)).length, 2)
})

scenario('after a crash of the engine a fresh open finds the records and the peers again', async (s) => {
  const { url } = await s.serve()
  const browser = await s.sharedBrowser('chromium')
  const [page, other] = [await opened(await s.page(browser), url), await opened(await s.page(browser), url)]
  await Promise.all([live(page), live(other)])
  await page.evaluate(() => db.put('before'))
  await holds(other, 'before')
  const code = await page.evaluate(async () => {
    const own = Object.getOwnPropertyDescriptor(globalThis, 'MessageChannel')
    Object.defineProperty(globalThis, 'MessageChannel', { value: () => { throw new TypeError('none') }, configurable: true })
    const crash = await codeOf(db.all())
    Object.defineProperty(globalThis, 'MessageChannel', own)
    return crash
  })
  assert.equal(code, 'engine_crashed')
  assert.deepEqual(await page.evaluate(() => errors), ['engine_crashed'])
  // Nobody takes it for alive.
  await onPage(other, 5, 'the peer is gone', () => db.peers().length === 0)
  await other.evaluate(() => db.put('meanwhile'))
  await page.evaluate(() => openDb())
  await holds(page, 'before', 'meanwhile')
  await page.evaluate(() => db.put('after'))
  await holds(other, 'before', 'meanwhile', 'after')
  await equalRoots(page, other)
})

for (const kind of ['chromium', 'firefox']) {
  scenario(`a strict Content-Security-Policy is enough, in ${kind}`, async (s) => {
    const { tracker } = await s.serve()
    const policy = "default-src 'none'; img-src data:; script-src 'self' 'wasm-unsafe-eval'; connect-src *; require-trusted-types-for 'script'; trusted-types 'none'"
    const { url, stop } = await site({
      '/page.html': html('<script src="peerset.js"></script><script type="module" src="page.mjs"></script>'),
      '/page.mjs': `import PeersetModule from './peerset.mjs'
        window.violations = []
        document.addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective + ' ' + e.blockedURI))
        const open = (P) => P.open({ room: 'csp', trackers: ['${tracker}'], storage: 'memory' })
        window.opening = Promise.all([open(PeersetDB), open(PeersetModule)]).then(([a, b]) => {
          window.heard = []
          window.db = a
          b.on('record', (r) => heard.push(r.content))
          return a.put('allowed')
        })`,
    }, { 'Content-Security-Policy': policy })
    s.onEnd(stop)
    const page = await s.page(await s.sharedBrowser(kind))
    await loaded(page, `${url}page.html`)
    await hears(page, 'allowed')
    assert.deepEqual(await page.evaluate(() => violations), [])
  })
}
