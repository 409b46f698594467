// Tabs of one browser: peers with one identity, over one IndexedDB.
import assert from 'node:assert/strict'
import { contents, entries, equalRoots, holds, live, opened, rootOf } from './lib/database.mjs'
import { scenario } from './lib/scenario.mjs'
import { onPage, until } from './lib/wait.mjs'

// pair opens a database in two tabs of one profile at once.
async function pair(s, kind, url) {
  const browser = await s.sharedBrowser(kind)
  const context = await s.context(browser)
  const tabs = [await s.page(browser, context), await s.page(browser, context)]
  await Promise.all(tabs.map((p) => opened(p, url)))
  await Promise.all(tabs.map((p) => live(p)))
  return tabs
}

const unique = (list) => new Set(list).size

for (const kind of ['chromium', 'firefox']) {
  scenario(`two tabs are two peers with one identity and one store, in ${kind}`, async (s) => {
    const { url } = await s.serve()
    const [a, b] = await pair(s, kind, url)
    const [mine, peers] = [await a.evaluate(() => db.identity().npub), await b.evaluate(() => db.peers())]
    assert.deepEqual([await b.evaluate(() => db.identity().npub), peers.length, peers[0].npub], [mine, 1, mine])

    const uuid = await a.evaluate(async () => (await db.put('from a')).uuid)
    await b.evaluate(() => db.put('from b'))
    await Promise.all([a, b].map((p) => holds(p, 'from a', 'from b')))
    // Each may change and delete what the other wrote.
    await b.evaluate((u) => db.put('from a, changed by b', { uuid: u }), uuid)
    await holds(a, 'from a, changed by b', 'from b')
    await a.evaluate((u) => db.delete(u), uuid)
    await Promise.all([a, b].map((p) => holds(p, 'from b')))
    await equalRoots(a, b)

    // Both write one record at the same time, over and over.
    await Promise.all([a, b].map((p, i) => p.evaluate(async (tab) => {
      for (let n = 0; n < 10; n++) await Promise.all([1, 2, 3].map((m) => db.put({ tab, n, m }, { key: 'one' })))
    }, i)))
    await equalRoots(a, b)
    const both = await contents(a)
    assert.equal(both.length, 2)
    assert.deepEqual(await contents(b), both)

    // What is left in the store of older versions goes at the next start.
    await Promise.all([a, b].map((p) => p.goto('about:blank')))
    await opened(a, url, { trackers: [] })
    assert.deepEqual(await contents(a), both)
    await until(10, 'one version of each is stored', async () => {
      const uuids = await entries(a)
      return uuids.length === 3 && unique(uuids) === 3 // one is the deletion
    })
  })
}

// How a tab may end in the middle of its work.
const ends = {
  'its process crashes': async (page) => {
    const gone = new Promise((resolve) => { page.once('error', resolve) })
    const client = await page.createCDPSession()
    client.send('Page.crash').catch(() => {}) // nobody is left to answer
    await gone
  },
  'it is closed': (page) => page.close(),
}

for (const [how, end] of Object.entries(ends)) {
  scenario(`what a tab was told is stored is there when ${how} while it writes`, async (s) => {
    const { url } = await s.serve()
    const browser = await s.sharedBrowser('chromium')
    const context = await s.context(browser)
    const [survivor, victim] = [await s.page(browser, context), await s.page(browser, context)]
    await Promise.all([opened(survivor, url), opened(victim, url)])
    await Promise.all([live(survivor), live(victim)])

    const [writers, each] = [20, 100]
    const stored = []
    await victim.exposeFunction('isStored', (what) => { stored.push(what) })
    // New records, and between them versions of ten that count up.
    victim.evaluate(async (writers, each) => {
      let n = 0
      const put = (content, options) => db.put(content, options).then(() => isStored(content))
      const write = async () => {
        for (let i = 0; i < each; i++) {
          await (n++ % 2 ? put({ fresh: n }) : put({ counter: n % 20, at: n }, { key: `counter ${n % 20}` }))
        }
      }
      await Promise.all(Array.from({ length: writers }, write))
    }, writers, each).catch(() => {}) // it ends with the page
    await until(20, 'many are stored', () => stored.length > 300)
    await end(victim)
    assert.ok(stored.length < writers * each, 'it ended in the middle')

    await opened(survivor, url, { trackers: [] })
    const held = await contents(survivor)
    const fresh = new Set(held.filter((c) => 'fresh' in c).map((c) => c.fresh))
    const counters = new Map(held.filter((c) => 'counter' in c).map((c) => [c.counter, c.at]))
    assert.equal(fresh.size + counters.size, held.length, 'one version of each')
    for (const c of stored) {
      if ('fresh' in c) assert.ok(fresh.has(c.fresh), `${JSON.stringify(c)} is lost`)
      else assert.ok(counters.get(c.counter) >= c.at, `${JSON.stringify(c)} is lost; ${counters.get(c.counter)} is there`)
    }

    // It goes on where the other stopped.
    await survivor.evaluate(() => db.put({ counter: 1, at: 'last' }, { key: 'counter 1' }))
    const root = await rootOf(survivor)
    await opened(survivor, url, { trackers: [] })
    assert.equal(await rootOf(survivor), root)
    assert.deepEqual((await contents(survivor)).filter((c) => c.counter === 1), [{ counter: 1, at: 'last' }])
    const uuids = await entries(survivor)
    assert.equal(unique(uuids), uuids.length)
  })
}

for (const kind of ['chromium', 'firefox']) {
  scenario(`a room is erased while another tab has it open, in ${kind}`, async (s) => {
    const { url } = await s.serve()
    const [a, b] = await pair(s, kind, url)
    const [me, uuid] = await a.evaluate(async () => {
      const { uuid } = await db.put('to be erased')
      await db.pin(uuid)
      return [db.identity(), uuid]
    })
    await holds(b, 'to be erased')
    // What is under way ends one way or the other.
    const writes = b.evaluate(() => Promise.all(Array.from({ length: 100 }, (_, n) => codeOf(db.put({ n })))))
    const [codes, erased] = await Promise.all([writes, a.evaluate(() => codeOf(PeersetDB.erase('room')))])
    assert.equal(erased, 'resolved')
    for (const code of new Set(codes)) assert.match(code, /^(resolved|storage_closed)$/)

    // Both tabs had it open. Each says so, and closes as ever.
    for (const page of [a, b]) {
      assert.equal(await page.evaluate(() => codeOf(db.put('no'))), 'storage_closed')
      assert.equal(await page.evaluate((u) => codeOf(db.get(u)), uuid), 'storage_closed')
      assert.equal(await page.evaluate(() => codeOf(db.all())), 'storage_closed')
      await onPage(page, 5, 'the page hears of it', () => errors.includes('storage_closed'))
      assert.equal(await page.evaluate(() => codeOf(db.close())), 'resolved')
    }
    assert.deepEqual((await a.evaluate(() => indexedDB.databases())).map(({ name }) => name), ['peerset.vault'])

    // The room begins anew, with the identity that was.
    for (const page of [a, b]) await page.evaluate(() => openDb({}))
    await Promise.all([live(a), live(b)])
    for (const page of [a, b]) {
      assert.deepEqual(await page.evaluate(() => [db.identity(), db.stats().pinned]), [me, 0])
      assert.deepEqual(await contents(page), [])
    }
    await b.evaluate(() => db.put('anew'))
    await holds(a, 'anew')
  })
}
