// Where everybody is: a force layout, oneself held in the middle, the others around,
// the slower the farther. It is done in pixels of the height; what is wider than high
// is stretched: px and py of a node are its place.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from 'd3-force'

const self = 'self'
const restAlpha = 0.02
const maxStretch = 2.2
const glide = 0.14 // of the way to its new place that the middle goes in a frame

export class Layout {
  nodes = [{ id: self, x: 0, y: 0, px: 0, py: 0 }]
  #byId = new Map([[self, this.nodes[0]]])
  #stretch = 1
  #room = { left: 0, top: 0, right: 1, bottom: 1 }
  #links = forceLink([]).id((n) => n.id).distance((l) => l.distance).strength(0.4)
  #x = forceX().strength(0.02)
  #y = forceY().strength(0.035)
  #apart = forceManyBody().strength(-420).distanceMax(420)
  #collide = forceCollide(40).strength(0.9)
  #simulation = forceSimulation(this.nodes)
    .force('links', this.#links)
    .force('apart', this.#apart)
    .force('collide', this.#collide)
    .force('x', this.#x)
    .force('y', this.#y)
    .alphaDecay(0.035)
    .velocityDecay(0.35)
    .stop()

  get self() {
    return this.nodes[0]
  }

  node(id) {
    return this.#byId.get(id)
  }

  // room says which part of the canvas is free, in pixels.
  room(left, top, right, bottom) {
    const next = { left, top, right, bottom }
    if (Object.keys(next).every((k) => Math.abs(next[k] - this.#room[k]) < 1)) return
    const first = this.#room.right === 1
    this.#room = next
    const [cx, cy] = this.#middle()
    this.#x.x(cx)
    this.#y.y(cy)
    this.#stretch = Math.min(Math.max((right - left) / (bottom - top), 1), maxStretch)
    if (first) {
      Object.assign(this.self, { x: cx, y: cy, px: cx, py: cy })
      this.nodes.slice(1).forEach((n, i) => Object.assign(n, this.#start(n.id, i)))
    }
    this.#warm(0.4)
  }

  // peers gives the others: {id, rtt}. Those that are known keep their places; new
  // ones start beside oneself, and so seem to come out of it.
  peers(peers) {
    const same = peers.length === this.nodes.length - 1 && peers.every((p) => this.#byId.has(p.id))
    const many = peers.length > 24
    this.#apart.strength(-420 / Math.max(1, peers.length / 10))
    this.#collide.radius((n) => (n.id === self ? 56 : many ? 27 : 44))
    if (!same) {
      const before = this.#byId
      this.nodes = [this.self, ...peers.map(({ id }, i) => before.get(id) ?? this.#start(id, i))]
      this.#byId = new Map(this.nodes.map((n) => [n.id, n]))
      this.#simulation.nodes(this.nodes)
      this.#warm(0.8)
    }
    const { left, right, top, bottom } = this.#room
    const reach = Math.min(right - left, bottom - top) / 2
    this.#links.links(peers.map(({ id, rtt }) => ({ source: self, target: id, distance: reach * (0.78 + Math.min(Math.log10(1 + (rtt ?? 10)) / 3, 1) * 0.3) })))
  }

  // step moves everything on by a frame, and returns whether anything still moves.
  step() {
    const [cx, cy] = this.#middle()
    const me = this.self
    const [dx, dy] = [cx - me.x, cy - me.y]
    const gliding = Math.abs(dx) + Math.abs(dy) > 0.5
    me.fx = gliding ? me.x + dx * glide : cx
    me.fy = gliding ? me.y + dy * glide : cy
    const hot = this.#simulation.alpha() > restAlpha
    if (hot || gliding) {
      this.#simulation.tick()
      this.#contain()
    }
    return hot || gliding
  }

  // settle goes to where everything comes to rest, at once.
  settle() {
    for (let i = 0; i < 300 && this.step(); i++);
  }

  #warm(alpha) {
    this.#simulation.alpha(Math.max(this.#simulation.alpha(), alpha))
  }

  #middle() {
    const { left, right, top, bottom } = this.#room
    return [(left + right) / 2, (top + bottom) / 2]
  }

  #start(id, i) {
    const angle = i * 2.4 // the golden angle: neighbours in time are none in space
    const [x, y] = [this.self.x + 12 * Math.cos(angle), this.self.y + 12 * Math.sin(angle)]
    return { id, x, y, px: x, py: y }
  }

  #contain() {
    const { left, right, top, bottom } = this.#room
    const [cx] = this.#middle()
    const pad = 34
    const beside = this.nodes.length > 25 ? pad : 76 // names are wider than marks
    const half = Math.max(0, (right - left) / 2 - beside) / this.#stretch
    for (const n of this.nodes) {
      n.x = Math.min(Math.max(n.x, cx - half), cx + half)
      n.y = Math.min(Math.max(n.y, top + pad), Math.max(bottom - pad - 22, top + pad))
      n.px = cx + (n.x - cx) * this.#stretch
      n.py = n.y
    }
  }
}
