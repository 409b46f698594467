// Runs a Go package's tests on a page of a real browser:
//
//   node e2e/gotest.mjs [options] ./pkg/store/idb [-- -test.run X -test.v -test.bench .]
//
//   --browser chromium|firefox   default chromium
//   --timeout SECONDS            for the tests, default 300
//   --quota BYTES                limits the origin's storage and builds with -tags quota
//
// The tests run on the page's main thread, because RTCPeerConnection exists
// nowhere else. They have no files and no environment. What they print is
// streamed, and their exit code is that of this program; 2 means that the
// build, the browser or the page failed, or that time ran out.
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import puppeteer from 'puppeteer-core'

const run = promisify(execFile)
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const failed = 2
const launchSeconds = 60

function options(argv) {
  const end = argv.indexOf('--')
  const own = end < 0 ? argv : argv.slice(0, end)
  const { values, positionals } = parseArgs({
    args: own,
    allowPositionals: true,
    options: {
      browser: { type: 'string', default: 'chromium' },
      timeout: { type: 'string', default: '300' },
      quota: { type: 'string', default: '0' },
    },
  })
  const timeout = Number(values.timeout)
  const quota = Number(values.quota)
  if (positionals.length !== 1 || !['chromium', 'firefox'].includes(values.browser) || !(timeout > 0) || !(quota >= 0)) {
    throw new Error('usage: gotest.mjs [--browser chromium|firefox] [--timeout SECONDS] [--quota BYTES] PACKAGE [-- TEST FLAGS]')
  }
  const flags = end < 0 ? [] : argv.slice(end + 1)
  if (!flags.some((f) => /^--?test\.timeout/.test(f))) {
    // Go's own deadline prints where every goroutine hangs.
    flags.unshift(`-test.timeout=${timeout}s`)
  }
  return { browser: values.browser, timeout, quota, pkg: positionals[0], flags }
}

async function build({ pkg, quota }, dir) {
  const env = { ...process.env, GOOS: 'js', GOARCH: 'wasm' }
  const wasm = join(dir, 'test.wasm')
  const args = ['test', '-c', '-o', wasm, ...(quota ? ['-tags', 'quota'] : []), pkg]
  const { stdout, stderr } = await run('go', args, { cwd: root, env }).catch((e) => {
    throw new Error(`go ${args.join(' ')}\n${e.stdout ?? ''}${e.stderr ?? e.message}`)
  })
  process.stderr.write(stderr)
  if (!existsSync(wasm)) throw new Error(stdout.trim() || `${pkg} has no tests for js/wasm`)
  const goroot = (await run('go', ['env', 'GOROOT'], { cwd: root })).stdout.trim()
  return { wasm: await readFile(wasm), exec: await readFile(join(goroot, 'lib/wasm/wasm_exec.js')) }
}

// The page. Its posts are chained, so that output arrives in order and the
// exit code after all of it.
const page = (argv) => `<!doctype html><meta charset="utf-8"><title>go test</title><link rel="icon" href="data:,">
<script>
  let posts = Promise.resolve()
  const post = (path, body) => { posts = posts.then(() => fetch(path, { method: 'POST', body })) }
  const crash = (e) => { post('/error', String(e?.stack ?? e)) }
  addEventListener('error', (e) => crash(e.error ?? e.message))
  addEventListener('unhandledrejection', (e) => crash(e.reason))
</script>
<script src="/wasm_exec.js"></script>
<script>
  let text = []
  const flush = () => { if (text.length) { post('/output', new Blob(text)); text = [] } }
  fs.writeSync = (fd, buf) => {
    if (!text.length) setTimeout(flush)
    text.push(buf.slice())
    return buf.length
  }
  process.cwd = () => '/'
  const go = new Go()
  go.argv = ${JSON.stringify(argv).replaceAll('<', '\\u003c')}
  go.exit = (code) => { flush(); post('/exit', String(code)) }
  WebAssembly.instantiateStreaming(fetch('/test.wasm'), go.importObject)
    .then(({ instance }) => go.run(instance))
    .catch(crash)
</script>`

// serve answers the page's requests; done gets the exit code or an error.
function serve(files, argv, done) {
  const content = {
    '/': ['text/html; charset=utf-8', page(argv)],
    '/wasm_exec.js': ['text/javascript', files.exec],
    '/test.wasm': ['application/wasm', files.wasm],
  }
  const posts = {
    '/output': (body) => process.stdout.write(body),
    '/exit': (body) => done(Number(body)),
    '/error': (body) => done(new Error(`the page failed: ${body}`)),
  }
  const server = createServer(async (req, res) => {
    if (req.method === 'POST' && posts[req.url]) {
      const chunks = []
      for await (const chunk of req) chunks.push(chunk)
      res.end()
      posts[req.url](Buffer.concat(chunks))
    } else if (content[req.url]) {
      const [type, body] = content[req.url]
      res.setHeader('Content-Type', type).end(body)
    } else {
      res.writeHead(404).end()
    }
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

function launch({ browser, quota }, userDataDir) {
  const common = { headless: true, userDataDir, timeout: launchSeconds * 1000, handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false }
  if (browser === 'firefox') {
    return puppeteer.launch({
      ...common,
      browser: 'firefox',
      protocol: 'webDriverBiDi',
      executablePath: '/usr/bin/firefox-esr',
      // In KiB, and for all origins together; one may have the whole of a small limit.
      extraPrefsFirefox: quota ? { 'dom.quotaManager.temporaryStorage.fixedLimit': Math.ceil(quota / 1024) } : {},
    })
  }
  return puppeteer.launch({
    ...common,
    browser: 'chrome',
    executablePath: '/usr/bin/chromium',
    args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}

async function close(browser) {
  const { pid } = browser.process()
  await Promise.race([browser.close(), new Promise((resolve) => { setTimeout(resolve, 5000).unref() })]).catch(() => {})
  try {
    process.kill(-pid, 'SIGKILL') // its group: helpers may outlive the browser
  } catch {
    // They are gone, as they should be.
  }
}

async function main() {
  const opts = options(process.argv.slice(2))
  const dir = await mkdtemp(join(tmpdir(), 'gotest-'))
  let server, browser
  try {
    const files = await build(opts, dir)
    return await new Promise((resolve, reject) => {
      const done = (result) => (typeof result === 'number' ? resolve(result) : reject(result))
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => reject(new Error(signal)))
      const start = async () => {
        server = await serve(files, ['test.wasm', ...opts.flags], done)
        const origin = `http://127.0.0.1:${server.address().port}`
        browser = await launch(opts, join(dir, 'profile'))
        browser.once('disconnected', () => reject(new Error('the browser went away')))
        const tab = await browser.newPage()
        tab.on('console', (m) => process.stderr.write(`${m.text()}\n`))
        tab.on('error', reject)
        if (opts.quota && opts.browser === 'chromium') {
          const cdp = await tab.createCDPSession()
          await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: opts.quota })
        }
        // Beyond Go's own deadline: this one is for a page that hangs altogether.
        setTimeout(() => reject(new Error(`the page hangs: not even Go's deadline of ${opts.timeout} s ended it`)), (opts.timeout + 10) * 1000).unref()
        await tab.goto(origin)
      }
      start().catch(reject)
    })
  } finally {
    if (browser) await close(browser)
    server?.closeAllConnections()
    server?.close()
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

main().then(
  (code) => process.exit(code),
  (err) => {
    process.stderr.write(`gotest: ${err.message}\n`)
    process.exit(failed)
  },
)
