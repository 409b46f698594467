// A native peer, e2e/peer, which `make` left in build/.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from './serve.mjs'
import { until, within } from './wait.mjs'

const syncSeconds = 30

export function nativePeer(room, tracker) {
  const child = spawn(join(root, 'build', 'peer'), ['-room', room, '-tracker', tracker], { stdio: ['pipe', 'pipe', 'inherit'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const lines = []
  createInterface(child.stdout).on('line', (l) => lines.push(JSON.parse(l)))
  const exited = new Promise((resolve) => { child.once('exit', resolve) })
  return {
    put: (content) => child.stdin.write(`${JSON.stringify(content)}\n`),
    root: () => lines.findLast((l) => l.event === 'root')?.root,
    // has waits for a record with this text.
    has: (text) => until(syncSeconds, `the native peer has ${text}`, () => lines.some((l) => l.content?.text === text)),
    stop: async () => {
      process.off('exit', kill)
      child.stdin.end()
      await within(5, 'the native peer ends', exited).catch(kill)
    },
  }
}
