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

// Records of one key: several authors look like a room.
const perKey = 2500
// What the standard policy lets an author write and a peer push in a minute, with some
// distance.
const perMinute = 18_000

// generate resolves when all have arrived, or were refused by the room's policy, or
// signal ends it. It rejects with `unreachable` if nobody is met, and with `stalled`.
export async function generate(model, count, signal, onProgress) {
  const Database = model.db.constructor
  const { onProgress: _, ...options } = model.options
  const other = await Database.open({ ...options, storage: 'memory', maxPeers: 4 })
  const rules = new Set(model.db.moderation().rules.map((rule) => rule.name))
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
      if (progress.signed % perKey === 0 && progress.signed < count) await newKey()
      const pace = () => !rules.has('connection') || progress.signed < perMinute * ((performance.now() - began) / 60_000 + 0.2)
      await wait(() => pace() && progress.signed - settled() < ahead, stallMs, 'stalled', t('generate.stalled'))
    }
    last = performance.now()
    await wait(() => settled() >= progress.signed, stallMs, 'stalled', t('generate.stalled'))
  } finally {
    await other.close() // what is under way arrives until then
    tell()
    for (const stop of stops) stop()
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
    const [latitude, longitude] = cities[Math.floor(Math.random() * cities.length)]
    options.geo = { latitude: round(latitude + near()), longitude: round(longitude + near()) }
  }
  return db.put(content, options)
}

// Places are near cities, as they are of people.
const cities = [[52.5, 13.4], [48.9, 2.4], [40.4, -3.7], [51.5, -0.1], [59.3, 18.1], [41, 29], [30, 31.2], [6.5, 3.4], [-1.3, 36.8], [-26.2, 28], [19.1, 72.9],
  [28.6, 77.2], [13.8, 100.5], [1.4, 103.8], [35.7, 139.7], [37.6, 127], [31.2, 121.5], [-33.9, 151.2], [-36.8, 174.8], [40.7, -74], [37.8, -122.4], [19.4, -99.1], [-23.6, -46.6], [-34.6, -58.4]]
const near = () => (Math.random() + Math.random() + Math.random() - 1.5) * 3

const round = (degrees) => Math.round(degrees * 1e4) / 1e4
