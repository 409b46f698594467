// The product as a page meets it: two Chromium processes with profiles on disk,
// one machine, a loopback tracker.
import { execFileSync } from 'node:child_process'
import { cp, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch } from '../e2e/lib/browser.mjs'
import { root, serve } from '../e2e/lib/serve.mjs'
import { onPage, until } from '../e2e/lib/wait.mjs'
import { median, medians } from './rows.mjs'

const patience = 300
const settleSeconds = 60
// Longer than it takes a peer to tell its new root once its set has been at rest.
const quietMs = 3_000

const units = { ms: 'ms', bytes: 'B' }

// What is to be reached; on a slow day 10,000 records may take 1.7 times their signature checks.
function target(n, storage, what) {
  switch (what) {
    case 'open to authenticated': return { max: 400 }
    case 'channel open to authenticated': return { max: 300 }
    case 'channel open to last stored': return n === 10_000 ? { max: 5_000, note: 'policy standard' } : {}
    case 'both ways': return n === 10_000 ? { max: 6_000_000 } : {}
    case 'one more record': return { max: storage === 'memory' ? 30 : 100 }
    case 'one more record, in all': return { max: 1_000 }
    default: return {}
  }
}

// product measures late comers to rooms of so many records each.
export async function product(runs, sizes) {
  const dir = await mkdtemp(join(tmpdir(), 'peerset-bench-'))
  const rows = []
  let server
  try {
    await cp(join(root, 'dist'), dir, { recursive: true })
    await cp(join(root, 'bench', 'page.html'), join(dir, 'bench.html'))
    await cp(join(root, 'bench', 'text.mjs'), join(dir, 'text.mjs'))
    server = await serve(dir)
    for (const [n, storage] of [...sizes.map((n) => [n, 'indexeddb']), [sizes[0], 'memory']]) {
      const all = []
      for (let run = 0; run < runs; run++) all.push(await one(server, n, run, storage))
      for (const [figure, value] of Object.entries(medians(all))) {
        const [, what, unit] = /^(.*), (\w+)$/.exec(figure)
        rows.push({ what: `${n.toLocaleString('en')} records, ${storage}: ${what}`, value: Math.round(value), unit: units[unit], ...target(n, storage, what) })
      }
    }
  } finally {
    await server?.stop()
    await rm(dir, { recursive: true, force: true })
  }
  rows.push({ what: 'peerset.wasm after brotli', value: (await stat(join(root, 'dist', 'peerset.wasm.br'))).size, unit: 'B', max: 1_900_000 })
  rows.push({ what: '10,000 signature checks in Chromium', value: Math.round(median(Array.from({ length: runs }, checks))), unit: 'ms' })
  return { rows }
}

async function open(browser, url, options) {
  const page = await browser.newPage()
  page.on('pageerror', (e) => console.error(e))
  await page.goto(`${url}bench.html`)
  await onPage(page, 30, 'the page is ready', () => window.ready)
  await page.evaluate((o) => open_(o), options)
  return page
}

// one lets somebody who has nothing join somebody who has n records.
async function one(server, n, run, storage) {
  const options = { room: `bench-${n}-${run}-${storage}`, trackers: [server.tracker], iceServers: [], storage }
  const a = await launch('chromium', { stock: true })
  const b = await launch('chromium', { stock: true })
  try {
    const full = await open(a.browser, server.url, options)
    await full.evaluate((n, seed) => fill(n, seed), n, run + 1)
    // The engine is in the cache, as it is for who comes back.
    const warm = await open(b.browser, server.url, { ...options, room: `${options.room}-warm` })
    await warm.evaluate(() => shut())
    await warm.close()

    const late = await open(b.browser, server.url, options)
    await onPage(late, patience, `${n} records`, (n) => window.stored >= n, n)
    const t = await late.evaluate(() => times)
    const first = await settled([full, late])

    const began = await full.evaluate(() => putOne())
    await onPage(late, 30, 'one more record', (n) => window.stored > n, n)
    const more = (await late.evaluate(() => times.last)) - began
    const second = await settled([full, late], first.root)
    return {
      'page load to last stored, ms': t.last - t.load,
      'open to authenticated, ms': t.authenticated - t.open,
      'channel open to authenticated, ms': t.authenticated - t.dialing,
      'channel open to last stored, ms': t.last - t.dialing,
      'both ways, bytes': first.bytes,
      'one more record, ms': more,
      'one more record, in all, bytes': second.bytes - first.bytes,
    }
  } finally {
    await a.stop()
    await b.stop()
  }
}

// settled waits until two pages hold the same, not what they held before, know it of each other,
// and say no more. It returns their root, and the bytes that went both ways so far.
async function settled(pages, before) {
  let last
  let since
  return until(settleSeconds, 'agreement and silence', async () => {
    const states = await Promise.all(pages.map((page) => page.evaluate(() => state())))
    const now = JSON.stringify(states)
    if (now !== last) {
      last = now
      since = performance.now()
    }
    const [{ root }, late] = states
    const agreed = states.every((s) => s.agreed && s.root === root && s.root !== before)
    return agreed && performance.now() - since >= quietMs && { root, bytes: late.bytes }
  })
}

// checks is the time of 10,000 signature checks, in ms, in Chromium.
function checks() {
  const out = execFileSync('node', ['e2e/gotest.mjs', '--browser', 'chromium', './pkg/record', '--', '-test.run', 'XXX', '-test.bench', 'VerifySignature$'], { cwd: root, encoding: 'utf8' })
  const [, ns] = /BenchmarkVerifySignature\S*\s+\d+\s+(\d+(?:\.\d+)?) ns\/op/.exec(out) ?? []
  if (!ns) throw new Error(`no figure in:\n${out}`)
  return Number(ns) / 100
}
