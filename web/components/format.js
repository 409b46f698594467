// Numbers, times and sizes as people read them, in the language of the texts.
import { once } from './once.js'
import { language, t } from './texts.js'

const whole = once(() => new Intl.NumberFormat(language))
const short = once(() => new Intl.NumberFormat(language, { maximumSignificantDigits: 3 }))
const relative = once(() => new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'narrow' }))
const moment = once(() => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }))
const exactly = once(() => new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' }))
const clock = once(() => new Intl.DateTimeFormat(language, { timeStyle: 'medium' }))
const calendarDay = once(() => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' }))

// number is 12,345.
export const number = (n) => whole().format(n)

// signed is +12, −3.5 or 0.
const signs = once(() => new Intl.NumberFormat(language, { signDisplay: 'exceptZero', maximumFractionDigits: 1 }))
export const signed = (n) => signs().format(n).replace('-', '−')

const units = ['B', 'kB', 'MB', 'GB', 'TB']

// bytes is 999 B, 1.23 kB, 45.6 MB.
export function bytes(n) {
  let i = 0
  while (n >= 999.5 && i < units.length - 1) {
    n /= 1000
    i++
  }
  return `${short().format(i === 0 ? Math.round(n) : n)} ${units[i]}`
}

// rate is bytes per second.
export const rate = (n) => `${bytes(n)}/s`

const steps = [[60, 'second', 1], [3600, 'minute', 60], [86_400, 'hour', 3600], [Infinity, 'day', 86_400]]

// ago is "now", "3 min. ago", "yesterday", "in 2 hr."; beyond a month it is the date.
export function ago(at, now = Date.now()) {
  const seconds = Math.round((at - now) / 1000)
  if (Math.abs(seconds) < 5) return t('time.now')
  if (Math.abs(seconds) > 30 * 86_400) return calendarDay().format(at)
  const [, unit, size] = steps.find(([limit]) => Math.abs(seconds) < limit)
  return relative().format(Math.trunc(seconds / size), unit)
}

// span is how long something lasts, given in ms: "45 s", "3 min", "2 h 5 min", "4 d".
export function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 60) return t('time.seconds', { n: s })
  const m = Math.floor(s / 60)
  if (m < 60) return t('time.minutes', { n: m })
  const h = Math.floor(m / 60)
  if (h < 24) return m % 60 ? t('time.hoursMinutes', { h, m: m % 60 }) : t('time.hours', { n: h })
  return t('time.days', { n: Math.floor(h / 24) })
}

// date is a moment with its date; exact is the same in full, for titles; time is
// that of today; day is a bucket's.
export const date = (at) => moment().format(at)
export const exact = (at) => exactly().format(at)
export const time = (at) => clock().format(at)
export const day = (at) => calendarDay().format(at)

// npub is a public key that fits a line.
export const npub = (key) => `${key.slice(0, 9)}…${key.slice(-4)}`

// hash is a hash that fits a line.
export const hash = (hex) => (hex.length > 14 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex)
