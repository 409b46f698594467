// <peerset-connection>: through which media peers are looked for, how well these
// work, and why connections ended. What finds peers in another way has its place in
// the slot `media`.
import { html, nothing } from 'lit-html'
import { reasonOf, wasSpare } from '../atoms/reason.js'
import { stateGlyph } from '../atoms/state.js'
import { who } from '../atoms/mark.js'
import { Pane } from '../base.js'
import * as format from '../format.js'
import { has, t } from '../texts.js'
import style from './connection.css'
import { hintOf } from './hint.js'

class ConnectionPane extends Pane {
  static styles = [style]
  static topics = ['peers', 'closed', 'tick']
  #aloneSince = 0 // since when trackers know of others and nobody is connected

  modelChanged() {
    this.#aloneSince = 0
  }

  render() {
    const head = html`<div class="head"><h2>${t('connection.title')}</h2></div>`
    const { model } = this
    if (!model?.stats) return head
    const { trackers, ended: counts, limits, maxPeers } = model.stats
    const connected = trackers.filter((s) => s.connected).length
    const others = trackers.some((s) => s.peers > 1)
    if (model.peers.length > 0 || !others) this.#aloneSince = 0
    else this.#aloneSince ||= Date.now()
    const list = model.closed.filter((p) => !wasSpare(p))
    const hint = hintOf({ trackers, online: navigator.onLine, aloneMs: this.#aloneSince ? Date.now() - this.#aloneSince : 0, closed: model.closed })
    return html`${head}
      ${hint ? html`<p class="hint" role="status"><strong>${t(`connection.hints.${hint}.what`)}</strong> ${t(`connection.hints.${hint}.advice`)}</p>` : nothing}
      <h3>${t('connection.trackers')} <span class="quiet number">${t('connection.connectedOf', { n: connected, all: trackers.length })}</span></h3>
      ${trackers.length === 0 ? html`<p class="quiet">${t('connection.noTrackers')}</p>` : html`<ul class="trackers">${trackers.map(tracker)}</ul>`}
      <slot name="media"></slot>
      <h3>${t('connection.ended')}</h3>
      ${Object.keys(counts).length ? html`<p class="row small">${Object.entries(counts).sort((a, b) => b[1] - a[1]).map(([code, n]) => html`<span class="pill" title=${code}><span class="number">${format.number(n)} ×</span> ${reasonOf({ code })}</span>`)}</p>` : nothing}
      ${list.length === 0 ? html`<p class="quiet">${t('connection.noneEnded')}</p>` : html`<ol class="ended" tabindex="0" role="list" aria-label=${t('connection.ended')}>${list.map((p) => ended(p, model.identity?.npub))}</ol>`}
      <h3>${t('connection.limits')}</h3>
      <dl class="facts limits">${limit('maxPeers', format.number(maxPeers))}${Object.entries(limits).map(([name, value]) => limit(name, units[name](value)))}</dl>`
  }
}

// What a limit is counted in; times are ms.
const units = {
  ...Object.fromEntries(['handshakeTimeout', 'challengeTimeout', 'idleTimeout', 'peerSession', 'clientSession'].map((name) => [name, format.span])),
  ...Object.fromEntries(['sessionsPerIdentity', 'messagesPerSecond'].map((name) => [name, format.number])),
  ...Object.fromEntries(['bytesPerSecond', 'maxMessage', 'maxRecord'].map((name) => [name, format.bytes])),
}

const limit = (name, value) => html`<div><dt>${t(`connection.limitNames.${name}`)}</dt><dd>${value}</dd></div>`

function tracker({ url, connected, idle, peers, offers, answers, error, since }) {
  const state = connected ? 'live' : idle ? 'challenged' : error ? 'closed' : 'dialing'
  const delivered = [
    peers ? t('connection.peers', { n: peers }) : '',
    offers || connected ? t('connection.offers', { n: offers }) : '',
    answers || connected ? t('connection.answers', { n: answers }) : '',
  ].filter(Boolean).join(' · ')
  return html`<li data-connected=${connected}>
    <div class="row"><strong class="url" title=${url}>${url.replace(/^wss?:\/\//, '')}</strong>
      <span class="state">${stateGlyph(state)}${t(`connection.states.${state}`)}${since ? html` <time class="quiet" title=${format.exact(since)}>${format.ago(since)}</time>` : nothing}</span></div>
    ${delivered ? html`<p class="small quiet number">${delivered}</p>` : nothing}
    ${error ? html`<p class="small bad">${error}</p>` : nothing}
  </li>`
}

function ended({ npub, reason, at, since }, me) {
  const advice = reason && [reason.remote && `advice.${reason.code}_remote`, `advice.${reason.code}`].find((key) => key && has(key))
  return html`<li>
    <div class="row">${who(npub, me, 16)}<time class="small quiet" title=${format.exact(at)}>${format.ago(at)}</time></div>
    <p><span title=${reason?.code}>${reasonOf(reason ?? { code: 'connection_lost' })}</span> <span class="small quiet">${t(reason?.remote ? 'connection.byPeer' : 'connection.byUs')}, ${t('connection.after', { span: format.span(at - since) })}</span></p>
    ${advice ? html`<p class="small quiet">${t(advice)}</p>` : nothing}
  </li>`
}

customElements.define('peerset-connection', ConnectionPane)
