import * as defaults from './defaults.js'
import { failure, invalid } from './errors.js'

const isObject = (v) => typeof v === 'object' && v !== null && !Array.isArray(v)
const isString = (v) => typeof v === 'string'
const isStrings = (v) => Array.isArray(v) && v.every((s) => isString(s) && s.length <= 4096)
// Half a surrogate pair has no UTF-8 and would become another character.
const maxText = 4096
const isText = [(v) => isString(v) && v.length <= maxText && !/\p{Surrogate}/u.test(v), `is not a string of at most ${maxText} whole characters`]

// copy reads an object once: what its getters say later changes nothing.
function copy(object, name) {
  try {
    return { ...object }
  } catch (cause) {
    throw invalid(name, `cannot be read: ${cause?.message ?? String(cause)}`)
  }
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 }

// duration returns milliseconds for '15m', '6h', '90d', or for a number of them.
function duration(v) {
  if (!isString(v)) return Number.isSafeInteger(v) ? v : NaN
  const [, n, unit] = /^([1-9]\d{0,5})([mhd])$/.exec(v) ?? []
  return unit ? n * units[unit] : NaN
}

const maxDuration = 3660 * units.d
const isDuration = (v) => duration(v) >= units.m && duration(v) <= maxDuration && duration(v) % 1000 === 0

const openOptions = {
  room: isText,
  trackers: [isStrings, 'is not an array of URLs'],
  wasmUrl: [(v) => isString(v) || v instanceof URL, 'is not a URL'],
  storage: [(v) => v === 'indexeddb' || v === 'memory', "is neither 'indexeddb' nor 'memory'"],
  iceServers: [Array.isArray, 'is not an array'],
  bucket: [isDuration, "is neither whole seconds in ms, from 60000 on, nor like '6h' or '1d'"],
  retention: [isDuration, "is neither whole seconds in ms nor like '90d'"],
  maxPeers: [(v) => Number.isSafeInteger(v) && v >= 1 && v <= 200, 'is not an integer from 1 to 200'],
}

const iceServerOptions = {
  urls: [(v) => isString(v) || isStrings(v), 'is neither a URL nor an array of URLs'],
  username: isText,
  credential: isText,
}

const putOptions = {
  uuid: isText,
  key: isText,
  collection: isText,
  geo: [isObject, 'is not an object with latitude and longitude'],
}

const degrees = [Number.isFinite, 'is not a number of degrees']
const geoOptions = { latitude: degrees, longitude: degrees }

// check throws for what a table does not know, and for what is of another type
// than it says. An option that is undefined is one that was not given.
function check(given, table, prefix = '') {
  for (const [name, value] of Object.entries(given)) {
    const known = Object.keys(table)
    if (!known.includes(name)) {
      throw invalid(prefix + name, `is unknown; there are ${known.join(', ')}`)
    }
    const [fits, complaint] = table[name]
    if (value !== undefined && !fits(value)) throw invalid(prefix + name, complaint)
  }
}

// forOpen checks what open was given and returns the engine's options, defaults
// filled in.
export function forOpen(options) {
  if (!isObject(options)) throw invalid('room', 'is missing: call PeersetDB.open({ room: … })')
  const given = copy(options, 'options')
  check(given, openOptions)
  if (given.room === undefined) throw invalid('room', 'is missing')
  const { room, trackers = defaults.trackers, storage = 'indexeddb', maxPeers = 20, bucket = '1d', retention = '90d' } = given
  return { room, trackers, storage, maxPeers, bucket: duration(bucket), retention: duration(retention), iceServers: iceServers(given.iceServers ?? defaults.iceServers(trackers)) }
}

// absolute returns the address of the wasm.
export function absolute(url) {
  if (url === undefined) throw invalid('wasmUrl', 'is missing: this script does not know its own address')
  try {
    return new URL(url, globalThis.document?.baseURI).href
  } catch (cause) {
    throw invalid('wasmUrl', cause.message)
  }
}

function iceServers(list) {
  return list.map((server, i) => {
    if (!isObject(server)) throw invalid(`iceServers[${i}]`, 'is not an object')
    server = copy(server, `iceServers[${i}]`)
    check(server, iceServerOptions, `iceServers[${i}].`)
    const { urls, username, credential } = server
    if (urls === undefined) throw invalid(`iceServers[${i}].urls`, 'is missing')
    return { urls: [].concat(urls), username, credential }
  })
}

// forPut checks the options of put.
export function forPut(options = {}) {
  if (!isObject(options)) throw invalid('options', 'is not an object')
  const given = copy(options, 'options')
  check(given, putOptions)
  if (given.geo) given.geo = copy(given.geo, 'geo')
  if (given.geo) {
    check(given.geo, geoOptions, 'geo.')
    for (const name of Object.keys(geoOptions)) {
      if (given.geo[name] === undefined) throw invalid(`geo.${name}`, 'is missing')
    }
  }
  return JSON.stringify(given)
}

// content returns the JSON text of what put was given.
export function content(value) {
  let text
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw failure('invalid_content', `the content has no JSON form: ${cause?.message ?? String(cause)}`, cause)
  }
  if (text === undefined) throw failure('invalid_content', `the content has no JSON form: it is ${typeof value}`)
  if (text.length > maxContent) throw failure('invalid_content', `the content has ${text.length} characters as JSON, more than ${maxContent}`)
  return text
}

// What the engine takes, in bytes; none of its characters takes less than one.
const maxContent = 64 << 10

// uuid checks what get and delete were given.
export function uuid(v) {
  if (!isString(v) || v.length > 64) throw invalid('uuid', 'is not a uuid')
  return v
}
