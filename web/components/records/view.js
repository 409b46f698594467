// Which records are shown, in which order. With 100,000 of them that takes a while,
// so it is done in slices, and a later question ends an earlier one.
import { turn } from '../../src/turn.js'

const sliceMs = 8

// What is searched and sorted by, made once per version of a record.
const texts = new WeakMap()

// textOf is what a record says; nothing, if it is sealed to others.
export function textOf({ content, sealed }) {
  if (sealed) return ''
  if (typeof content === 'string') return content
  if (typeof content?.text === 'string') return content.text
  return JSON.stringify(content) ?? ''
}

// linkOf is a record's link, if it is one that a browser may be sent to.
export function linkOf({ content }) {
  try {
    const url = new URL(content?.link)
    return url.protocol === 'https:' || url.protocol === 'http:' ? url : null
  } catch {
    return null
  }
}

function searched(record) {
  let text = texts.get(record)
  if (text === undefined) {
    const { uuid, key = '', collection = '', author, content } = record
    text = `${textOf(record)}\n${typeof content?.link === 'string' ? content.link : ''}\n${collection}\n${key}\n${author.npub}\n${uuid}`.toLowerCase()
    texts.set(record, text)
  }
  return text
}

const newestFirst = (a, b) => b.updated_at - a.updated_at || b.created_at - a.created_at || compare(a.uuid, b.uuid)
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0)

const orders = {
  updated: newestFirst,
  author: (a, b) => compare(a.author.npub, b.author.npub) || newestFirst(a, b),
  text: (a, b) => compare(searched(a), searched(b)) || newestFirst(a, b),
}

const kinds = {
  all: () => true,
  mine: (record, me) => record.author.npub === me,
  place: (record) => record.geo !== undefined,
  link: (record) => linkOf(record) !== null,
}

export const kindNames = Object.keys(kinds)

// select returns the records that fit, in order, or null if signal aborts it.
// question is {text, kind, only (a Set of uuids, or null), by, reverse, me}.
export async function select(records, question, signal) {
  const fits = filter(question)
  const found = []
  let until = performance.now() + sliceMs
  let n = 0
  for (const record of records.values()) {
    if (++n % 256 === 0 && performance.now() > until) {
      await pause()
      if (signal.aborted) return null
      until = performance.now() + sliceMs
    }
    if (fits(record)) found.push(record)
  }
  return found.sort(order(question))
}

// amend changes a selection by what changed since: a Map of {was, is}.
export function amend(selected, changes, question) {
  const [fits, compare] = [filter(question), order(question)]
  const place = (record) => {
    let [low, high] = [0, selected.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (compare(selected[middle], record) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
  for (const { was, is } of changes.values()) {
    if (was && fits(was)) {
      const i = place(was)
      if (selected[i] === was) selected.splice(i, 1)
    }
    if (is && fits(is)) {
      const i = place(is)
      if (selected[i] !== is) selected.splice(i, 0, is) // it may be in already
    }
  }
}

function filter({ text, kind, only, me }) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return (record) => (!only || only.has(record.uuid)) && kinds[kind](record, me) && words.every((w) => searched(record).includes(w))
}

const order = ({ by, reverse }) => (reverse ? (a, b) => orders[by](b, a) : orders[by])

// pause lets the browser do what else there is, a frame among it.
const pause = () => (globalThis.scheduler?.yield ? scheduler.yield() : turn())
