// What a line of the console says of an event of the engine.
import * as format from '../format.js'
import { reasonOf } from '../atoms/reason.js'
import { t } from '../texts.js'

export const kinds = ['connection', 'sync', 'moderation', 'database', 'merkle', 'signaling', 'error']

const maxText = 200
const maxDetail = 2000

const short = (text) => (text.length > maxText ? `${text.slice(0, maxText)}…` : text)
const name = (npub) => (npub ? format.npub(npub) : t('who.unknown'))
const date = (ms) => new Date(ms).toISOString()

// A record's content may be long, and is in the database: its line says where.
const record = (kind, { uuid, author, collection, updated_at: at, integrity }) => ({
  kind: 'database',
  npub: author.npub,
  text: t(`console.${kind}`, { who: name(author.npub), uuid: uuid.slice(0, 8) }),
  detail: { uuid, author: author.npub, collection, updated_at: at && date(at), hash: integrity?.hash },
})

// A record that was held and has to go is known by its hash only.
const judged = (what, e) => ({ kind: 'moderation', npub: e.author, text: t(`console.${what}`, { what: e.author ? t('console.recordOf', { who: name(e.author) }) : t('console.held', { hash: format.hash(e.hash ?? '') }), rule: e.rule, reason: e.reason }), detail: e })

const describe = {
  record: (e) => record('record', e),
  delete: (e) => record('delete', e),
  peer({ id, npub, state, rtt, agreed, wanted, differing, offerer, reason }) {
    const isSync = state === 'syncing' || state === 'live'
    const why = reason ? `: ${reasonOf(reason)}` : ''
    return {
      kind: isSync ? 'sync' : 'connection',
      npub,
      text: t('console.peer', { who: name(npub), state: t(`state.${state}`) }) + why,
      detail: { id, npub, state, rtt, agreed, wanted, differing, offerer, reason },
    }
  },
  range: (e) => ({
    kind: 'merkle',
    text: t(`console.${e.kind === 'hash' ? 'rangeDiffers' : e.out ? 'rangeOut' : 'rangeIn'}`, { kind: String(e.kind), from: when(e.from), to: when(e.to) }),
    detail: e,
  }),
  refused: (e) => judged('refused', e),
  flagged: (e) => judged('flagged', e),
  strike: (e) => ({ kind: 'moderation', npub: e.npub, text: t(`console.strikes.${e.action}`, { who: name(e.npub) }), detail: e }),
  ban: (e) => ({ kind: 'moderation', npub: e.npub, text: t('console.ban', { who: name(e.npub), until: format.date(e.until), reason: e.reason }), detail: e }),
  unban: (e) => ({ kind: 'moderation', npub: e.npub, text: t('console.unban', { who: name(e.npub) }), detail: e }),
  identity: (e) => ({ kind: 'database', npub: e.npub, text: t('console.identity', { who: name(e.npub) }), detail: e }),
  prune: (e) => ({ kind: 'database', text: t(`console.prune.${e.why}`, { n: e.uuids.length }), detail: e }),
  signaling: (e) => ({ kind: 'signaling', text: t('console.signaling', e), detail: e }),
  error: (e) => ({ kind: 'error', text: `${e.code}: ${e.message}`, detail: { code: e.code, message: e.message } }),
}

// topics are the events that the console listens to.
export const topics = Object.keys(describe)

const when = (ms) => (ms <= 0 ? t('console.start') : Number.isFinite(ms) && ms < 8.64e15 ? format.date(ms) : t('console.end'))

// lineOf returns {kind, text, npub?, detail}, all of bounded size.
export function lineOf(topic, event) {
  const { detail, text, ...line } = describe[topic](event)
  const long = JSON.stringify(detail).length > maxDetail
  return { ...line, text: short(text), detail: long ? { cut: JSON.stringify(detail).slice(0, maxDetail) } : { ...detail } }
}
