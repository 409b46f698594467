// How a pane finds its database: the panel around it, however many shadow roots
// are in between, answers an event and tells of every change.
const request = 'peerset-model-request'

// Connection ties one pane to a model: its own, or that of the panel around it.
export class Connection {
  #element
  #use
  #owned = null
  #connected = false
  #leave = null

  constructor(element, use) {
    this.#element = element
    this.#use = use
  }

  // own gives the pane a model, or null for that of the panel.
  own(model) {
    this.#owned = model
    if (this.#connected) this.open()
  }

  open() {
    this.#connected = true
    this.#leave?.()
    this.#leave = null
    if (this.#owned) {
      this.#use(this.#owned)
      return
    }
    const join = (provider) => { this.#leave = provider.join(this.#use) }
    this.#element.dispatchEvent(new CustomEvent(request, { detail: join, bubbles: true, composed: true }))
    if (!this.#leave) this.#use(null)
  }

  close() {
    this.#connected = false
    this.#leave?.()
    this.#leave = null
    this.#use(null)
  }
}

// Provider is the panel's side.
export class Provider {
  #model = null
  #members = new Set()

  constructor(element) {
    element.addEventListener(request, (event) => {
      if (event.target === element && event.composedPath()[0] === element) return // its own
      event.stopPropagation()
      event.detail(this)
    })
  }

  join(use) {
    this.#members.add(use)
    apart(() => use(this.#model))
    return () => this.#members.delete(use)
  }

  get model() {
    return this.#model
  }

  set model(model) {
    this.#model = model
    for (const use of this.#members) apart(() => use(model))
  }
}

// apart calls fn, and reports what it throws: one pane's fault is not the others'.
export function apart(fn) {
  try {
    fn()
  } catch (error) {
    reportError(error)
  }
}
