// A double of a database for tests of panes, which shows states that real ones are
// seldom in. It has the methods and events of PeersetDB, and does what a test says.

const panels = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Panes</title>
<style>:root { color-scheme: light dark; background: light-dark(#fff, #161622); color: light-dark(#191926, #ececf6); }</style></head><body><main><h1>Panes</h1><peerset-panel></peerset-panel></main><script type="module">import './peerset-ui.mjs'</script></body></html>`

// pages is what a site serves for it.
export const pages = { '/panes.html': panels }

// double runs on the page: it puts a panel with these tags there, and shows a double in
// it, `db`. `calls` has what panes asked of it, `asked` what they asked of the page.
export async function double(tags, options) {
  await customElements.whenDefined('peerset-identity')
  const day = 86_400_000
  const today = Math.floor(Date.now() / day) * day
  const key = (n) => `npub1${String.fromCharCode(97 + n).repeat(58)}`
  const hex = (n) => n.toString(16).padStart(2, '0').repeat(32)
  const listeners = new Map()
  globalThis.calls = []
  globalThis.asked = []
  const does = (name, result) => async (...args) => {
    calls.push([name, ...args])
    return typeof result === 'function' ? result(...args) : result
  }
  const traffic = { recordsIn: 812_000, recordsOut: 64_000, bucketsIn: 23_400, bucketsOut: 18_700, rangesIn: 4100, rangesOut: 5200, idsIn: 900, idsOut: 1200, otherIn: 3000, otherOut: 3100, bodies: 140, duplicates: 2, announced: 9 }
  const peer = (n, more) => ({ id: `c${n}`, npub: key(n), state: 'live', rtt: 20 * n, since: Date.now() - 90_000 * n, agreed: true, unavailable: 0, differing: 0, wanted: 0, offerer: n % 2 === 0, session: 1, renewed: Date.now() - 60_000 * n, clockSkew: -7 * n, behind: null, muted: false, traffic: { ...traffic }, policy: hex(7), ...more })
  class Double {
    is = {
      peers: [peer(1), peer(2, { agreed: false, differing: 2, policy: hex(8) })],
      root: hex(0x5a),
      identity: { npub: key(0), type: 'device', locked: false, remembered: false, expires: null },
      stats: {
        records: 1204, refused: 3, pinned: 1, memory: 48_300_000, clockSkew: -140, traffic,
        trackers: [
          { url: 'wss://tracker.example.org', connected: true, peers: 3, offers: 12, answers: 4, since: Date.now() - 400_000 },
          { url: 'wss://tracker.example.net/announce', connected: false, peers: 0, offers: 0, answers: 0, error: 'the server closed the connection (1006)', since: Date.now() - 20_000 },
        ],
        ended: { connection_lost: 3, duplicate: 1 }, since: Date.now() - 600_000, horizon: today - 90 * day, maxPeers: 20,
        limits: { handshakeTimeout: 10_000, challengeTimeout: 10_000, idleTimeout: 30_000, peerSession: 3_600_000, clientSession: day, sessionsPerIdentity: 8, messagesPerSecond: 1000, bytesPerSecond: 16_777_216, maxMessage: 73_728, maxRecord: 65_536 },
      },
      moderation: {
        name: 'standard', hash: hex(7),
        rules: [
          { name: 'schema', class: 'pure', refused: 2, flagged: 0 },
          { name: 'words', class: 'pure', refused: 0, flagged: 1 },
          { name: 'quota', class: 'set', refused: 1, flagged: 0 },
          { name: 'time', class: 'local', refused: 0, flagged: 0 },
        ],
        recent: [{ rule: 'schema', reason: 'the coordinates are out of range', class: 'pure', author: key(3), carrier: key(1), action: 'refuse', at: Date.now() - 60_000 }],
      },
      bans: [{ npub: key(4), until: Date.now() + day, count: 1, reason: 'bad signatures' }],
      buckets: Array.from({ length: 60 }, (_, i) => ({ start: today - (89 - ((i * 7) % 90)) * day, records: 1 + ((i * i * 13) % 97), hash: hex(i) })),
    }

    static erase = does('erase')
    on(type, fn) {
      if (!listeners.has(type)) listeners.set(type, new Set())
      listeners.get(type).add(fn)
      return () => listeners.get(type).delete(fn)
    }
    emit(type, event) {
      for (const fn of listeners.get(type) ?? []) fn(event)
    }
    peers() { return this.is.peers }
    stats() { return this.is.stats }
    root() { return this.is.root }
    identity() { return this.is.identity }
    moderation() { return this.is.moderation }
    bans() { return this.is.bans }
    async all() { return [] }
    buckets(id) { return this.is.buckets.map((b, i) => (id ? { ...b, differs: id === 'c2' && i % 30 === 4 } : b)) }
    compare = does('compare')
    resetStats = does('resetStats')
    close = does('close')
    ban = does('ban', (npub) => { this.is.bans = [...this.is.bans, { npub, until: Date.now() + day, count: 1 }] })
    unban = does('unban', (npub) => { this.is.bans = this.is.bans.filter((b) => b.npub !== npub) })
    login = does('login', (how) => {
      if (how.passphrase === 'wrong') throw Object.assign(new Error('the passphrase does not open the key'), { code: 'wrong_passphrase' })
      this.is.identity = { npub: key(5), type: how.signer ? 'signer' : 'key', locked: false, remembered: Boolean(how.remember ?? how.passphrase), expires: Date.now() + day }
    })
    logout = does('logout', () => { this.is.identity = { npub: key(0), type: 'device', locked: false, remembered: false, expires: null } })
    exportKey = does('exportKey', 'ncryptsec1qqqsecret')
  }
  globalThis.keyOf = key
  globalThis.db = new Double()
  addEventListener('peerset-open', (e) => asked.push(e.detail))
  const panel = document.querySelector('peerset-panel')
  panel.innerHTML = tags.map((tag) => `<section style="margin:0 0 1rem"><${tag}></${tag}></section>`).join('')
  panel.options = { room: 'double', ...options }
  panel.db = db
}
