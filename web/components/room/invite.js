// <peerset-invite>: the way in for others: a link, its QR code, a button to copy it.
// The link is the page's own address, or what `href` says.
import { html, nothing } from 'lit-html'
import { copyText } from '../atoms/hash.js'
import { icon } from '../atoms/icon.js'
import { Pane } from '../base.js'
import { t } from '../texts.js'
import style from './invite.css'
import { qrCode } from './qr.js'

const copiedMs = 2000
// A QR code holds no more than about 2,300 bytes, and is hard to read long before.
const maxQr = 500

class Invite extends Pane {
  static styles = [style]
  static topics = []
  #href = null
  #copied = false
  #qr = null // {href, code}
  #moved = () => this.update()

  get href() {
    return this.#href ?? location.href
  }

  set href(href) {
    this.#href = href
    this.update()
  }

  connectedCallback() {
    super.connectedCallback()
    addEventListener('hashchange', this.#moved)
    addEventListener('peerset-address', this.#moved) // replaceState has no event of its own
  }

  disconnectedCallback() {
    super.disconnectedCallback()
    removeEventListener('hashchange', this.#moved)
    removeEventListener('peerset-address', this.#moved)
  }

  render() {
    const password = Boolean(this.model?.options?.password)
    return html`<div class="invite">
      ${this.href.length <= maxQr ? this.#code() : nothing}
      <div class="text">
        <div class="title"><h2>${t('invite.title')}</h2><p class="quiet">${t('invite.text')}</p></div>
        <div class="link">
          <input id="link" readonly aria-label=${t('invite.link')} .value=${this.href} @focus=${(e) => e.target.select()}>
          <button id="copy" class="primary" @click=${this.#copy}>${icon(this.#copied ? 'check' : 'copy')}<span aria-live="polite">${t(this.#copied ? 'atoms.copied' : 'atoms.copy')}</span></button>
          ${navigator.share ? html`<button class="icon" aria-label=${t('invite.share')} @click=${this.#share}>${icon('share')}</button>` : nothing}
        </div>
        ${password ? html`<p class="hint small quiet">${icon('lock')}<span>${t('invite.password')}</span></p>` : nothing}
      </div>
    </div>`
  }

  // The code is not cheap to find.
  #code() {
    if (this.#qr?.href !== this.href) this.#qr = { href: this.href, code: qrCode(this.href) }
    return this.#qr.code
  }

  async #copy() {
    await copyText(this.href)
    this.#copied = true
    this.update()
    setTimeout(() => {
      this.#copied = false
      this.update()
    }, copiedMs)
  }

  #share() {
    navigator.share({ title: document.title, url: this.href }).catch(() => {}) // the user thought better of it
  }
}

customElements.define('peerset-invite', Invite)
