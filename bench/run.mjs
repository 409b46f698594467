// Measures everything against its targets: `make bench`. Prints medians, and writes them to
// bench/results.json, where parts that are not run keep what they had.
//
//	node bench/run.mjs [--runs 5] [--records 100,1000,10000] [--only product,reconcile,tree,gossip,moderation,page]
import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../e2e/lib/serve.mjs'
import { gossip } from './gossip.mjs'
import { moderation } from './moderation.mjs'
import { page } from './page.mjs'
import { product } from './product.mjs'
import { reconcile } from './reconcile.mjs'
import { printRows } from './rows.mjs'
import { tree } from './tree.mjs'

const { values } = parseArgs({ options: {
  runs: { type: 'string', default: '5' },
  records: { type: 'string', default: '100,1000,10000' },
  only: { type: 'string' },
} })
const runs = Number(values.runs)
const parts = {
  reconcile: () => reconcile(runs),
  tree: () => tree(runs),
  gossip: () => gossip(runs),
  moderation: () => moderation(runs),
  page: () => page(runs),
  product: () => product(runs, values.records.split(',').map(Number)),
}
const names = values.only?.split(',') ?? Object.keys(parts)
for (const name of names) {
  if (!Object.hasOwn(parts, name)) throw new Error(`--only ${name}: want any of ${Object.keys(parts)}`)
}

const file = join(root, 'bench', 'results.json')
const former = await readFile(file, 'utf8').then(JSON.parse, () => ({}))
const results = Object.fromEntries(Object.keys(parts).filter((name) => former[name]).map((name) => [name, former[name]]))
const machine = `${cpus().length} × ${cpus()[0].model}, ${execFileSync('go', ['env', 'GOVERSION'], { cwd: root, encoding: 'utf8' }).trim()}, Node ${process.version}`
for (const name of names) {
  console.error(`measuring: ${name}`)
  results[name] = { machine, runs, ...await parts[name]() }
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`)
}
console.log(`\nmedians of ${runs} on ${machine}`)
for (const name of names) printRows(name, results[name].rows)
