// <peerset-figures>: the numbers of this database, and what can be done to it as a
// whole: comparing now, counting anew, erasing.
import { html, nothing } from 'lit-html'
import { icon } from '../atoms/icon.js'
import { traffic } from '../atoms/traffic.js'
import { Pane } from '../base.js'
import * as format from '../format.js'
import { t } from '../texts.js'
import style from './figures.css'
import { Series, sparkline } from './sparkline.js'

class Figures extends Pane {
  static styles = [style]
  static topics = ['peers']
  #received = new Series()
  #sent = new Series()
  #storage = null // of navigator.storage.estimate

  modelChanged() {
    this.#clear()
    const { model } = this
    if (!model) return
    const measure = () => this.#measure()
    measure()
    const stops = [model.subscribe('tick', measure), model.subscribe('peers', () => this.#sample())]
    return () => { for (const stop of stops) stop() }
  }

  #clear() {
    this.#received = new Series()
    this.#sent = new Series()
  }

  #sample() {
    const rates = [...this.model.rates.values()]
    const now = performance.now()
    this.#received.add(rates.reduce((n, r) => n + r.in, 0), now)
    this.#sent.add(rates.reduce((n, r) => n + r.out, 0), now)
  }

  async #measure() {
    // Missing on pages without TLS.
    this.#storage = (await navigator.storage?.estimate().catch(() => null)) ?? null
    this.update()
  }

  render() {
    const { model, db } = this
    const head = html`<div class="head"><h2>${t('figures.title')}</h2></div>`
    if (!model?.stats) return head
    const { stats, peers } = model
    const live = peers.filter((p) => p.state === 'live').length
    return html`${head}
      <div class="tiles">
        ${tile('peers', format.number(peers.length), t('figures.live', { n: live }))}
        ${tile('records', format.number(model.loaded ? model.records.size : stats.records), extra(stats))}
        ${this.#storage ? tile('storage', format.bytes(this.#storage.usage), t('figures.of', { quota: format.bytes(this.#storage.quota) })) : nothing}
        ${tile('memory', format.bytes(stats.memory), t('figures.memoryOf'))}
        ${tile('skew', live ? skew(stats.clockSkew) : t('atoms.none'), t('figures.skewOf'))}
        ${tile('kept', format.span(Date.now() - stats.horizon), t('figures.keptSince', { day: format.day(stats.horizon) }))}
      </div>
      <div class="rates">
        ${sparkline(this.#received, t('traffic.received'))}
        ${sparkline(this.#sent, t('traffic.sent'))}
      </div>
      ${traffic(stats.traffic, html`<time title=${format.exact(stats.since)}>${t('figures.since', { when: format.time(stats.since) })}</time>`)}
      <div class="row">
        <button id="compare" ?disabled=${live === 0} title=${t('figures.compareHint')} @click=${() => this.attempt(() => db.compare())}>${t('figures.compare')}</button>
        <button id="reset-stats" @click=${this.#resetStats}>${t('figures.resetStats')}</button>
        ${this.#erases() ? html`<button id="erase" class="danger" aria-haspopup="dialog" @click=${() => this.$('dialog').showModal()}>${icon('trash')}${t('figures.erase')}</button>` : nothing}
      </div>
      ${this.#erases() ? html`<dialog class="sheet" role="alertdialog" aria-labelledby="sure" aria-describedby="what">
        <h2 id="sure">${t('figures.eraseSure')}</h2>
        <p id="what">${t('figures.eraseWhat', { n: stats.records, room: model.options.room })}</p>
        <form method="dialog" class="end">
          <button autofocus>${t('atoms.cancel')}</button>
          <button id="erase-now" class="danger" @click=${this.#erase}>${icon('trash')}${t('figures.eraseNow')}</button>
        </form>
      </dialog>` : nothing}`
  }

  // Only who opened the database knows the room.
  #erases() {
    return this.model.options?.room !== undefined && this.model.options.storage !== 'memory'
  }

  #resetStats() {
    return this.attempt(() => {
      this.db.resetStats()
      this.#clear()
      this.model.refresh()
    })
  }

  // erase asks the page to open the room again, which is empty then.
  #erase() {
    const { db, model } = this
    return this.attempt(async () => {
      await db.close()
      await db.constructor.erase(model.options.room)
      this.dispatchEvent(new CustomEvent('peerset-open', { detail: {}, bubbles: true, composed: true }))
    })
  }
}

const tile = (name, value, more) => html`<div class="tile" id=${name}><h3>${t(`figures.${name}`)}</h3><p class="value number">${value}</p><p class="small quiet">${more}</p></div>`

// Refused records and marks of deleted ones are entries as well.
function extra({ records, refused, pinned }) {
  const parts = [t('figures.entries', { n: records })]
  if (refused) parts.push(t('figures.refused', { n: refused }))
  if (pinned) parts.push(t('figures.pinned', { n: pinned }))
  return parts.map((part) => part.replaceAll(' ', '\u00a0')).join(', ') // lines break at commas
}

const skew = (ms) => (Math.abs(ms) < 1000 ? t('figures.ms', { n: format.signed(ms) }) : t('time.seconds', { n: format.signed(ms / 1000) }))

customElements.define('peerset-figures', Figures)
