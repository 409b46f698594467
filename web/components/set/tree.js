// The tree as peers speak of it: the root, buckets, and the ranges that are compared.
// How the engine balances what is in a bucket shows nowhere.
import { html, nothing, svg } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import { t } from '../texts.js'

const [width, height] = [1000, 132]
const bare = 66 // its height without ranges
const rootY = 4
const [bucketY, bucketHeight] = [48, 16]
const [laneY, laneHeight, laneGap] = [72, 7, 3]
const least = 4 // no range is narrower
const widest = 80 // no bucket is wider: a single one is no bar across the pane

// drawTree draws buckets side by side, whatever lies between them, and ranges below those
// that they cover.
export function drawTree(buckets, ranges, choose) {
  const n = buckets.length
  if (n === 0) return html`<p class="empty">${t('set.noBuckets')}</p>`
  const slot = Math.min(width / n, widest)
  const left = (width - n * slot) / 2
  const gap = Math.min(2, slot / 6)
  const differing = buckets.filter((b) => b.differs).length
  const any = ranges.list.length > 0
  return html`<svg class="tree ${any ? '' : 'bare'}" viewBox="0 0 ${width} ${any ? height : bare}" preserveAspectRatio="none" role="img" aria-label=${t('set.treeLabel', { n, differing })}>
    <defs>${['differs', 'ids'].map((name) => svg`<pattern id=${name} class=${name} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6"></rect><rect width="2.5" height="6" class="ink"></rect></pattern>`)}</defs>
    ${buckets.map((b, i) => {
      const x = left + (i + 0.5) * slot
      return svg`<path class="link ${b.differs ? 'differs' : ''}" d="M${width / 2} ${rootY}C${width / 2} ${bucketY * 0.6} ${x} ${bucketY * 0.45} ${x} ${bucketY}"></path>`
    })}
    <path class="trunk" d="M${width / 2} ${rootY}h.01"></path>
    ${buckets.map((b, i) => svg`<rect class="bucket ${b.differs ? 'differs' : ''}" x=${left + i * slot + gap} y=${bucketY} width=${slot - 2 * gap} height=${bucketHeight} @click=${() => choose(b)}></rect>`)}
    ${any ? drawRanges(buckets, ranges.list, left, slot) : nothing}
  </svg>`
}

function drawRanges(buckets, list, left, slot) {
  const starts = buckets.map((b) => b.start)
  const bucketMs = starts.slice(1).reduce((least, s, i) => Math.min(least, s - starts[i]), 86_400_000)
  // A moment's place: within its bucket, or at the end of the one before.
  const place = (at) => {
    const i = starts.findLastIndex((s) => s <= at)
    return left + (i < 0 ? 0 : (i + Math.min(1, (at - starts[i]) / bucketMs)) * slot)
  }
  return repeat(list, (r) => r.id, (r) => {
    const [from, to] = [place(r.from), place(r.to)]
    const w = Math.max(least, to - from)
    return svg`<rect class="range ${r.kind} ${r.out ? 'out' : 'in'}" x=${Math.min(from, width - w)} y=${laneY + r.lane * (laneHeight + laneGap)} width=${w} height=${laneHeight}></rect>`
  })
}
