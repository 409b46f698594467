// <peerset-map>: where the records are that have a place. Those that are close to
// each other share a circle; a click on one sends `peerset-pick` with their uuids.
import { html, nothing, svg } from 'lit-html'
import { Pane } from '../base.js'
import { t } from '../texts.js'
import style from './map.css'

const [width, height] = [720, 352]
const cell = 16 // what is closer is one circle
const settleMs = 500

class WorldMap extends Pane {
  static styles = [style]
  static topics = []
  #world = null
  #spots = []
  #timer = 0

  async connectedCallback() {
    super.connectedCallback()
    try {
      const { world } = await import('./peerset-map.mjs')
      this.#world = world(width, height)
      this.#place()
    } catch (error) {
      await this.attempt(() => { throw error })
    }
  }

  modelChanged() {
    this.#place()
    return this.model?.subscribe('records', () => {
      if (this.#timer) return
      this.#timer = setTimeout(() => {
        this.#timer = 0
        this.#place()
      }, settleMs)
    })
  }

  render() {
    const records = this.#spots.reduce((n, s) => n + s.uuids.length, 0)
    return html`<figure>
      <svg viewBox="0 0 ${width} ${height}" role="group" aria-label=${t('map.label', { n: records })}>
        ${this.#world ? svg`<path class="sphere" d=${this.#world.sphere}></path><path class="graticule" d=${this.#world.graticule}></path><path class="land" d=${this.#world.land}></path>` : nothing}
        ${this.#spots.map((s) => this.#spot(s))}
      </svg>
      <figcaption class="small quiet">${t(records > 0 ? 'map.caption' : 'map.none', { n: records })}</figcaption>
    </figure>`
  }

  #spot({ x, y, uuids }) {
    const pick = () => this.dispatchEvent(new CustomEvent('peerset-pick', { detail: uuids, bubbles: true, composed: true }))
    const r = 3.5 + Math.min(10, Math.sqrt(uuids.length) * 1.2)
    return svg`<g class="spot" role="button" tabindex="0" aria-label=${t('map.spot', { n: uuids.length })} @click=${pick}
        @keydown=${(e) => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); pick() } }}>
      <circle class="target" cx=${x} cy=${y} r=${Math.max(r, 12)}></circle><circle class="dot" cx=${x} cy=${y} r=${r}></circle>
      ${uuids.length > 1 && r > 7 ? svg`<text x=${x} y=${y}>${uuids.length > 999 ? '…' : uuids.length}</text>` : nothing}
    </g>`
  }

  // place finds the circles anew.
  #place() {
    const cells = new Map()
    for (const { uuid, geo } of this.#world && this.model ? this.model.records.values() : []) {
      if (!geo) continue
      const [x, y] = this.#world.project(geo)
      const key = Math.floor(x / cell) * 1000 + Math.floor(y / cell)
      const spot = cells.get(key) ?? { x: 0, y: 0, uuids: [] }
      spot.x += x
      spot.y += y
      spot.uuids.push(uuid)
      cells.set(key, spot)
    }
    this.#spots = [...cells.values()].map(({ x, y, uuids }) => ({ x: +(x / uuids.length).toFixed(1), y: +(y / uuids.length).toFixed(1), uuids }))
    this.update()
  }
}

customElements.define('peerset-map', WorldMap)
