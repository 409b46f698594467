// The server of the demo page, cmd/serve, with its tracker on loopback.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { within } from './wait.mjs'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const startSeconds = 20
const stopSeconds = 5

// serve starts the program that `make` left in build/, for dist/ or another
// folder, on a free port or a given one. It returns the page's URL, the
// tracker's, and a function that stops it.
export async function serve(dir = join(root, 'dist'), port = 0) {
  const program = join(root, 'build', 'serve')
  const child = spawn(program, ['-addr', `127.0.0.1:${port}`, '-dir', dir], { stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const exited = new Promise((resolve) => { child.once('exit', resolve) })
  const stop = async () => {
    process.off('exit', kill)
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await within(stopSeconds, 'the server stops', exited).catch(kill)
  }
  try {
    let output = ''
    const url = new Promise((resolve, reject) => {
      child.once('error', (e) => reject(new Error(`${program}: ${e.message}; run "make build" first`)))
      child.once('exit', (code) => reject(new Error(`${program} ended with ${code}:\n${output}`)))
      for (const stream of [child.stdout, child.stderr]) {
        createInterface(stream).on('line', (line) => {
          output += `${line}\n`
          const [found] = /http:\/\/127\.0\.0\.1:\d+\/?/.exec(line) ?? []
          if (found) resolve(new URL(found).href)
        })
      }
    })
    const href = await within(startSeconds, 'the server says its URL', url)
    return { url: href, tracker: `${href.replace(/^http/, 'ws')}announce`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
