// Builds the JavaScript and the demo page of dist/, and compresses what is there:
//
//   node web/build.mjs              writes peerset.js, peerset.mjs, their types and the demo
//   node web/build.mjs compress F…  writes F.gz and F.br beside each file F
//
// The Makefile calls it, and builds peerset.wasm.
import { execFileSync } from 'node:child_process'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build } from 'esbuild'

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

const bundle = (entry, format, outfile) => build({
  entryPoints: [join(web, 'src', entry)],
  outfile: join(dist, outfile),
  bundle: true,
  format,
  minify: true,
  target: 'es2020',
  charset: 'utf8',
  legalComments: 'none',
  banner: { js: '/* peerset.DB, MIT licence; contains wasm_exec.js, Copyright The Go Authors, BSD licence */' },
  plugins: [wasmExec],
  logLevel: 'warning',
})

// TypeScript looks for the types of a .mjs in a .d.mts. A module sets no global.
async function types() {
  const text = await readFile(join(web, 'peerset.d.ts'), 'utf8')
  const [whole, ...rest] = text.match(/\ndeclare global \{[^]*?\n\}\n/g)
  if (rest.length) throw new Error('peerset.d.ts declares globals twice')
  await writeFile(join(dist, 'peerset.d.ts'), text)
  await writeFile(join(dist, 'peerset.d.mts'), text.replace(whole, ''))
}

async function compress(file) {
  const data = await readFile(file)
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: data.length }
  const [gz, br] = await Promise.all([promisify(gzip)(data, { level: 9 }), promisify(brotliCompress)(data, { params })])
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
    ...['index.html', 'demo.css', 'demo.js'].map((f) => copyFile(join(web, 'demo', f), join(dist, f))),
  ])
}
