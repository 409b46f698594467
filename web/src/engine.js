import { failure } from './errors.js'
import { Program } from './program.js'
import { scrypt } from './scrypt.js'
import { pageSigner } from './signer.js'
import { turn } from './turn.js'
import { vault } from './vault.js'

// The engines of this page by the address of their program: it is large, so
// databases share it. A crash ends them together, and nothing else ties them.
const engines = new Map()

// estimate tells how much room this site has, where the browser knows.
const estimate = async () => navigator.storage?.estimate?.()

// engineAt returns the engine that runs, or starts one.
export function engineAt(url, onProgress) {
  let engine = engines.get(url)
  if (!engine) {
    const forget = () => { if (engines.get(url) === engine) engines.delete(url) }
    engine = start(url, forget, onProgress)
    engine.catch(forget)
    engines.set(url, engine)
  }
  return engine
}

async function start(url, onCrash, onProgress) {
  const engine = new Engine(onCrash)
  const program = new Program((error) => engine.crash(error))
  const instance = await program.load(url, onProgress)
  await turn()
  let entry
  program.run(instance, { ready: (e) => { entry = e }, error: failure, scrypt, vault, estimate, signer: pageSigner })
  engine.begin(entry)
  await turn()
  return engine
}

// Engine calls the Go program and answers for it when it has crashed.
class Engine {
  #entry
  #onCrash
  #error = null // after a crash
  #waiting = new Set() // the reject functions of calls under way
  #databases = new Set() // functions that want to hear of a crash

  constructor(onCrash) {
    this.#onCrash = onCrash
  }

  begin(entry) {
    this.check()
    this.#entry = entry
  }

  // open opens a database: its handle is the Go program's. See wasm/doc.go.
  open(options, onEvents, ownRule, onCrash) {
    return this.call(() => this.#entry.open(JSON.stringify(options), onEvents, ownRule)).then((handle) => {
      this.#databases.add(onCrash)
      return handle
    })
  }

  generateKeys() {
    return this.call(() => this.#entry.generateKeys())
  }

  // closed says that a database needs no news of a crash any more.
  closed(onCrash) {
    this.#databases.delete(onCrash)
  }

  // call waits for a promise of the program, or for its crash.
  call(fn) {
    return new Promise((resolve, reject) => {
      const result = this.sync(fn)
      this.#waiting.add(reject)
      const settle = (how) => (value) => {
        this.#waiting.delete(reject)
        how(value)
      }
      result.then(settle(resolve), settle(reject))
    })
  }

  // sync returns what the program returns at once.
  sync(fn) {
    this.check()
    const result = fn()
    this.check()
    return result
  }

  get alive() {
    return this.#error === null
  }

  check() {
    if (this.#error) throw this.#error
  }

  crash(error) {
    this.#error = error
    this.#onCrash()
    for (const reject of this.#waiting) reject(error)
    for (const tell of this.#databases) tell(error)
    this.#waiting.clear()
    this.#databases.clear()
  }
}
