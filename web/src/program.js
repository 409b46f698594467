import { evaluate } from 'go:wasm_exec'
import { failure } from './errors.js'
import { lend } from './globals.js'
import { turn } from './turn.js'

// maxOutput is how much is kept of what the program prints. It prints nothing but
// why it dies.
const maxOutput = 64 << 10

// What a program that has crashed leaves open to others: peers and trackers would
// take it for alive, and no tab could bring the storage to a newer version.
const connections = ['RTCPeerConnection', 'WebSocket', 'IDBDatabase'].map((type) => `[object ${type}]`)

// Program is a Go program that runs until it crashes.
export class Program {
  #go
  #output = ''
  #globals
  #values = [] // the objects that the program refers to
  #onCrash
  #crashed = false

  // onCrash is called once, with what went wrong.
  constructor(onCrash) {
    this.#onCrash = onCrash
    const decoder = new TextDecoder()
    const writeSync = (fd, bytes) => {
      this.#output = (this.#output + decoder.decode(bytes)).slice(-maxOutput)
      return bytes.length
    }
    lend({ Go: undefined, fs: undefined, process: undefined, path: undefined }, () => {
      evaluate({ writeSync })
      this.#go = new globalThis.Go()
      const { fs, process, path } = globalThis
      fs.writeSync = writeSync
      this.#globals = { fs, process, path }
    })
  }

  // load fetches and compiles the program.
  async load(url, onProgress) {
    let response
    try {
      response = await fetch(url)
      if (onProgress) watch(response, onProgress)
    } catch (cause) {
      throw failure('load_failed', `${url} cannot be loaded: ${cause.message}. Check the address, or name another one in wasmUrl; another site must allow it by CORS`, cause)
    }
    if (!response.ok) {
      throw failure('load_failed', `${url} cannot be loaded: status ${response.status}. Put peerset.wasm there, or name its address in wasmUrl`)
    }
    try {
      // Servers that do not know the type of .wasm files are common.
      const streams = WebAssembly.compileStreaming && /^application\/wasm\b/.test(response.headers.get('Content-Type'))
      const module = streams ? await WebAssembly.compileStreaming(response) : await WebAssembly.compile(await response.arrayBuffer())
      await turn() // each of these steps is long enough
      return await WebAssembly.instantiate(module, this.#go.importObject)
    } catch (cause) {
      throw failure('load_failed', `${url} cannot be compiled: ${cause.message}. It must be the file of this script's own release, and a Content-Security-Policy must allow 'wasm-unsafe-eval'`, cause)
    }
  }

  // run starts the program and returns when it waits for the first time.
  // The host is what it finds under a global name that only it is told.
  run(instance, host) {
    const key = `peerset ${crypto.getRandomValues(new Uint32Array(4)).join('-')}`
    this.#go.env = { PEERSET_HOST: key }
    this.#go.exit = () => {}
    this.#guard()
    const ended = lend({ ...this.#globals, [key]: host }, () => {
      const end = this.#go.run(instance)
      this.#values = this.#go._values ?? [] // there are none if it has ended at once
      return end
    })
    ended.then(() => this.#crash(), (error) => this.#crash(error))
  }

  // guard sees to it that what calls a program that has crashed, timers and events
  // of the browser mostly, is ignored. _resume is wasm_exec.js's only way into a
  // program that runs, and wasm_exec.js is part of this file.
  #guard() {
    const go = this.#go
    const resume = go._resume
    go._resume = () => {
      if (this.#crashed) return
      try {
        resume.call(go)
      } catch (error) {
        this.#crash(error) // a trap, as when the stack overflows
      }
      if (go.exited) this.#crash()
    }
  }

  #crash(error) {
    if (this.#crashed) return
    this.#crashed = true
    const [why] = /^(panic|fatal error|runtime): .*/m.exec(this.#output) ?? [error?.message ?? 'it ended']
    if (this.#output) console.error(this.#output)
    this.#abandon()
    this.#onCrash(failure('engine_crashed', `the engine of peerset.DB crashed: ${why}. Open the database again, and please report this`, error))
  }

  #abandon() {
    // wasm_exec.js calls a program that misses its timer over and over.
    const timeouts = this.#go._scheduledTimeouts
    for (const id of timeouts.values()) clearTimeout(id)
    timeouts.clear()
    for (const value of this.#values) {
      if (connections.includes(Object.prototype.toString.call(value))) value.close()
    }
    this.#values = []
  }
}

// watch tells how much of a response has come. total is 0 where it is not known: where the
// response is compressed only the compressed length is. It counts on a copy: the browser keeps
// the compiled program for a response of its own only, not for one that was made here.
async function watch(response, onProgress) {
  if (!response.ok || !response.body) return
  const coded = response.headers.get('Content-Encoding')
  const total = coded ? 0 : Number(response.headers.get('Content-Length')) || 0
  const reader = response.clone().body.getReader()
  let loaded = 0
  try {
    for (let got = await reader.read(); !got.done; got = await reader.read()) {
      loaded += got.value.byteLength
      onProgress(loaded, total)
    }
  } catch {
    // Whoever compiles the response hears of it.
  }
}
