import assert from 'node:assert/strict'
import { connected, openDemo, put, rootOf, shows } from './lib/demo.mjs'
import { scenario } from './lib/scenario.mjs'
import { until } from './lib/wait.mjs'

scenario('what one browser puts, the other shows, and both still have it after a reload', async (s) => {
  const { url } = await s.serve()
  const browser = await s.browser('chromium')
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
  await openDemo(b, room)
  await b.reload()
  await shows(b, all)
  await b.goto('about:blank')
  await openDemo(a, room)
  await shows(a, all)
})
