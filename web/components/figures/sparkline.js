// Rates of the last two minutes as a line, and the figure of now beside it.
import { html } from 'lit-html'
import * as format from '../format.js'
import { t } from '../texts.js'

const windowMs = 120_000
const [width, height] = [240, 40]
const apartMs = 900 // the model reads more often when much happens

// Series keeps the values of the last two minutes.
export class Series {
  values = [] // {at, value}

  add(value, at) {
    const last = this.values.at(-1)
    if (last && at - last.at < apartMs) return
    this.values.push({ at, value })
    while (this.values[0].at < at - windowMs) this.values.shift()
  }

  get now() {
    return this.values.at(-1)?.value ?? 0
  }
}

export function sparkline(series, name) {
  const { values, now } = series
  const most = values.reduce((n, v) => Math.max(n, v.value), 0)
  const end = values.at(-1)?.at ?? 0
  const points = values.map(({ at, value }) => `${(width * (1 - (end - at) / windowMs)).toFixed(1)} ${(height - 2 - (height - 6) * (most ? value / most : 0)).toFixed(1)}`)
  const from = points[0]?.split(' ')[0]
  const text = t('figures.rate', { name, now: format.rate(now), most: format.rate(most) })
  return html`<figure>
    <figcaption><span class="quiet">${name}</span> <strong class="number">${format.rate(now)}</strong> <span class="small quiet">${t('figures.most', { most: format.rate(most) })}</span></figcaption>
    <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label=${text}>
      <path class="area" d=${points.length > 1 ? `M${from} ${height}L${points.join('L')}V${height}Z` : ''}></path>
      <path class="line" d=${points.length > 1 ? `M${points.join('L')}` : ''}></path>
    </svg>
  </figure>`
}
