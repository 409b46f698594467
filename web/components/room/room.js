// <peerset-room>: the room, with what it takes to be in another: name, password,
// media. It opens nothing itself; it asks the page with an event, `peerset-open`,
// whose detail has the options that change.
import { html, nothing } from 'lit-html'
import { live } from 'lit-html/directives/live.js'
import { icon } from '../atoms/icon.js'
import { Pane } from '../base.js'
import { t } from '../texts.js'
import { newPassword, newRoom } from './names.js'
import style from './room.css'

// The same bounds as the engine's; it has the last word.
const maxRoom = 256
const maxPassword = 1024

class Room extends Pane {
  static styles = [style]
  static topics = []
  #options = null
  #form = { room: '', password: '', trackers: '' }
  #shown = false // the password
  #inviting = false // whether somebody has ever asked for the invitation

  // options are those that the page opens, or tries to open, the room with.
  get options() {
    return this.#options ?? this.model?.options
  }

  set options(options) {
    this.#options = options
    this.update()
  }

  render() {
    const { room = '', password } = this.options ?? {}
    return html`
      <button class="name" id="room" aria-haspopup="dialog" title=${t('room.change')} @click=${this.edit}>
        ${icon(password ? 'lock' : 'hash')}<span>${room}</span>${icon('down')}
        <span class="visually-hidden">${password ? t('room.locked') : ''} ${t('room.change')}</span>
      </button>
      <button class="primary" id="invite" aria-haspopup="dialog" @click=${this.#invite}>${icon('share')}${t('room.invite')}</button>
      <dialog class="sheet editing" aria-label=${t('room.title')} @click=${closeOutside}>${this.#editing()}</dialog>
      <dialog class="sheet inviting" aria-label=${t('room.invite')} @click=${closeOutside}>
        ${this.#inviting ? html`<peerset-invite></peerset-invite>` : nothing}
        <div class="end"><button @click=${() => this.$('.inviting').close()}>${t('atoms.close')}</button></div>
      </dialog>`
  }

  #editing() {
    const field = (name) => (e) => { this.#form[name] = e.target.value }
    const set = (name, value) => () => {
      this.#form[name] = value
      this.update()
    }
    return html`<form @submit=${this.#submit}>
      <h2>${t('room.title')}</h2>
      <div class="field">
        <label for="name">${t('room.name')}</label>
        <div class="both">
          <input id="name" required autocomplete="off" spellcheck="false" maxlength=${maxRoom} .value=${live(this.#form.room)} @input=${field('room')}>
          <button type="button" @click=${() => set('room', newRoom())()}>${icon('spark')}${t('room.fresh')}</button>
        </div>
        <p class="small quiet">${t('room.nameHint')}</p>
      </div>
      <div class="field">
        <label for="password">${t('room.password')}</label>
        <div class="both">
          <input id="password" type=${this.#shown ? 'text' : 'password'} autocomplete="off" spellcheck="false" maxlength=${maxPassword} .value=${live(this.#form.password)} @input=${field('password')}>
          <button type="button" aria-pressed=${this.#shown} @click=${this.#show}>${t('room.show')}</button>
          <button type="button" @click=${this.#generate}>${icon('spark')}${t('room.generate')}</button>
        </div>
        <p class="small quiet">${t('room.passwordHint')}</p>
      </div>
      <div class="field">
        <label for="trackers">${t('room.trackers')}</label>
        <textarea id="trackers" spellcheck="false" placeholder=${this.model?.options?.trackers?.join('\n') ?? t('room.trackersDefault')} .value=${live(this.#form.trackers)} @input=${(e) => { e.target.setCustomValidity(''); field('trackers')(e) }}></textarea>
        <p class="small quiet">${t('room.trackersHint')}</p>
      </div>
      ${this.options?.storage === 'memory' ? html`<p class="small quiet">${t('room.memory')}</p>` : nothing}
      <div class="end">
        <button type="button" @click=${() => this.$('.editing').close()}>${t('atoms.cancel')}</button>
        <button class="primary" id="join">${t('room.join')}</button>
      </div>
    </form>`
  }

  // edit opens the dialog in which the room is changed.
  edit() {
    const { room = '', password = '', trackers } = this.options ?? {}
    this.#form = { room, password, trackers: trackers?.join('\n') ?? '' }
    this.#shown = false
    this.updateNow()
    this.$('.editing').showModal()
  }

  #invite() {
    this.#inviting = true
    this.updateNow()
    this.$('.inviting').showModal()
  }

  #show() {
    this.#shown = !this.#shown
    this.update()
  }

  #generate() {
    this.#form.password = newPassword()
    this.#shown = true
    this.update()
  }

  #submit(event) {
    event.preventDefault()
    const { room, password, trackers } = this.#form
    const urls = trackers.split(/\s+/).filter(Boolean)
    const wrong = urls.find((url) => !/^wss?:\/\/./i.test(url))
    if (wrong) {
      this.$('#trackers').setCustomValidity(t('room.noTracker', { url: wrong }))
      this.$('#trackers').reportValidity()
      return
    }
    this.$('.editing').close()
    const detail = { room, password: password || undefined, trackers: urls.length > 0 ? urls : undefined }
    this.dispatchEvent(new CustomEvent('peerset-open', { detail, bubbles: true, composed: true }))
  }
}

// closeOutside closes a dialog by a click beside it: the dialog itself has no room
// that is not its children's.
export function closeOutside(event) {
  if (event.target === event.currentTarget) event.currentTarget.close()
}

customElements.define('peerset-room', Room)
