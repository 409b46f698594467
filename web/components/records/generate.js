// <peerset-generate>: 1 to 100,000 test records, signed by a key that is thrown
// away. See generator.js.
import { html, nothing } from 'lit-html'
import { Pane } from '../base.js'
import { number } from '../format.js'
import { t } from '../texts.js'
import style from './generate.css'
import { generate, maxRecords } from './generator.js'

class Generate extends Pane {
  static styles = [style]
  static topics = []
  #count = 100
  #progress = null // {phase, signed, arrived, refused} while it runs
  #said = ''
  #abort = null

  modelChanged() {
    this.#abort?.abort()
  }

  disconnectedCallback() {
    super.disconnectedCallback()
    this.#abort?.abort()
  }

  render() {
    const running = this.#progress !== null
    const possible = this.model?.options != null
    return html`<form @submit=${this.#start}>
      <div class="row">
        <label for="count">${t('generate.count')}</label>
        <input id="count" type="number" min="1" max=${maxRecords} required list="counts" .value=${String(this.#count)} ?disabled=${running} @input=${(e) => { this.#count = e.target.valueAsNumber }}>
        <datalist id="counts">${[10, 100, 1000, 10_000, maxRecords].map((n) => html`<option value=${n}></option>`)}</datalist>
        ${running
          ? html`<button type="button" id="cancel" @click=${() => this.#abort.abort()}>${t('atoms.cancel')}</button>`
          : html`<button class="primary" id="generate" ?disabled=${!possible}>${t('generate.start')}</button>`}
      </div>
      ${running ? this.#bars() : nothing}
      <p class="small quiet" role="status">${running ? '' : this.#said || t('generate.hint')}</p>
    </form>`
  }

  #bars() {
    const { phase, signed, arrived, refused } = this.#progress
    return html`<div class="progress">
      <progress max=${this.#count} .value=${arrived + refused} aria-label=${t('generate.progress')}></progress>
      <span class="small number">${phase === 'meeting' ? t('generate.meeting') : t('generate.counts', { signed, arrived })}${refused ? html`, ${t('generate.refused', { n: refused })}` : nothing}</span>
    </div>`
  }

  async #start(event) {
    event.preventDefault()
    this.#abort = new AbortController()
    const { signal } = this.#abort
    this.#progress = { phase: 'meeting', signed: 0, arrived: 0, refused: 0 }
    this.#said = ''
    this.updateNow()
    this.$('#cancel').focus() // what was sent with is gone for now
    const started = performance.now()
    await this.attempt(() => generate(this.model, this.#count, signal, (progress) => {
      this.#progress = progress
      this.update()
    }))
    const { arrived, refused } = this.#progress
    const focused = this.shadowRoot.activeElement !== null
    const seconds = Math.max(1, Math.round((performance.now() - started) / 1000))
    this.#progress = null
    this.#said = t(signal.aborted ? 'generate.cancelled' : 'generate.done', { n: number(arrived), seconds }) + (refused ? ` ${t('generate.refusedAll', { n: refused })}` : '')
    this.updateNow()
    if (focused) this.$('#generate').focus()
  }
}

customElements.define('peerset-generate', Generate)
