// The states of a connection, told apart by shape as well as by colour: a broken
// circle, half a circle, a ring with a point, two arcs, a full disc, a cross.
import { html, svg } from 'lit-html'
import { t } from '../texts.js'

const glyphs = {
  dialing: svg`<circle cx="6" cy="6" r="4" fill="none" stroke-dasharray="2.2 2"></circle>`,
  challenged: svg`<circle cx="6" cy="6" r="4" fill="none"></circle><path d="M6 2a4 4 0 0 1 0 8z" fill="currentColor" stroke="none"></path>`,
  authenticated: svg`<circle cx="6" cy="6" r="4" fill="none"></circle><circle cx="6" cy="6" r="1.5" fill="currentColor" stroke="none"></circle>`,
  syncing: svg`<path d="M2.2 5A4 4 0 0 1 9.5 4M9.8 7A4 4 0 0 1 2.5 8M9.7 1.8V4.2H7.3M2.3 10.2V7.8H4.7" fill="none"></path>`,
  live: svg`<circle cx="6" cy="6" r="4.5" fill="currentColor" stroke="none"></circle>`,
  closed: svg`<path d="M3 3l6 6M9 3l-6 6"></path>`,
}

export const states = Object.keys(glyphs)

// stateGlyph is the shape alone, in the colour of its state.
export const stateGlyph = (state) => html`<svg class="glyph" width="12" height="12" viewBox="0 0 12 12" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" style="color:var(--state-${state})" aria-hidden="true">${glyphs[state]}</svg>`

// stateOf is the shape with its name.
export const stateOf = (state) => html`<span class="state">${stateGlyph(state)}${t(`state.${state}`)}</span>`
