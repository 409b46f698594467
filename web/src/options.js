import * as defaults from './defaults.js'
import { failure, invalid, messageOf, report } from './errors.js'

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
    throw invalid(name, `cannot be read: ${messageOf(cause)}`)
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

const isFunction = [(v) => typeof v === 'function', 'is not a function']
const isAnyObject = [isObject, 'is not an object']

const openOptions = {
  room: isText,
  password: [(v) => isText[0](v) && v !== '', 'is not a string of 1 to 4096 whole characters; leave it out for a room without one'],
  limits: isAnyObject,
  moderation: [(v) => isString(v) || isObject(v), "is neither 'open', 'standard', 'strict' nor an object of rules"],
  onProgress: isFunction,
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

// What they may be the engine says, which knows their defaults.
const number = (v) => isString(v) ? duration(v) : v
const isLimit = [(v) => Number.isSafeInteger(number(v)) && number(v) > 0 && number(v) <= maxDuration, "is neither a positive integer nor like '15m'"]
const limitOptions = Object.fromEntries([
  'handshakeTimeout', 'challengeTimeout', 'idleTimeout', 'peerSession', 'clientSession', 'sessionsPerIdentity',
  'messagesPerSecond', 'bytesPerSecond', 'maxMessage', 'maxRecord',
].map((name) => [name, isLimit]))

const putOptions = {
  uuid: isText,
  key: isText,
  collection: isText,
  geo: [isObject, 'is not an object with latitude and longitude'],
  onProgress: isFunction,
  to: [(v) => isStrings(v) && v.length <= 100, 'is not an array of at most 100 npubs, the author\'s among them'],
  expiresIn: [(v) => duration(v) >= 1000 && duration(v) <= maxDuration && duration(v) % 1000 === 0, "is neither whole seconds in ms nor like '15m' or '7d'"],
}

const banOptions = {
  for: [isDuration, "is neither whole seconds in ms, from 60000 on, nor like '1h' or '7d'"],
  reason: isText,
}

// How to log in: the first four are ways, of which one is given.
const loginOptions = {
  nsec: isText,
  ncryptsec: isText,
  signer: [(v) => v === true || isObject(v), 'is neither true nor an object like window.nostr'],
  fresh: [(v) => v === true, 'is not true'],
  passphrase: isText,
  npub: isText,
  remember: [(v) => v === true || isText[0](v) && v !== '', 'is not a passphrase'],
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
// filled in, and beside them what the engine does not get as text.
export function forOpen(options) {
  if (!isObject(options)) throw invalid('room', 'is missing: call PeersetDB.open({ room: … })')
  const given = copy(options, 'options')
  check(given, openOptions)
  if (given.room === undefined) throw invalid('room', 'is missing')
  const { wasmUrl, onProgress, room, password, trackers = defaults.trackers, storage = 'indexeddb', maxPeers = 20, bucket = '1d', retention = '90d' } = given
  const { rules, judge } = policy(given.moderation)
  const engine = {
    room,
    password,
    trackers: [...trackers],
    storage,
    maxPeers,
    bucket: duration(bucket),
    retention: duration(retention),
    limits: limits(given.limits),
    moderation: rules,
    iceServers: iceServers(given.iceServers ?? defaults.iceServers(trackers)),
  }
  return { engine, wasmUrl, onProgress, rule: judge && ownRule(judge) }
}

// policy returns the rules, in which the page's own function is only named, and the function.
function policy(given) {
  if (!isObject(given)) return { rules: given }
  const { custom, ...rules } = copy(given, 'moderation')
  if (typeof custom === 'function') return { rules: { ...rules, custom: { name: nameOf(custom) } }, judge: custom }
  if (!isObject(custom)) return { rules: custom === undefined ? rules : { ...rules, custom } }
  const { judge, ...rest } = copy(custom, 'moderation.custom')
  if (typeof judge !== 'function') throw invalid('moderation.custom.judge', 'is not a function')
  return { rules: { ...rules, custom: { name: nameOf(judge), ...rest } }, judge }
}

// longestRule is the longest deadline that a rule can have, in ms.
const longestRule = 60_000

const nameOf = (judge) => (isString(judge.name) && judge.name) || 'custom'

// ownRule returns the page's own rule as the engine calls it: it gets the JSON of a record, and
// the promise is of the reason for which it is refused, or of ''.
function ownRule(judge) {
  return async (text) => {
    let answer, late
    try {
      // The engine has a deadline of its own; without this one it would wait on for ever.
      answer = await Promise.race([
        judge(JSON.parse(text)),
        new Promise((_, reject) => { late = setTimeout(() => reject(new Error('it gave no answer')), longestRule) }),
      ])
    } catch (cause) {
      throw new Error(messageOf(cause))
    } finally {
      clearTimeout(late)
    }
    if (answer === true) return ''
    if (isString(answer) && answer !== '') return answer
    throw new Error(`it returned ${messageOf(answer)}, neither true nor a reason`)
  }
}

function limits(given = {}) {
  given = copy(given, 'limits')
  check(given, limitOptions, 'limits.')
  return Object.fromEntries(Object.entries(given).map(([name, v]) => [name, v === undefined ? v : number(v)]))
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

const generateOptions = { wasmUrl: openOptions.wasmUrl }

// forGenerate checks the options of generateKeys.
export function forGenerate(options = {}) {
  if (!isObject(options)) throw invalid('options', 'is not an object')
  const given = copy(options, 'options')
  check(given, generateOptions)
  return given
}

// forLogout checks the options of logout, and returns whether to forget a key.
export function forLogout(options = {}) {
  if (!isObject(options)) throw invalid('options', 'is not an object')
  const given = copy(options, 'options')
  check(given, { forget: [(v) => typeof v === 'boolean', 'is neither true nor false'] })
  return given.forget === true
}

// progress returns a function of the page's as something that can be called from anywhere:
// later, and what it throws is the page's own affair.
export function progress(fn) {
  return fn && ((...args) => queueMicrotask(() => {
    try {
      fn(...args)
    } catch (error) {
      report(error)
    }
  }))
}

// forPut checks the options of put, and returns the engine's text and what hears of progress.
export function forPut(options = {}) {
  if (!isObject(options)) throw invalid('options', 'is not an object')
  const given = copy(options, 'options')
  check(given, putOptions)
  const { onProgress } = given
  delete given.onProgress
  if (given.geo) given.geo = copy(given.geo, 'geo')
  if (given.geo) {
    check(given.geo, geoOptions, 'geo.')
    for (const name of Object.keys(geoOptions)) {
      if (given.geo[name] === undefined) throw invalid(`geo.${name}`, 'is missing')
    }
  }
  if (given.to) given.to = [...given.to]
  if (given.expiresIn !== undefined) given.expiresIn = duration(given.expiresIn)
  return { text: JSON.stringify(given), onProgress: progress(onProgress) }
}

// forBan checks the options of ban.
export function forBan(options = {}) {
  if (!isObject(options)) throw invalid('options', 'is not an object')
  const given = copy(options, 'options')
  check(given, banOptions)
  if (given.for !== undefined) given.for = duration(given.for)
  return JSON.stringify(given)
}

// forLogin checks what login was given, and returns the engine's text and the signer.
export function forLogin(how) {
  if (!isObject(how)) throw invalid('login', 'is not an object such as { nsec } or { signer: true }')
  const { signer, ...given } = copy(how, 'login')
  check({ signer, ...given }, loginOptions)
  if (given.remember === true) {
    if (!given.passphrase) throw invalid('remember', 'is true without a passphrase')
    given.remember = given.passphrase
  }
  return { text: JSON.stringify(given), signer }
}

// text checks an argument that is some text.
export function text(v, name) {
  if (!isText[0](v) || v === '') throw invalid(name, 'is not a text')
  return v
}

// content returns the JSON text of what put was given.
export function content(value) {
  let text
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw failure('invalid_content', `the content has no JSON form: ${messageOf(cause)}`, cause)
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
