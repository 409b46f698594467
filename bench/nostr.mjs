// Another implementation of Negentropy, nostr-tools/nip77, on the sets of bench/reconcile.
// It is a client only (it never answers a list of ids), so ours is its server.
import { execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { nip77 } from 'nostr-tools'

const { Negentropy, NegentropyStorageVector } = nip77

const itemBytes = 40
const mostBytes = 1 << 26

// another reconciles a set with one that lacks its items from `from` up to but without
// `to`, without a limit on messages. It returns round trips, bytes of messages, and the time that
// both sides take to compute them.
export async function another(program, { size, seed, from, to }) {
  const args = ['-size', size, '-seed', seed].map(String)
  const raw = execFileSync(program, ['items', ...args], { maxBuffer: mostBytes })
  const storage = new NegentropyStorageVector()
  for (let i = 0; i < size; i++) {
    if (i >= from && i < to) continue
    const at = i * itemBytes
    storage.insert(Number(raw.readBigUInt64BE(at)), raw.toString('hex', at + 8, at + itemBytes))
  }
  storage.seal()

  const server = spawn(program, ['serve', ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const replies = createInterface(server.stdout)[Symbol.asyncIterator]()
    const client = new Negentropy(storage, Infinity)
    const needed = new Set()
    const cost = { trips: 0, bytes: 0, ms: 0 }
    const timed = (compute) => {
      const began = performance.now()
      const result = compute()
      cost.ms += performance.now() - began
      return result
    }
    for (let msg = timed(() => client.initiate()); msg;) {
      server.stdin.write(`${msg}\n`)
      const { value, done } = await replies.next()
      if (done) throw new Error('the server has ended')
      const [reply, ms] = value.split(' ')
      cost.trips++
      cost.bytes += (msg.length + reply.length) / 2
      cost.ms += Number(ms)
      msg = timed(() => client.reconcile(reply, () => { throw new Error('the server lacks nothing') }, (id) => needed.add(id)))
    }
    if (needed.size !== to - from) throw new Error(`nostr-tools found ${needed.size} items, want ${to - from}`)
    return cost
  } finally {
    server.stdin.end()
  }
}
