// <peerset-panes>: every pane there is, on a grid. The swarm is the hero, the
// records are beside it, the others below, and the console is a drawer.
import { html } from 'lit-html'
import { Pane } from './base.js'
import style from './panes.css'

class Panes extends Pane {
  static styles = [style]
  static topics = []

  render() {
    return html`<div class="panes">
        <section class="hero"><peerset-graph><peerset-invite slot="alone"></peerset-invite></peerset-graph></section>
        <section class="records"><peerset-records></peerset-records></section>
        <section class="set"><peerset-set></peerset-set></section>
        <section class="figures"><peerset-figures></peerset-figures></section>
        <section class="connection"><peerset-connection></peerset-connection></section>
        <section class="moderation"><peerset-moderation></peerset-moderation></section>
      </div>
      <peerset-console></peerset-console>`
  }
}

customElements.define('peerset-panes', Panes)
