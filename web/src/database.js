import { engineAt } from './engine.js'
import { failure } from './errors.js'
import { Listeners } from './listeners.js'
import { absolute, content, forBan, forGenerate, forLogin, forLogout, forOpen, forPut, progress, text as checkedText, uuid as checked } from './options.js'
import { generatePassword } from './password.js'
import { probe } from './probe.js'
import { signer as signerOf } from './signer.js'
import { erase } from './erase.js'
import { prepare } from './vault.js'

let defaultWasmUrl

// setDefaultWasmUrl is for the entry files, which know where they are.
export function setDefaultWasmUrl(url) {
  defaultWasmUrl = url
}

const wakers = globalThis.document ? [[globalThis, 'online'], [globalThis, 'pageshow'], [document, 'visibilitychange']] : []
const wakeEvery = 30_000 // ms; each announces to the trackers

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
    const given = forOpen(options)
    probe(given.engine.storage)
    if (given.engine.storage === 'indexeddb') prepare()
    const engine = await engineAt(absolute(given.wasmUrl ?? defaultWasmUrl), progress(given.onProgress))
    const db = new PeersetDB(secret, engine)
    await db.#open(given.engine, given.rule)
    return db
  }

  static async generateKeys(options) {
    const { wasmUrl } = forGenerate(options)
    probe('memory')
    const engine = await engineAt(absolute(wasmUrl ?? defaultWasmUrl))
    return engine.generateKeys()
  }

  static generatePassword() {
    return generatePassword()
  }

  static async erase(room) {
    await erase(checkedText(room, 'room'))
  }

  constructor(token, engine) {
    if (token !== secret) throw new TypeError('use PeersetDB.open')
    this.#engine = engine
  }

  async #open(options, rule) {
    const onEvents = (text) => queueMicrotask(() => {
      for (const { type, detail } of JSON.parse(text)) {
        this.#emit(type, type === 'error' ? failure(detail.code, detail.message) : detail)
      }
    })
    this.#handle = await this.#engine.open(options, onEvents, rule, this.#onCrash)
    // Peers hear of a page that goes away at once rather than after a timeout.
    addEventListener('pagehide', this.#onPageHide)
    for (const [target, event] of wakers) target.addEventListener(event, this.#onWake)
  }

  async put(value, options) {
    const [json, { text, onProgress }] = [content(value), forPut(options)]
    return JSON.parse(await this.#call((h) => h.put(json, text, onProgress)))
  }

  async get(uuid) {
    const id = checked(uuid)
    const text = await this.#call((h) => h.get(id))
    return text === null ? null : JSON.parse(text)
  }

  async export(uuid) {
    const id = checked(uuid)
    const text = await this.#call((h) => h.export(id))
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
    return JSON.parse(this.#sync((h) => h.identity()))
  }

  async login(how) {
    const { text, signer } = forLogin(how)
    const asked = signer === undefined || signer === true ? signer : signerOf(() => signer)
    return JSON.parse(await this.#call((h) => h.login(text, asked)))
  }

  async logout(options) {
    const forget = forLogout(options)
    return JSON.parse(await this.#call((h) => h.logout(forget)))
  }

  async exportKey(passphrase) {
    const text = checkedText(passphrase, 'passphrase')
    return this.#call((h) => h.exportKey(text))
  }

  moderation() {
    return JSON.parse(this.#sync((h) => h.moderation()))
  }

  bans() {
    return JSON.parse(this.#sync((h) => h.bans()))
  }

  async ban(npub, options) {
    const [who, o] = [checkedText(npub, 'npub'), forBan(options)]
    return JSON.parse(await this.#call((h) => h.ban(who, o)))
  }

  async unban(npub) {
    const who = checkedText(npub, 'npub')
    await this.#call((h) => h.unban(who))
  }

  async disconnect(peer) {
    const id = checkedText(peer, 'peer')
    await this.#call((h) => h.disconnect(id))
  }

  async mute(peer, on = true) {
    const id = checkedText(peer, 'peer')
    await this.#call((h) => h.mute(id, Boolean(on)))
  }

  async pin(uuid) {
    const id = checked(uuid)
    await this.#call((h) => h.pin(id))
  }

  async unpin(uuid) {
    const id = checked(uuid)
    await this.#call((h) => h.unpin(id))
  }

  prune() {
    return this.#call((h) => h.prune())
  }

  buckets(peer) {
    return JSON.parse(this.#sync((h) => h.buckets(peer)))
  }

  compare() {
    this.#sync((h) => h.compare())
  }

  resetStats() {
    this.#sync((h) => h.resetStats())
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
