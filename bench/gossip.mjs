// What a crowd sends in vain: 50 simulated peers that all write.
import { lines } from './program.mjs'
import { medians } from './rows.mjs'

const duplicates = 2 // percent

export function gossip(runs) {
  const all = lines('gossip', '-runs', runs)
  const m = medians(all)
  const percent = medians(all.map((g) => ({ duplicates: 100 * g.duplicates / g.bodies })))
  const crowd = `${m.peers} peers, ${m.records} records`
  const deliveries = m.records * (m.peers - 1)
  return {
    rows: [
      { what: `${crowd}: bodies received that were held already`, value: percent.duplicates, unit: '%', max: duplicates },
      { what: `${crowd}: bodies received`, value: m.bodies, unit: '' },
      { what: `${crowd}: links of a peer`, value: m.links, unit: '' },
      { what: `${crowd}: bytes of bodies`, value: m.bodyBytes, unit: 'B' },
      { what: `${crowd}: bytes of announcements`, value: m.haveBytes, unit: 'B' },
      { what: `${crowd}: bytes of announcements per record and peer`, value: m.haveBytes / deliveries, unit: 'B' },
      { what: `${crowd}: bytes of requests`, value: m.wantBytes, unit: 'B' },
      { what: `${crowd}: bytes of roots, buckets and ranges`, value: m.rangeBytes, unit: 'B' },
      { what: `${crowd}: from the last write until all are equal`, value: m.settleMs, unit: 'ms, simulated' },
    ],
  }
}
