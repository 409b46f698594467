import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { accessible, click, connected, openDemo, opened, put, rootOf, settled, shows, there } from './lib/demo.mjs'
import { double, pages } from './lib/double.mjs'
import { crowd, scroll } from './lib/crowd.mjs'
import { scenario } from './lib/scenario.mjs'
import { root } from './lib/serve.mjs'
import { site } from './lib/site.mjs'
import { onPage, until } from './lib/wait.mjs'

const artifacts = join(root, 'e2e', 'artifacts')
const axe = await readFile(join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8')
const text = (page, selector) => page.$eval(selector, (el) => el.textContent)

scenario('what one browser puts, the other shows, and both still have it after a reload', async (s) => {
  const { url } = await s.serve()
  const browser = await s.browser('chromium', { stock: true })
  const room = `${url}#e2e-demo`
  const [a, b] = [await s.page(browser), await s.page(browser)]
  await openDemo(a, room)
  await put(a, 'before anybody was here')
  await openDemo(b, room)
  await Promise.all([connected(a), connected(b)])
  await shows(b, ['before anybody was here'])
  await put(b, 'hello from the other side')
  await put(a, 'and hello back')
  const all = ['before anybody was here', 'hello from the other side', 'and hello back']
  await Promise.all([shows(a, all), shows(b, all)])
  await until(10, 'equal roots', async () => (await rootOf(a)) === (await rootOf(b)))
  assert.match(await rootOf(a), /^[0-9a-f]{64}$/)

  // Each by itself, with nobody left to tell it.
  await a.goto('about:blank')
  await b.reload()
  await opened(b)
  await shows(b, all)
  await b.goto('about:blank')
  await openDemo(a, room)
  await shows(a, all)
})

scenario('a page without a room makes one up and invites; the room changes without a reload', async (s) => {
  const { url } = await s.serve()
  const page = await s.page(await s.sharedBrowser('chromium'))
  await openDemo(page, url)
  const link = await page.$eval('>>> #link', (el) => el.value)
  assert.equal(link, page.url())
  assert.match(new URL(link).hash, /^#room=[a-z]+-[a-z]+-[0-9a-v]{10}$/)
  assert.ok(await page.$('>>> .qr path'))
  await put(page, 'in the first room')
  await page.evaluate(() => { globalThis.kept = true })

  await click(page, '>>> #room')
  const name = await there(page, '>>> #name')
  await name.evaluate((el) => el.select())
  await name.type('another room')
  await click(page, '>>> #join')
  await until(20, 'the other room', async () => new URL(page.url()).hash === '#room=another+room')
  await opened(page)
  await shows(page, [])
  assert.equal(await page.title(), 'another room · peerset.DB')
  await put(page, 'in the other room')

  await page.goBack()
  await shows(page, ['in the first room'])
  assert.ok(await page.evaluate(() => globalThis.kept), 'the page was not loaded anew')
})

scenario('another password asks for the right one, and erases nothing before it has asked', async (s) => {
  const { url } = await s.serve()
  const page = await s.page(await s.sharedBrowser('chromium'))
  await openDemo(page, `${url}#room=e2e-password&password=one`)
  await put(page, 'kept')
  await shows(page, ['kept'])
  const use = (password) => page.evaluate((value) => { location.hash = `#room=e2e-password&password=${value}` }, password)
  const wrong = () => until(20, 'it is the wrong one', () => page.$('#errors [data-code=wrong_password]'))
  const choose = (name) => page.$$eval('#errors button', (buttons, text) => buttons.find((b) => b.textContent.startsWith(text)).click(), name)
  const focus = () => page.evaluate(() => document.activeElement.textContent)
  await use('two')
  await wrong()
  await choose('Erase')
  assert.equal(await focus(), 'Dismiss', 'the focus is on what does no harm')
  await page.keyboard.press('Enter')
  await choose('Change')
  const password = await there(page, '>>> #password')
  await password.evaluate((el) => el.select())
  await password.type('one')
  await page.keyboard.press('Enter')
  await until(20, 'the error is gone', async () => (await page.$('#errors > *')) === null)
  await opened(page)
  await shows(page, ['kept'])
  await use('two')
  await wrong()
  await choose('Erase')
  await choose('Erase') // the question is above the error
  await until(20, 'both are gone', async () => (await page.$('#errors > *')) === null)
  await opened(page)
  await shows(page, [])
})

scenario('the keyboard reaches the content, the records and what can be done with them', async (s) => {
  const { url } = await s.serve()
  const page = await s.page(await s.sharedBrowser('chromium'))
  await openDemo(page, `${url}#e2e-keys`)
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key) }
  // What has the focus: its name, and that of what it is a part of.
  const focused = () => page.evaluate(() => {
    let el = document.activeElement
    while (el.shadowRoot?.activeElement) el = el.shadowRoot.activeElement
    return `${el.ariaLabel ?? el.textContent.trim()}${el.closest('.full') ? ` of ${el.closest('.tr').querySelector('.text').textContent}` : ''}`
  })
  const at = (name) => until(10, `the focus is on: ${name}`, async () => (await focused()) === name)
  await page.bringToFront()
  await press('Tab')
  await at('Skip to the content')
  await press('Enter', 'Tab')
  await at('Graph')

  await page.evaluate(async () => {
    const { db } = document.querySelector('peerset-panel')
    for (let i = 1; i <= 60; i++) await db.put({ text: `no. ${i}` })
  })
  await until(20, '60 records', async () => (await text(page, '>>> #count')) === '60')
  await (await there(page, '>>> peerset-records >>> .th.updated button')).focus()
  await press('Tab')
  await at('Show all of: no. 60')
  await press('End')
  await at('Show all of: no. 1')
  await press('ArrowUp', 'Enter')
  await at('Show less of: no. 2')
  await press('Escape')
  await at('Show all of: no. 2')
  await press('Home')
  await at('Show all of: no. 60')
  // It stays where it is when others come, and is on its way to the next row when this one goes.
  await page.evaluate(() => document.querySelector('peerset-panel').db.put({ text: 'no. 61' }))
  await until(10, '61 records', async () => (await text(page, '>>> #count')) === '61')
  await at('Show all of: no. 60')
  await press('Enter')
  for (const action of ['edit', 'delete']) {
    await (await there(page, `>>> [data-action=${action}]`)).focus()
    await press('Enter')
    if (action === 'edit') {
      await at('Text of no. 60')
      await press('Tab', 'Enter')
      await at('Edit of no. 60')
    } else {
      await at('Cancel of no. 60')
      await page.keyboard.down('Shift')
      await press('Tab')
      await page.keyboard.up('Shift')
      await press('Enter')
    }
  }
  // Which is next depends on whether the edit was in the second of the last record.
  await until(10, 'the focus is on the next one', async () => /^Show all of: no\. (61|59)$/.test(await focused()))
})

scenario('a file is refused in words, wherever it is dropped', async (s) => {
  const { url } = await s.serve()
  const page = await s.page(await s.sharedBrowser('chromium'))
  await openDemo(page, `${url}#e2e-file`)
  const drop = (selector) => page.$eval(selector, (el) => {
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File(['text'], 'a.txt'))
    return ['dragover', 'drop'].map((type) => !el.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, composed: true, cancelable: true })))
  })
  assert.deepEqual(await drop('h1'), [true, true])
  assert.deepEqual(await drop('>>> #text'), [true, true])
  await until(5, 'it is said', async () => (await text(page, '>>> .files')).includes('cannot be added yet'))
})

scenario('a peer is told of in the graph, in full, and in the table', async (s) => {
  const { url } = await s.serve()
  const browser = await s.browser('chromium')
  const [a, b] = [await s.page(browser), await s.page(browser)]
  await Promise.all([openDemo(a, `${url}#e2e-peer`), openDemo(b, `${url}#e2e-peer`)])
  await Promise.all([connected(a), connected(b)])
  const npub = await b.evaluate(() => document.querySelector('peerset-panel').db.identity().npub)
  await click(a, '>>> .node.live')
  await until(10, 'agreement', async () => (await text(a, '>>> .detail .pill')) === 'in sync')
  assert.equal(await a.$eval('>>> .detail peerset-hash', (el) => el.getAttribute('value')), npub)
  await a.keyboard.press('Escape')
  await until(5, 'no details', async () => (await a.$('>>> .detail')) === null)
  await click(a, '>>> peerset-graph >>> .choice button:last-child')
  await there(a, '>>> .tabular tr[data-state=live]')
  await until(5, 'the facts', async () => (await text(a, '>>> .tabular tr[data-state=live]')).includes('in sync'))
  await b.close()
  await until(30, 'it has ended', async () => (await a.$('>>> .tabular .ended tr[data-state=closed]')) !== null)
})

scenario('test records come from a key that is thrown away, and are found', async (s) => {
  const { url } = await s.serve()
  const page = await s.page(await s.sharedBrowser('chromium'))
  await openDemo(page, `${url}#e2e-generate`)
  await click(page, '>>> .tools [aria-controls=tool]:last-child')
  await page.$eval('>>> peerset-generate >>> input', (el) => {
    el.value = '40'
    el.dispatchEvent(new Event('input'))
  })
  await click(page, '>>> peerset-generate >>> #generate')
  await until(60, '40 records', async () => (await text(page, '>>> #count')) === '40')
  const authors = await page.evaluate(async () => {
    const { db } = document.querySelector('peerset-panel')
    return [...new Set((await db.all()).map((r) => r.author.npub))].map((npub) => npub === db.identity().npub)
  })
  assert.deepEqual(authors, [false])
  await until(20, 'the database that made them is gone', () => page.evaluate(() => document.querySelector('peerset-panel').model.peers.length === 0))
  await (await page.$('>>> #search')).type('test 17:')
  await until(10, 'the one that fits', async () => (await page.$$('>>> .tr')).length === 1)
})

scenario('a crowd of peers and records is shown, and only the rows in sight exist', async (s) => {
  const { url, stop } = await site(pages)
  s.onEnd(stop)
  const page = await s.page(await s.sharedBrowser('chromium'))
  await crowd(page, url)
  const { rows, scrolled } = await scroll(page)
  assert.ok(scrolled > 20_000, `scrolled by ${scrolled}`)
  assert.ok(rows < 60, `${rows} rows exist at once`)
})

for (const kind of ['chromium', 'firefox']) {
  scenario(`the page in ${kind}: pictures of it, and nothing that axe finds`, async (s) => {
    await mkdir(artifacts, { recursive: true })
    const { url } = await s.serve()
    const browser = await s.browser(kind)
    const [a, b] = [await s.page(browser), await s.page(browser)]
    const room = `${url}#room=summer-picnic`
    await openDemo(a, room)
    for (const width of [1440, 390]) {
      await a.setViewport({ width, height: 900 })
      assert.deepEqual(await accessible(a, axe), [], `alone, ${width} pixels wide`)
    }
    await openDemo(b, room)
    await Promise.all([connected(a), connected(b)])
    await put(a, 'Who brings the blanket?')
    await put(b, 'I do. And lemonade.')
    await put(a, 'Then I bring bread and cherries.')
    await put(b, 'See you at four by the old oak.')
    await shows(a, ['Who brings the blanket?', 'I do. And lemonade.', 'Then I bring bread and cherries.', 'See you at four by the old oak.'])
    await a.bringToFront()
    for (const scheme of ['light', 'dark']) {
      for (const width of [1440, 390]) {
        await a.setViewport({ width, height: 900 })
        // As a page that uses the components may choose it; Firefox has no emulation of the user's choice.
        await a.evaluate((value) => { document.documentElement.style.setProperty('--peerset-scheme', value) }, scheme)
        await settled(a)
        await onPage(a, 10, 'nothing is wider than the window', () => document.documentElement.scrollWidth <= innerWidth)
        await a.screenshot({ path: join(artifacts, `demo-${kind}-${width}-${scheme}.png`) })
        assert.deepEqual(await accessible(a, axe), [], `${scheme}, ${width} pixels wide`)
      }
    }
  })
}
