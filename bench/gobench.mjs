// Benchmarks of Go's own, of which every figure of every run is wanted.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../e2e/lib/serve.mjs'

const goroot = () => execFileSync('go', ['env', 'GOROOT'], { cwd: root, encoding: 'utf8' }).trim()

// inNode runs them as wasm in Node.
export const inNode = {
  env: { GOOS: 'js', GOARCH: 'wasm' },
  args: () => ['-exec', join(goroot(), 'lib', 'wasm', 'go_js_wasm_exec')],
}

// benchmarks runs go and returns, for each benchmark and unit, the figures of all runs.
export function benchmarks(args, env) {
  const out = execFileSync('go', args, { cwd: root, encoding: 'utf8', env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  const figures = new Map()
  for (const [, name, rest] of out.matchAll(/^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$/gm)) {
    if (!figures.has(name)) figures.set(name, new Map())
    const byUnit = figures.get(name)
    for (const [, value, unit] of rest.matchAll(/(\S+) (\S+)/g)) {
      byUnit.set(unit, [...(byUnit.get(unit) ?? []), Number(value)])
    }
  }
  return figures
}
