// What there is to say about how well a peer's records agree with ours.
import { t } from '../texts.js'

// agreement returns words and a tone for a peer: "in sync", "37 behind".
export function agreement({ state, agreed, unavailable, behind, wanted, differing }) {
  if (state !== 'live' && state !== 'syncing') return { text: t(`state.${state}`), tone: state === 'closed' ? 'bad' : '' }
  if (agreed) return { text: unavailable ? t('graph.unavailable', { n: unavailable }) : t('graph.inSync'), tone: 'good' }
  if (behind > 0) return { text: t('graph.behind', { n: behind }), tone: 'accent' }
  if (wanted > 0) return { text: t('graph.toCome', { n: wanted }), tone: 'accent' }
  if (differing > 0) return { text: t('graph.differing', { n: differing }), tone: 'accent' }
  return { text: t('graph.comparing'), tone: 'accent' }
}
