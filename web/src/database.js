import { engineAt } from './engine.js'
import { failure } from './errors.js'
import { Listeners } from './listeners.js'
import { absolute, content, forOpen, forPut, uuid as checked } from './options.js'
import { probe } from './probe.js'

let defaultWasmUrl

// setDefaultWasmUrl is for the entry files, which know where they are.
export function setDefaultWasmUrl(url) {
  defaultWasmUrl = url
}

const wakers = globalThis.document ? [[globalThis, 'online'], [globalThis, 'pageshow'], [document, 'visibilitychange']] : []
const wakeEvery = 5000 // ms

const secret = Symbol('only open makes databases')

// PeersetDB is documented in peerset.d.ts.
export class PeersetDB {
  #engine
  #handle
  #listeners = new Listeners((mask) => {
    if (!this.#closed && this.#engine.alive) this.#handle.listen(mask)
  })
  #closed = null // the promise of close
  #onCrash = (error) => this.#emit('error', error)
  #onPageHide = ({ persisted }) => { if (!persisted) this.close() }
  #woken = 0
  // The network may be back, or the page: peers are looked for at once.
  #onWake = () => {
    if (document.visibilityState === 'hidden' || performance.now() - this.#woken < wakeEvery) return
    this.#woken = performance.now()
    if (this.#engine.alive) this.#handle.wake()
  }

  static async open(options) {
    const engineOptions = forOpen(options)
    probe(engineOptions.storage)
    const engine = await engineAt(absolute(options.wasmUrl ?? defaultWasmUrl))
    const db = new PeersetDB(secret, engine)
    await db.#open(engineOptions)
    return db
  }

  constructor(token, engine) {
    if (token !== secret) throw new TypeError('use PeersetDB.open')
    this.#engine = engine
  }

  async #open(options) {
    const onEvents = (text) => queueMicrotask(() => {
      for (const { type, detail } of JSON.parse(text)) {
        this.#emit(type, type === 'error' ? failure(detail.code, detail.message) : detail)
      }
    })
    this.#handle = await this.#engine.open(options, onEvents, this.#onCrash)
    // Peers hear of a page that goes away at once rather than after a timeout.
    addEventListener('pagehide', this.#onPageHide)
    for (const [target, event] of wakers) target.addEventListener(event, this.#onWake)
  }

  async put(value, options) {
    const [text, o] = [content(value), forPut(options)]
    return JSON.parse(await this.#call((h) => h.put(text, o)))
  }

  async get(uuid) {
    const id = checked(uuid)
    const text = await this.#call((h) => h.get(id))
    return text === null ? null : JSON.parse(text)
  }

  async all() {
    const chunks = []
    await this.#call((h) => h.all((text) => chunks.push(JSON.parse(text))))
    return chunks.flat()
  }

  async delete(uuid) {
    const id = checked(uuid)
    await this.#call((h) => h.delete(id))
  }

  on(type, listener) {
    this.#listeners.add(type, listener)
    return () => this.off(type, listener)
  }

  off(type, listener) {
    this.#listeners.remove(type, listener)
  }

  peers() {
    return JSON.parse(this.#sync((h) => h.peers()))
  }

  root() {
    return this.#sync((h) => h.root())
  }

  stats() {
    return JSON.parse(this.#sync((h) => h.stats()))
  }

  identity() {
    return { npub: this.#sync((h) => h.identity()) }
  }

  close() {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close() {
    removeEventListener('pagehide', this.#onPageHide)
    for (const [target, event] of wakers) target.removeEventListener(event, this.#onWake)
    this.#listeners.clear()
    this.#engine.closed(this.#onCrash)
    try {
      await this.#engine.call(() => this.#handle.close())
    } catch (error) {
      if (error.code !== 'engine_crashed') throw error // a crash closes all there is to close
    }
  }

  #emit(type, detail) {
    if (!this.#closed) this.#listeners.emit(type, detail)
  }

  async #call(fn) {
    this.#check()
    return this.#engine.call(() => fn(this.#handle))
  }

  #sync(fn) {
    this.#check()
    return this.#engine.sync(() => fn(this.#handle))
  }

  #check() {
    if (this.#closed) throw failure('closed', 'the database is closed; open it again')
  }
}
