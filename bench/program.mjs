// The Go program bench/reconcile, built when it is first needed.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../e2e/lib/serve.mjs'

const mostBytes = 1 << 24

let path

export function program() {
  if (!path) {
    path = join(root, 'build', 'reconcile')
    execFileSync('go', ['build', '-o', path, './bench/reconcile'], { cwd: root, stdio: 'inherit' })
  }
  return path
}

// lines runs it and returns what it says, a value of each line.
export function lines(...args) {
  const out = execFileSync(program(), args.map(String), { encoding: 'utf8', maxBuffer: mostBytes, stdio: ['ignore', 'pipe', 'inherit'] })
  return out.trim().split('\n').map((line) => JSON.parse(line))
}
