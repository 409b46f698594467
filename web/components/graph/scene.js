// What moves: it draws the connections and what travels on them on a canvas, puts
// the marks of the peers in their places, and rests when nothing happens.
import { Layout } from './layout.js'

const pulseMs = 900
const rippleMs = 1400
const still = matchMedia('(prefers-reduced-motion: reduce)')

// How a connection looks by its state: none by colour alone.
const strokes = {
  dialing: { dash: [2, 6], width: 1.25 },
  challenged: { dash: [6, 5], width: 1.25 },
  authenticated: { dash: [12, 5], width: 1.25 },
  syncing: { dash: [], width: 1.25, double: true },
  live: { dash: [], width: 1.5 },
  closed: { dash: [1, 7], width: 1 },
}

export class Scene {
  layout = new Layout()
  #canvas
  #context
  #probe // resolves colours
  #place // (id, x, y) puts a mark in its place; false if there is none
  #size = [0, 0, 1]
  #edges = []
  #pulses = [] // {id, out, at}
  #ripples = [] // {id, at, rings}
  #colours = null
  #frame = 0

  constructor(canvas, probe, place) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d')
    this.#probe = probe
    this.#place = place
  }

  stop() {
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
  }

  resize(width, height) {
    const ratio = Math.min(devicePixelRatio || 1, 2)
    if (this.#size.join() === [width, height, ratio].join()) return
    this.#size = [width, height, ratio]
    this.#canvas.width = Math.round(width * ratio)
    this.#canvas.height = Math.round(height * ratio)
    this.wake()
  }

  // show takes what is to be seen: {id, state, rtt, rate (bytes/s), label, colour, chosen}.
  show(edges) {
    this.#edges = edges
    this.layout.peers(edges)
    this.#readColours()
    this.wake()
  }

  // pulse sends n lights along a connection.
  pulse(id, out, n) {
    if (document.hidden) return
    const now = performance.now()
    for (let i = 0; i < n; i++) this.#pulses.push({ id, out, at: now + (i * 700) / n })
    this.wake()
  }

  // ripple sends rings out from somebody.
  ripple(id, rings) {
    if (document.hidden) return
    this.#ripples.push({ id, at: performance.now(), rings })
    this.wake()
  }

  wake() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#run(now))
  }

  #run(now) {
    this.#frame = 0
    if (still.matches) this.layout.settle()
    const moving = this.layout.step()
    this.#pulses = this.#pulses.filter((p) => now - p.at < pulseMs)
    this.#ripples = this.#ripples.filter((r) => now - r.at < rippleMs + r.rings * 200)
    this.#draw(now)
    for (const n of this.layout.nodes) {
      if (n.shownX === n.px && n.shownY === n.py) continue
      if (this.#place(n.id, n.px, n.py)) [n.shownX, n.shownY] = [n.px, n.py]
    }
    if (moving || this.#pulses.length > 0 || this.#ripples.length > 0) this.wake()
  }

  #draw(now) {
    const [width, height, ratio] = this.#size
    const c = this.#context
    c.setTransform(ratio, 0, 0, ratio, 0, 0)
    c.clearRect(0, 0, width, height)
    this.#drawOrbits(c)
    for (const r of this.#ripples) this.#drawRipple(c, r, now)
    for (const e of this.#edges) this.#drawEdge(c, e)
    for (const p of this.#pulses) this.#drawPulse(c, p, now)
    for (const e of this.#edges) if (e.label) this.#drawLabel(c, e)
  }

  // Faint rings around oneself: the place to which others come.
  #drawOrbits(c) {
    const { px: x, py: y } = this.layout.self
    c.strokeStyle = this.#colours.line
    c.lineWidth = 1
    for (const r of [84, 148, 220, 300]) {
      c.globalAlpha = 1 - r / 360
      c.beginPath()
      c.arc(x, y, r, 0, 2 * Math.PI)
      c.stroke()
    }
    c.globalAlpha = 1
  }

  #drawEdge(c, { id, state, rate, chosen }) {
    const [a, b] = [this.layout.self, this.layout.node(id)]
    if (!b) return
    const { dash, width, double } = strokes[state]
    c.strokeStyle = this.#colours[state]
    c.globalAlpha = chosen ? 1 : state === 'live' ? 0.65 : 0.8
    c.lineWidth = width + Math.min(Math.log10(1 + rate / 200), 4) + (chosen ? 0.75 : 0)
    c.setLineDash(dash)
    const length = Math.hypot(b.px - a.px, b.py - a.py) || 1
    const [nx, ny] = [-(b.py - a.py) / length, (b.px - a.px) / length]
    for (const side of double ? [-2.5, 2.5] : [0]) {
      c.beginPath()
      c.moveTo(a.px + nx * side, a.py + ny * side)
      c.lineTo(b.px + nx * side, b.py + ny * side)
      c.stroke()
    }
    c.setLineDash([])
    c.globalAlpha = 1
  }

  #drawPulse(c, { id, out, at }, now) {
    const [self, peer] = [this.layout.self, this.layout.node(id)]
    const part = (now - at) / pulseMs
    if (!peer || part < 0 || part > 1) return
    const [from, to] = out ? [self, peer] : [peer, self]
    if (still.matches) {
      this.#light(c, self, peer, out)
      return
    }
    const ease = part * part * (3 - 2 * part)
    const tail = Math.max(0, ease - 0.14)
    const at2 = (f) => [from.px + (to.px - from.px) * f, from.py + (to.py - from.py) * f]
    const [[x, y], [tx, ty]] = [at2(ease), at2(tail)]
    const name = out ? 'accent' : 'accent-2'
    const light = c.createLinearGradient(tx, ty, x, y)
    light.addColorStop(0, this.#colours[`${name}-gone`])
    light.addColorStop(1, this.#colours[name])
    c.strokeStyle = light
    c.lineWidth = 4
    c.lineCap = 'round'
    c.beginPath()
    c.moveTo(tx, ty)
    c.lineTo(x, y)
    c.stroke()
    c.fillStyle = this.#colours[name]
    c.beginPath()
    c.arc(x, y, 4, 0, 2 * Math.PI)
    c.fill()
  }

  // light shows what has happened to those who want nothing to move.
  #light(c, a, b, out) {
    c.strokeStyle = this.#colours[out ? 'accent' : 'accent-2']
    c.lineWidth = 4
    c.beginPath()
    c.moveTo(a.px, a.py)
    c.lineTo(b.px, b.py)
    c.stroke()
  }

  #drawRipple(c, { id, at, rings }, now) {
    const n = this.layout.node(id)
    if (!n) return
    for (let i = 0; i < rings; i++) {
      const part = (now - at - i * 200) / rippleMs
      if (part <= 0 || part >= 1) continue
      const spread = still.matches ? (i + 1) / (rings + 1) : part
      c.globalAlpha = (1 - spread) ** 2
      c.strokeStyle = this.#colours[i % 2 ? 'accent-2' : 'accent']
      c.lineWidth = 2.5 * (1 - spread) + 0.5
      c.beginPath()
      c.arc(n.px, n.py, 30 + (1 - (1 - spread) ** 3) * (rings > 1 ? 280 : 60), 0, 2 * Math.PI)
      c.stroke()
    }
    c.globalAlpha = 1
  }

  #drawLabel(c, { id, label }) {
    const [a, b] = [this.layout.self, this.layout.node(id)]
    if (!b || Math.hypot(b.px - a.px, b.py - a.py) < 180) return
    const [x, y] = [a.px + (b.px - a.px) * 0.42, a.py + (b.py - a.py) * 0.42]
    c.font = this.#colours.font
    c.textAlign = 'center'
    c.textBaseline = 'middle'
    const w = c.measureText(label).width + 12
    c.fillStyle = this.#colours.surface
    c.beginPath()
    c.roundRect(x - w / 2, y - 9, w, 18, 9)
    c.fill()
    c.fillStyle = this.#colours.quiet
    c.fillText(label, x, y + 0.5)
  }

  // A canvas knows neither custom properties nor light-dark(). They are read when the
  // accent is another one than before, as in the dark.
  #readColours() {
    const style = getComputedStyle(this.#probe)
    this.#probe.style.color = 'var(--accent)'
    if (this.#colours?.accent === style.color) return
    this.#colours = {}
    const resolved = (colour) => {
      this.#probe.style.color = colour
      return style.color
    }
    for (const state of Object.keys(strokes)) this.#colours[state] = resolved(`var(--state-${state})`)
    for (const name of ['line', 'surface', 'quiet', 'accent', 'accent-2']) this.#colours[name] = resolved(`var(--${name})`)
    // Where a tail ends: of the colour still, or it would turn grey on its way.
    for (const name of ['accent', 'accent-2']) this.#colours[`${name}-gone`] = resolved(`color-mix(in srgb, var(--${name}) 1%, transparent)`)
    this.#colours.font = `12px ${style.fontFamily}`
  }
}
