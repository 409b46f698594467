// The same facts as the graph's, as a table: for the keyboard, for those who hear
// them, and for numbers.
import { html, nothing } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import { who } from '../atoms/mark.js'
import { reasonOf, wasSpare } from '../atoms/reason.js'
import { stateOf } from '../atoms/state.js'
import * as format from '../format.js'
import { t } from '../texts.js'
import { agreement } from './agreement.js'

const columns = ['peer', 'state', 'agreement', 'rtt', 'in', 'out', 'connected']

export function table(peers, closed, { me, rates, chosen, choose }) {
  const ended = closed.filter((p) => !wasSpare(p))
  return html`<div class="tabular" tabindex="0" role="region" aria-label=${t('graph.tableTitle')}>
    <table>
      <caption class="visually-hidden">${t('graph.tableTitle')}</caption>
      <thead><tr>${columns.map((c) => html`<th scope="col">${t(`graph.columns.${c}`)}</th>`)}</tr></thead>
      <tbody>
        ${repeat(peers, (p) => p.id, (p) => row(p, { me, rate: rates.get(p.id), chosen, choose }))}
        ${peers.length === 0 ? html`<tr><td colspan=${columns.length} class="empty">${t('graph.nobody')}</td></tr>` : nothing}
      </tbody>
      ${ended.length > 0 ? html`<tbody class="ended">
        <tr><th scope="rowgroup" colspan=${columns.length}>${t('graph.ended')}</th></tr>
        ${ended.map((p) => endedRow(p, { me, chosen, choose }))}
      </tbody>` : nothing}
    </table>
  </div>`
}

const opener = (p, me, chosen, choose) => html`<button class="plain" aria-expanded=${chosen === p.id} @click=${() => choose(p.id)}>${who(p.npub, me)}</button>`

function row(p, { me, rate, chosen, choose }) {
  return html`<tr data-state=${p.state} data-id=${p.id}>
    <td>${opener(p, me, chosen, choose)}</td>
    <td>${stateOf(p.state)}</td>
    <td>${agreement(p).text}</td>
    <td>${p.rtt === null ? t('atoms.none') : t('graph.ms', { n: p.rtt })}</td>
    <td>${format.rate(rate?.in ?? 0)}</td>
    <td>${format.rate(rate?.out ?? 0)}</td>
    <td>${format.span(Date.now() - p.since)}</td>
  </tr>`
}

function endedRow(p, { me, chosen, choose }) {
  return html`<tr data-state="closed" data-id=${p.id}>
    <td>${opener(p, me, chosen, choose)}</td>
    <td>${stateOf('closed')}</td>
    <td colspan="4">${p.reason ? reasonOf(p.reason) : ''}</td>
    <td>${format.ago(p.at)}</td>
  </tr>`
}
