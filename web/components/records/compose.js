// <peerset-compose>: what records are written with: a text, and with it a link, a
// place, a collection. Files have their place here, as soon as the engine has one.
import { html, nothing } from 'lit-html'
import { live } from 'lit-html/directives/live.js'
import { icon } from '../atoms/icon.js'
import { who } from '../atoms/mark.js'
import { Pane } from '../base.js'
import { t } from '../texts.js'
import style from './compose.css'

const extras = ['link', 'place', 'collection', 'expires', 'to']
const durations = ['1h', '1d', '7d', '30d']
const geoTimeout = 10_000
const empty = () => ({ text: '', link: '', latitude: '', longitude: '', collection: '', expires: '', to: [] })

class Compose extends Pane {
  static styles = [style]
  static topics = ['peers']
  #draft = empty()
  #open = new Set() // the extras that are shown
  #putting = false
  #locating = false
  #noFiles = false // whether it is said that there are none

  render() {
    const ready = this.db !== null
    return html`<form @submit=${this.#put} @dragenter=${this.#dragged} @dragover=${this.#dragged} @drop=${this.#dragged} @paste=${this.#pasted}>
      <div class="main">
        <textarea id="text" rows="1" aria-label=${t('compose.text')} placeholder=${t('compose.placeholder')} ?disabled=${!ready}
          .value=${live(this.#draft.text)} @input=${this.#typed} @keydown=${this.#keys}></textarea>
        <button id="send" class="primary" ?disabled=${!ready || this.#putting}>${t('compose.put')}</button>
      </div>
      ${this.#open.size > 0 ? html`<div class="extras">${extras.filter((e) => this.#open.has(e)).map((e) => this.#extra(e))}</div>` : nothing}
      <div class="add" role="group" aria-label=${t('compose.add')}>
        ${extras.map((e) => html`<button type="button" class="plain" aria-pressed=${this.#open.has(e)} ?disabled=${!ready} @click=${() => this.#toggle(e)}>${icon(icons[e])}${t(`compose.extras.${e}`)}</button>`)}
        <button type="button" class="plain" id="file" ?disabled=${!ready} @click=${this.#refuseFiles}>${icon('file')}${t('compose.file')}</button>
      </div>
      <p class="small files" role="status">${this.#noFiles ? t('compose.noFiles') : ''}</p>
    </form>`
  }

  #extra(name) {
    const field = (key) => (e) => { this.#draft[key] = e.target.value }
    switch (name) {
      case 'link':
        return html`<div class="field"><label for="link">${t('compose.extras.link')}</label>
          <input id="link" type="url" placeholder="https://" .value=${live(this.#draft.link)} @input=${field('link')}></div>`
      case 'place':
        return html`<div class="field wide"><span class="small quiet" id="place">${t('compose.extras.place')}</span>
          <div class="both" role="group" aria-labelledby="place">
            <input id="latitude" type="number" step="any" min="-90" max="90" required aria-label=${t('compose.latitude')} placeholder=${t('compose.latitude')} .value=${live(this.#draft.latitude)} @input=${field('latitude')}>
            <input id="longitude" type="number" step="any" min="-180" max="180" required aria-label=${t('compose.longitude')} placeholder=${t('compose.longitude')} .value=${live(this.#draft.longitude)} @input=${field('longitude')}>
            ${navigator.geolocation ? html`<button type="button" ?disabled=${this.#locating} @click=${this.#locate}>${icon('pin')}${t('compose.here')}</button>` : nothing}
          </div></div>`
      case 'collection':
        return html`<div class="field"><label for="collection">${t('compose.extras.collection')}</label>
          <input id="collection" maxlength="128" autocomplete="off" .value=${live(this.#draft.collection)} @input=${field('collection')}></div>`
      case 'to':
        return html`<fieldset id="to" tabindex="-1"><legend class="small quiet">${t('compose.for')}</legend>${this.#recipients()}</fieldset>`
      default:
        return html`<div class="field"><label for="expires">${t('compose.expiresIn')}</label>
          <select id="expires" @change=${field('expires')}>${durations.map((d) => html`<option value=${d} ?selected=${d === this.#draft.expires}>${t(`compose.durations.${d}`)}</option>`)}</select></div>`
    }
  }

  // Those who are here, and those who were chosen while they were.
  #recipients() {
    const here = (this.model?.peers ?? []).map((p) => p.npub).filter(Boolean)
    const choose = (npub) => (e) => {
      this.#draft.to = e.target.checked ? [...this.#draft.to, npub] : this.#draft.to.filter((n) => n !== npub)
    }
    const npubs = [...new Set([...here, ...this.#draft.to])]
    if (npubs.length === 0) return html`<p class="quiet">${t('compose.nobody')}</p>`
    return npubs.map((npub) => html`<label class="recipient"><input type="checkbox" .checked=${live(this.#draft.to.includes(npub))} @change=${choose(npub)}>${who(npub, null, 18)}</label>`)
  }

  #toggle(name) {
    if (this.#open.delete(name)) {
      // What is not seen is not sent.
      const kept = empty()
      for (const key of name === 'place' ? ['latitude', 'longitude'] : [name]) this.#draft[key] = kept[key]
      this.update()
      return
    }
    this.#open.add(name)
    if (name === 'expires') this.#draft.expires = durations[1]
    this.updateNow()
    this.$(name === 'place' ? '#latitude' : `#${name}`).focus()
  }

  // The engine has no place for files yet. Nobody is to lose the page by one that is
  // dropped here, or to believe that it was taken.
  #dragged(event) {
    if (!hasFiles(event.dataTransfer)) return
    event.preventDefault()
    event.dataTransfer.dropEffect = 'none'
    this.#refuseFiles()
  }

  #pasted(event) {
    if (hasFiles(event.clipboardData) && !event.clipboardData.types.includes('text/plain')) this.#refuseFiles()
  }

  #refuseFiles() {
    if (this.#noFiles) return
    this.#noFiles = true
    this.update()
  }

  #typed(event) {
    this.#draft.text = event.target.value
    if (this.#noFiles) {
      this.#noFiles = false
      this.update()
    }
    fit(event.target)
  }

  #keys(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    event.target.form.requestSubmit()
  }

  #locate() {
    this.#locating = true
    this.update()
    const ended = () => {
      this.#locating = false
      this.update()
    }
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      this.#draft.latitude = coords.latitude.toFixed(5)
      this.#draft.longitude = coords.longitude.toFixed(5)
      ended()
    }, (error) => {
      this.attempt(() => { throw Object.assign(new Error(error.message), { code: 'no_position' }) })
      ended()
    }, { timeout: geoTimeout })
  }

  async #put(event) {
    event.preventDefault()
    const { text, link, latitude, longitude, collection, expires, to } = this.#draft
    if (this.#putting || (!text.trim() && !link)) return
    const options = {}
    if (collection) options.collection = collection
    if (latitude !== '' && longitude !== '') options.geo = { latitude: Number(latitude), longitude: Number(longitude) }
    if (expires) options.expiresIn = expires
    if (to.length > 0) options.to = to
    this.#putting = true
    this.#noFiles = false
    this.update()
    const sent = this.#draft
    this.#draft = { ...empty(), collection, expires, to } // the next one is likely of the same kind
    const done = await this.attempt(() => this.db.put(link ? { text: text.trim(), link } : { text: text.trim() }, options))
    this.#putting = false
    if (!done) this.#draft = sent // nothing is lost
    else for (const name of ['link', 'place']) this.#open.delete(name)
    this.updateNow()
    fit(this.$('#text'))
    this.$('#text').focus()
  }
}

const hasFiles = (data) => Boolean(data?.types.includes('Files'))

const icons = { link: 'link', place: 'pin', collection: 'tag', expires: 'clock', to: 'lock' }

// fit makes a field as high as its text, up to what the style sheet allows.
function fit(area) {
  area.style.height = 'auto'
  area.style.height = `${area.scrollHeight + 2}px`
}

customElements.define('peerset-compose', Compose)
