// <peerset-moderation>: what the room's records are judged by here, what was refused
// and why, and who is banned.
import { html, nothing } from 'lit-html'
import { hashChip } from '../atoms/hash.js'
import { icon } from '../atoms/icon.js'
import { who } from '../atoms/mark.js'
import { Pane } from '../base.js'
import * as format from '../format.js'
import { t } from '../texts.js'
import style from './moderation.css'

const policies = ['open', 'standard', 'strict']
const spans = ['1h', '1d', '7d', '30d']
const most = 50 // shown and kept; the engine counts all

class Moderation extends Pane {
  static styles = [style]
  static topics = ['peers']
  #judged = [] // refused and flagged, the latest first
  #wanted = '' // the policy that was asked for, until the room is open with it

  modelChanged() {
    this.#judged = []
    if (!this.model) return
    this.#judged = this.db.moderation().recent.slice(-most).reverse()
    const stops = ['refused', 'flagged'].map((type) => this.model.on(type, (judged) => {
      this.#judged = [judged, ...this.#judged].slice(0, most)
      this.update()
    }))
    return () => { for (const stop of stops) stop() }
  }

  render() {
    const { model, db } = this
    if (!model?.stats || model.error) return html`<div class="head"><h2>${t('moderation.title')}</h2></div>`
    const { name, hash, rules } = db.moderation()
    const others = model.peers.filter((p) => p.policy && p.policy !== hash).length
    return html`
      <div class="head">
        <h2>${t('moderation.title')}</h2>
        <div class="tools"><div class="choice" role="group" aria-label=${t('moderation.policy')}>
          ${policies.map((p) => html`<button data-policy=${p} aria-pressed=${p === name} title=${t(`moderation.policies.${p}`)} @click=${() => p !== name && this.#use(p)}>${p}</button>`)}
        </div></div>
      </div>
      <p class="row"><span>${t(`moderation.policies.${name}`)}</span>${hashChip(hash, t('moderation.hash'))}</p>
      ${others ? html`<p class="small quiet">${t('moderation.others', { n: others })}</p>` : nothing}
      ${this.#rules(rules)}
      ${this.#refusals()}
      ${this.#bans()}`
  }

  // updated gives the focus back to who has changed the policy: the room was closed meanwhile.
  updated() {
    const button = this.#wanted && this.$(`[data-policy=${this.#wanted}][aria-pressed=true]`)
    if (!button) return
    this.#wanted = ''
    if (document.activeElement === document.body) button.focus()
  }

  #rules(rules) {
    const counted = rules.filter((r) => r.refused || r.flagged)
    const row = (r) => html`<tr><th scope="row">${r.name}</th><td><span title=${t(`moderation.classHints.${r.class}`)}>${t(`moderation.classes.${r.class}`)}</span></td><td>${format.number(r.refused)}</td><td>${format.number(r.flagged)}</td></tr>`
    return html`<details id="rules">
      <summary>${t('moderation.rules', { n: rules.length })}<span class="quiet">${counted.length ? nothing : `, ${t('moderation.noCounts')}`}</span></summary>
      ${table(rules.map(row))}
    </details>
    ${counted.length ? table(counted.map(row)) : nothing}`
  }

  #refusals() {
    const list = this.#judged
    const me = this.model.identity?.npub
    return html`<h3>${t('moderation.refused')} <span class="quiet number">${list.length || ''}</span></h3>
      ${list.length === 0 ? html`<p class="quiet">${t('moderation.noRefused')}</p>` : html`<ul class="refused" tabindex="0" role="list" aria-label=${t('moderation.refused')}>${list.map((r) => html`<li>
        <div class="row">${r.author ? who(r.author, me, 16) : html`<span class="quiet">${t('moderation.held')}</span>${r.hash ? hashChip(r.hash, t('records.hash')) : nothing}`}<span class="pill ${r.action === 'flag' ? 'accent' : 'warn'}">${r.action === 'flag' ? t('moderation.isFlagged', { rule: r.rule }) : r.rule}</span><time class="small quiet" title=${format.exact(r.at)}>${format.ago(r.at)}</time></div>
        <p>${r.reason}</p>
        ${r.carrier && r.carrier !== r.author ? html`<p class="small quiet row">${t('moderation.carrier')} ${who(r.carrier, me, 14)}</p>` : nothing}
      </li>`)}</ul>`}`
  }

  #bans() {
    const { db } = this
    const bans = db.bans()
    return html`<h3>${t('moderation.bans')} <span class="quiet number">${bans.length || ''}</span></h3>
      ${bans.length === 0 ? nothing : html`<ul class="bans">${bans.map((b) => html`<li class="row">
        ${who(b.npub, this.model.identity?.npub, 20)}
        <span class="small quiet grow"><time title=${format.exact(b.until)}>${t('moderation.until', { when: format.date(b.until) })}</time>${b.reason ? html` · ${b.reason}` : nothing}</span>
        <button class="undo" aria-label=${t('moderation.undoOf', { who: format.npub(b.npub) })} @click=${() => this.#act(() => db.unban(b.npub))}>${icon('undo')}${t('moderation.undo')}</button>
      </li>`)}</ul>`}
      <form class="ban" @submit=${this.#ban}>
        <label for="npub">${t('moderation.banLabel')}</label>
        <div class="row">
          <input id="npub" class="grow" required autocomplete="off" spellcheck="false" pattern="\\s*npub1[0-9a-z]{58}\\s*" placeholder="npub1…" title=${t('moderation.npub')}>
          <select id="for" aria-label=${t('moderation.for')}>${spans.map((s) => html`<option value=${s} ?selected=${s === '1d'}>${t(`moderation.spans.${s}`)}</option>`)}</select>
          <button class="danger">${t('moderation.ban')}</button>
        </div>
      </form>`
  }

  // use asks the page to open the room with another policy.
  #use(moderation) {
    this.#wanted = moderation
    this.dispatchEvent(new CustomEvent('peerset-open', { detail: { moderation }, bubbles: true, composed: true }))
  }

  async #ban(event) {
    event.preventDefault()
    const form = event.target
    const input = this.$('#npub')
    if (await this.#act(() => this.db.ban(input.value.trim(), { for: this.$('#for').value }))) form.reset()
  }

  #act(action) {
    return this.attempt(async () => {
      await action()
      this.model.refresh()
    })
  }
}

const table = (rows) => html`<table>
  <thead><tr><th scope="col">${t('moderation.rule')}</th><th scope="col">${t('moderation.class')}</th><th scope="col">${t('moderation.refusedCount')}</th><th scope="col">${t('moderation.flagged')}</th></tr></thead>
  <tbody>${rows}</tbody>
</table>`

customElements.define('peerset-moderation', Moderation)
