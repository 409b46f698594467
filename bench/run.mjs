// Measures the product as a page meets it: `make bench`. Two Chromium processes with
// profiles on disk, one machine, a loopback tracker. Prints medians and writes
// bench/results.json.
//
//   node bench/run.mjs [--runs 5] [--records 100,1000,10000]
import { execFileSync } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { launch } from '../e2e/lib/browser.mjs'
import { root, serve } from '../e2e/lib/serve.mjs'
import { onPage, until } from '../e2e/lib/wait.mjs'

const { values } = parseArgs({ options: {
  runs: { type: 'string', default: '5' },
  records: { type: 'string', default: '100,1000,10000' },
} })
const runs = Number(values.runs)
const sizes = values.records.split(',').map(Number)
const patience = 300

const median = (xs) => {
  const s = [...xs].sort((a, b) => a - b)
  return s.length % 2 ? s[(s.length - 1) / 2] : (s[s.length / 2 - 1] + s[s.length / 2]) / 2
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
  const a = await launch('chromium')
  const b = await launch('chromium')
  try {
    const full = await open(a.browser, server.url, options)
    await full.evaluate((n, seed) => fill(n, seed), n, run + 1)
    // The engine is in the cache, as it is for who comes back.
    const warm = await open(b.browser, server.url, { ...options, room: `${options.room}-warm` })
    await warm.evaluate(() => shut())
    await warm.close()

    const late = await open(b.browser, server.url, options)
    await onPage(late, patience, `${n} records`, (n) => window.stored >= n, n)
    await until(30, 'agreement', () => late.evaluate(() => peers()[0]?.agreed))
    const t = await late.evaluate(() => times)
    const bytes = await late.evaluate(() => traffic())

    const before = await late.evaluate(() => { const { in: i, out } = traffic(); return i + out })
    const began = await full.evaluate(() => putOne())
    await onPage(late, 30, 'one more record', (n) => window.stored > n, n)
    const more = (await late.evaluate(() => times.last)) - began
    await until(30, 'agreement', () => late.evaluate(() => peers()[0]?.agreed))
    const after = await late.evaluate(() => { const { in: i, out } = traffic(); return i + out })
    return {
      'page load to last stored, ms': t.last - t.load,
      'open to authenticated, ms': t.authenticated - t.open,
      'channel open to authenticated, ms': t.authenticated - t.dialing,
      'channel open to last stored, ms': t.last - t.dialing,
      'bytes, both ways': bytes.in + bytes.out,
      'one more record, ms': more,
      'one more record, bytes': after - before,
    }
  } finally {
    await a.stop()
    await b.stop()
  }
}

// checks is the time of 10,000 signature checks, in ms, in Chromium.
function checks() {
  const out = execFileSync('node', ['e2e/gotest.mjs', '--browser', 'chromium', './pkg/record', '--', '-test.run', 'XXX', '-test.bench', 'VerifySignature$'], { cwd: root, encoding: 'utf8' })
  const [, ns] = /BenchmarkVerifySignature\S*\s+\d+\s+(\d+(?:\.\d+)?) ns\/op/.exec(out) ?? []
  if (!ns) throw new Error(`no figure in:\n${out}`)
  return Number(ns) / 100
}

const dir = await mkdtemp(join(tmpdir(), 'peerset-bench-'))
await cp(join(root, 'dist'), dir, { recursive: true })
await cp(join(root, 'bench', 'page.html'), join(dir, 'bench.html'))
await cp(join(root, 'bench', 'text.mjs'), join(dir, 'text.mjs'))
const server = await serve(dir)
const results = { machine: `${cpus().length} × ${cpus()[0].model}`, runs, rows: {} }
try {
  const cases = [...sizes.map((n) => [n, 'indexeddb']), [sizes[0], 'memory']]
  for (const [n, storage] of cases) {
    const all = []
    for (let run = 0; run < runs; run++) all.push(await one(server, n, run, storage))
    const row = Object.fromEntries(Object.keys(all[0]).map((k) => [k, Math.round(median(all.map((r) => r[k])))]))
    const name = `${n} records, ${storage}`
    results.rows[name] = row
    console.log(`\n${name} (median of ${runs})`)
    for (const [k, v] of Object.entries(row)) console.log(`  ${k.padEnd(36)}${v.toLocaleString('en').padStart(12)}`)
  }
  results['10,000 signature checks, ms'] = Math.round(checks())
  console.log(`\n10,000 signature checks               ${results['10,000 signature checks, ms'].toLocaleString('en').padStart(12)} ms`)
  await writeFile(join(root, 'bench', 'results.json'), `${JSON.stringify(results, null, 2)}\n`)
} finally {
  await server.stop()
  await rm(dir, { recursive: true, force: true })
}
