// Compiled, never run: tsc checks that the types accept what the API takes and
// refuse what it does not. See the target test-types of the Makefile.
import PeersetDB, { PeersetDB as Named, type Peer, type PeersetError, type PeersetRecord, type Traffic } from './peerset.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Equal<A, B>): void {}

interface Note { text: string }

export async function accepted(): Promise<void> {
  const db = await PeersetDB.open({ room: 'my-room' })
  same<typeof db, Named>(true)
  await Named.open({
    room: 'my-room',
    trackers: ['wss://tracker.example'],
    wasmUrl: new URL('peerset.wasm', 'https://cdn.example/'),
    storage: 'memory',
    iceServers: [{ urls: 'stun:stun.example' }, { urls: ['turn:turn.example'], username: 'u', credential: 'c' }],
    maxPeers: 5,
  })
  await globalThis.PeersetDB.open({ room: 'classic' })

  const record = await db.put({ text: 'hello' }, { key: 'greeting', collection: 'notes', geo: { latitude: 1, longitude: 2 } })
  same<typeof record, PeersetRecord<{ text: string }>>(true)
  same<typeof record.integrity.hash, string>(true)
  await db.put(null)
  await db.put(['any', { json: 1 }], { uuid: record.uuid })

  const note = await db.get<Note>(record.uuid)
  same<typeof note, PeersetRecord<Note> | null>(true)
  const notes = await db.all<Note>()
  same<typeof notes, PeersetRecord<Note>[]>(true)
  await db.delete(record.uuid)

  const off = db.on('record', (r) => r.content.anything)
  off()
  db.on('delete', (d) => same<typeof d.author.npub, string>(true))
  const onPeer = (p: Peer) => {
    same<typeof p.rtt, number | null>(true)
    if (p.state === 'closed') p.reason?.code.toUpperCase()
  }
  db.on('peer', onPeer)
  db.off('peer', onPeer)
  db.on('error', (e) => {
    same<typeof e, PeersetError>(true)
    if (e.code === 'engine_crashed') e.message.toUpperCase()
  })

  same<ReturnType<typeof db.root>, string>(true)
  same<ReturnType<typeof db.peers>, Peer[]>(true)
  db.identity().npub.startsWith('npub1')
  db.stats().trackers.map((t) => t.url)
  same<ReturnType<typeof db.stats>['traffic'], Traffic>(true)
  same<Peer['traffic'], Traffic>(true)
  type Kind = 'records' | 'buckets' | 'ranges' | 'ids' | 'other'
  same<keyof Traffic, `${Kind}${'In' | 'Out'}` | 'bodies' | 'duplicates' | 'announced'>(true)
  await db.close()
}

export async function refused(db: PeersetDB): Promise<void> {
  // @ts-expect-error only open makes databases
  new PeersetDB()
  // @ts-expect-error a room is required
  await PeersetDB.open({})
  // @ts-expect-error an unknown option
  await PeersetDB.open({ room: 'r', tracker: 'wss://tracker.example' })
  // @ts-expect-error an unknown storage
  await PeersetDB.open({ room: 'r', storage: 'localstorage' })
  // @ts-expect-error geo needs both
  await db.put({}, { geo: { latitude: 1 } })
  // @ts-expect-error no such event
  db.on('records', () => {})
  // @ts-expect-error get may return null
  same<NonNullable<Awaited<ReturnType<typeof db.get>>>, Awaited<ReturnType<typeof db.get>>>(true)
  // @ts-expect-error no such code
  db.on('error', (e) => e.code === 'oops')
}
