// A scenario is a test with servers, browsers and pages that are all gone when
// it ends, however it ends.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { launch } from './browser.mjs'
import { root, serve } from './serve.mjs'
import { within } from './wait.mjs'

const artifacts = join(root, 'e2e', 'artifacts')
const seconds = 120
const closeSeconds = 5
const shotSeconds = 5

// Firefox's own remarks on connections that ended or were refused come as errors, too.
const remarks = /^(WebRTC: |Firefox can’t establish a connection to the server at ws|The connection to ws)/

// A signal ends the process in a way that runs what is registered for its exit.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))

// The browsers that the scenarios of a file share, by kind.
const shared = new Map()
after(async () => {
  for (const launched of shared.values()) await launched.then(({ stop }) => stop(), () => {})
})

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

  // serve starts the demo page's server, on a free port or a given one.
  async serve(port) {
    const server = await serve(undefined, port)
    this.#stops.push(server.stop)
    return server
  }

  // onEnd registers what is to be stopped at the end.
  onEnd(stop) {
    this.#stops.push(stop)
  }

  // browser starts a browser; options are those of launch.
  async browser(kind, options) {
    const { browser, stop } = await launch(kind, options)
    this.#stops.push(stop)
    return browser
  }

  // sharedBrowser returns the browser of a kind that all scenarios of the file
  // use which do nothing to the browser itself.
  async sharedBrowser(kind) {
    if (!shared.has(kind)) shared.set(kind, launch(kind))
    return (await shared.get(kind)).browser
  }

  // context returns a new profile of a browser: what its pages store is gone at the end.
  async context(browser) {
    const context = await browser.createBrowserContext()
    this.#stops.push(() => within(closeSeconds, 'the pages close', context.close()).catch(() => {}))
    return context
  }

  // page opens a tab with cookies and storage that it shares with no other, or
  // with those of the given context.
  async page(browser, context) {
    context ??= await this.context(browser)
    const page = await context.newPage()
    const entry = { page, label: `page-${this.#pages.length + 1}`, log: [] }
    this.#pages.push(entry)
    page.on('console', (m) => entry.log.push(`${m.type()}: ${m.text()}`))
    page.on('pageerror', (e) => {
      entry.log.push(`uncaught: ${e.stack ?? e}`)
      if (!remarks.test(e.message)) this.#errors.push(e)
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
      // A tab behind another one has no picture.
      const shot = page.bringToFront().then(() => page.screenshot({ path, fullPage: true }))
      await within(shotSeconds, 'a screenshot', shot).then(() => console.error(`${label}: ${path}`), () => {})
      for (const line of log.slice(-50)) console.error(`${label}: ${line}`)
    }
  }

  async clear() {
    for (const stop of this.#stops.reverse()) await stop()
  }
}
