import { invalid, report } from './errors.js'

// The types of events, each with its bit in the engine's mask. Errors cross
// always and have none.
const bits = {
  record: 1, delete: 2, peer: 4, identity: 8, refused: 16, flagged: 16, strike: 32, ban: 64, unban: 64, prune: 128, range: 256, signaling: 512, error: 0,
}

// Listeners are the functions that wait for a database's events.
export class Listeners {
  #byType = new Map(Object.keys(bits).map((type) => [type, new Set()]))
  #onMask

  // onMask is called with the bits of all types that somebody listens to
  // whenever they change.
  constructor(onMask) {
    this.#onMask = onMask
  }

  add(type, fn) {
    this.#of(type, fn).add(fn)
    this.#tell()
  }

  remove(type, fn) {
    this.#of(type, fn).delete(fn)
    this.#tell()
  }

  clear() {
    for (const fns of this.#byType.values()) fns.clear()
  }

  // emit calls the listeners. One that throws keeps no other from being called.
  emit(type, detail) {
    const fns = [...this.#byType.get(type)]
    if (type === 'error' && fns.length === 0) console.error(`peerset.DB: ${detail.message} (${detail.code})`)
    for (const fn of fns) {
      try {
        fn(detail)
      } catch (error) {
        report(error)
      }
    }
  }

  #of(type, fn) {
    const fns = this.#byType.get(type)
    if (!fns) throw invalid('type', `there is no event ${String(type)}; there are ${Object.keys(bits).join(', ')}`)
    if (typeof fn !== 'function') throw invalid('listener', 'is not a function')
    return fns
  }

  #tell() {
    let mask = 0
    for (const [type, fns] of this.#byType) {
      if (fns.size > 0) mask |= bits[type]
    }
    this.#onMask(mask)
  }
}
