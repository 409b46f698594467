// What it costs to find out what two sets differ in: ours beside other ways to do it,
// on the same sets.
import { another } from './nostr.mjs'
import { lines, program } from './program.mjs'
import { groupBy, medians, number, printTable } from './rows.mjs'

// What the reference in C++ (github.com/hoytech/negentropy) takes: ids at random, times at
// random within 90 days. One missing record is the one in the middle; where any may be missing
// the reference's median is higher too, so there the other implementation is the measure.
const references = {
  '1 missing of 10,000, the middle one': { trips: 2, bytes: 1_118 },
  '1 missing of 10,000, any one': { trips: 2, bytes: 1_118, any: true },
  '1 missing of 300,000, the middle one': { trips: 3, bytes: 1_583 },
  '1 missing of 300,000, any one': { trips: 3, bytes: 1_583, any: true },
  'the newest 1,000 missing of 100,000': { trips: 3, bytes: 33_833 },
}
const bucketHashes = 1_536
const equalBytes = 199

export async function reconcile(runs) {
  const scenarios = groupBy(lines('measure', '-runs', runs), (m) => m.scenario)
  const rows = []
  const sideBySide = []
  let buckets = 0
  for (const [name, all] of scenarios) {
    const ours = medians(all.map((m) => m.ranges))
    const product = medians(all.map((m) => m.product))
    const theirs = []
    for (const m of all) theirs.push(await another(program(), m))
    const other = medians(theirs)
    buckets = Math.max(buckets, ...all.flatMap((m) => [m.product.bucketsSent, m.product.bucketsReceived]))

    const reference = references[name]
    const by = [
      ...(reference ? [[`the reference's own figures${reference.any ? ', the middle one missing' : ''}`, reference]] : []),
      ['pkg/negentropy over pkg/merkle, range messages alone', ours],
      ['nostr-tools/nip77 as the client, pkg/negentropy as the server', other],
      ...(all[0].positional ? [['a positional Merkle tree (a model of the prototype)', medians(all.map((m) => m.positional))]] : []),
      ['the product: range messages', { trips: product.rangeTrips, bytes: product.rangeBytes }],
      ['the product: hashes of buckets', { bytes: product.bucketsSent + product.bucketsReceived }],
      ['the product: all from root to done', { trips: product.trips, bytes: product.bytes }],
    ]
    for (const [way, cost] of by) sideBySide.push({ scenario: name, way, trips: cost.trips, bytes: cost.bytes, ms: cost.ms })

    if (!reference) {
      rows.push(
        { what: `${name}: round trips after the handshake`, value: product.trips, unit: '', max: 1 },
        { what: `${name}: messages after the handshake`, value: product.afterMessages, unit: '', max: 2 },
        { what: `${name}: both ways after the handshake`, value: product.afterBytes, unit: 'B', max: equalBytes },
      )
      continue
    }
    const bytes = reference.any ? { max: other.bytes, note: 'nostr-tools, same sets' } : { max: reference.bytes }
    rows.push(
      { what: `${name}: ranges alone, round trips`, value: ours.trips, unit: '', max: reference.trips },
      { what: `${name}: ranges alone`, value: ours.bytes, unit: 'B', ...bytes },
      { what: `${name}: the product's ranges, round trips`, value: product.rangeTrips, unit: '', max: reference.trips },
      { what: `${name}: the product's ranges`, value: product.rangeBytes, unit: 'B', max: reference.bytes },
    )
    const worst = Math.max(...all.map((m) => m.product.rangeBytes))
    if (worst > reference.bytes) {
      rows.push({ what: `${name}: the product's ranges, the worst run`, value: worst, unit: 'B' })
    }
  }
  rows.push({ what: 'hashes of buckets for 90 days, each way, at most', value: buckets, unit: 'B', max: bucketHashes })
  print(sideBySide)
  return { rows, sideBySide }
}

function print(sideBySide) {
  for (const [scenario, ways] of groupBy(sideBySide, (s) => s.scenario)) {
    console.log()
    printTable([scenario, 'round trips', 'bytes', 'ms, both sides'], ways.map(({ way, trips, bytes, ms }) => [
      way, ...[trips, bytes, ms].map((x) => (x === undefined ? '' : number(x))),
    ]))
  }
}
