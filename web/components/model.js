// What one database shows to all panes: its records, peers and figures, read once
// for all of them and only while a pane looks.
import { apart } from './context.js'
import { failureOf } from './failure.js'
import { nextFrame } from './frames.js'

const pollMs = 1000
const tickMs = 15_000
const burstMs = 250 // how soon peers are read when something has happened
const maxClosed = 20
const smoothSeconds = 1.5

// The events of the engine that change what peers() and stats() say. An engine
// that does not know one of them yet is not asked for it.
const stirring = ['peer', 'identity', 'ban', 'unban', 'strike', 'prune']

const models = new WeakMap()

// modelOf returns the model of a database. What it was opened with is not to be
// had from it; panes that need it, to share the room or to open it twice, get it
// from whoever opened it.
export function modelOf(db, options) {
  let model = models.get(db)
  if (!model) {
    model = new Model(db)
    models.set(db, model)
  }
  if (options) model.options = options
  return model
}

// Model tells its subscribers of
//
//   peers     once a second, and soon when something happened: peers, rates, stats, root, identity
//   records   records came, changed or went, at most once per frame; subscribers get
//             a map from the uuid to {was, is}, of which one may be undefined
//   closed    a connection ended: closed
//   tick      every 15 s, for what says "3 min ago"
class Model {
  db
  options = null // what open was given, or null if nobody said
  records = new Map() // uuid -> record
  loaded = false // whether records has all that was there
  peers = []
  rates = new Map() // peer id -> {in, out} in bytes/s, and since the last reading {bodies} that came and {sent} bytes of records
  closed = [] // peers whose connection ended, the latest first, at most maxClosed
  stats = null
  root = ''
  identity = null
  error = null // why nothing can be read any more

  #topics = new Map()
  #stops = []
  #before = new Map() // peer id -> {at, in, out, bodies, sent}
  #timer = 0
  #due = 0 // when the timer reads everything, as performance.now tells the time
  #stirred = false // whether anything is known to have happened since the last reading
  #calm = 0 // until when records are no reason to read before a second is over
  #gone = new Set() // uuids that were deleted while the records were read
  #changes = null // what is to be told of records

  constructor(db) {
    this.db = db
  }

  // subscribe calls fn whenever a topic has news, and returns what ends it.
  subscribe(topic, fn) {
    if (!this.#topics.has(topic)) this.#topics.set(topic, new Set())
    this.#topics.get(topic).add(fn)
    if (this.#stops.length === 0) this.#start()
    return () => {
      this.#topics.get(topic).delete(fn)
      if ([...this.#topics.values()].every((fns) => fns.size === 0)) this.#stop()
    }
  }

  // on listens to an event of the database, and does nothing if the engine does
  // not know it.
  on(type, fn) {
    try {
      return this.db.on(type, fn)
    } catch {
      return () => {}
    }
  }

  // refresh reads everything now, as after an action of the user's.
  refresh() {
    if (this.#stops.length > 0) this.#read()
  }

  #tell(topic, news) {
    for (const fn of this.#topics.get(topic) ?? []) apart(() => fn(news))
  }

  #start() {
    const visible = () => { if (!document.hidden) this.#read() }
    document.addEventListener('visibilitychange', visible)
    const ticking = setInterval(() => this.#tell('tick'), tickMs)
    const stops = [
      () => document.removeEventListener('visibilitychange', visible),
      () => clearInterval(ticking),
      () => clearTimeout(this.#timer),
      this.on('record', (record) => this.#keep(record)),
      this.on('delete', ({ uuid }) => this.#drop(uuid)),
      this.on('peer', (peer) => { if (peer.state === 'closed') this.#end(peer) }),
      ...stirring.map((type) => this.on(type, () => this.#stir(burstMs))),
    ]
    this.#stops = stops
    // The panes that are given a database at once come first with what they do.
    nextFrame(() => {
      if (this.#stops !== stops || stops.length === 0) return
      this.#read()
      this.#load()
    })
  }

  #stop() {
    for (const stop of this.#stops.splice(0)) stop()
    this.#timer = 0
    // Nobody listened from here on: what comes back reads all anew.
    this.records = new Map()
    this.loaded = false
    this.#before.clear()
  }

  async #load() {
    this.#gone.clear()
    try {
      for (const record of await this.db.all()) {
        if (!this.#gone.has(record.uuid)) this.#keep(record)
      }
      this.loaded = true
    } catch (error) {
      this.#fail(error)
    }
    this.#change()
  }

  #keep(record) {
    const known = this.records.get(record.uuid)
    if (known && known.updated_at > record.updated_at) return
    this.records.set(record.uuid, record)
    this.#gone.delete(record.uuid)
    this.#change(record.uuid, known, record)
  }

  #drop(uuid) {
    const known = this.records.get(uuid)
    this.records.delete(uuid)
    if (!this.loaded) this.#gone.add(uuid)
    this.#change(uuid, known)
  }

  #change(uuid, was, is) {
    if (this.#changes === null) {
      this.#stir(Math.max(burstMs, this.#calm - performance.now()))
      this.#changes = new Map()
      nextFrame(() => {
        const changes = this.#changes
        this.#changes = null
        this.#tell('records', changes)
      })
    }
    if (uuid) this.#changes.set(uuid, { was: this.#changes.has(uuid) ? this.#changes.get(uuid).was : was, is })
  }

  #end(peer) {
    this.closed = [{ ...peer, at: Date.now() }, ...this.closed].slice(0, maxClosed)
    this.#tell('closed')
  }

  // stir has everything read in so many ms, as something has happened.
  #stir(ms) {
    this.#stirred = true
    this.#later(ms)
  }

  // later has everything read in so many ms, unless that is to happen sooner anyway.
  #later(ms) {
    const due = performance.now() + ms
    if (this.#stops.length === 0 || (this.#timer && this.#due <= due)) return
    clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(() => {
      this.#timer = 0
      if (document.hidden && !this.#stirred) this.#later(pollMs)
      else this.#read()
    }, ms)
  }

  #read() {
    if (this.error) return
    const now = performance.now()
    clearTimeout(this.#timer)
    this.#timer = 0
    if (this.#stirred) this.#calm = now + pollMs
    this.#stirred = false
    try {
      this.peers = this.db.peers()
      this.stats = this.db.stats()
      this.root = this.db.root()
      this.identity = this.db.identity()
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#measure(now)
    this.#later(pollMs)
    this.#tell('peers')
  }

  // measure turns counts into rates, which follow them with some inertia.
  #measure(now) {
    const [before, rates] = [this.#before, this.rates]
    this.#before = new Map()
    this.rates = new Map()
    for (const { id, traffic, since } of this.peers) {
      const is = { at: now, in: sum(traffic, 'In'), out: sum(traffic, 'Out'), bodies: traffic.bodies, sent: traffic.recordsOut }
      this.#before.set(id, is)
      // What was counted before anybody looked is no news.
      const isNew = Date.now() - since < 2 * pollMs
      const was = before.get(id) ?? (isNew ? { at: now - pollMs, in: 0, out: 0, bodies: 0, sent: 0 } : is)
      const seconds = (is.at - was.at) / 1000
      const { in: oldIn, out: oldOut } = rates.get(id) ?? { in: 0, out: 0 }
      const weight = 1 - Math.exp(-seconds / smoothSeconds)
      const follow = (old, bytes) => (seconds > 0 ? old + (bytes / seconds - old) * weight : old)
      this.rates.set(id, { in: follow(oldIn, is.in - was.in), out: follow(oldOut, is.out - was.out), bodies: is.bodies - was.bodies, sent: is.sent - was.sent })
    }
  }

  #fail(error) {
    this.error = failureOf(error)
    clearTimeout(this.#timer)
    this.#tell('peers')
  }
}

// sum adds all kinds of bytes of one direction.
const sum = (traffic, direction) => Object.entries(traffic).reduce((n, [kind, value]) => (kind.endsWith(direction) ? n + value : n), 0)
