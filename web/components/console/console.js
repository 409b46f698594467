// <peerset-console>: what the engine does, line by line, in a drawer at the foot of
// the window. What it keeps is bounded; see log.js.
import { html, nothing } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import { copyText } from '../atoms/hash.js'
import { icon } from '../atoms/icon.js'
import { mark } from '../atoms/mark.js'
import { Pane } from '../base.js'
import * as format from '../format.js'
import { once } from '../once.js'
import { language, t } from '../texts.js'
import style from './console.css'
import { kinds, lineOf, topics } from './lines.js'
import { Log } from './log.js'
import { Trackers } from './trackers.js'

const page = 200 // lines that are drawn at first, and further ones at a time
const drawMs = 120 // many lines a second are drawn together
const nearEnd = 40 // px from which on the list follows what comes

const clock = once(() => new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' }))

class Console extends Pane {
  static styles = [style]
  static topics = ['peers']
  #log = new Log()
  #size = 'min'
  #hidden = new Set() // kinds
  #search = ''
  #open = new Set() // ids of lines
  #until = 0 // the id of the last line that is shown while it is paused, or 0
  #drawn = page
  #root = ''
  #timer = 0 // until lines that have come are drawn

  modelChanged() {
    const { model } = this
    if (!model) return
    this.#root = model.root
    const stops = topics.map((topic) => model.on(topic, (event) => this.#add(lineOf(topic, event))))
    const trackers = new Trackers()
    const watch = () => {
      this.#watchRoot()
      for (const line of trackers.lines(model.stats?.trackers ?? [])) this.#add(line)
    }
    watch()
    stops.push(model.subscribe('peers', watch))
    return () => { for (const stop of stops) stop() }
  }

  // The engine has no event for a new root; the model reads it each second.
  #watchRoot() {
    const { root } = this.model
    if (root && this.#root && root !== this.#root) this.#add({ kind: 'merkle', text: t('console.root', { root: format.hash(root) }), detail: { root } })
    this.#root = root
  }

  #add(line) {
    this.#log.add(line, Date.now())
    this.#timer ||= setTimeout(() => {
      this.#timer = 0
      this.update()
    }, drawMs)
  }

  render() {
    const last = this.#log.last
    const errors = this.#log.counts.error ?? 0
    const open = this.#size !== 'min'
    return html`<section class=${this.#size} aria-label=${t('console.title')} @keydown=${this.#keys}>
      <div class="bar">
        <button class="plain title" id="toggle" aria-expanded=${open} aria-controls="body" @click=${() => this.#resize(open ? 'min' : 'normal')}>${icon(open ? 'down' : 'up')}${t('console.title')}</button>
        ${errors ? html`<span class="pill bad">${t('console.errors', { n: errors })}</span>` : nothing}
        ${open ? html`<span class="grow"></span>` : html`<p class="last small quiet grow">${last ? html`<span class="number">${clock().format(last.at)}</span> ${last.text}` : t('console.quiet')}</p>`}
        ${open ? html`<button class="plain icon" id="maximise" aria-pressed=${this.#size === 'max'} aria-label=${t('console.maximise')} title=${t('console.maximise')} @click=${() => this.#resize(this.#size === 'max' ? 'normal' : 'max')}>${icon(this.#size === 'max' ? 'shrink' : 'expand')}</button>` : nothing}
      </div>
      <div id="body" ?hidden=${!open}>${open ? this.#body() : nothing}</div>
    </section>`
  }

  #body() {
    const lines = this.#lines()
    const shown = lines.slice(-this.#drawn)
    const waiting = this.#until ? this.#log.last.id - this.#until : 0
    return html`
      <div class="tools">
        <div class="kinds" role="group" aria-label=${t('console.filter')}>${kinds.map((kind) => html`<button class="plain" data-kind=${kind} aria-pressed=${!this.#hidden.has(kind)} @click=${() => this.#toggle(this.#hidden, kind)}>${t(`console.kinds.${kind}`)} <span class="number small">${format.number(this.#log.counts[kind] ?? 0)}</span></button>`)}</div>
        <input id="search" type="search" aria-label=${t('console.search')} placeholder=${t('console.search')} .value=${this.#search} @input=${(e) => this.#find(e.target.value)}>
        <div class="row">
          <button id="pause" aria-pressed=${this.#until > 0} @click=${this.#pause}>${icon(this.#until ? 'play' : 'pause')}${this.#until ? t('console.resume', { n: waiting }) : t('console.pause')}</button>
          <button class="plain icon" id="copy" aria-label=${t('console.copy')} title=${t('console.copy')} @click=${() => this.attempt(() => copyText(asText(lines)))}>${icon('copy')}</button>
          <button class="plain icon" id="export" aria-label=${t('console.export')} title=${t('console.export')} @click=${() => save(lines)}>${icon('download')}</button>
          <button class="plain icon" id="clear" aria-label=${t('console.clear')} title=${t('console.clear')} @click=${this.#clear}>${icon('trash')}</button>
        </div>
      </div>
      <div class="lines" role="log" aria-live="off" aria-label=${t('console.lines')} tabindex="0">
        ${lines.length > shown.length ? html`<button class="plain earlier" @click=${() => { this.#drawn += page; this.update() }}>${t('console.earlier', { n: lines.length - shown.length })}</button>` : nothing}
        ${this.#log.lost && lines.length === shown.length ? html`<p class="small quiet lost">${t('console.lost', { n: this.#log.lost })}</p>` : nothing}
        ${lines.length === 0 ? html`<p class="empty">${t(this.#log.last ? 'console.noneMatch' : 'console.quiet')}</p>` : nothing}
        ${repeat(shown, (line) => line.id, (line) => this.#line(line))}
      </div>`
  }

  #line(line) {
    const open = this.#open.has(line.id)
    return html`<div class="line" data-kind=${line.kind}>
      <button class="plain" aria-expanded=${open} @click=${() => this.#toggle(this.#open, line.id)}>
        <time class="number quiet">${clock().format(line.at)}</time>
        <span class="kind">${line.kind === 'error' ? icon('warning') : nothing}${t(`console.kinds.${line.kind}`)}</span>
        <span class="text">${line.npub ? html`${mark(line.npub, 14)} ` : nothing}${line.text}</span>
      </button>
      ${open ? html`<div class="detail"><pre>${JSON.stringify(line.detail, null, 2)}</pre><button class="plain icon" aria-label=${t('console.copyLine')} @click=${() => this.attempt(() => copyText(asText([line])))}>${icon('copy')}</button></div>` : nothing}
    </div>`
  }

  // lines are those that pass the filters, the latest last.
  #lines() {
    const search = this.#search.trim().toLowerCase()
    return this.#log.lines.filter((line) => {
      if (this.#hidden.has(line.kind) || (this.#until && line.id > this.#until)) return false
      return !search || searched(line).includes(search)
    })
  }

  #resize(size) {
    this.#size = size
    // It cannot rise above the top of what it is in.
    const around = this.getRootNode().host ?? this.parentElement
    this.style.setProperty('--top', `${Math.max(0, around.getBoundingClientRect().top)}px`)
    this.updateNow()
    this.#follow(true)
  }

  // A search that says something is cleared first, by the browser.
  #keys({ key, target }) {
    if (key !== 'Escape' || this.#size === 'min' || target.value) return
    if (this.#size === 'max') {
      this.#resize('normal')
      return
    }
    this.#resize('min')
    this.$('#toggle').focus()
  }

  #toggle(set, value) {
    if (!set.delete(value)) set.add(value)
    this.update()
  }

  #find(text) {
    this.#search = text
    this.#drawn = page
    this.update()
  }

  #pause() {
    this.#until = this.#until ? 0 : this.#log.last?.id ?? 0
    this.update()
  }

  #clear() {
    this.#log.clear()
    this.#open.clear()
    this.#until = 0
    this.#drawn = page
    this.update()
  }

  // updateNow keeps the end in view if it was.
  updateNow() {
    const list = this.$('.lines')
    const atEnd = !list || list.scrollHeight - list.scrollTop - list.clientHeight < nearEnd
    super.updateNow()
    this.#follow(atEnd && !this.#until)
  }

  #follow(yes) {
    const list = this.$('.lines')
    if (yes && list) list.scrollTop = list.scrollHeight
  }
}

// searched is what a search looks through, made when one does.
const searched = (line) => (line.searched ??= `${line.kind} ${line.text} ${JSON.stringify(line.detail)}`.toLowerCase())

// asText is one JSON object per line.
const asText = (lines) => lines.map(({ at, kind, text, detail }) => `${JSON.stringify({ at: new Date(at).toISOString(), kind, text, detail })}\n`).join('')

function save(lines) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([asText(lines)], { type: 'application/jsonl' }))
  link.download = `peerset-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.jsonl`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

customElements.define('peerset-console', Console)
