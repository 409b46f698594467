// What judging costs: the benchmark of pkg/moderation, as wasm in Node. 10,000 distinct records of
// 400 bytes, 5 % of them violating, by all rules of the policy standard.
import { benchmarks, inNode } from './gobench.mjs'
import { median } from './rows.mjs'

export function moderation(runs) {
  const figures = benchmarks(['test', ...inNode.args(), '-run', 'XXX', '-bench', '^BenchmarkStandard$',
    '-benchtime', '3x', '-count', String(runs), './pkg/moderation'], inNode.env)
  const ns = figures.get('Standard').get('ns/op')
  return { rows: [{ what: '10,000 records by all rules of standard, as wasm', value: median(ns) / 1e6, unit: 'ms', max: 1000 }] }
}
