// The days of the last 90, a week per column as calendars have them, each as dark as
// it has records.
import { html } from 'lit-html'
import * as format from '../format.js'
import { once } from '../once.js'
import { language, t } from '../texts.js'

const dayMs = 86_400_000
const shown = 90
const levels = 4

const month = once(() => new Intl.DateTimeFormat(language, { month: 'short', timeZone: 'UTC' }))
const weekday = once(() => new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }))
// Monday is 0; 1 January 1970 was a Thursday.
const weekdayOf = (start) => (Math.floor(start / dayMs) + 3) % 7
const steps = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7, Home: -Infinity, End: Infinity }

export class Calendar {
  #days = []
  #of = null
  #until = 0

  // dayOf is the start of the day, in UTC, that a bucket begins in.
  dayOf({ start }) {
    return Math.floor(start / dayMs) * dayMs
  }

  // days returns those from 90 days ago until today, each with its buckets.
  days(buckets, now) {
    const today = this.dayOf({ start: now })
    if (buckets === this.#of && today === this.#until) return this.#days
    this.#of = buckets
    this.#until = today
    this.#days = Array.from({ length: shown + 1 }, (_, i) => ({ start: today - (shown - i) * dayMs, buckets: [], records: 0, differs: false }))
    for (const bucket of buckets) {
      const day = this.#days[(this.dayOf(bucket) - this.#days[0].start) / dayMs]
      if (!day) continue // older than what is kept for 90 days, or by a clock ahead of this one
      day.buckets.push(bucket)
      day.records += bucket.records
      day.differs ||= bucket.differs === true
    }
    return this.#days
  }

  // draw is a list of which one day is chosen, by click or by arrow keys.
  draw(days, day, choose) {
    const most = Math.max(1, ...days.map((d) => d.records))
    const level = ({ records }) => (records === 0 ? 0 : 1 + Math.round((levels - 1) * (Math.log(records) / Math.max(Math.log(most), 1))))
    const first = weekdayOf(days[0].start)
    const onKey = (event) => {
      const by = steps[event.key]
      if (!by) return
      event.preventDefault()
      choose(days[Math.min(Math.max(days.indexOf(day) + by, 0), days.length - 1)].start)
    }
    const months = days.filter((d, i) => i === 0 ? new Date(d.start).getUTCDate() < 20 : new Date(d.start).getUTCDate() === 1)
    const column = (d) => Math.floor(((d.start - days[0].start) / dayMs + first) / 7) + 2
    return html`<div class="calendar">
      <div class="grid small quiet" aria-hidden="true">
        ${months.map((d) => html`<span style=${`grid-area:1/${column(d)}/2/span 3`}>${month().format(d.start)}</span>`)}
        ${[0, 2, 4].map((n) => html`<span style=${`grid-area:${n + 2}/1`}>${weekday().format((n + 4) * dayMs)}</span>`)}
      </div>
      <div class="grid days" id="days" role="listbox" tabindex="0" aria-label=${t('set.calendar')} aria-activedescendant="d${day.start / dayMs}" @keydown=${onKey}>
        ${days.map((d) => html`<span role="option" id="d${d.start / dayMs}" class=${d.differs ? 'differs' : ''} data-level=${level(d)} style=${`grid-area:${weekdayOf(d.start) + 2}/${column(d)}`}
          aria-selected=${d === day} aria-label=${label(d)} title=${label(d)} @click=${() => choose(d.start)}></span>`)}
      </div>
      <p class="legend small quiet" aria-hidden="true">${t('set.fewer')}${[0, 1, 2, 3, 4].map((n) => html`<i data-level=${n}></i>`)}${t('set.moreRecords')}<i class="differs" data-level="2"></i>${t('set.differs')}</p>
    </div>`
  }
}

const label = (d) => `${format.day(d.start)}: ${t('set.records', { n: d.records })}${d.differs ? `, ${t('set.differs')}` : ''}`
