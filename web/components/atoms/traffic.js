// Bytes by kind of message, received and sent, with bars that compare them. The
// component's own style sheet says where a .bar lies in its cell.
import { html } from 'lit-html'
import * as format from '../format.js'
import { t } from '../texts.js'

const kinds = ['records', 'buckets', 'ranges', 'ids', 'other']
const least = 0.04 // of the longest bar, so that little is not nothing

// traffic is a table of the counts; `title` heads the kinds.
export function traffic(counts, title) {
  const most = Math.max(1, ...kinds.flatMap((k) => [counts[`${k}In`], counts[`${k}Out`]]))
  const cell = (n) => html`<td><span class="bar" style=${`--part:${n > 0 ? Math.max(least, n / most) : 0}`}></span>${format.bytes(n)}</td>`
  return html`<table class="traffic">
    <thead><tr><th scope="col">${title}</th><th scope="col">${t('traffic.received')}</th><th scope="col">${t('traffic.sent')}</th></tr></thead>
    <tbody>${kinds.map((k) => html`<tr><th scope="row">${t(`traffic.kinds.${k}`)}</th>${cell(counts[`${k}In`])}${cell(counts[`${k}Out`])}</tr>`)}</tbody>
  </table>`
}
