// A page with more going on than most will ever see: 50 peers, 100,000 records, and 1,000
// more a minute, from a double of the database.
import { double } from './double.mjs'
import { until } from './wait.mjs'

export async function crowd(page, url) {
  await page.setViewport({ width: 1440, height: 900 })
  await page.goto(`${url}panes.html`)
  await page.evaluate(double, ['peerset-graph', 'peerset-records'])
  await page.evaluate(() => {
    const { db } = document.querySelector('peerset-panel')
    const [peer] = db.is.peers
    const states = ['live', 'live', 'live', 'syncing', 'authenticated', 'dialing']
    db.is.peers = Array.from({ length: 50 }, (_, i) => ({
      ...peer, id: `p${i}`, npub: `npub1${String(i).padStart(58, '0')}`, state: states[i % states.length], rtt: i * 4, traffic: { ...peer.traffic },
    }))
    let n = 0
    const write = (at) => {
      const { npub, traffic } = db.is.peers[n % 50]
      traffic.bodies++
      traffic.recordsIn += 400
      const content = { text: `the tide and a paper boat, ${++n}` }
      db.emit('record', { uuid: `u${n}`, created_at: at, updated_at: at, bucket: 0, author: { npub }, content, integrity: { hash: 'ab', signature: 'cd' } })
    }
    const before = Date.now() - 200_000_000
    for (let i = 0; i < 100_000; i++) write(before + i * 1000)
    setInterval(() => write(Date.now()), 60)
  })
  await until(20, 'all peers', async () => (await page.$$('>>> .node')).length === 51)
  await until(20, 'all records', async () => Number((await page.$eval('>>> #count', (el) => el.textContent)).replaceAll(',', '')) > 100_000)
  const places = () => page.$$eval('>>> .node', (nodes) => nodes.map((el) => el.style.transform).join())
  await until(20, 'everybody has a place', async () => {
    const before = await places()
    await page.evaluate(() => new Promise(requestAnimationFrame))
    return before === await places()
  })
}

// scroll scrolls through the records and returns how long the frames took, in ms, ascending; how
// many rows there were at most; and how far it got, in pixels.
export function scroll(page) {
  return page.evaluate(async () => {
    const { shadowRoot } = document.querySelector('peerset-records')
    const body = shadowRoot.querySelector('.body')
    const times = []
    let rows = 0
    for (let i = 0; i < 150; i++) {
      times.push(await new Promise(requestAnimationFrame))
      body.scrollTop += 300
      rows = Math.max(rows, shadowRoot.querySelectorAll('.tr').length)
    }
    const frames = times.slice(1).map((t, i) => t - times[i]).sort((a, b) => a - b)
    return { frames, rows, scrolled: body.scrollTop }
  })
}
