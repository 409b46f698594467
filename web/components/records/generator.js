// Makes test records as somebody else would: a second database of the same room, in
// memory and with a key of its own, puts them, and they come here the way all records
// come. So no key of the user's signs them, least of all a signer, and nothing about
// how they arrive is feigned.
import { t } from '../texts.js'

export const maxRecords = 100_000

const meetMs = 30_000 // until the two databases, or any two, have found each other
const stallMs = 60_000 // without a record that arrives
const batch = 16
const ahead = 1024 // how many may be under way
const pollMs = 50

// What the rules of a room's policy let through, with some distance: records of one
// author, and records a minute that a peer pushes.
const perKey = 500
const perMinute = 5000

// generate resolves when all have arrived, or were refused by the room's policy, or
// signal ends it. It rejects with `unreachable` if nobody is met, and with `stalled`.
export async function generate(model, count, signal, onProgress) {
  const Database = model.db.constructor
  const { onProgress: _, ...options } = model.options
  const other = await Database.open({ ...options, storage: 'memory', maxPeers: 4 })
  const rules = new Set(model.db.moderation?.().rules.map((rule) => rule.name))
  const authors = new Set()
  const progress = { phase: 'meeting', signed: 0, arrived: 0, refused: 0 }
  let last = performance.now() // when something happened
  const moved = (name) => {
    progress[name]++
    last = performance.now()
  }
  const stops = [
    model.on('record', (record) => { if (authors.has(record.author.npub)) moved('arrived') }),
    model.on('refused', ({ author, class: kind }) => { if (authors.has(author) && kind !== 'local') moved('refused') }),
  ]
  const tell = () => onProgress({ ...progress })
  const settled = () => progress.arrived + progress.refused
  const newKey = async () => authors.add((await other.login({ fresh: true })).npub)

  const wait = async (done, ms, code, message) => {
    while (!done() && !signal.aborted) {
      if (performance.now() - last > ms) throw Object.assign(new Error(message), { code })
      await new Promise((resolve) => { setTimeout(resolve, pollMs) })
      tell()
    }
  }

  try {
    await newKey() // whoever is logged in on this page must not sign them
    await wait(() => other.peers().some((p) => p.state === 'live' || p.state === 'syncing'), meetMs, 'unreachable', t('generate.unreachable'))
    progress.phase = 'making'
    const began = last = performance.now()
    while (progress.signed < count && !signal.aborted) {
      const n = Math.min(batch, count - progress.signed, perKey - (progress.signed % perKey))
      await Promise.all(Array.from({ length: n }, (_, i) => put(other, progress.signed + i)))
      progress.signed += n
      tell()
      if (rules.has('rate') && progress.signed % perKey === 0) await newKey()
      const pace = () => !rules.has('connection') || progress.signed < perMinute * ((performance.now() - began) / 60_000 + 0.2)
      await wait(() => pace() && progress.signed - settled() < ahead, stallMs, 'stalled', t('generate.stalled'))
    }
    last = performance.now()
    await wait(() => settled() >= progress.signed, stallMs, 'stalled', t('generate.stalled'))
  } finally {
    tell()
    for (const stop of stops) stop()
    await other.close()
  }
}

// Texts of words at random: no two are similar.
const words = `amber anchor apple arrow autumn baker basket beacon bell birch bird blanket boat bottle branch bread bridge
  brook bucket button candle canvas carpet castle chalk cherry chimney choir clock cloud clover coast coffee copper corner
  cotton cradle crane creek cricket crown dawn desert dove dream drum dust eagle ember engine fable feather fern field flame
  flute fog forest fountain fox garden gate ginger glass glove goose grape gravel hammer harbour hazel hedge heron hill honey
  horizon island ivory ivy jacket jasmine journey juniper kettle kite ladder lagoon lamp lantern lark lemon letter lily linen
  maple marble market meadow mirror mist moon moss mountain needle nest night north nut oak ocean olive orange orchard otter
  owl paint paper path pear pebble pencil pepper piano pillow pine planet plum pocket pond poppy puzzle quilt rabbit rain
  raven reed ribbon river robin rope rose rust saddle sail salt sand scarf shadow shell silver sky smoke snow soap song
  sparrow spoon spring star stone storm straw sugar summer swan table tea thread thunder tide timber tower train tulip tunnel
  valley velvet village vine violin walnut water wheat whistle willow window winter wolf wool yarn`.split(/\s+/)
const pick = () => words[Math.floor(Math.random() * words.length)]

// put makes one record: a third have a place, a tenth have a link.
function put(db, i) {
  const content = { text: `Test ${i + 1}: ${Array.from({ length: 7 }, pick).join(' ')}` }
  if (i % 10 === 3) content.link = `https://example.org/test/${i + 1}`
  const options = { collection: 'test' }
  if (i % 3 === 0) {
    // Even over the sphere, less the poles where nobody writes from.
    const latitude = (Math.asin(Math.random() * 1.7 - 0.75) * 180) / Math.PI
    options.geo = { latitude: round(latitude), longitude: round(Math.random() * 360 - 180) }
  }
  return db.put(content, options)
}

const round = (degrees) => Math.round(degrees * 1e4) / 1e4
