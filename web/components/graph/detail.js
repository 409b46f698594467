// What is known of one peer, and what can be done about it.
import { html, nothing } from 'lit-html'
import { hashChip } from '../atoms/hash.js'
import { icon } from '../atoms/icon.js'
import { mark } from '../atoms/mark.js'
import { reasonOf } from '../atoms/reason.js'
import { stateOf } from '../atoms/state.js'
import { traffic } from '../atoms/traffic.js'
import * as format from '../format.js'
import { t } from '../texts.js'
import { agreement } from './agreement.js'

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
    <p class="row">${text === t(`state.${peer.state}`) ? nothing : html`<span class="pill ${tone}">${text}</span>`}${peer.muted ? html`<span class="pill warn">${t('graph.muted')}</span>` : nothing}</p>
    ${peer.reason ? reason(peer.reason) : nothing}
    <dl class="facts">
      ${peer.npub ? fact('npub', hashChip(peer.npub, 'npub', format.npub(peer.npub))) : nothing}
      ${named(peer.policy) ? fact('policy', html`${hashChip(peer.policy, t('graph.policy'))}<span class="small quiet">${t(policy === peer.policy ? 'graph.samePolicy' : 'graph.otherPolicy')}</span>`) : nothing}
      ${fact('rtt', peer.rtt === null ? t('atoms.none') : t('graph.ms', { n: peer.rtt }))}
      ${rate && peer.state !== 'closed' ? fact('throughput', html`<span title=${t('traffic.received')}>↓ ${format.rate(rate.in)}</span> <span title=${t('traffic.sent')}>↑ ${format.rate(rate.out)}</span>`) : nothing}
      ${fact('connected', html`<time datetime=${new Date(peer.since).toISOString()} title=${format.exact(peer.since)}>${format.span((peer.at ?? Date.now()) - peer.since)}</time>`)}
      ${peer.renewed ? fact('session', html`${format.span((peer.at ?? Date.now()) - peer.renewed)} <span class="quiet">${t('graph.sessionNumber', { n: peer.session })}</span>`) : nothing}
      ${peer.clockSkew === null ? nothing : fact('skew', t('graph.ms', { n: format.signed(peer.clockSkew) }))}
      ${fact('role', t(peer.offerer ? 'graph.offerer' : 'graph.answerer'))}
    </dl>
    ${traffic(peer.traffic, t('graph.traffic'))}
    ${bodies(peer.traffic)}
    ${peer.state === 'closed' ? nothing : actions(peer, on)}`
}

// A hash of zeros is that of no policy.
const named = (policy) => Boolean(policy) && !/^0+$/.test(policy)

const fact = (name, value) => html`<dt>${t(`graph.${name}`)}</dt><dd>${value}</dd>`

const reason = (why) => html`<p class="notice"><span><strong>${why.code}</strong> ${reasonOf(why)}${why.remote ? html` ${t('graph.remote')}` : nothing}</span></p>`

const bodies = (counts) => html`<p class="small quiet">${t('graph.bodies', { n: counts.bodies })}${counts.duplicates ? html`, ${t('graph.duplicates', { n: counts.duplicates })}` : nothing}</p>`

function actions(peer, { disconnect, mute, ban }) {
  return html`<div class="row actions">
    <button @click=${disconnect}>${t('graph.disconnect')}</button>
    <button aria-pressed=${peer.muted} @click=${mute}>${t(peer.muted ? 'graph.unmute' : 'graph.mute')}</button>
    ${peer.npub ? html`<span class="ban"><select id="for" aria-label=${t('graph.banFor')}>${['1h', '1d', '30d'].map((d) => html`<option value=${d}>${t(`graph.banFors.${d}`)}</option>`)}</select>
      <button class="danger" @click=${ban}>${t('graph.ban')}</button></span>` : nothing}
  </div>`
}
