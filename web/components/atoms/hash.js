// <peerset-hash value="…">: a hash, shortened; a click copies all of it.
import { html, render } from 'lit-html'
import { hash } from '../format.js'
import { t } from '../texts.js'
import { icon } from './icon.js'

const shownMs = 1500

const style = `
  :host { display: inline-block; max-width: 100%; vertical-align: middle; }
  button { display: inline-flex; align-items: center; gap: 0.25rem; min-height: 1.5rem; padding: 0 0.375rem; margin-inline: -0.375rem; max-width: 100%;
    font: 0.75rem/1 var(--mono); color: inherit; background: none; border: 0; border-radius: 0.375rem; cursor: copy; white-space: nowrap; }
  button:hover { background: var(--accent-soft); color: var(--accent); }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
  svg { width: 0.75rem; height: 0.75rem; opacity: 0; transition: opacity var(--fast); }
  button:hover svg, :focus-visible svg, .copied svg { opacity: 1; }
  .copied { color: var(--good); }`

let sheet

class Hash extends HTMLElement {
  static observedAttributes = ['value', 'what', 'text']
  #copied = 0

  constructor() {
    super()
    if (!sheet) {
      sheet = new CSSStyleSheet()
      sheet.replaceSync(style)
    }
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet]
  }

  attributeChangedCallback() {
    this.#render()
  }

  #render() {
    const value = this.getAttribute('value') ?? ''
    const copied = this.#copied > 0
    const text = this.getAttribute('text') ?? hash(value)
    const label = `${text}, ${copied ? t('atoms.copied') : t('atoms.copyHash', { what: this.getAttribute('what') ?? '' })}`
    render(html`<button type="button" class=${copied ? 'copied' : ''} title=${value} aria-label=${label} @click=${this.#copy}>${text}${icon(copied ? 'check' : 'copy')}</button>`, this.shadowRoot, { host: this })
  }

  async #copy() {
    await copyText(this.getAttribute('value'))
    this.#copied++
    this.#render()
    setTimeout(() => {
      this.#copied--
      this.#render()
    }, shownMs)
  }
}

// copyText puts a text into the clipboard, also on pages that may not use the
// newer way, as those without TLS.
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.style.position = 'fixed'
    document.body.append(area)
    area.select()
    document.execCommand('copy')
    area.remove()
  }
}

// hashChip is the same as a template; what names it for those who hear it.
export const hashChip = (value, what = '', text = undefined) => html`<peerset-hash value=${value} what=${what} text=${text ?? hash(value)}></peerset-hash>`

customElements.define('peerset-hash', Hash)
