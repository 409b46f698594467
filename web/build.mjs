// Builds the JavaScript and the demo page of dist/, and compresses what is there:
//
//   node web/build.mjs              writes peerset.js, peerset.mjs, their types, the components and the demo
//   node web/build.mjs compress F…  writes F.gz and F.br beside each file F
//
// It fails if the demo page, without the wasm, outgrows its budget.
//
// The Makefile calls it, and builds peerset.wasm.
import { execFileSync } from 'node:child_process'
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build, transform } from 'esbuild'
import { t } from './components/texts.js'

const web = dirname(fileURLToPath(import.meta.url))
const dist = join(dirname(web), 'dist')

// The support code that belongs to the Go version that built the wasm. It is a
// script that talks to global variables; as the body of a function it sees the
// fs that it is given, and runs when the loader wants it to.
const wasmExec = {
  name: 'wasm_exec',
  setup(b) {
    b.onResolve({ filter: /^go:wasm_exec$/ }, ({ path }) => ({ path, namespace: 'go' }))
    b.onLoad({ filter: /.*/, namespace: 'go' }, async () => {
      const goroot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim()
      const source = await readFile(join(goroot, 'lib/wasm/wasm_exec.js'), 'utf8')
      return { contents: `export function evaluate(fs) {\n${source}\n}` }
    })
  },
}

// The style sheets of components are texts in their script, without what nobody reads.
const styleText = {
  name: 'style_text',
  setup(b) {
    b.onLoad({ filter: /\/components\/.*\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true, target: 'es2022' })
      return { contents: code, loader: 'text' }
    })
  },
}

const common = { bundle: true, minify: true, charset: 'utf8', legalComments: 'none', logLevel: 'warning' }

const bundle = (entry, format, outfile) => build({
  ...common,
  entryPoints: [join(web, 'src', entry)],
  outfile: join(dist, outfile),
  format,
  target: 'es2020',
  banner: { js: '/* peerset.DB, MIT licence; contains wasm_exec.js, Copyright The Go Authors, BSD licence */' },
  plugins: [wasmExec],
})

// The components, and the map that they load when somebody looks at it. Each file
// names what it contains of others.
const components = (entry, outfile, contains) => build({
  ...common,
  entryPoints: [join(web, 'components', entry)],
  outfile: join(dist, outfile),
  format: 'esm',
  target: 'es2022',
  external: ['./peerset-map.mjs'],
  banner: { js: `/* peerset.DB, MIT licence; contains ${contains} */` },
  plugins: [styleText],
})

// wasmBytes is how large the wasm is that will be served: no browser tells that of a
// response that is compressed.
const wasmBytes = () => stat(join(dist, 'peerset.wasm')).then(({ size }) => size, () => 0)

// The demo page's own files; its script finds the others beside it.
const demo = async () => Promise.all([
  build({
    ...common,
    entryPoints: [join(web, 'demo', 'demo.js')],
    outfile: join(dist, 'demo.js'),
    format: 'esm',
    target: 'es2022',
    external: ['./peerset.mjs', './peerset-ui.mjs'],
    define: { WASM_BYTES: String(await wasmBytes()) },
  }),
  index(),
])

// The page itself is complete: nothing has to come before it is seen. Its style sheet becomes a part
// of it, and {graph.title} the text of that name.
async function index() {
  const page = await readFile(join(web, 'demo', 'index.html'), 'utf8')
  const { outputFiles: [{ text: css }] } = await build({ ...common, entryPoints: [join(web, 'demo', 'demo.css')], write: false })
  const whole = page
    .replace('<link rel="stylesheet" href="demo.css">', () => `<style>${css.trim()}</style>`)
    .replace(/\{(\w+(?:\.\w+)+)\}/g, (_, key) => t(key))
  await writeFile(join(dist, 'index.html'), whole)
}

// All that the demo page loads but the wasm, and what it may weigh with brotli.
const page = ['index.html', 'demo.js', 'peerset.mjs', 'peerset-ui.mjs', 'peerset-map.mjs']
const pageBudget = 120_000

async function weigh() {
  const weights = await Promise.all(page.map(async (f) => (await brotli(await readFile(join(dist, f)))).length))
  const total = weights.reduce((a, b) => a + b)
  console.log(`the page without the wasm: ${total} of ${pageBudget} bytes with brotli (${page.map((f, i) => `${f} ${weights[i]}`).join(', ')})`)
  if (total > pageBudget) throw new Error('the page is heavier than its budget')
}

// TypeScript looks for the types of a .mjs in a .d.mts. A module sets no global.
async function types() {
  const text = await readFile(join(web, 'peerset.d.ts'), 'utf8')
  const [whole, ...rest] = text.match(/\ndeclare global \{[^]*?\n\}\n/g)
  if (rest.length) throw new Error('peerset.d.ts declares globals twice')
  await writeFile(join(dist, 'peerset.d.ts'), text)
  await writeFile(join(dist, 'peerset.d.mts'), text.replace(whole, ''))
  await copyFile(join(web, 'components', 'peerset-ui.d.ts'), join(dist, 'peerset-ui.d.mts'))
}

const brotli = (data) => promisify(brotliCompress)(data, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: data.length },
})

async function compress(file) {
  const data = await readFile(file)
  const [gz, br] = await Promise.all([promisify(gzip)(data, { level: 9 }), brotli(data)])
  await Promise.all([writeFile(`${file}.gz`, gz), writeFile(`${file}.br`, br)])
  console.log(`${file}: ${data.length} bytes, gzip ${gz.length}, brotli ${br.length}`)
}

const [command, ...files] = process.argv.slice(2)
if (command === 'compress') {
  for (const file of files) await compress(file)
} else {
  await mkdir(dist, { recursive: true })
  await Promise.all([
    bundle('classic.js', 'iife', 'peerset.js'),
    bundle('module.js', 'esm', 'peerset.mjs'),
    types(),
    components('index.js', 'peerset-ui.mjs', 'lit-html, BSD licence; d3-force, ISC licence; @tanstack/virtual-core and uqr, MIT licence'),
    components('records/atlas.js', 'peerset-map.mjs', 'd3-geo, topojson-client and world-atlas, ISC licence'),
    demo(),
  ])
  await weigh()
}
