// A web server of somebody else's, which has the files of dist/ and pages of a
// test, and sends the headers that the test wants.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { basename, extname, join } from 'node:path'
import { root } from './serve.mjs'

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' }

// site serves pages, {path: text}, and under any other path the file of dist/
// that has the path's last name. It returns its URL and a function that stops it.
export async function site(pages, headers = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://site')
    try {
      const body = pages[pathname] ?? await readFile(join(root, 'dist', basename(pathname)))
      response.writeHead(200, { 'Content-Type': types[extname(pathname)] ?? 'text/plain', ...headers }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const stop = () => new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${server.address().port}/`, stop }
}
