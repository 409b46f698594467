// The demo page as a person uses it.
import { onPage } from './wait.mjs'

const openSeconds = 30
const syncSeconds = 30

export async function openDemo(page, url) {
  await page.goto(url)
  await onPage(page, openSeconds, 'the room is open', () => !document.querySelector('#send').disabled)
}

export async function put(page, text) {
  await page.type('#text', text)
  await page.click('#send')
}

// item is the list's entry with a text.
const item = (page, text) => page.evaluateHandle((t) => {
  return [...document.querySelectorAll('#records li')].find((li) => li.querySelector('.text').textContent === t)
}, text)

// edit changes a text by the buttons of its entry.
export async function edit(page, from, to) {
  const li = await item(page, from)
  await (await li.$('[data-action=edit]')).click()
  const input = await li.$('.edit input')
  await input.evaluate((el) => el.select())
  await input.type(to)
  await (await li.$('.edit [type=submit]')).click()
}

export async function remove(page, text) {
  const li = await item(page, text)
  await (await li.$('[data-action=delete]')).click()
}

export const texts = (page) => page.$$eval('#records .text', (els) => els.map((el) => el.textContent))

// shows waits until the page shows these texts and no others, in any order.
export function shows(page, expected) {
  return onPage(page, syncSeconds, `the page shows ${JSON.stringify(expected)}`, (want) => {
    const have = [...document.querySelectorAll('#records .text')].map((el) => el.textContent)
    return JSON.stringify(have.sort()) === want
  }, JSON.stringify([...expected].sort()))
}

// connected waits until the page has this many peers that hold all it holds.
export function connected(page, n = 1) {
  return onPage(page, syncSeconds, `${n} live peers`, (want) => document.querySelectorAll('#peers li[data-state=live]').length === want, n)
}

export const rootOf = (page) => page.$eval('#root', (el) => el.textContent)
