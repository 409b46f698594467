// A scenario is a test with servers, browsers and pages that are all gone when
// it ends, however it ends.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { launch } from './browser.mjs'
import { root, serve } from './serve.mjs'

const artifacts = join(root, 'e2e', 'artifacts')
const seconds = 120

// A signal ends the process in a way that runs what is registered for its exit.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))

// scenario registers a test. Its function gets a Stage.
export function scenario(name, run) {
  test(name, { timeout: seconds * 1000 }, async () => {
    const stage = new Stage(name)
    try {
      await run(stage)
      stage.checkErrors()
    } catch (error) {
      await stage.record()
      throw error
    } finally {
      await stage.clear()
    }
  })
}

class Stage {
  #name
  #pages = [] // {page, label, log}
  #stops = []
  #errors = []

  constructor(name) {
    this.#name = name
  }

  // serve starts the demo page's server.
  async serve() {
    const server = await serve()
    this.#stops.push(server.stop)
    return server
  }

  // onEnd registers what is to be stopped at the end.
  onEnd(stop) {
    this.#stops.push(stop)
  }

  // browser starts a browser.
  async browser(kind) {
    const { browser, stop } = await launch(kind)
    this.#stops.push(stop)
    return browser
  }

  // page opens a tab with cookies and storage that it shares with no other, or
  // with those of the given context.
  async page(browser, context) {
    context ??= await browser.createBrowserContext()
    const page = await context.newPage()
    const entry = { page, label: `page-${this.#pages.length + 1}`, log: [] }
    this.#pages.push(entry)
    page.on('console', (m) => entry.log.push(`${m.type()}: ${m.text()}`))
    page.on('pageerror', (e) => {
      entry.log.push(`uncaught: ${e.stack ?? e}`)
      // Firefox's own remarks on connections that ended come as errors, too.
      if (!e.message.startsWith('WebRTC: ')) this.#errors.push(e)
    })
    return page
  }

  // checkErrors fails if a page had an error that nothing caught. A test that
  // provokes some takes them off first.
  checkErrors() {
    const [error] = this.takeErrors()
    if (error) throw new Error(`uncaught on a page: ${error.stack ?? error}`)
  }

  takeErrors() {
    return this.#errors.splice(0)
  }

  // record keeps what the pages show and have said, for whoever looks into it.
  async record() {
    await mkdir(artifacts, { recursive: true })
    for (const { page, label, log } of this.#pages) {
      const path = join(artifacts, `${this.#name.replace(/\W+/g, '-')}-${label}.png`)
      await page.screenshot({ path, fullPage: true }).then(() => console.error(`${label}: ${path}`), () => {})
      for (const line of log.slice(-50)) console.error(`${label}: ${line}`)
    }
  }

  async clear() {
    for (const stop of this.#stops.reverse()) await stop()
  }
}
