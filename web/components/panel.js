// <peerset-panel>: gives a database to all panes inside it, at any depth.
//
//   const panel = document.querySelector('peerset-panel')
//   panel.options = options        // for what needs them: sharing, generating
//   panel.db = await PeersetDB.open(options)
//
// They follow at once when the database is exchanged. A panel with nothing inside
// shows every pane there is, as <peerset-panes> does.
import { html, nothing, render } from 'lit-html'
import { Provider } from './context.js'
import { modelOf } from './model.js'

class Panel extends HTMLElement {
  #provider = new Provider(this)
  #options = null

  constructor() {
    super()
    this.attachShadow({ mode: 'open' })
  }

  connectedCallback() {
    this.style.display ||= 'block'
    this.#render()
  }

  #render() {
    // A slot's fallback lives even when it is not shown.
    const own = this.childElementCount > 0 ? nothing : html`<peerset-panes></peerset-panes>`
    render(html`<slot @slotchange=${() => this.#render()}>${own}</slot>`, this.shadowRoot)
  }

  get db() {
    return this.#provider.model?.db ?? null
  }

  set db(db) {
    this.#provider.model = db ? modelOf(db, this.#options) : null
  }

  // options are what the database was opened with. Set them before db.
  get options() {
    return this.#options
  }

  set options(options) {
    this.#options = options ?? null
  }

  // model is what the panes share; see model.js.
  get model() {
    return this.#provider.model
  }
}

customElements.define('peerset-panel', Panel)
