// What a browser keeps, and what happens when it cannot.
import assert from 'node:assert/strict'
import { bare, contents, entries, equalRoots, holds, live, opened, rootOf } from './lib/database.mjs'
import { scenario } from './lib/scenario.mjs'
import { site } from './lib/site.mjs'
import { onPage } from './lib/wait.mjs'

const alone = { trackers: [] }

for (const kind of ['chromium', 'firefox']) {
  scenario(`a reload finds everything, in ${kind}`, async (s) => {
    const { url } = await s.serve()
    const page = await opened(await s.page(await s.sharedBrowser(kind)), url, alone)
    await page.evaluate(async () => {
      const put = await Promise.all(Array.from({ length: 300 }, (_, i) => db.put({ i, text: 'x'.repeat(i) })))
      await Promise.all(put.slice(0, 50).map(({ uuid, content }) => db.put({ ...content, edited: true }, { uuid })))
      await Promise.all(put.slice(40, 60).map(({ uuid }) => db.delete(uuid)))
      await db.put('of one name', { key: 'k', collection: 'c', geo: { latitude: 1, longitude: 2 } })
    })
    const state = () => page.evaluate(async () => ({ root: db.root(), all: await db.all(), me: db.identity(), records: db.stats().records }))
    const before = await state()
    assert.equal(before.all.length, 281)
    assert.equal(before.records, 301)
    assert.equal((await entries(page)).length, 301)
    await opened(page, url, alone)
    assert.deepEqual(await state(), before)
  })

  scenario(`memory keeps nothing, also where nothing else is to be had, in ${kind}`, async (s) => {
    const { url } = await s.serve()
    const page = await opened(await s.page(await s.sharedBrowser(kind)), url, { ...alone, storage: 'memory' })
    const me = await page.evaluate(async () => {
      await db.put('gone')
      return db.identity().npub
    })
    assert.deepEqual(await page.evaluate(() => indexedDB.databases()), [])
    await opened(page, url, { ...alone, storage: 'memory' })
    assert.deepEqual(await contents(page), [])
    assert.notEqual(await page.evaluate(() => db.identity().npub), me)

    // A sandboxed frame has no storage.
    const { url: there, stop } = await site({
      '/page.html': '<!doctype html><link rel="icon" href="data:,"><iframe sandbox="allow-scripts" src="frame.html"></iframe>',
      '/frame.html': `<!doctype html><script src="peerset.js"></script><script>
        const open = (storage) => PeersetDB.open({ room: 'r', trackers: [], storage })
        const run = async () => ({
          refused: await open('indexeddb').catch((e) => e.code + ': ' + e.message),
          content: (await (await open('memory')).put('kept in mind')).content,
        })
        run().then((found) => parent.postMessage(found, '*'), (e) => parent.postMessage(String(e), '*'))
      </script>`,
    }, { 'Access-Control-Allow-Origin': '*' })
    s.onEnd(stop)
    await page.evaluateOnNewDocument(() => addEventListener('message', ({ data }) => { globalThis.framed = data }))
    await page.goto(`${there}page.html`)
    const framed = await onPage(page, 20, 'the frame answers', () => globalThis.framed)
    assert.equal(framed.content, 'kept in mind', JSON.stringify(framed))
    assert.match(framed.refused, /^(storage_unavailable|unsupported): .*storage: 'memory'/)
  })
}

// small returns a page whose site may store a megabyte, and functions that set another
// limit and lift it. It is the browser's own profile, since Chromium limits no other.
async function small(s, url) {
  const browser = await s.browser('chromium')
  const page = await s.page(browser, browser.defaultBrowserContext())
  const client = await page.createCDPSession()
  const setQuota = (quotaSize) => client.send('Storage.overrideQuotaForOrigin', { origin: new URL(url).origin, quotaSize })
  await setQuota(1_000_000)
  return { page, setQuota, lift: () => setQuota() }
}

const long = (text) => text.padEnd(50_000, ' .')

// pinned puts a record that stays when room is made.
const pinned = (page, content, key) => page.evaluate(async (c, k) => {
  const { uuid } = await db.put(c, { key: k })
  await db.pin(uuid)
}, content, key)

// fill lets pinned records grow until there is no more room, and returns the code of the
// first write that failed.
const fill = (page) => page.evaluate(async () => {
  const keys = Array.from({ length: 30 }, (_, n) => `fill ${n}`)
  for (const key of keys) await db.pin((await db.put(key, { key })).uuid)
  for (const key of keys) {
    const code = await codeOf(db.put(key.padEnd(50_000, ' .'), { key }))
    if (code !== 'resolved') return code
  }
  return 'none'
})

scenario('a full disk fails writes, and nothing else', async (s) => {
  const { url } = await s.serve()
  const { page, lift } = await small(s, url)
  await opened(page, url, alone)
  const put = (content, options) => page.evaluate((c, o) => codeOf(db.put(c, o)), content, options)
  await pinned(page, 'edit me', 'k')
  assert.equal(await fill(page), 'storage_full')
  const [root, all] = [await rootOf(page), await contents(page)]
  assert.equal(all.length, 31)
  assert.equal(await put(long('a new version'), { key: 'k' }), 'storage_full')
  await onPage(page, 5, 'an error event for each', () => errors.length === 2)
  assert.deepEqual(await page.evaluate(() => errors), ['storage_full', 'storage_full'])
  const same = async () => assert.deepEqual([await rootOf(page), await contents(page)], [root, all])
  await same()

  // Who comes while it is full finds the same.
  await opened(page, url, alone)
  await same()
  assert.equal(await put(long('a new version'), { key: 'k' }), 'storage_full')
  await same()

  await lift()
  assert.equal(await put(long('a new version'), { key: 'k' }), 'resolved')
  const goesOn = [...all.filter((c) => c !== 'edit me'), long('a new version')]
  await holds(page, ...goesOn)
  await opened(page, url, alone)
  await holds(page, ...goesOn)
})

scenario("a full disk takes what is not pinned: others' records first, a few of one's own last", async (s) => {
  const { url } = await s.serve()
  const { page } = await small(s, url)
  const other = await opened(await s.page(await s.sharedBrowser('chromium')), url)
  await opened(page, url)
  await Promise.all([live(page), live(other)])
  await page.evaluate(async () => {
    globalThis.gone = []
    db.on('prune', ({ why, uuids }) => gone.push([why, uuids.length]))
    for (let n = 0; n < 15; n++) await db.put({ mine: n })
  })
  await other.evaluate(async () => { for (let n = 0; n < 5; n++) await db.put({ theirs: n }) })
  await equalRoots(page, other)
  await page.evaluate(async () => db.pin((await db.all()).find((r) => r.content.theirs === 4).uuid))

  // How many are left of whom.
  const left = async (p) => {
    const all = await contents(p)
    return ['mine', 'theirs'].map((whose) => all.filter((c) => whose in Object(c)).length)
  }
  const told = (n) => onPage(page, 10, 'the page is told', (want) => gone.length === want && gone, n)
  assert.equal(await fill(page), 'storage_full')
  assert.deepEqual(await told(1), [['evicted', 4]])
  assert.deepEqual(await left(page), [15, 1])
  assert.equal(await page.evaluate((text) => codeOf(db.put(text)), long('one more')), 'storage_full')
  assert.deepEqual((await told(2))[1], ['evicted', 2])
  assert.deepEqual(await left(page), [13, 1])
  assert.deepEqual(await left(other), [15, 5])
})

scenario('what comes while the disk is full arrives when it is not', async (s) => {
  const { url } = await s.serve()
  const { page: full, lift } = await small(s, url)
  // A clock that can be put forward.
  await full.evaluateOnNewDocument(() => {
    globalThis.ahead = 0
    const { getTime } = Date.prototype
    Date.prototype.getTime = function () { return getTime.call(this) + ahead }
  })
  await opened(full, url)
  await fill(full)
  const mine = await contents(full)
  const other = await opened(await s.page(await s.sharedBrowser('chromium')), url)
  await Promise.all([live(full), live(other)])
  await equalRoots(full, other)
  const { id } = await full.evaluate(() => db.peers()[0])

  await full.evaluate(() => {
    globalThis.failed = 0
    db.on('error', (e) => { if (e.code === 'storage_full') failed += parseInt(e.message) })
  })
  const theirs = ['a', 'b', 'c'].map(long)
  await other.evaluate(async (texts) => { for (const t of texts) await db.put(t) }, theirs)
  await onPage(full, 10, 'the page hears of each', () => failed === 3)
  await holds(full, ...mine)
  await lift()
  await other.evaluate(() => db.put('later'))
  await holds(full, ...mine, 'later')
  // What failed is asked for again after a minute, of the same peer.
  await full.evaluate(() => { ahead = 61_000 })
  await holds(full, ...mine, 'later', ...theirs)
  await equalRoots(full, other)
  assert.deepEqual(await full.evaluate(() => db.peers().map((p) => p.id)), [id])
})

// gorge stores random bytes beside the databases until not one more fits.
const gorge = (page) => page.evaluate(async () => {
  const filler = await new Promise((resolve, reject) => {
    const request = indexedDB.open('filler', 1)
    request.onupgradeneeded = () => request.result.createObjectStore('bytes', { autoIncrement: true })
    Object.assign(request, { onsuccess: () => resolve(request.result), onerror: () => reject(request.error) })
  })
  const fits = (n) => new Promise((resolve) => {
    const transaction = filler.transaction('bytes', 'readwrite')
    transaction.objectStore('bytes').put(crypto.getRandomValues(new Uint8Array(n)))
    Object.assign(transaction, { oncomplete: () => resolve(true), onabort: () => resolve(false) })
  })
  for (let n = 1 << 16; n > 0; n >>= 2) while (await fits(n));
  filler.close()
})

scenario('a full vault fails what would keep a key, and loses none', async (s) => {
  const { url } = await s.serve()
  const { page, setQuota } = await small(s, url)
  const identity = () => page.evaluate(() => db.identity())
  const code = (call, ...args) => page.evaluate((name, given) => codeOf(db[name](...given)), call, args)
  // full says what a call comes to where nothing more can be stored.
  const full = async (call, ...args) => {
    await gorge(page)
    return code(call, ...args)
  }
  let quota = 1_000_000
  const lift = () => setQuota(quota += 1_000_000)
  const reopened = () => opened(page, url, alone)

  // A browser that is full before the first visit has no key to go on with.
  await setQuota(1)
  await bare(page, url)
  assert.equal(await page.evaluate((o) => codeOf(openDb(o)), alone), 'storage_full')
  await lift()
  await reopened()
  const device = await identity()
  await pinned(page, 'mine', 'k')
  const [{ nsec }, other] = await page.evaluate(() => Promise.all([PeersetDB.generateKeys(), PeersetDB.generateKeys()]))
  const remember = 'my own words'

  assert.equal(await full('login', { nsec }), 'storage_full')
  assert.equal(await full('login', { nsec, remember }), 'storage_full')
  assert.equal(await full('ban', other.npub), 'storage_full')
  assert.equal(await full('put', 'no'), 'storage_full')
  assert.deepEqual(await identity(), device)
  await reopened()
  assert.deepEqual(await identity(), device, 'the key of the device is the same')
  assert.deepEqual(await contents(page), ['mine'])

  // Who is logged in stays so, and can log out: that needs no room.
  await lift()
  const me = await page.evaluate((how) => db.login(how), { nsec, remember })
  assert.equal(await full('login', { fresh: true, remember: 'other words' }), 'storage_full')
  assert.deepEqual(await identity(), me)
  await reopened()
  assert.deepEqual(await identity(), { ...me, locked: true })
  await lift()
  assert.equal(await code('login', { passphrase: remember }), 'resolved', 'the key that is remembered is the former one')
  assert.equal(await full('logout', { forget: true }), 'resolved')
  await reopened()
  assert.deepEqual(await identity(), device)
  await lift()
  assert.equal(await code('put', 'goes on'), 'resolved')
})

// next makes a page open its databases as a release with another schema would.
const next = (page) => page.evaluateOnNewDocument(() => {
  const { open } = IDBFactory.prototype
  IDBFactory.prototype.open = function (name, version) { return open.call(this, name, version + 1) }
})

scenario('tabs of two releases', async (s) => {
  const { url } = await s.serve()
  const browser = await s.sharedBrowser('chromium')
  const context = await s.context(browser)
  const [old, newer, raw] = [await s.page(browser, context), await s.page(browser, context), await s.page(browser, context)]
  await next(newer)
  await opened(old, url, alone)
  await old.evaluate(() => db.put('of the old release'))

  // Something else than us holds the room open and does not let go.
  await raw.goto(`${url}demo.js`)
  await raw.evaluate(() => new Promise((resolve, reject) => {
    const request = indexedDB.open('peerset:room')
    request.onerror = reject
    request.onsuccess = () => { globalThis.held = request.result; resolve() }
  }))
  await bare(newer, url)
  const refused = await newer.evaluate((o) => openDb(o).catch((e) => `${e.code}: ${e.message}`), alone)
  assert.match(refused, /^storage_blocked: .*tabs/)
  await raw.evaluate(() => held.close())

  // An old tab of ours lets go, and says so.
  await newer.evaluate((o) => openDb(o), alone)
  await holds(newer, 'of the old release')
  assert.equal(await old.evaluate(() => codeOf(db.put(1))), 'storage_closed')
  await onPage(old, 5, 'the page hears of it', () => errors.includes('storage_closed'))
  const back = await old.evaluate((o) => openDb(o).catch((e) => `${e.code}: ${e.message}`), alone)
  assert.match(back, /^storage_unavailable: .*version/)
})

scenario('a site whose data is cleared goes on with a new database', async (s) => {
  const { url } = await s.serve()
  const browser = await s.sharedBrowser('chromium')
  const context = await s.context(browser)
  const [page, other] = [await s.page(browser, context), await s.page(browser, context)]
  await opened(page, url, alone)
  await page.evaluate(() => db.put('to be cleared'))
  await other.goto(`${url}demo.js`)
  await other.evaluate(() => new Promise((resolve, reject) => {
    Object.assign(indexedDB.deleteDatabase('peerset:room'), { onsuccess: resolve, onerror: reject })
  }))
  assert.equal(await page.evaluate(() => codeOf(db.put('lost'))), 'storage_closed')
  await page.evaluate(async (o) => {
    await db.close()
    await openDb(o)
    await db.put('anew')
  }, alone)
  assert.deepEqual(await contents(page), ['anew'])
})
