// What is known of one peer, and what can be done about it.
import { html, nothing } from 'lit-html'
import { hashChip } from '../atoms/hash.js'
import { icon } from '../atoms/icon.js'
import { mark } from '../atoms/mark.js'
import { stateOf } from '../atoms/state.js'
import * as format from '../format.js'
import { has, t } from '../texts.js'
import { agreement } from './agreement.js'

const kinds = ['records', 'ranges', 'ids', 'other']

// detail is the template; `on` has the functions close, disconnect, mute and ban.
export function detail(peer, { me, rates, policy, on }) {
  const { tone, text } = agreement(peer)
  const rate = rates.get(peer.id)
  return html`<header>
      ${mark(peer.npub, 36)}
      <div class="grow">
        <h3 tabindex="-1">${!peer.npub ? t('who.unknown') : peer.npub === me ? t('who.you') : format.npub(peer.npub)}</h3>
        ${stateOf(peer.state)}
      </div>
      <button class="plain icon" aria-label=${t('atoms.close')} @click=${on.close}>${icon('close')}</button>
    </header>
    <p class="row"><span class="pill ${tone}">${text}</span>${peer.muted ? html`<span class="pill warn">${t('graph.muted')}</span>` : nothing}</p>
    ${peer.reason ? reason(peer.reason) : nothing}
    <dl class="facts">
      ${peer.npub ? fact('npub', hashChip(peer.npub, 'npub', format.npub(peer.npub))) : nothing}
      ${named(peer.policy) ? fact('policy', html`${hashChip(peer.policy, t('graph.policy'))}<span class="small quiet">${t(policy === peer.policy ? 'graph.samePolicy' : 'graph.otherPolicy')}</span>`) : nothing}
      ${fact('rtt', peer.rtt === null ? t('atoms.none') : t('graph.ms', { n: peer.rtt }))}
      ${rate && peer.state !== 'closed' ? fact('throughput', html`<span title=${t('graph.received')}>↓ ${format.rate(rate.in)}</span> <span title=${t('graph.sent')}>↑ ${format.rate(rate.out)}</span>`) : nothing}
      ${fact('connected', html`<time datetime=${new Date(peer.since).toISOString()} title=${format.exact(peer.since)}>${format.span((peer.at ?? Date.now()) - peer.since)}</time>`)}
      ${peer.renewed ? fact('session', html`${format.span((peer.at ?? Date.now()) - peer.renewed)} <span class="quiet">${t('graph.sessionNumber', { n: peer.session })}</span>`) : nothing}
      ${peer.clockSkew === null ? nothing : fact('skew', t('graph.ms', { n: format.signed(peer.clockSkew) }))}
      ${fact('role', t(peer.offerer ? 'graph.offerer' : 'graph.answerer'))}
    </dl>
    ${traffic(peer.traffic)}
    ${peer.state === 'closed' ? nothing : actions(peer, on)}`
}

// A hash of zeros is that of no policy.
const named = (policy) => Boolean(policy) && !/^0+$/.test(policy)

const fact = (name, value) => html`<dt>${t(`graph.${name}`)}</dt><dd>${value}</dd>`

// The engine's own words are the fallback: its codes may be more than the texts'.
function reason({ code, text, remote }) {
  const known = has(`reason.${code}`) ? t(`reason.${code}`) : text
  return html`<p class="notice"><span><strong>${code}</strong> ${known}${remote ? html` ${t('graph.remote')}` : nothing}</span></p>`
}

function traffic(counts) {
  const most = Math.max(1, ...kinds.flatMap((k) => [counts[`${k}In`], counts[`${k}Out`]]))
  const cell = (n) => html`<td><span class="bar" style=${`--part:${n > 0 ? Math.max(0.04, n / most) : 0}`}></span>${format.bytes(n)}</td>`
  return html`<table class="traffic">
    <thead><tr><th scope="col">${t('graph.traffic')}</th><th scope="col">${t('graph.received')}</th><th scope="col">${t('graph.sent')}</th></tr></thead>
    <tbody>${kinds.map((k) => html`<tr><th scope="row">${t(`graph.kinds.${k}`)}</th>${cell(counts[`${k}In`])}${cell(counts[`${k}Out`])}</tr>`)}</tbody>
  </table>
  <p class="small quiet">${t('graph.bodies', { n: counts.bodies })}${counts.duplicates ? html`, ${t('graph.duplicates', { n: counts.duplicates })}` : nothing}</p>`
}

function actions(peer, { disconnect, mute, ban }) {
  return html`<div class="row actions">
    <button @click=${disconnect}>${t('graph.disconnect')}</button>
    <button aria-pressed=${peer.muted} @click=${mute}>${t(peer.muted ? 'graph.unmute' : 'graph.mute')}</button>
    ${peer.npub ? html`<span class="ban"><select id="for" aria-label=${t('graph.banFor')}>${['1h', '1d', '30d'].map((d) => html`<option value=${d}>${t(`graph.banFors.${d}`)}</option>`)}</select>
      <button class="danger" @click=${ban}>${t('graph.ban')}</button></span>` : nothing}
  </div>`
}
