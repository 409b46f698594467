// What a page sees of moderation.
import assert from 'node:assert/strict'
import { bare, holds, live, opened } from './lib/database.mjs'
import { scenario } from './lib/scenario.mjs'
import { onPage } from './lib/wait.mjs'

const alone = { trackers: [] }
const putCode = (page, content, options) => page.evaluate((c, o) => codeOf(db.put(c, o)), content, options)
const listen = (page, ...types) => page.evaluate((ts) => {
  globalThis.heard = []
  for (const type of ts) db.on(type, (detail) => heard.push({ type, ...detail }))
}, types)
const hears = (page, wanted) => onPage(page, 20, JSON.stringify(wanted), (w) => heard.find((e) => Object.entries(w).every(([k, v]) => e[k] === v)), wanted)

for (const kind of ['chromium', 'firefox']) {
  scenario(`neighbours with other policies, bans and labels, in ${kind}`, async (s) => {
    const { url } = await s.serve()
    const browser = await s.sharedBrowser(kind)
    const [strict, lax] = [await s.page(browser), await s.page(browser)]
    await opened(strict, url)
    await opened(lax, url, { moderation: 'open' })
    await listen(strict, 'refused', 'flagged', 'strike', 'ban', 'unban')
    await Promise.all([live(strict), live(lax)])
    const { npub } = await lax.evaluate(() => db.identity())
    await lax.evaluate(async () => { await db.put({ text: 'see https://example.com/' }); await db.put({ text: 'a fine day' }) })
    await holds(strict, { text: 'a fine day' })
    const refused = await hears(strict, { type: 'refused', rule: 'noLinks' })
    assert.deepEqual([refused.class, refused.action, refused.author, refused.carrier, refused.local], ['pure', 'refuse', npub, npub, false])
    assert(refused.reason && refused.uuid && refused.peer && refused.hash)
    const { name, hash, rules, recent } = await strict.evaluate(() => db.moderation())
    assert.equal(name, 'standard')
    assert.equal(rules.find((r) => r.name === 'noLinks').refused, 1)
    assert.equal(recent.length, 1)
    const theirs = await lax.evaluate(() => [db.moderation().hash, db.peers()[0].policy])
    assert.deepEqual([theirs[1], theirs[0] === hash], [hash, false])
    assert.equal(await putCode(strict, { text: 'see example.com' }), 'refused_no_links')
    await hears(strict, { type: 'refused', local: true })

    // A ban ends the connection, and is kept over a reload, whatever becomes of the page.
    const ban = await strict.evaluate((who) => db.ban(who, { for: '1h', reason: 'rude' }), npub)
    assert.deepEqual([ban.npub, ban.reason, ban.manual], [npub, 'rude', true])
    await hears(strict, { type: 'ban', npub })
    await onPage(strict, 20, 'no peers', () => db.peers().length === 0)
    await opened(strict, url)
    await listen(strict, 'unban')
    assert.deepEqual(await strict.evaluate(() => db.bans().map((b) => b.npub)), [npub])
    assert.equal(await strict.evaluate(() => codeOf(db.ban(db.identity().npub))), 'invalid_option')
    await strict.evaluate((who) => db.unban(who), npub)
    await hears(strict, { type: 'unban', npub })
    assert.deepEqual(await strict.evaluate(() => db.bans()), [])
    assert.equal(await strict.evaluate(() => codeOf(db.ban('npub1'))), 'invalid_key')
  })
}

scenario("the page's own rule, whatever it does", async (s) => {
  const { url } = await s.serve()
  const page = await bare(await s.page(await s.sharedBrowser('chromium')), url)
  await page.evaluate(async (o) => {
    const judge = ({ content }) => ({
      fine: true, 'later fine': Promise.resolve(true), no: 'not this', 'later no': Promise.resolve('not this either'),
      never: new Promise(() => {}), garbage: { ok: 1 }, nothing: undefined, empty: '', rejects: Promise.reject(new Error('rejected')).catch((e) => { throw e }),
    })[content] ?? (() => { throw new Error('it threw') })()
    const quiet = (r) => { const v = judge(r); return v }
    await openDb({ ...o, moderation: { extends: 'open', custom: { judge: quiet, deadline: 200 } } })
    globalThis.addEventListener('unhandledrejection', (e) => e.preventDefault())
  }, alone)
  for (const [content, want] of Object.entries({ fine: 'resolved', 'later fine': 'resolved', no: 'refused_custom', 'later no': 'refused_custom', never: 'refused_custom', garbage: 'refused_custom', nothing: 'refused_custom', empty: 'refused_custom', throws: 'refused_custom' })) {
    assert.equal(await putCode(page, content), want, content)
  }
  const said = await page.evaluate(() => db.put('no').catch((e) => [e.rule, e.message]))
  assert.equal(said[0], 'custom')
  assert.match(said[1], /not this/)
  await holds(page, 'fine', 'later fine')
  assert.equal(await page.evaluate(() => db.stats().refused), 0)
  s.takeErrors()
})

scenario('options that are wrong are named, and work does not freeze the page', async (s) => {
  const { url } = await s.serve()
  const page = await bare(await s.page(await s.sharedBrowser('chromium')), url)
  for (const [moderation, named] of [[{ noSpam: true }, 'noSpam'], [{ quota: { recordz: 1 } }, 'recordz'], ['lax', 'lax']]) {
    const said = await page.evaluate((o) => openDb(o).catch((e) => `${e.code} ${e.message}`), { ...alone, moderation })
    assert.match(said, new RegExp(`^invalid_policy .*${named}`))
  }
  await page.evaluate((o) => openDb(o), { ...alone, moderation: { extends: 'open', work: { bits: 16 } } })
  const { told, turns, hash } = await page.evaluate(async () => {
    let [turns, on] = [0, true]
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      turns++
      if (on) port2.postMessage(0)
    }
    port2.postMessage(0)
    const told = []
    const r = await db.put({ text: 'x'.repeat(8000) }, { onProgress: (tries, expected) => told.push([tries, expected]) })
    on = false
    return { told, turns, hash: r.integrity.hash }
  })
  assert.match(hash, /^0000/)
  assert(told.every(([tries, expected], i) => expected === 65536 && tries > (told[i - 1]?.[0] ?? 0)))
  assert(turns >= told.length, `the page had ${turns} turns in ${told.length} steps`)
})

scenario('storage is short: others go first, what is pinned not, oneself last', async (s) => {
  const { url } = await s.serve()
  const browser = await s.sharedBrowser('chromium')
  const [page, other] = [await s.page(browser), await s.page(browser)]
  await Promise.all([opened(page, url), opened(other, url)])
  await Promise.all([live(page), live(other)])
  await other.evaluate(async () => { for (const text of ['theirs', 'pinned']) await db.put(text) })
  await page.evaluate(() => db.put('own'))
  await holds(page, 'own', 'pinned', 'theirs')
  await page.evaluate(async () => { await db.pin((await db.all()).find((r) => r.content === 'pinned').uuid) })
  assert.equal(await page.evaluate(() => codeOf(db.pin('00000000-0000-8000-8000-000000000000'))), 'not_found')
  await page.evaluateOnNewDocument(() => { StorageManager.prototype.estimate = async () => ({ usage: 95, quota: 100 }) })
  await opened(page, url, alone)
  await holds(page, 'own', 'pinned')
  assert.deepEqual(await page.evaluate(() => db.prune()), { removed: 0 })
})
