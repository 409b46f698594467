// <peerset-graph>: the swarm. Oneself in the middle, an edge per connection, lights
// that travel along it when records do; a click shows what is known of a peer. The
// same facts are there as a table.
//
// What is put into its slot "alone" is shown as long as nobody else is there.
import { html, nothing } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import { icon } from '../atoms/icon.js'
import { colourOf, mark } from '../atoms/mark.js'
import { stateGlyph, states } from '../atoms/state.js'
import { Pane } from '../base.js'
import * as format from '../format.js'
import { t } from '../texts.js'
import { agreement } from './agreement.js'
import { detail } from './detail.js'
import style from './graph.css'
import { Scene } from './scene.js'
import { table } from './table.js'

const labelled = 10 // up to as many peers have what their connection does written on it
const named = 24 // up to as many have their names under their marks
const ghostMs = 8000 // how long a connection that failed is still to be seen
const arrivalMs = 5000 // how long the first arrival is spoken of
const maxPulses = 6

// Connections that end for these reasons did not fail.
const wellEnded = new Set(['closed', 'duplicate', 'self', 'room_full'])

class Graph extends Pane {
  static styles = [style]
  static topics = ['peers', 'closed']

  #scene = null
  #view = 'graph'
  #chosen = null // the peer's id
  #known = new Map() // id -> npub of those who have proved who they are
  #met = false // whether anybody was here since the database was opened
  #arrival = '' // what is said of the last one who came or went
  #hero = false // whether it was the first
  #timer = 0
  #elements = new Map() // peer id -> button
  #aside = false // whether the details take some of the room
  #observer = new ResizeObserver(() => this.#measure())

  disconnectedCallback() {
    super.disconnectedCallback()
    this.#observer.disconnect()
    this.#scene?.stop()
    this.#scene = null
    clearTimeout(this.#timer)
  }

  modelChanged() {
    this.#chosen = null
    this.#known.clear()
    this.#met = false
    this.#arrival = ''
    this.#hero = false
  }

  render() {
    const peers = this.#peers()
    const alone = !this.model?.peers.length && !this.#hero // as soon as there is a page
    this.#meet()
    return html`
      <div class="head">
        <h2>${t('graph.title')}</h2>
        <p class="quiet summary">${this.#summary()}</p>
        <div class="tools choice" role="group" aria-label=${t('graph.view')}>
          ${['graph', 'table'].map((view) => html`<button aria-pressed=${this.#view === view} @click=${() => this.#show(view)}>${icon(view)}${t(`graph.views.${view}`)}</button>`)}
        </div>
      </div>
      <p class="visually-hidden" role="status">${this.#arrival}</p>
      <div class="stage" ?hidden=${this.#view !== 'graph'}>
        <canvas aria-hidden="true"></canvas><i class="probe" hidden></i>
        <div class="nodes ${peers.length > named ? 'many' : ''}" role="group" aria-label=${t('graph.nodes')}>
          <div class="node me" data-id="self">${this.#me()}</div>
          ${repeat(peers, (p) => p.id, (p) => this.#node(p))}
        </div>
        ${this.#hero && !this.#chosen ? html`<p class="arrival">${t('graph.firstArrival')}</p>` : nothing}
        ${alone ? nothing : legend(peers)}
      </div>
      ${this.#view === 'table' ? table(this.model?.peers ?? [], this.model?.closed ?? [], this.#context()) : nothing}
      <div class="alone" ?hidden=${!alone || this.#view !== 'graph'}>
        <slot name="alone"></slot>
        ${alone && this.model?.options?.password ? html`<p class="hint small quiet">${t('invite.wrongPassword')}</p>` : nothing}
      </div>
      ${this.#detail()}`
  }

  // updateNow leaves nobody without the focus whose button has gone with the connection.
  updateNow() {
    const was = this.shadowRoot.activeElement !== null
    super.updateNow()
    if (was && !this.shadowRoot.activeElement) (this.$('.detail h3') ?? this.$('.choice button')).focus({ preventScroll: true })
  }

  updated() {
    this.#elements = new Map([...this.shadowRoot.querySelectorAll('.node')].map((el) => [el.dataset.id, el]))
    if (!this.#scene) {
      this.#scene = new Scene(this.$('canvas'), this.$('.probe'), (id, x, y) => {
        const el = this.#elements.get(id)
        if (el) el.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`
        return Boolean(el)
      })
      for (const watched of [this.$('.stage'), this.$('.alone')]) this.#observer.observe(watched)
    }
    const aside = this.$('.detail') !== null
    if (aside !== this.#aside) {
      this.#aside = aside
      this.#measure()
    }
    const peers = this.#peers()
    this.#scene.show(peers.map((p) => this.#edge(p, peers.length)))
    this.#travel()
  }

  // peers are those that are connected, and for a moment those that failed.
  #peers() {
    const { peers = [], closed = [] } = this.model ?? {}
    const since = Date.now() - ghostMs
    const failed = closed.filter((p) => (p.at > since || p.id === this.#chosen) && !wellEnded.has(p.reason?.code) && !peers.some((q) => q.npub && q.npub === p.npub))
    return [...peers, ...failed.slice(0, 5)]
  }

  #context() {
    return { me: this.model?.identity?.npub, rates: this.model?.rates ?? new Map(), chosen: this.#chosen, choose: (id) => this.#choose(id) }
  }

  #summary() {
    const { peers, error } = this.model ?? { peers: null }
    if (error) return error.message
    if (!peers) return t('graph.opening')
    const there = peers.filter((p) => p.state === 'live' || p.state === 'syncing')
    if (there.length === 0) return t(peers.length > 0 ? 'graph.meeting' : 'graph.alone')
    const inSync = there.filter((p) => p.agreed).length
    const others = t('graph.others', { n: there.length })
    return inSync === there.length ? t('graph.allInSync', { others }) : t('graph.someInSync', { others, n: inSync })
  }

  #me() {
    const npub = this.model?.identity?.npub
    return html`<span class="disc">${mark(npub, 40)}</span><span class="name">${t('who.you')}</span>`
  }

  #node(p) {
    const { text } = agreement(p)
    const name = p.npub ? format.npub(p.npub) : t('who.unknown')
    const rtt = p.rtt === null ? '' : t('graph.ms', { n: p.rtt })
    return html`<button class="node ${p.state}" data-id=${p.id} data-state=${p.state} aria-expanded=${this.#chosen === p.id}
        style=${p.npub ? `--own:${colourOf(p.npub)}` : ''} title=${p.npub ?? name} @click=${() => this.#choose(p.id)}>
      <span class="disc">${mark(p.npub, 24)}<span class="badge">${stateGlyph(p.state)}</span></span>
      <span class="name">${name}</span> <span class="agreement">${text}</span>
      <span class="visually-hidden">${[t(`state.${p.state}`), rtt].filter(Boolean).join(', ')}</span>
    </button>`
  }

  #edge(p, count) {
    const rate = this.model.rates.get(p.id)
    const sum = rate ? rate.in + rate.out : 0
    const label = count <= labelled || p.id === this.#chosen
      ? [p.rtt === null ? '' : t('graph.ms', { n: p.rtt }), sum > 50 ? format.rate(sum) : ''].filter(Boolean).join(' · ')
      : ''
    return { id: p.id, state: p.state, rtt: p.rtt, rate: sum, label, chosen: p.id === this.#chosen }
  }

  // travel shows the records that came and went since the last reading.
  #travel() {
    for (const [id, { bodies, sent }] of this.model?.rates ?? []) {
      if (bodies > 0) this.#scene.pulse(id, false, Math.min(maxPulses, 1 + Math.log2(bodies)))
      if (sent > 0) this.#scene.pulse(id, true, Math.min(maxPulses, 1 + Math.log2(1 + sent / 500)))
    }
  }

  // meet notices who has come and who has gone.
  #meet() {
    const now = new Map((this.model?.peers ?? []).filter((p) => p.npub && (p.state === 'syncing' || p.state === 'live')).map((p) => [p.id, p.npub]))
    for (const [id, npub] of now) {
      if (!this.#known.has(id)) this.#welcome(id, npub)
    }
    for (const [id, npub] of this.#known) {
      if (!now.has(id)) this.#arrival = t('graph.left', { who: format.npub(npub) })
    }
    this.#known = now
    if (now.size === 0) this.#hero = false
  }

  #welcome(id, npub) {
    this.#arrival = t('graph.joined', { who: format.npub(npub) })
    if (this.#met) {
      this.#scene?.ripple(id, 1)
      return
    }
    // The first one: a moment worth seeing.
    this.#met = true
    this.#hero = true
    this.#scene?.ripple('self', 4)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#hero = false
      this.update()
    }, arrivalMs)
  }

  #show(view) {
    this.#view = view
    this.update()
  }

  #choose(id) {
    this.#chosen = this.#chosen === id ? null : id
    this.updateNow()
    if (this.#chosen) this.$('.detail h3')?.focus()
  }

  #detail() {
    const peer = this.#chosen && this.model && [...this.model.peers, ...this.model.closed].find((p) => p.id === this.#chosen)
    if (!peer) return nothing
    const { db } = this
    const done = (action) => () => this.attempt(async () => {
      await action()
      this.model?.refresh()
    })
    const on = {
      close: () => this.#leaveDetail(),
      disconnect: done(() => db.disconnect(peer.id)),
      mute: done(() => db.mute(peer.id, !peer.muted)),
      ban: done(() => db.ban(peer.npub, { for: this.$('#for').value })),
    }
    const policy = db.moderation().hash
    return html`<aside class="detail" aria-label=${t('graph.detail')} @keydown=${(e) => { if (e.key === 'Escape') this.#leaveDetail() }}>
      ${detail(peer, { ...this.#context(), policy, on })}
    </aside>`
  }

  #leaveDetail() {
    const id = this.#chosen
    this.#chosen = null
    this.updateNow()
    const back = this.#view === 'table' ? this.$(`tr[data-id="${id}"] button`) : this.#elements.get(id)
    ;(back ?? this.$('.choice button')).focus()
  }

  // measure tells the scene how large it is, and which part of it is free.
  #measure() {
    if (!this.#scene) return
    const stage = this.$('.stage').getBoundingClientRect()
    if (stage.width === 0) return
    this.#scene.resize(stage.width, stage.height)
    const alone = this.$('.alone').getBoundingClientRect()
    const aside = this.$('.detail')?.getBoundingClientRect()
    const beside = aside && aside.width < stage.width * 0.7 ? aside.width : 0
    const top = this.$('.head').getBoundingClientRect().bottom - stage.top
    this.#scene.layout.room(0, top, stage.width - beside, stage.height - alone.height)
    this.#scene.wake()
  }
}

// legend names the shapes of the states that are to be seen.
function legend(peers) {
  const shown = states.filter((s) => peers.some((p) => p.state === s))
  if (shown.length === 0) return nothing
  return html`<ul class="legend small quiet" aria-label=${t('graph.legend')}>${shown.map((s) => html`<li class="state">${stateGlyph(s)}${t(`state.${s}`)}</li>`)}</ul>`
}

customElements.define('peerset-graph', Graph)
