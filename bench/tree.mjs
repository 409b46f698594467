// Speed and memory of the tree, natively and as wasm in Node: the benchmarks of
// pkg/merkle, which say live heap after garbage collection, the tree alone.
import { benchmarks, inNode } from './gobench.mjs'
import { median } from './rows.mjs'

const sizes = [10_000, 100_000, 1_000_000]
const platforms = {
  natively: { env: {}, args: () => [], insert: 500_000, fingerprint: 20 },
  'as wasm': { ...inNode, insert: 100_000, memory: 160 },
}

export function tree(runs) {
  const rows = []
  for (const [platform, { env, args, insert, fingerprint, memory }] of Object.entries(platforms)) {
    const figures = benchmarks(['test', ...args(), '-run', 'XXX', '-bench', '^Benchmark(Insert|Fingerprint)$',
      '-benchtime', '200ms', '-count', String(runs), '-timeout', '30m', './pkg/merkle'], env)
    const of = (name, unit) => {
      const found = figures.get(name)?.get(unit)
      if (found?.length !== runs) throw new Error(`${platform}: ${found?.length ?? 0} figures for ${name} in ${unit}, want ${runs}`)
      return median(found)
    }
    for (const n of sizes) {
      rows.push({ what: `insert ${n.toLocaleString('en')} in random order, ${platform}`, value: of(`Insert/${n}`, 'items/s'), unit: 'records/s', min: insert })
    }
    rows.push({ what: `fingerprint of any range of 1,000,000, ${platform}`, value: of('Fingerprint', 'ns/op') / 1000, unit: 'µs', max: fingerprint })
    for (const n of sizes) {
      rows.push({ what: `memory of ${n.toLocaleString('en')}, ${platform}`, value: of(`Insert/${n}`, 'B/record'), unit: 'B/record', max: memory })
    }
  }
  return { rows }
}
