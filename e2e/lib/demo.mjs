// The network page as a person uses it. Its parts are in shadow roots, which the
// combinator >>> of puppeteer's selectors looks into.
import { onPage, until } from './wait.mjs'

const openSeconds = 30
const syncSeconds = 30

export async function openDemo(page, url) {
  await page.goto(url)
  await opened(page)
}

// opened waits until the page has opened its room, and can be written to.
export async function opened(page) {
  await onPage(page, openSeconds, 'the room is open', () => document.body.dataset.status === 'open')
  await until(openSeconds, 'one can write', async () => (await page.$('>>> #send:enabled')) !== null)
}

export async function put(page, text) {
  const area = await page.$('>>> #text')
  await area.type(text)
  await click(page, '>>> #send')
  await until(openSeconds, 'the record is written', () => area.evaluate((el) => el.value === ''))
}

// there waits for an element. Puppeteer's own way waits for frames, which do not come to
// a page behind another one.
export const there = (page, selector) => until(openSeconds, selector, () => page.$(selector))

// click clicks what may lie in a part of the page that is scrolled away.
export async function click(page, selector) {
  const element = await there(page, selector)
  await element.evaluate((el) => el.click())
}

// inRow does something with the row of the record that has a text, until it returns true.
// The page fills a row with another record at any time, so a row is looked for anew, and
// what is done with it is one step of the page.
const inRow = (page, text, what, fn, ...args) => until(openSeconds, `${what} of the record with ${text}`, () => page.$$eval('>>> .tr', (rows, text, fn, args) => {
  const row = rows.find((el) => el.querySelector('.content .text')?.textContent === text)
  return row !== undefined && new Function(`return ${fn}`)()(row, ...args)
}, text, String(fn), args))

// act opens a record, and clicks one of its buttons.
const act = (page, text, action) => inRow(page, text, action, (row, action) => {
  const button = row.querySelector(`[data-action=${action}]`)
  const expand = row.querySelector('.expand')
  if (button) button.click()
  else if (expand.getAttribute('aria-expanded') === 'false') expand.click()
  return button !== null
}, action)

// edit changes a text by the buttons of its record.
export async function edit(page, from, to) {
  await act(page, from, 'edit')
  await inRow(page, from, 'field', (row) => {
    const area = row.querySelector('.edit textarea')
    area?.focus()
    area?.select()
    return area !== null
  })
  await page.keyboard.type(to)
  await inRow(page, from, 'form', (row) => {
    row.querySelector('.edit button').click()
    return true
  })
}

export async function remove(page, text) {
  await act(page, text, 'delete')
  await act(page, text, 'confirm')
}

export const texts = (page) => page.$$eval('>>> .tr .content .text', (els) => els.map((el) => el.textContent))

// shows waits until the page shows these texts and no others, in any order.
export function shows(page, expected) {
  const want = JSON.stringify([...expected].sort())
  return until(syncSeconds, `the page shows ${want}`, async () => JSON.stringify((await texts(page)).sort()) === want)
}

// connected waits until the page shows this many peers that hold all it holds.
export async function connected(page, n = 1) {
  const shown = () => page.$$eval('>>> .node', (nodes) => nodes.map((node) => node.dataset.state).filter(Boolean))
  const live = async () => (await shown()).filter((state) => state === 'live').length === n
  try {
    await until(syncSeconds, `${n} live peers`, live)
  } catch (error) {
    const { peers, trackers } = await page.evaluate(() => {
      const { db } = document.querySelector('peerset-panel').model
      return { peers: db.peers(), trackers: db.stats().trackers }
    })
    throw new Error(`${error.message}; the page shows ${await shown()}, and has ${JSON.stringify({ peers, trackers })}`, { cause: error })
  }
}

// rootOf is the root that the panes of the page share.
export const rootOf = (page) => page.evaluate(() => document.querySelector('peerset-panel').model.root)

// settled waits until nothing has moved on a page in front for some frames, for a picture of it.
export function settled(page) {
  return onPage(page, openSeconds, 'nothing moves', async () => {
    const roots = [document]
    for (const root of roots) {
      for (const el of root.querySelectorAll('*')) if (el.shadowRoot) roots.push(el.shadowRoot)
    }
    const all = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)])
    const places = () => all('.node').map((el) => el.style.transform).join()
    const before = places()
    for (let i = 0; i < 20; i++) await new Promise(requestAnimationFrame)
    return before === places() && all('.arrival').length === 0 && roots.every((root) => root.getAnimations().length === 0)
  })
}

// accessible runs axe on the page and returns what it finds, in words.
export async function accessible(page, axe) {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.target.flat().join(' > ')).join('; ')}`)
  })
}
