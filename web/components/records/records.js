// <peerset-records>: the records as a table that scrolls smoothly with 100,000 of
// them, with filter, order, and each in full; above it what to write with, and on
// demand a map and a generator of test records.
import { html, nothing } from 'lit-html'
import { live } from 'lit-html/directives/live.js'
import { repeat } from 'lit-html/directives/repeat.js'
import { copyText } from '../atoms/hash.js'
import { icon } from '../atoms/icon.js'
import { Pane } from '../base.js'
import { number } from '../format.js'
import { t } from '../texts.js'
import './compose.js'
import './generate.js'
import { List } from './list.js'
import './map.js'
import style from './records.css'
import { row } from './row.js'
import { amend, kindNames, select, textOf } from './view.js'

const amendMs = 120 // between two changes of what is shown
const maxAmend = 1000 // with more changes than that, all is selected anew
const maxFresh = 50
const copiedMs = 2000

// As in the style sheet.
const rowRems = 2.5
const wideRems = 32
const narrowFactor = 1.375

class Records extends Pane {
  static styles = [style]
  static topics = ['peers', 'tick']

  #question = { text: '', kind: 'all', only: null, by: 'updated', reverse: false }
  #list = null
  #shown = null // the records selected, or null before the first selection
  #abort = new AbortController()
  #timer = 0
  #selecting = false
  #changes = new Map() // not shown yet
  #expanded = new Map() // uuid -> {editing: text or null, confirming, copied}
  #fresh = new Map() // uuid -> when it came
  #current = null // the uuid of the row that the keyboard is at
  #focus = null // what is to have the focus in that row, as soon as it is there
  #asked = false // whether it was the user who asked for the selection
  #said = '' // how many were found
  #tool = '' // 'map', 'generate' or none
  #resized = new ResizeObserver(() => this.#measure())

  modelChanged() {
    this.#shown = null
    this.#expanded.clear()
    this.#fresh.clear()
    this.#question = { ...this.#question, only: null }
    this.#abort.abort()
    this.#selecting = false
    this.#changes.clear()
    clearTimeout(this.#timer)
    this.#timer = 0
    if (!this.model) return undefined
    const stops = [
      this.model.subscribe('records', (changes) => this.#changed(changes)),
      this.model.on('record', ({ uuid }) => this.#arrived(uuid)),
    ]
    return () => stops.forEach((stop) => stop())
  }

  disconnectedCallback() {
    super.disconnectedCallback()
    this.#resized.disconnect()
    this.#list?.stop()
    this.#list = null
  }

  render() {
    const total = this.model?.records.size ?? 0
    const any = this.#shown?.length > 0
    return html`
      <div class="head">
        <h2>${t('records.title')}</h2>
        <span class="quiet number" id="count">${total > 0 ? number(total) : ''}</span>
        <span class="visually-hidden" role="status">${this.#said}</span>
        <div class="tools">
          ${['map', 'generate'].map((tool) => html`<button class="plain" aria-expanded=${this.#tool === tool} aria-controls="tool" @click=${() => this.#use(tool)}>${icon(tool === 'map' ? 'map' : 'spark')}${t(`records.tools.${tool}`)}</button>`)}
        </div>
      </div>
      <div id="tool" ?hidden=${this.#tool === ''}>
        ${this.#tool === 'map' ? html`<peerset-map @peerset-pick=${(e) => this.#ask({ only: new Set(e.detail) })}></peerset-map>` : nothing}
        <peerset-generate ?hidden=${this.#tool !== 'generate'}></peerset-generate>
      </div>
      <peerset-compose ?hidden=${this.#tool !== ''}></peerset-compose>
      ${this.#bar(total)}
      <div class="table" role=${any ? 'table' : nothing} aria-label=${any ? t('records.title') : nothing} aria-rowcount=${any ? this.#shown.length + 1 : nothing}>
        ${any ? this.#header() : nothing}
        <div class="body" role=${any ? 'rowgroup' : nothing} @keydown=${this.#keys} @focusin=${this.#entered} @focusout=${this.#left}>
          <div class="space" role="presentation" style=${`height:${this.#list?.height ?? 0}px`}>${this.#rows()}</div>
          ${any ? nothing : html`<p class="empty">${this.#nothing(total)}</p>`}
        </div>
      </div>
      ${this.#footer()}`
  }

  // updateNow keeps the focus in a row that changes its place.
  updateNow() {
    const { activeElement: focused } = this.shadowRoot
    const uuid = focused?.closest('.tr')?.dataset.uuid
    super.updateNow()
    if (!uuid || !focused.isConnected || this.shadowRoot.activeElement) return
    this.#list.reveal(this.#list.index(uuid))
    focused.focus()
  }

  updated() {
    if (!this.#list) {
      this.#list = new List(this.$('.body'), () => this.update())
      this.#list.set(this.#shown ?? [])
      this.#resized.observe(this.$('.table'))
    }
    if (this.#expanded.size > 0) this.#measureExpanded()
    if (this.#focus) this.#refocus()
  }

  #bar(total) {
    const { kind, only, text } = this.#question
    const set = (name) => (e) => this.#ask({ [name]: e.target.value })
    if (total === 0) return nothing
    return html`<div class="bar">
      <div class="search">${icon('search')}<input id="search" type="search" aria-label=${t('records.search')} placeholder=${t('records.search')} .value=${live(text)} @input=${set('text')}></div>
      <select id="kind" aria-label=${t('records.kind')} @change=${set('kind')}>${kindNames.map((k) => html`<option value=${k} ?selected=${k === kind}>${t(`records.kinds.${k}`)}</option>`)}</select>
      ${only ? html`<button class="plain" @click=${() => this.#ask({ only: null })}>${t('records.only', { n: only.size })}${icon('close')}</button>` : nothing}
    </div>`
  }

  #header() {
    const { by, reverse } = this.#question
    const column = (name) => html`<div class="th ${name}" role="columnheader" aria-sort=${by === name ? ((name === 'updated') !== reverse ? 'descending' : 'ascending') : 'none'}>
      <button class="plain" @click=${() => this.#ask({ by: name, reverse: by === name && !reverse })}>${t(`records.columns.${name}`)}${by === name ? icon((name === 'updated') !== reverse ? 'down' : 'up') : nothing}</button>
    </div>`
    return html`<div role="rowgroup"><div class="line header" role="row" aria-rowindex="1">
      ${column('author')}${column('text')}${column('updated')}
      <div class="th" role="columnheader"><span class="visually-hidden">${t('records.columns.more')}</span></div>
    </div></div>`
  }

  #rows() {
    if (!this.#list || !this.#shown) return nothing
    const me = this.model?.identity?.npub
    const now = performance.now()
    const { visible } = this.#list
    // Of all rows one is on the way of the Tab key; the arrow keys lead to the others.
    const stop = visible.some(({ key }) => key === this.#current) ? this.#current : this.#list.items[this.#list.range[0]]?.uuid
    return repeat(visible, (item) => item.key, (item) => {
      const record = this.#list.items[item.index]
      const open = this.#expanded.get(record.uuid)
      return row(record, item, {
        me,
        expanded: open !== undefined,
        stop: record.uuid === stop,
        age: now - (this.#fresh.get(record.uuid) ?? -Infinity),
        toggle: () => this.#toggle(record.uuid),
        part: open && { ...open, mine: record.author.npub === me, on: this.#actions(record, open) },
      })
    })
  }

  #footer() {
    const n = this.#shown?.length ?? 0
    if (n === 0 || !this.#list) return nothing
    const [first, last] = this.#list.range
    const turn = (where, name, turned) => html`<button class="plain icon ${turned ? 'turned' : ''}" aria-label=${t(`records.pages.${where}`)} @click=${() => this.#list.page(where)}>${icon(name)}</button>`
    return html`<div class="foot small quiet">
      <span class="number">${t('records.range', { first: first + 1, last: last + 1, n })}</span>
      <span class="pages">${turn('first', 'first')}${turn('previous', 'chevron', true)}${turn('next', 'chevron')}${turn('last', 'last')}</span>
    </div>`
  }

  #nothing(total) {
    if (!this.model) return t('records.opening')
    if (this.model.error) return this.model.error.message
    if (total > 0) return this.#shown ? t('records.noMatch') : ''
    return t(this.model.loaded ? 'records.none' : 'records.opening')
  }

  // ask changes what is selected, or the order.
  #ask(change) {
    this.#question = { ...this.#question, ...change }
    this.#asked = true
    this.#select()
    this.update()
  }

  // changed takes in what came and went, some times a second.
  #changed(changes) {
    for (const [uuid, { was, is }] of changes) this.#changes.set(uuid, { was: this.#changes.has(uuid) ? this.#changes.get(uuid).was : was, is })
    if (this.#timer || this.#selecting) return
    if (this.#shown === null) {
      this.#select()
      return
    }
    this.#timer = setTimeout(() => {
      this.#timer = 0
      if (this.#changes.size > maxAmend) this.#select()
      else this.#amend()
    }, this.#shown.length > 1000 ? amendMs : 0)
  }

  #amend() {
    amend(this.#shown, this.#changes, this.#whole())
    this.#changes.clear()
    this.#show(this.#shown)
  }

  #show(records) {
    this.#shown = records
    this.#list?.set(records)
    this.update()
  }

  // whole is the question with whatever the answer depends on.
  #whole() {
    return { ...this.#question, me: this.model.identity?.npub }
  }

  // select looks at all records; what changes meanwhile is amended afterwards.
  async #select() {
    if (!this.model) return
    clearTimeout(this.#timer)
    this.#timer = 0
    this.#abort.abort()
    this.#abort = new AbortController()
    const { signal } = this.#abort
    this.#selecting = true
    this.#changes.clear()
    const found = await select(new Map(this.model.records), this.#whole(), signal)
    if (signal.aborted) return
    this.#selecting = false
    this.#show(found)
    if (this.#asked) {
      this.#asked = false
      this.#said = t('records.found', { n: found.length })
      this.#list?.page('first')
    }
    this.#changed(new Map())
  }

  #arrived(uuid) {
    if (!this.model?.loaded) return
    this.#fresh.set(uuid, performance.now())
    if (this.#fresh.size > maxFresh) this.#fresh.delete(this.#fresh.keys().next().value)
  }

  #use(tool) {
    this.#tool = this.#tool === tool ? '' : tool
    this.update()
  }

  #toggle(uuid) {
    if (this.#expanded.has(uuid)) {
      this.#expanded.delete(uuid)
      this.#list.expand(uuid, null)
    } else {
      this.#expanded.set(uuid, { editing: null, confirming: false, copied: false })
    }
    this.update()
  }

  #actions(record, open) {
    // The button that was clicked may be gone then, and with it the focus.
    const change = (values, focus = null) => () => {
      if (!this.#expanded.has(record.uuid)) return
      this.#expanded.set(record.uuid, { ...open, ...values })
      if (focus) this.#go(record.uuid, focus)
      this.update()
    }
    const action = (name) => `[data-action=${name}]`
    return {
      edit: change({ editing: textOf(record) }, '.edit textarea'),
      leave: change({ editing: null }, action('edit')),
      ask: change({ confirming: true }, action('keep')), // which does no harm
      keep: change({ confirming: false }, action('delete')),
      typed: (e) => { open.editing = e.target.value },
      save: async (e) => {
        e.preventDefault()
        const content = typeof record.content === 'string' ? open.editing : { ...record.content, text: open.editing }
        if (await this.attempt(() => this.db.put(content, kept(record)))) change({ editing: null }, action('edit'))()
      },
      export: async () => {
        const done = await this.attempt(async () => copyText(JSON.stringify(await this.db.export(record.uuid))))
        if (!done) return
        change({ copied: true })()
        setTimeout(change({ copied: false }), copiedMs)
      },
      remove: async () => {
        const index = this.#list.index(record.uuid)
        const next = this.#shown[index + 1] ?? this.#shown[index - 1]
        if (await this.attempt(() => this.db.delete(record.uuid)) && next) this.#go(next.uuid)
      },
    }
  }

  // go brings the focus to a row, or to something in it, as soon as it is there.
  #go(uuid, selector = '.expand') {
    this.#current = uuid
    this.#focus = selector
    this.#list.hold(uuid)
  }

  #refocus() {
    const target = this.shadowRoot.querySelector(`[data-uuid="${this.#current}"]`)?.querySelector(this.#focus)
    if (!target) return
    this.#focus = null
    target.focus()
  }

  #entered = ({ target }) => {
    const uuid = target.closest('.tr')?.dataset.uuid
    if (!uuid) return
    this.#current = uuid
    this.#list.hold(uuid)
  }

  #left = ({ relatedTarget, currentTarget }) => {
    if (!this.#focus && !currentTarget.contains(relatedTarget)) this.#list.hold(null)
  }

  #keys = (event) => {
    const { key, target } = event
    const uuid = target.closest('.tr')?.dataset.uuid
    if (!uuid || event.ctrlKey || event.altKey || event.metaKey) return
    if (key === 'Escape' && this.#expanded.has(uuid) && !target.closest('.edit')) {
      this.#toggle(uuid)
      this.#go(uuid)
      this.updateNow()
      return
    }
    if (!target.closest('.line')) return // a text, or buttons of an expanded row
    const [first, last] = this.#list.range
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: first - last, PageDown: last - first, Home: -Infinity, End: Infinity }[key]
    if (by === undefined) return
    event.preventDefault()
    const index = Math.min(Math.max(this.#list.index(uuid) + by, 0), this.#shown.length - 1)
    this.#go(this.#shown[index].uuid)
    this.#list.reveal(index)
    this.updateNow() // before the next key
  }

  // measure tells the list how high rows are: of one line or of two.
  #measure() {
    if (!this.#list) return
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
    this.#list.rowHeight = rowRems * rem * (this.$('.table').clientWidth >= wideRems * rem ? 1 : narrowFactor)
  }

  #measureExpanded() {
    for (const el of this.shadowRoot.querySelectorAll('.tr.expanded')) this.#list.expand(el.dataset.uuid, el.offsetHeight)
  }
}

// kept are the options by which a new version stays what the old one was.
function kept({ uuid, collection, geo, expires_at: expires }) {
  const seconds = expires ? Math.round((expires - Date.now()) / 1000) : 0
  const options = { uuid, collection, geo, expiresIn: seconds > 0 ? seconds * 1000 : undefined }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

customElements.define('peerset-records', Records)
