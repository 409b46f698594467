// <peerset-identity>: who this page is, as a button; its dialog logs in and out, and
// exports the key. A secret key is in here only while it is typed, and masked
// unless asked for; what comes out is encrypted.
import { html, nothing } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import { copyText, hashChip } from '../atoms/hash.js'
import { icon } from '../atoms/icon.js'
import { mark } from '../atoms/mark.js'
import { Pane } from '../base.js'
import { failureOf } from '../failure.js'
import * as format from '../format.js'
import { closeOutside } from '../room/room.js'
import { t } from '../texts.js'
import { ways } from './ways.js'
import style from './identity.css'

const help = 'https://github.com/peersetdb/peerset/blob/main/docs/keys.md'

class IdentityPane extends Pane {
  static styles = [style]
  static topics = ['peers', 'tick']
  #way = ''
  #shown = false // what is typed as a secret
  #busy = false
  #failure = null
  #exported = ''
  #fresh = false // whether the key was made here and is not backed up yet

  modelChanged() {
    this.#reset()
    this.#fresh = false
    this.$('dialog')?.close()
  }

  // help is where people read what to do when a key is lost.
  get help() {
    return this.getAttribute('help') ?? help
  }

  render() {
    const me = this.model?.identity
    if (!me) return nothing
    const ended = me.expires && me.expires < Date.now()
    const hint = me.locked ? t('identity.locked') : ended ? t('identity.ended') : ''
    return html`
      <button class="me" id="me" aria-haspopup="dialog" title=${me.npub} @click=${this.open}>
        ${mark(me.npub, 22)}<span class="name"><span class="visually-hidden">${t('identity.title')}: </span>${format.npub(me.npub)}</span>
        ${hint ? html`<span class="pill warn">${icon('lock')}<span>${hint}</span></span>` : nothing}${icon('down')}
      </button>
      <dialog class="sheet" aria-labelledby="title" @click=${closeOutside} @close=${this.#reset}>
        <div class="card-top">
          <header>${mark(me.npub, 44)}<div class="grow"><h2 id="title" tabindex="-1" autofocus>${t('identity.title')}</h2>${hashChip(me.npub, t('identity.npub'), format.npub(me.npub))}</div>
            <button class="plain icon" aria-label=${t('atoms.close')} @click=${() => this.$('dialog').close()}>${icon('close')}</button></header>
          ${this.#facts(me, ended)}
          ${this.#fresh ? html`<p class="hint">${t(me.remembered ? 'identity.backUp' : 'identity.backUpNow')}</p>` : nothing}
          ${this.#failure ? html`<div class="notice" role="alert"><p><strong>${this.#failure.code}</strong> ${this.#failure.message}</p></div>` : nothing}
        </div>
        ${this.#login(me)}
        ${me.type !== 'signer' && !me.locked ? this.#export() : nothing}
        <p class="small quiet foot">${t('identity.lost')} <a href=${this.help} target="_blank" rel="noopener">${t('identity.help')}</a></p>
      </dialog>`
  }

  #facts(me, ended) {
    return html`<p class="row">
      ${me.type ? html`<span class="pill accent">${t(`identity.types.${me.type}`)}</span>` : nothing}
      ${me.locked ? html`<span class="pill warn">${icon('lock')}${t('identity.locked')}</span>` : nothing}
      ${me.expires ? html`<span class="small ${ended ? 'bad' : 'quiet'}" id="expires">${t(ended ? 'identity.endedAt' : 'identity.until', { when: format.date(me.expires), in: format.span(me.expires - Date.now()) })}</span>` : nothing}
    </p>
    <p class="small quiet">${t(me.locked ? 'identity.lockedHint' : `identity.hints.${me.type ?? 'device'}`)}</p>
    ${me.type && me.type !== 'device' ? html`<div class="row">
      <button id="logout" ?disabled=${this.#busy} @click=${() => this.#logout(false)}>${t('identity.logout')}</button>
      ${me.remembered ? html`<button class="danger" id="forget" ?disabled=${this.#busy} @click=${() => this.#logout(true)}>${t('identity.forget')}</button>` : nothing}
    </div>` : nothing}`
  }

  #login(me) {
    const known = ways.filter((w) => w.name !== 'unlock' || me.remembered)
    const way = known.find((w) => w.name === this.#way) ?? known.find((w) => w.fits(me)) ?? known[0]
    const isIn = me.type !== 'device' && !me.locked
    return html`<details class="login" ?open=${!isIn}><summary ?hidden=${!isIn}>${t('identity.other')}</summary><form id="login" autocomplete="off" @submit=${(e) => this.#submit(e, way)}>
      ${isIn ? nothing : html`<h3>${t('identity.signIn')}</h3>`}
      <div class="choice" role="group" aria-label=${t('identity.how')}>${known.map((w) => html`<button type="button" data-way=${w.name} aria-pressed=${w === way} @click=${() => this.#choose(w.name)}>${t(`identity.ways.${w.name}`)}</button>`)}</div>
      <p class="small quiet">${t(`identity.wayHints.${way.name}`)}</p>
      ${way.name === 'signer' && !globalThis.nostr ? html`<p class="small">${t('identity.noSigner')}</p>` : nothing}
      ${repeat(way.fields, (f) => way.name + f.name, (f) => this.#field(f))}
      <div class="end"><button class="primary" id="sign-in" ?disabled=${this.#busy || (way.name === 'signer' && !globalThis.nostr)}>${this.#busy ? t('identity.busy') : t(`identity.do.${way.name}`)}</button></div>
    </form></details>`
  }

  // Each way has inputs of its own: what was typed as a secret shows up in no other.
  #field({ name, secret, optional }) {
    return html`<div class="field">
      <label for=${name}>${t(`identity.fields.${name}`)}</label>
      <div class="row"><input class="grow" id=${name} name=${name} type=${secret && !this.#shown ? 'password' : 'text'} autocomplete=${secret ? 'new-password' : 'off'} spellcheck="false" ?required=${!optional}>
      ${secret ? html`<button type="button" class="plain icon" aria-label=${t('identity.show')} aria-pressed=${this.#shown} @click=${() => { this.#shown = !this.#shown; this.update() }}>${icon('eye')}</button>` : nothing}</div>
    </div>`
  }

  #export() {
    return html`<form id="export" autocomplete="off" @submit=${this.#encrypt}>
      <h3>${t('identity.export')}</h3>
      <p class="small quiet">${t('identity.exportHint')}</p>
      ${this.#exported ? html`
        <textarea readonly rows="5" id="exported" aria-label=${t('identity.ways.ncryptsec')} .value=${this.#exported}></textarea>
        <div class="end"><button type="button" @click=${() => copyText(this.#exported)}>${icon('copy')}${t('atoms.copy')}</button>
        <a class="button" download="ncryptsec.txt" href=${`data:text/plain,${this.#exported}`}>${icon('download')}${t('identity.save')}</a></div>` : html`
        <div class="field"><label for="export-passphrase">${t('identity.fields.newPassphrase')}</label>
        <div class="row"><input class="grow" id="export-passphrase" type="password" autocomplete="new-password" required minlength="8"><button id="encrypt" ?disabled=${this.#busy}>${t('identity.encrypt')}</button></div></div>`}
    </form>`
  }

  // open shows the dialog in which one logs in and out.
  open() {
    const dialog = this.$('dialog')
    // Under its button where there is room, else at the foot of the window as a sheet.
    const { bottom, right } = this.$('#me').getBoundingClientRect()
    dialog.style.setProperty('--top', `${bottom + 8}px`)
    dialog.style.setProperty('--right', `${Math.max(8, document.documentElement.clientWidth - right)}px`)
    dialog.showModal()
  }

  #choose(way) {
    this.#way = way
    this.#failure = null
    this.update()
  }

  async #submit(event, way) {
    event.preventDefault()
    const form = event.target
    const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]))
    if (await this.#do(() => this.db.login(way.login(values)))) {
      form.reset()
      this.#fresh = way.name === 'fresh'
      this.#shown = false
      this.#exported = ''
    }
  }

  async #logout(forget) {
    if (!(await this.#do(() => this.db.logout({ forget })))) return
    this.#exported = ''
    this.#fresh = false
  }

  async #encrypt(event) {
    event.preventDefault()
    // The field of the passphrase goes with what was in it.
    if (!(await this.#do(async () => { this.#exported = await this.db.exportKey(this.$('#export-passphrase').value) }))) return
    this.#fresh = false
    this.updateNow()
    this.$('#exported').focus()
  }

  // do shows in the dialog what fails: behind it nobody would see it.
  async #do(action) {
    const { activeElement: focused } = this.shadowRoot
    this.#busy = true
    this.#failure = null
    this.update()
    try {
      await action()
      return true
    } catch (error) {
      this.#failure = failureOf(error)
      return false
    } finally {
      this.#busy = false
      this.model?.refresh()
      this.updateNow()
      // What was clicked was disabled meanwhile, and may be gone.
      if (!this.shadowRoot.activeElement) focused?.focus()
      if (!this.shadowRoot.activeElement) this.$('#title')?.focus()
    }
  }

  #reset() {
    for (const form of this.shadowRoot.querySelectorAll('form')) form.reset()
    this.#way = ''
    this.#shown = false
    this.#exported = ''
    this.#failure = null
    this.update()
  }
}

customElements.define('peerset-identity', IdentityPane)
