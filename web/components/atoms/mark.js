// Everybody has a mark: a shape with a cut in it, in a colour, all from the key,
// and so the same wherever the key is shown.
import { html, svg } from 'lit-html'
import { npub as shortened } from '../format.js'
import { t } from '../texts.js'

// Shapes of about the same weight in a square of 24.
const shapes = [
  'M12 1a11 11 0 1 1 0 22 11 11 0 0 1 0-22z', // disc
  'M7 2h10a5 5 0 0 1 5 5v10a5 5 0 0 1-5 5H7a5 5 0 0 1-5-5V7a5 5 0 0 1 5-5z', // square
  'M10 2.2a3.5 3.5 0 0 1 4 0l8 12.8a3.5 3.5 0 0 1-3 6.2H5a3.5 3.5 0 0 1-3-6.2z', // triangle
  'M12 .8 23.2 12 12 23.2.8 12z', // diamond
  'M6.3 2h11.4L23.3 12l-5.6 10H6.3L.7 12z', // hexagon
  'M12 1.2 23 9.4 18.8 22.6H5.2L1 9.4z', // pentagon
  'M12 1a11 11 0 0 1 11 11v11H12A11 11 0 0 1 12 1z', // drop
  'M8.3 1.5h7.4a1 1 0 0 1 1 1v4.8h4.8a1 1 0 0 1 1 1v7.4a1 1 0 0 1-1 1h-4.8v4.8a1 1 0 0 1-1 1H8.3a1 1 0 0 1-1-1v-4.8H2.5a1 1 0 0 1-1-1V8.3a1 1 0 0 1 1-1h4.8V2.5a1 1 0 0 1 1-1z', // cross
]

const cuts = [
  svg`<circle cx="12" cy="12" r="4"></circle>`,
  svg`<path d="M8.5 8.5h7v7h-7z"></path>`,
  svg`<path d="M12 7.5 16.5 12 12 16.5 7.5 12z"></path>`,
  svg`<path d="M7 10.5h10v3H7z"></path>`,
  svg`<circle cx="9" cy="12" r="2"></circle><circle cx="15" cy="12" r="2"></circle>`,
  svg`<path d="M8 12a4 4 0 0 1 8 0z"></path>`,
  svg`<path d="M12 8.5l3.5 6h-7z"></path>`,
  svg`<path d="M10.5 7h3v10h-3z"></path>`,
]

const hues = 20

// Made once per key; there are few keys, and the table is emptied if there are many.
const looks = new Map()
const maxLooks = 5000

function look(key) {
  let found = looks.get(key)
  if (!found) {
    // FNV-1a over the key, mixed: as good as any, and stable.
    let h = 0x811c9dc5
    for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193)
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) // its high bits depend on the last characters only a little
    h = (h ^ (h >>> 13)) >>> 0
    found = { hue: ((h % hues) * 360) / hues, shape: (h >>> 8) % shapes.length, cut: (h >>> 16) % cuts.length, turn: ((h >>> 24) % 4) * 90 }
    if (looks.size >= maxLooks) looks.clear()
    looks.set(key, found)
  }
  return found
}

const colour = (hue) => `light-dark(oklch(0.58 0.16 ${hue}), oklch(0.76 0.13 ${hue}))`

// colourOf is the key's colour, in CSS; it stands out from surfaces, but is no
// colour for text.
export const colourOf = (key) => colour(look(key).hue)

// mark is the picture of a key; without one it is a dashed ring.
export function mark(key, size = 20) {
  if (!key) {
    return svg`<svg class="mark" width=${size} height=${size} viewBox="0 0 24 24" fill="none" stroke="var(--quiet)" stroke-width="2" stroke-dasharray="3 3" aria-hidden="true"><circle cx="12" cy="12" r="10"></circle></svg>`
  }
  const { hue, shape, cut, turn } = look(key)
  return svg`<svg class="mark" width=${size} height=${size} viewBox="0 0 24 24" aria-hidden="true"><g transform="rotate(${turn} 12 12)"><path d=${shapes[shape]} style=${`fill:${colour(hue)}`}></path><g fill="var(--mark-cut)">${cuts[cut]}</g></g></svg>`
}

// who is the mark with a name: "You" for one's own key.
export function who(key, me, size) {
  const name = !key ? t('who.unknown') : key === me ? t('who.you') : shortened(key)
  return html`<span class="who" title=${key ?? ''}>${mark(key, size)}<span>${name}</span></span>`
}
