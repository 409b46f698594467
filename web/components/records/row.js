// One record as a row of the table, and all of it when the row is expanded.
import { html, nothing } from 'lit-html'
import { hashChip } from '../atoms/hash.js'
import { icon } from '../atoms/icon.js'
import { who } from '../atoms/mark.js'
import * as format from '../format.js'
import { t } from '../texts.js'
import { linkOf, textOf } from './view.js'

const freshMs = 2400 // as in the style sheet: how long a record that came is marked

// maxLine is how much of a text a row takes; more than fits on a line.
const maxLine = 300

export function row(record, item, { me, expanded, age, stop, toggle, part }) {
  const text = textOf(record)
  const link = linkOf(record)
  const id = `r-${record.uuid}`
  return html`<div class="tr ${age < freshMs ? 'fresh' : ''} ${expanded ? 'expanded' : ''}" role="row" aria-rowindex=${item.index + 2}
      data-uuid=${record.uuid} style=${`transform:translateY(${item.start}px)${age < freshMs ? `;--age:${-age | 0}ms` : ''}`}>
    <div class="line" @click=${(e) => { if (!e.target.closest('a, button, peerset-hash')) toggle() }}>
      <div class="td author" role="cell">${who(record.author.npub, me, 20)}</div>
      <div class="td content" role="cell">
        ${record.sealed || record.to?.length ? html`<span class="place" title=${t(record.sealed ? 'records.sealed' : 'records.private')}>${icon('lock')}<span class="visually-hidden">${t('records.private')}</span></span>` : nothing}
        <span class="text ${record.sealed ? 'quiet' : ''}">${record.sealed ? t('records.sealed') : text.slice(0, maxLine)}</span>
        ${link ? html`<a class="small" tabindex=${stop ? 0 : -1} href=${link.href} target="_blank" rel="noopener noreferrer nofollow" title=${link.href}>${icon('link')}<span>${link.hostname}</span></a>` : nothing}
        ${record.geo ? html`<span class="place" title=${t('records.hasPlace')}>${icon('pin')}<span class="visually-hidden">${t('records.hasPlace')}</span></span>` : nothing}
        ${record.collection ? html`<span class="pill">${record.collection}</span>` : nothing}
      </div>
      <div class="td when quiet small" role="cell"><time datetime=${new Date(record.updated_at).toISOString()} title=${format.exact(record.updated_at)}>${format.ago(record.updated_at)}</time></div>
      <div class="td" role="cell"><button class="plain icon expand" tabindex=${stop ? 0 : -1} aria-expanded=${expanded} aria-controls=${id} aria-label=${t(expanded ? 'records.collapse' : 'records.expand', { text: text.slice(0, 40) })} @click=${toggle}>${icon('chevron')}</button></div>
    </div>
    ${expanded ? html`<div class="full" id=${id} role="cell">${full(record, part)}</div>` : nothing}
  </div>`
}

// full is the whole record: part is {mine, editing, confirming, copied, on}.
function full(record, { mine, editing, confirming, copied, on }) {
  const { content } = record
  const plain = record.sealed || typeof content === 'string' || typeof content?.text === 'string'
  return html`${editing !== null ? edit(editing, on) : plain ? html`<p class="whole">${record.sealed ? t('records.sealed') : textOf(record)}</p>` : nothing}
    ${plain && (record.sealed || onlyText(content)) ? nothing : html`<pre tabindex="0" aria-label=${t('records.json')}>${JSON.stringify(content, null, 2)}</pre>`}
    <dl class="facts">
      ${fact('uuid', hashChip(record.uuid, 'uuid'))}
      ${record.key ? fact('key', record.key) : nothing}
      ${record.collection ? fact('collection', record.collection) : nothing}
      ${fact('author', hashChip(record.author.npub, 'npub', format.npub(record.author.npub)))}
      ${record.to?.length ? fact('to', record.to.map((npub) => hashChip(npub, 'npub', format.npub(npub)))) : nothing}
      ${fact('created', moment(record.created_at))}
      ${record.updated_at - record.created_at >= 1000 ? fact('updated', moment(record.updated_at)) : nothing}
      ${record.expires_at ? fact('expires', moment(record.expires_at)) : nothing}
      ${fact('bucket', format.day(record.bucket))}
      ${record.geo ? fact('place', `${record.geo.latitude.toFixed(4)}, ${record.geo.longitude.toFixed(4)}`) : nothing}
      ${fact('hash', hashChip(record.integrity.hash, t('records.hash')))}
      ${fact('signature', html`${hashChip(record.integrity.signature, t('records.signature'))}<span class="pill good">${icon('check')}${t('records.verified')}</span>`)}
    </dl>
    ${editing === null ? html`<div class="row">
      ${mine ? change(confirming, on) : nothing}
      <button class="plain" data-action="export" @click=${on.export}>${icon(copied ? 'check' : 'copy')}<span aria-live="polite">${t(copied ? 'atoms.copied' : 'records.export')}</span></button>
    </div>` : nothing}`
}

const change = (confirming, on) => html`<button data-action="edit" @click=${on.edit}>${icon('edit')}${t('records.edit')}</button>
      ${confirming
        ? html`<button class="danger" data-action="confirm" @click=${on.remove}>${icon('trash')}${t('records.reallyDelete')}</button><button class="plain" data-action="keep" @click=${on.keep}>${t('atoms.cancel')}</button>`
        : html`<button data-action="delete" @click=${on.ask}>${icon('trash')}${t('records.delete')}</button>`}`

const fact = (name, value) => html`<dt>${t(`records.${name}`)}</dt><dd>${value}</dd>`
const moment = (at) => html`<time datetime=${new Date(at).toISOString()}>${format.date(at)}</time>`

// onlyText says whether a content is told in full by its text and its link.
const onlyText = (content) => typeof content === 'string' || Object.keys(content).every((k) => k === 'text' || k === 'link')

function edit(text, on) {
  return html`<form class="edit" @submit=${on.save}>
    <textarea aria-label=${t('records.text')} .value=${text} rows="3" @input=${on.typed} @keydown=${(e) => { if (e.key === 'Escape') on.leave() }}></textarea>
    <div class="row"><button class="primary">${t('records.save')}</button><button type="button" @click=${on.leave}>${t('atoms.cancel')}</button></div>
  </form>`
}
