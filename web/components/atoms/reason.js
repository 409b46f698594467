// Why a connection ended, in words.
import { has, t } from '../texts.js'

// wasSpare says whether a connection was one too many from the start, which is nothing to
// worry about: two peers often find each other in two ways.
export const wasSpare = ({ reason }) => reason?.code === 'duplicate' || reason?.code === 'self'

// reasonOf returns those of the texts, which for some codes tell who said it; the engine's
// own are the fallback: its codes may be more than the texts'.
export function reasonOf({ code, text, remote }) {
  if (remote && has(`reason.${code}_remote`)) return t(`reason.${code}_remote`)
  return has(`reason.${code}`) ? t(`reason.${code}`) : text || code
}
