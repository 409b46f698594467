// The panes of the network page, each in a panel of its own: some over a double of a
// database, for states that are hard to come by, some over a real one.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { double, pages } from './lib/double.mjs'
import { bare, live } from './lib/database.mjs'
import { scenario } from './lib/scenario.mjs'
import { root } from './lib/serve.mjs'
import { site } from './lib/site.mjs'
import { onPage } from './lib/wait.mjs'

const seconds = 15
const every = ['peerset-identity', 'peerset-set', 'peerset-figures', 'peerset-connection', 'peerset-moderation', 'peerset-console']

// panes opens a page with a double of a database.
async function panes(s, tags = every, options = {}) {
  const { url, stop } = await site(pages)
  s.onEnd(stop)
  const page = await s.page(await s.sharedBrowser('chromium'))
  await page.goto(`${url}panes.html`)
  await page.evaluate(double, tags, options)
  await onPage(page, seconds, 'the panes show the database', () => [...document.querySelectorAll('peerset-panel section > *')].every((el) => el.model?.stats && el.shadowRoot.textContent.trim()))
  return page
}

const click = (page, tag, selector) => page.locator(`${tag} >>> ${selector}`).click()

// fill replaces what an input holds, as somebody at a keyboard does.
async function fill(page, tag, selector, text) {
  await onPage(page, seconds, `${tag} has ${selector}`, (name, want) => {
    const input = document.querySelector(name).shadowRoot.querySelector(want)
    input?.focus()
    input?.select()
    return Boolean(input)
  }, tag, selector)
  if (text === '') await page.keyboard.press('Backspace')
  else await page.keyboard.type(text)
}

const textOf = (page, tag) => page.$eval(tag, (el) => el.shadowRoot.textContent.replace(/\s+/g, ' '))

// says waits until a pane says something.
const says = (page, tag, text) => onPage(page, seconds, `${tag} says "${text}"`, (name, want) => {
  return document.querySelector(name).shadowRoot.textContent.replace(/\s+/g, ' ').includes(want)
}, tag, text)

const callsOf = (page, name) => page.evaluate((n) => calls.filter(([called]) => called === n).map(([, ...args]) => args), name)
const asked = (page) => page.evaluate(() => asked)

scenario('axe finds nothing in the panes, light or dark, wide or narrow, open or closed', async (s) => {
  const page = await panes(s)
  const axe = await readFile(join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8')
  await page.evaluate(axe)
  await page.evaluate(() => {
    db.emit('peer', { ...db.is.peers[0], id: 'gone', state: 'closed', reason: { code: 'room_full', text: '', remote: true } })
    db.emit('error', { code: 'storage_full', message: 'the disk is full' })
    db.emit('range', { peer: 'c1', from: Date.now() - 864e5, to: Date.now(), kind: 'ids', out: true })
  })
  await click(page, 'peerset-console', '#toggle')
  await click(page, 'peerset-console', '.line > button')
  await click(page, 'peerset-moderation', 'summary')
  const check = async (state) => {
    const found = await page.evaluate(async () => (await axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })).violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.flat().join(' ')} ${n.failureSummary}`).join('; ')}`))
    assert.deepEqual(found, [], state)
  }
  for (const scheme of ['light', 'dark']) {
    // Reduced motion ends what would be half way through a fade.
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }, { name: 'prefers-reduced-motion', value: 'reduce' }])
    for (const width of [1440, 360]) {
      await page.setViewport({ width, height: 900 })
      await check(`${scheme}, ${width}`)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth)
      assert.ok(wide <= width, `at ${width} the page is ${wide} wide`)
    }
    await click(page, 'peerset-identity', '#me')
    for (const way of ['signer', 'ncryptsec', 'fresh', 'nsec']) {
      await click(page, 'peerset-identity', `[data-way=${way}]`)
      await check(`${scheme}, signing in by ${way}`)
    }
    await page.keyboard.press('Escape')
    await click(page, 'peerset-figures', '#erase')
    await check(`${scheme}, erasing`)
    await page.keyboard.press('Escape')
  }
})

scenario('the set shows the days of a peer that differ, by mouse and by keyboard, and lights up ranges', async (s) => {
  const page = await panes(s, ['peerset-set'])
  await says(page, 'peerset-set', '60 buckets')
  await says(page, 'peerset-set', 'equal')
  await page.select('peerset-set >>> #peer', 'c2')
  await says(page, 'peerset-set', '2 buckets differ')
  const labels = await page.$eval('peerset-set', (el) => [...el.shadowRoot.querySelectorAll('[role=option]')].map((o) => o.getAttribute('aria-label')))
  assert.equal(labels.length, 91)
  assert.equal(labels.filter((l) => l.endsWith('differs')).length, 2)

  await page.focus('peerset-set >>> #days')
  const chosen = () => page.$eval('peerset-set', (el) => {
    const [option, ...others] = [...el.shadowRoot.querySelectorAll('[aria-selected=true]')]
    return others.length === 0 && el.shadowRoot.querySelector('#days').getAttribute('aria-activedescendant') === option.id && option.getAttribute('aria-label')
  })
  assert.equal(await chosen(), labels.at(-1))
  for (const [key, index] of [['ArrowLeft', 83], ['ArrowUp', 82], ['Home', 0], ['ArrowUp', 0], ['End', 90], ['ArrowDown', 90], ['Home', 0]]) {
    await page.keyboard.press(key)
    await onPage(page, seconds, `${key} goes to ${labels[index]}`, (want) => document.querySelector('peerset-set').shadowRoot.querySelector('[aria-selected=true]').getAttribute('aria-label') === want, labels[index])
    assert.equal(await chosen(), labels[index])
  }
  await click(page, 'peerset-set', '[role=option].differs')
  await says(page, 'peerset-set', 'differs')

  await page.evaluate(() => {
    const [from, to] = [db.is.buckets[0].start, Date.now()]
    db.emit('range', { peer: 'c2', from, to, kind: 'fingerprint', out: true })
    db.emit('range', { peer: 'c2', from, to: from + 864e5, kind: 'ids', out: false })
  })
  await says(page, 'peerset-set', '2 ranges compared')
  const ranges = await page.$eval('peerset-set', (el) => [...el.shadowRoot.querySelectorAll('.range')].map((r) => ({ y: Number(r.getAttribute('y')), width: Number(r.getAttribute('width')), kind: r.getAttribute('class') })))
  assert.equal(ranges.length, 2)
  assert.ok(ranges[1].y > ranges[0].y && ranges[1].width < ranges[0].width, JSON.stringify(ranges))
})

scenario('the console filters, searches, pauses, expands, copies and exports, and keeps no more than it should', async (s) => {
  const page = await panes(s, ['peerset-console'])
  const lines = () => page.$eval('peerset-console', (el) => [...el.shadowRoot.querySelectorAll('.line .text')].map((l) => l.textContent.trim()))
  await page.evaluate(() => {
    globalThis.put = (uuid) => db.emit('record', { uuid, author: { npub: keyOf(1) }, updated_at: Date.now(), content: 'x'.repeat(50_000), integrity: { hash: 'ab' } })
    put('aaaaaaaa-1')
    db.emit('error', { code: 'storage_full', message: 'the disk is full' })
    db.is.stats.trackers[1] = { ...db.is.stats.trackers[1], connected: true, error: undefined, offers: 2, answers: 0 }
    db.emit('refused', { rule: 'words', reason: 'a bad word', author: keyOf(2), class: 'pure', action: 'refuse', at: Date.now() })
    db.emit('peer', { ...db.is.peers[0], state: 'syncing' })
    db.emit('peer', { ...db.is.peers[0], state: 'dialing', npub: undefined })
    db.is.root = 'cd'.repeat(32)
  })
  await says(page, 'peerset-console', '1 error')
  await click(page, 'peerset-console', '#toggle')
  await says(page, 'peerset-console', 'the root is now cdcdcd')
  await onPage(page, seconds, 'eleven lines', () => document.querySelector('peerset-console').shadowRoot.querySelectorAll('.line').length === 11)
  assert.ok((await lines()).includes('tracker.example.net/announce brought 2 offers and 0 answers'))
  assert.deepEqual(await page.$eval('peerset-console', (el) => [...new Set([...el.shadowRoot.querySelectorAll('.line')].map((l) => l.dataset.kind))].sort()),
    ['connection', 'database', 'error', 'merkle', 'moderation', 'signaling', 'sync'])

  await click(page, 'peerset-console', '[data-kind=database]')
  await onPage(page, seconds, 'the filter holds', () => document.querySelector('peerset-console').shadowRoot.querySelectorAll('.line').length === 10)
  await click(page, 'peerset-console', '[data-kind=database]')
  await fill(page, 'peerset-console', '#search', 'DISK')
  await onPage(page, seconds, 'the search holds', () => document.querySelector('peerset-console').shadowRoot.querySelectorAll('.line').length === 1)
  assert.deepEqual(await lines(), ['storage_full: the disk is full'])
  await click(page, 'peerset-console', '.line > button')
  await says(page, 'peerset-console', '"message": "the disk is full"')

  await page.evaluate(() => {
    globalThis.copied = []
    navigator.clipboard.writeText = async (text) => { copied.push(text) }
    URL.createObjectURL = (blob) => { globalThis.exported = blob; return 'blob:none' }
    HTMLAnchorElement.prototype.click = function () { globalThis.exportName = this.download }
  })
  await click(page, 'peerset-console', '#copy')
  await click(page, 'peerset-console', '#export')
  assert.deepEqual(JSON.parse(await page.evaluate(() => copied[0])).detail, { code: 'storage_full', message: 'the disk is full' })
  assert.equal(await page.evaluate(() => exported.text()), await page.evaluate(() => copied[0]))
  assert.match(await page.evaluate(() => exportName), /^peerset-.*\.jsonl$/)

  await fill(page, 'peerset-console', '#search', '')
  await click(page, 'peerset-console', '#pause')
  await page.evaluate(() => put('bbbbbbbb-2'))
  await says(page, 'peerset-console', 'Resume (1 waiting)')
  assert.ok(!(await textOf(page, 'peerset-console')).includes('bbbbbbbb'))
  await click(page, 'peerset-console', '#pause')
  await says(page, 'peerset-console', 'bbbbbbbb')

  await page.evaluate(() => { for (let i = 0; i < 10_000; i++) put(`cccccccc-${i}`) })
  await says(page, 'peerset-console', 'earlier')
  assert.equal((await lines()).length, 200)
  await click(page, 'peerset-console', '#copy')
  const kept = await page.evaluate(() => copied.at(-1))
  const count = kept.trim().split('\n').length
  assert.ok(count >= 2000 && count <= 2500 && kept.length < 1_500_000, `${count} lines of ${kept.length} characters`)
  const atEnd = () => onPage(page, seconds, 'the end is in view', () => {
    const list = document.querySelector('peerset-console').shadowRoot.querySelector('.lines')
    return list.scrollHeight - list.scrollTop - list.clientHeight < 40
  })
  await atEnd()

  const height = () => page.$eval('peerset-console', (el) => el.offsetHeight)
  const normal = await height()
  await click(page, 'peerset-console', '#maximise')
  assert.ok(await height() > normal)
  await atEnd()
  const foot = await page.$eval('peerset-console', (el) => el.shadowRoot.querySelector('section').getBoundingClientRect().bottom - innerHeight)
  assert.ok(foot < 1, `its foot is in sight, but for ${foot} pixels`)
  await page.keyboard.press('Escape')
  await onPage(page, seconds, 'it is as high as before', (want) => document.querySelector('peerset-console').offsetHeight === want, normal)
  await page.keyboard.press('Escape')
  assert.ok(await height() < 60)
})

scenario('figures send, reset and erase, but erase nothing before they have asked', async (s) => {
  const page = await panes(s, ['peerset-figures'])
  for (const text of ['2 live', '3 refused', '48.3 MB', '−140 ms', '812 kB', 'of ']) await says(page, 'peerset-figures', text)
  for (const kind of ['Records812 kB64 kB', 'Bucket hashes23.4 kB18.7 kB', 'Ranges4.1 kB5.2 kB', 'Lists of ids900 B1.2 kB', 'Handshakes, pings3 kB3.1 kB']) await says(page, 'peerset-figures', kind)
  await page.evaluate(() => { db.is.peers[0].traffic.recordsIn += 5_000_000 })
  await onPage(page, seconds, 'the rate shows', () => /Received [\d.]+ [kM]B\/s/.test(document.querySelector('peerset-figures').shadowRoot.textContent))
  await click(page, 'peerset-figures', '#compare')
  await click(page, 'peerset-figures', '#reset-stats')
  await onPage(page, seconds, 'both were asked for', () => ['compare', 'resetStats'].every((name) => calls.some(([called]) => called === name)))

  await click(page, 'peerset-figures', '#erase')
  await page.keyboard.press('Enter') // the focus is on what does no harm
  await onPage(page, seconds, 'the dialog is closed', () => !document.querySelector('peerset-figures').shadowRoot.querySelector('dialog').open)
  assert.deepEqual(await callsOf(page, 'erase'), [])
  await click(page, 'peerset-figures', '#erase')
  await click(page, 'peerset-figures', '#erase-now')
  await onPage(page, seconds, 'the page is asked to open the room again', () => asked.length === 1)
  assert.deepEqual(await callsOf(page, 'erase'), [['double']])
  assert.equal((await callsOf(page, 'close')).length, 1)
})

scenario('moderation tells what was refused and why, changes the policy, bans and undoes it', async (s) => {
  const page = await panes(s, ['peerset-moderation'])
  await says(page, 'peerset-moderation', 'the coordinates are out of range')
  await says(page, 'peerset-moderation', '1 peer moderates differently')
  await page.evaluate(() => db.emit('refused', { rule: 'quota', reason: 'more than 5 records', author: keyOf(6), carrier: keyOf(6), class: 'set', action: 'refuse', at: Date.now() }))
  await says(page, 'peerset-moderation', 'more than 5 records')
  await click(page, 'peerset-moderation', '[data-policy=strict]')
  await click(page, 'peerset-moderation', '[data-policy=standard]') // it is that already
  assert.deepEqual(await asked(page), [{ moderation: 'strict' }])

  const key = await page.evaluate(() => keyOf(8))
  await fill(page, 'peerset-moderation', '#npub', 'npub1short')
  await click(page, 'peerset-moderation', '.ban .danger')
  assert.deepEqual(await callsOf(page, 'ban'), [])
  await fill(page, 'peerset-moderation', '#npub', ` ${key} `)
  await page.select('peerset-moderation >>> #for', '7d')
  await click(page, 'peerset-moderation', '.ban .danger')
  await onPage(page, seconds, 'two bans', () => document.querySelector('peerset-moderation').shadowRoot.querySelectorAll('.bans li').length === 2)
  assert.deepEqual(await callsOf(page, 'ban'), [[key, { for: '7d' }]])
  await click(page, 'peerset-moderation', '.bans li:last-child .undo')
  await onPage(page, seconds, 'one ban', () => document.querySelector('peerset-moderation').shadowRoot.querySelectorAll('.bans li').length === 1)
  assert.deepEqual(await callsOf(page, 'unban'), [[key]])
})

scenario('connection tells how trackers are, why connections ended and what to do', async (s) => {
  const page = await panes(s, ['peerset-connection'])
  for (const text of ['1 of 2 connected', '12 offers delivered', '4 answers delivered', 'the server closed the connection (1006)', '3 × The connection was lost.']) await says(page, 'peerset-connection', text)
  await page.evaluate(() => {
    db.emit('peer', { ...db.is.peers[0], id: 'x', state: 'closed', reason: { code: 'room_full', text: '', remote: true } })
    db.emit('peer', { ...db.is.peers[0], id: 'y', state: 'closed', reason: { code: 'of_the_future', text: 'in the words of the engine', remote: false } })
  })
  await says(page, 'peerset-connection', 'maxPeers')
  await says(page, 'peerset-connection', 'in the words of the engine')
  await page.evaluate(() => { for (const t of db.is.stats.trackers) Object.assign(t, { connected: false, error: 'unreachable' }) })
  await says(page, 'peerset-connection', 'No tracker answers.')
})

scenario('identity signs in each way, says what fails, and shows no key that nobody asked for', async (s) => {
  const page = await panes(s, ['peerset-identity'])
  const signIn = async (way, values) => {
    await page.$eval('peerset-identity', (el) => { el.shadowRoot.querySelector('.login').open = true })
    await click(page, 'peerset-identity', `[data-way=${way}]`)
    for (const [name, value] of Object.entries(values)) await fill(page, 'peerset-identity', `#${name}`, value)
    await click(page, 'peerset-identity', '#sign-in')
  }
  await click(page, 'peerset-identity', '#me')
  await click(page, 'peerset-identity', '[data-way=nsec]')
  const isOf = (type) => onPage(page, seconds, `the key is a ${type}`, (want) => document.querySelector('peerset-identity').shadowRoot.querySelector('#nsec')?.type === want, type)
  await isOf('password')
  await click(page, 'peerset-identity', '[aria-pressed].icon')
  await isOf('text')
  await signIn('nsec', { nsec: 'nsec1secret', remember: 'a long passphrase' })
  await says(page, 'peerset-identity', 'Session until')
  assert.equal(await page.$eval('peerset-identity', (el) => [...el.shadowRoot.querySelectorAll('input')].map((i) => i.value).join('')), '', 'what was typed is gone')

  await signIn('unlock', { passphrase: 'wrong' })
  await says(page, 'peerset-identity', 'wrong_passphrase')
  await signIn('unlock', { passphrase: 'right' })
  await onPage(page, seconds, 'the error is gone', () => !document.querySelector('peerset-identity').shadowRoot.querySelector('.notice'))
  await signIn('ncryptsec', { ncryptsec: 'ncryptsec1x', passphrase: 'p' })
  await signIn('fresh', {})
  await says(page, 'peerset-identity', 'Export it now')
  assert.ok(await page.$eval('peerset-identity', (el) => el.shadowRoot.querySelector('#sign-in') && !globalThis.nostr))
  await page.evaluate(() => { globalThis.nostr = {} })
  await signIn('signer', {})
  await onPage(page, seconds, 'six attempts to log in', () => calls.filter(([name]) => name === 'login').length === 6)
  assert.deepEqual((await callsOf(page, 'login')).flat(), [
    { nsec: 'nsec1secret', remember: 'a long passphrase' }, { passphrase: 'wrong' }, { passphrase: 'right' },
    { ncryptsec: 'ncryptsec1x', passphrase: 'p' }, { fresh: true }, { signer: true },
  ])

  await click(page, 'peerset-identity', '#logout')
  await says(page, 'peerset-identity', 'Key of this device')
  await fill(page, 'peerset-identity', '#export-passphrase', 'a long passphrase')
  await click(page, 'peerset-identity', '#encrypt')
  await onPage(page, seconds, 'the encrypted key', () => document.querySelector('peerset-identity').shadowRoot.querySelector('#exported')?.value.startsWith('ncryptsec1'))
  await page.keyboard.press('Escape')
  await onPage(page, seconds, 'it is gone with the dialog', () => !document.querySelector('peerset-identity').shadowRoot.querySelector('#exported'))

  await page.evaluate(() => { db.is.identity = { ...db.is.identity, type: 'key', locked: true, remembered: true } })
  await says(page, 'peerset-identity', 'locked')
  await click(page, 'peerset-identity', '#me')
  await says(page, 'peerset-identity', 'sign in again: the key is not on this page')
  assert.ok(await page.$eval('peerset-identity', (el) => el.shadowRoot.querySelector('[data-way=unlock]').getAttribute('aria-pressed') === 'true'))
})

// real opens a database of the engine, and shows it in panes.
async function real(page, url, tags, options) {
  await bare(page, url)
  await page.evaluate(async (from, names, more) => {
    await import(from)
    const panel = document.createElement('peerset-panel')
    panel.append(...names.map((name) => document.createElement(name)))
    document.body.replaceChildren(panel)
    await openDb(more)
    panel.options = { room: 'room', ...more }
    panel.db = db
  }, `${url}peerset-ui.mjs`, tags, options)
  return page
}

scenario('panes show two real databases that meet', async (s) => {
  const { url } = await s.serve()
  const browser = await s.sharedBrowser('chromium')
  const pages = [await s.page(browser), await s.page(browser)]
  for (const page of pages) await real(page, url, every, { storage: 'memory' })
  await pages[0].evaluate(async () => { for (let i = 0; i < 5; i++) await db.put({ text: `record ${i}` }) })
  await Promise.all(pages.map((page) => live(page)))
  for (const page of pages) {
    await says(page, 'peerset-figures', '1 live')
    await says(page, 'peerset-set', '1 bucket')
    await says(page, 'peerset-set', '5 records')
    await says(page, 'peerset-set', 'equal')
    await says(page, 'peerset-connection', '1 of 1 connected')
    await click(page, 'peerset-console', '#toggle')
    await says(page, 'peerset-console', 'database 5')
  }
  await onPage(pages[0], seconds, 'ranges were compared', () => /[1-9]\d* ranges? compared/.test(document.querySelector('peerset-set').shadowRoot.textContent))
  for (const page of pages) {
    // What only one of the two sends is left out.
    const [traffic, peer] = await page.evaluate(() => [db.stats().traffic, db.peers()[0].traffic])
    for (const kind of ['bucketsIn', 'bucketsOut', 'rangesIn', 'rangesOut', 'otherIn', 'otherOut']) {
      assert.ok(traffic[kind] > 0 && peer[kind] > 0, `${kind}: ${traffic[kind]} in all, ${peer[kind]} of the peer`)
    }
  }
  await pages[1].evaluate(() => db.close())
  await says(pages[0], 'peerset-connection', 'The page was closed.')
})

scenario('a real record is refused, and a real peer is banned and the ban undone', async (s) => {
  const { url } = await s.serve()
  const browser = await s.sharedBrowser('chromium')
  const pages = [await s.page(browser), await s.page(browser)]
  for (const page of pages) await real(page, url, ['peerset-moderation', 'peerset-connection', 'peerset-console'], { storage: 'memory' })
  const [a, b] = pages
  assert.equal(await a.evaluate(() => codeOf(db.put({ text: 'go to https://spam.example now' }))), 'refused_no_links')
  await says(a, 'peerset-moderation', 'noLinks')
  await says(a, 'peerset-console', 'was refused by noLinks')

  await Promise.all(pages.map((page) => live(page)))
  const key = await b.evaluate(() => db.identity().npub)
  await fill(a, 'peerset-moderation', '#npub', key)
  await click(a, 'peerset-moderation', '.ban .danger')
  await says(a, 'peerset-moderation', 'until')
  await says(a, 'peerset-connection', 'This identity is banned here.')
  await says(b, 'peerset-connection', 'The peer has banned this identity of yours.')
  await says(b, 'peerset-connection', 'said the peer')
  await live(a, 0)
  await click(a, 'peerset-moderation', '.undo')
  await onPage(a, seconds, 'no bans', () => db.bans().length === 0)
  await live(a) // without waiting until the tracker is due
})

scenario('a real identity is made, exported, logged out and signed in again', async (s) => {
  const { url } = await s.serve()
  const page = await s.page(await s.sharedBrowser('chromium'))
  await real(page, url, ['peerset-identity'], {})
  const npub = () => page.evaluate(() => db.identity().npub)
  const device = await npub()
  await click(page, 'peerset-identity', '#me')
  await click(page, 'peerset-identity', '[data-way=fresh]')
  await click(page, 'peerset-identity', '#sign-in')
  await says(page, 'peerset-identity', 'Your key')
  const fresh = await npub()
  assert.notEqual(fresh, device)
  await fill(page, 'peerset-identity', '#export-passphrase', 'correct horse')
  await click(page, 'peerset-identity', '#encrypt')
  const key = await onPage(page, seconds, 'the key is exported', () => document.querySelector('peerset-identity').shadowRoot.querySelector('#exported')?.value)
  assert.match(key, /^ncryptsec1/)
  await click(page, 'peerset-identity', '#logout')
  await says(page, 'peerset-identity', 'Key of this device')
  assert.equal(await npub(), device)
  await click(page, 'peerset-identity', '[data-way=ncryptsec]')
  for (const passphrase of ['battery staple', 'correct horse']) {
    await fill(page, 'peerset-identity', '#ncryptsec', key)
    await fill(page, 'peerset-identity', '#passphrase', passphrase)
    await click(page, 'peerset-identity', '#sign-in')
    await says(page, 'peerset-identity', passphrase === 'correct horse' ? 'Your key' : 'wrong_passphrase')
  }
  assert.equal(await npub(), fresh)
})
