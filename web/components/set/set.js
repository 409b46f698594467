// <peerset-set>: the set as the engine sees it. Root, buckets by day and against a
// peer's, and the ranges that are compared when they differ.
import { html, nothing } from 'lit-html'
import { hashChip } from '../atoms/hash.js'
import { icon } from '../atoms/icon.js'
import { Pane } from '../base.js'
import * as format from '../format.js'
import { t } from '../texts.js'
import { Buckets } from './buckets.js'
import { Calendar } from './calendar.js'
import { Ranges } from './ranges.js'
import style from './set.css'
import { drawTree } from './tree.js'

class SetPane extends Pane {
  static styles = [style]
  static topics = ['peers']
  #buckets = new Buckets()
  #ranges = new Ranges()
  #calendar = new Calendar()
  #peer = '' // the id of the peer to compare with
  #day = null // the start of the day that is looked at

  modelChanged() {
    this.#buckets = new Buckets()
    this.#ranges = new Ranges()
    this.#day = null
    return this.model?.on('range', (range) => {
      this.#ranges.add(range, Date.now())
      this.update()
    })
  }

  render() {
    const { model } = this
    if (!model?.stats) return html`<div class="head"><h2>${t('set.title')}</h2></div>`
    const peers = model.peers.filter((p) => p.npub && p.state !== 'closed')
    const peer = peers.find((p) => p.id === this.#peer) ?? peers[0]
    const buckets = this.#buckets.read(model, peer)
    const days = this.#calendar.days(buckets, Date.now())
    const day = days.find((d) => d.start === this.#day) ?? days.at(-1)
    const choose = (start) => {
      this.#day = start
      this.update()
    }
    return html`
      <div class="head">
        <h2>${t('set.title')}</h2>
        <span class="quiet">${t('set.buckets', { n: buckets.length })}</span>
        <div class="tools">${this.#compared(peers, peer)}</div>
      </div>
      <p class="row root">${t('set.root')} ${hashChip(model.root, t('set.root'))} ${this.#verdict(buckets, peer)}</p>
      <div class="time">
        ${this.#calendar.draw(days, day, choose)}
        <div class="beside">
          ${this.#detail(days, day, peer, choose)}
          <figure>
            <figcaption><h3>${t('set.tree')}</h3></figcaption>
            ${drawTree(buckets, this.#ranges, (bucket) => choose(this.#calendar.dayOf(bucket)))}
            <p class="small quiet ranges">${this.#ranges.list.length === 0 ? t('set.noRanges') : html`${t('set.ranges', { n: this.#ranges.total })}, ${format.ago(this.#ranges.at)}. ${t('set.rangeKey')}`}</p>
          </figure>
        </div>
      </div>`
  }

  #compared(peers, peer) {
    if (peers.length === 0) return html`<span class="small quiet">${t('set.alone')}</span>`
    return html`<label for="peer">${t('set.with')}</label>
      <select id="peer" @change=${(e) => { this.#peer = e.target.value; this.update() }}>
        ${peers.map((p) => html`<option value=${p.id} ?selected=${p === peer}>${format.npub(p.npub)}</option>`)}
      </select>`
  }

  #verdict(buckets, peer) {
    if (!peer) return nothing
    const differing = buckets.filter((b) => b.differs).length || (peer.agreed ? 0 : peer.differing)
    if (differing) return html`<span class="pill warn">${t('set.differ', { n: differing })}</span>`
    return peer.agreed ? html`<span class="pill good">${icon('check')}${t('set.equal')}</span>` : nothing
  }

  #detail(days, day, peer, choose) {
    const i = days.indexOf(day)
    const step = (by, name, glyph) => html`<button class="plain icon" aria-label=${t(`set.${name}`)} ?disabled=${!days[i + by]} @click=${() => choose(days[i + by].start)}>${icon(glyph)}</button>`
    return html`<div class="day">
      <div class="row">${step(-1, 'before', 'back')}<h3 aria-live="polite">${format.day(day.start)}</h3>${step(1, 'after', 'chevron')}</div>
      ${day.buckets.length === 0 ? html`<p class="quiet">${t('set.emptyDay')}</p>` : html`
        <p>${t('set.records', { n: day.records })}</p>
        <ul class="small">${day.buckets.slice(0, mostBuckets).map((b) => html`<li>
          ${day.buckets.length > 1 ? html`<span class="number">${format.time(b.start)}</span> ${format.number(b.records)}` : nothing}
          ${b.hash ? hashChip(b.hash, t('set.hash')) : nothing}
          ${!peer || b.differs === undefined ? nothing : b.differs ? html`<span class="pill warn">${t('set.differs')}</span>` : html`<span class="pill good">${t('set.same')}</span>`}
        </li>`)}</ul>
        ${day.buckets.length > mostBuckets ? html`<p class="small quiet">${t('set.more', { n: day.buckets.length - mostBuckets })}</p>` : nothing}`}
    </div>`
  }
}

// Of a day, as long as there are few; a room with buckets of a minute has 1,440.
const mostBuckets = 6

customElements.define('peerset-set', SetPane)
