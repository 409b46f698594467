// Pane is what all components are made of: a shadow root that is rendered from
// the model of a database, and again whenever the model has news.
import { html, nothing, render } from 'lit-html'
import { Connection, Provider } from './context.js'
import { failureOf } from './failure.js'
import { nextFrame } from './frames.js'
import { icon } from './atoms/icon.js'
import { modelOf } from './model.js'
import shared from './shared.css'
import { t } from './texts.js'
import tokens from './tokens.css'

const sheets = new Map()

// sheet makes one style sheet of a text for all components that use it.
function sheet(text) {
  if (!sheets.has(text)) {
    const made = new CSSStyleSheet()
    made.replaceSync(text)
    sheets.set(text, made)
  }
  return sheets.get(text)
}

export class Pane extends HTMLElement {
  // styles are the texts of a component's own style sheets.
  static styles = []
  // topics are those of the model whose news render it again; see model.js.
  static topics = ['peers']

  #model = null
  #connection = new Connection(this, (model) => this.#use(model))
  #provider = new Provider(this) // for the panes inside of this one, which may stand alone
  #stops = []
  #due = false
  #failure = null

  constructor() {
    super()
    const root = this.attachShadow({ mode: 'open' })
    root.adoptedStyleSheets = Pane.sheets(...this.constructor.styles)
  }

  // sheets returns what all panes look like, and the given style sheets after it.
  static sheets(...styles) {
    return [tokens, shared, ...styles].map(sheet)
  }

  // db is the database that is shown. A pane that is given none shows that of the
  // <peerset-panel> around it, and follows when the panel changes to another one.
  get db() {
    return this.#model?.db ?? null
  }

  set db(db) {
    this.#connection.own(db ? modelOf(db) : null)
  }

  // model is the database's, or null as long as none is open.
  get model() {
    return this.#model
  }

  connectedCallback() {
    this.#connection.open()
    this.update()
  }

  disconnectedCallback() {
    this.#connection.close()
  }

  // render returns a template of lit-html; it is never called without a cause.
  render() {
    return nothing
  }

  // modelChanged is called after the model was exchanged, both may be null, and
  // before it is rendered. What it returns is called when the model goes.
  modelChanged() {}

  // updated is called after each rendering.
  updated() {}

  // update renders before the next frame, however often it is called until then.
  update() {
    if (this.#due) return
    this.#due = true
    nextFrame(() => {
      this.#due = false
      if (this.isConnected) this.updateNow()
    })
  }

  updateNow() {
    let content
    let error = null
    try {
      content = this.render()
    } catch (thrown) {
      error = thrown // the engine has crashed, or the database is closed
      if (error.code === undefined) reportError(error) // or it is a bug
    }
    render(html`${error ? notice(failureOf(error)) : content}${this.#failure ? notice(this.#failure, this.#dismiss) : nothing}`, this.renderRoot, { host: this })
    if (!error) this.updated()
  }

  get renderRoot() {
    return this.shadowRoot
  }

  $(selector) {
    return this.shadowRoot.querySelector(selector)
  }

  // attempt does what the user asked for, and tells what came of it if it fails.
  // It returns whether it went well. A page that shows errors in a place of its own
  // listens to `peerset-error` and calls preventDefault.
  async attempt(action) {
    this.#failure = null
    try {
      await action()
      return true
    } catch (error) {
      const told = new CustomEvent('peerset-error', { detail: error, bubbles: true, composed: true, cancelable: true })
      if (this.dispatchEvent(told)) this.#failure = failureOf(error)
      return false
    } finally {
      this.update()
    }
  }

  #dismiss = () => {
    this.#failure = null
    this.update()
  }

  #use(model) {
    if (model === this.#model) return
    for (const stop of this.#stops.splice(0)) stop()
    this.#model = model
    this.#provider.model = model
    if (model) {
      this.#stops = this.constructor.topics.map((topic) => model.subscribe(topic, () => this.update()))
    }
    const stop = this.modelChanged()
    if (stop) this.#stops.push(stop)
    this.update()
  }
}

// notice shows an error, with a button if it can be dismissed.
const notice = ({ code, message }, dismiss) => html`<div class="notice" role="alert">
  <p><strong>${code}</strong> ${message}</p>
  ${dismiss ? html`<button class="plain icon" aria-label=${t('atoms.dismiss')} @click=${dismiss}>${icon('close')}</button>` : nothing}
</div>`
