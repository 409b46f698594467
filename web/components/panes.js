// <peerset-panes>: every pane there is, on a grid. The swarm is the hero, the
// records are beside it, the others below, and the console is a drawer. What a page puts
// inside is seen until all of them have been drawn.
import { html, nothing } from 'lit-html'
import { Pane } from './base.js'
import { nextFrame } from './frames.js'
import style from './panes.css'
import { t } from './texts.js'

// The panes are drawn after this one, and the panes in them after these.
const depth = 2

class Panes extends Pane {
  static styles = [style]
  static topics = []
  #drawn = false

  connectedCallback() {
    super.connectedCallback()
    if (this.#drawn) return
    const after = (turns) => nextFrame(() => {
      if (turns > 0) return after(turns - 1)
      this.#drawn = true
      this.update()
    })
    after(depth)
  }

  render() {
    return html`${this.#drawn ? nothing : html`<slot></slot>`}<div class="panes ${this.#drawn ? '' : 'coming'}">
        <section class="hero" aria-label=${t('graph.title')}><peerset-graph><peerset-invite slot="alone"></peerset-invite></peerset-graph></section>
        <section class="records" aria-label=${t('records.title')}><peerset-records></peerset-records></section>
        <section class="set" aria-label=${t('set.title')}><peerset-set></peerset-set></section>
        <section class="figures" aria-label=${t('figures.title')}><peerset-figures></peerset-figures></section>
        <section class="connection" aria-label=${t('connection.title')}><peerset-connection></peerset-connection></section>
        <section class="moderation" aria-label=${t('moderation.title')}><peerset-moderation></peerset-moderation></section>
      </div>
      <peerset-console class=${this.#drawn ? '' : 'coming'}></peerset-console>`
  }
}

customElements.define('peerset-panes', Panes)
