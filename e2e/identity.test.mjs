// Who one is, and who may read: logins as pages use them, and Nostr's own library on
// the other side.
import assert from 'node:assert/strict'
import { finalizeEvent, generateSecretKey, getPublicKey, nip19, nip44, verifyEvent } from 'nostr-tools'
import * as nip49 from 'nostr-tools/nip49'
import { bare, contents, equalRoots, holds, live, opened } from './lib/database.mjs'
import { scenario } from './lib/scenario.mjs'
import { onPage } from './lib/wait.mjs'

const alone = { trackers: [] }
const hex = (bytes) => Buffer.from(bytes).toString('hex')

// fresh returns a key that Nostr's library made.
function fresh() {
  const secret = generateSecretKey()
  return { secret, nsec: nip19.nsecEncode(secret), npub: nip19.npubEncode(getPublicKey(secret)) }
}

const identity = (page) => page.evaluate(() => db.identity())
const login = (page, how) => page.evaluate((h) => db.login(h), how)
const loginCode = (page, how) => page.evaluate((h) => codeOf(db.login(h)), how)
const putCode = (page, content, options) => page.evaluate((c, o) => codeOf(db.put(c, o)), content, options)

// extension gives a page a signer of NIP-07, and returns what it was asked, and how to
// make it refuse.
async function extension(page, { secret }) {
  const state = { kinds: [], refuse: false }
  await page.exposeFunction('nostrCall', (what, ...args) => {
    if (what === 'getPublicKey') return getPublicKey(secret)
    if (state.refuse) throw new Error('the person said no')
    if (what === 'decrypt') return nip44.decrypt(args[1], nip44.getConversationKey(secret, args[0]))
    state.kinds.push(args[0].kind)
    return finalizeEvent(args[0], secret)
  })
  await page.evaluateOnNewDocument(() => {
    globalThis.nostr = {
      getPublicKey: () => nostrCall('getPublicKey'),
      signEvent: (event) => nostrCall('signEvent', event),
      nip44: { decrypt: (pubkey, payload) => nostrCall('decrypt', pubkey, payload) },
    }
  })
  return state
}

for (const kind of ['chromium', 'firefox']) {
  scenario(`a login by key survives a reload, locked, in ${kind}`, async (s) => {
    const { url } = await s.serve()
    const page = await opened(await s.page(await s.sharedBrowser(kind)), url, alone)
    const device = await identity(page)
    assert.deepEqual([device.type, device.locked, device.remembered, device.expires], ['device', false, false, null])
    const { nsec, npub } = fresh()
    const mine = await login(page, { nsec, npub })
    assert.deepEqual([mine.npub, mine.type, mine.locked], [npub, 'key', false])
    assert(mine.expires > Date.now() + 23 * 3600_000 && mine.expires <= Date.now() + 24 * 3600_000)
    await page.evaluate(() => db.put('as myself'))

    await opened(page, url, alone)
    assert.deepEqual(await identity(page), { ...mine, locked: true })
    assert.deepEqual(await contents(page), ['as myself'])
    assert.equal(await putCode(page, 'no'), 'locked')
    assert.deepEqual(await page.evaluate(() => db.all().then((all) => all.map((r) => r.author.npub))), [npub])
    await login(page, { nsec })
    assert.equal(await putCode(page, 'yes'), 'resolved')
    // The secret is nowhere in what the browser keeps.
    const kept = await page.evaluate(async () => {
      const found = []
      for (const { name } of await indexedDB.databases()) {
        const db = await new Promise((resolve) => { const r = indexedDB.open(name); r.onsuccess = () => resolve(r.result) })
        for (const store of db.objectStoreNames) {
          const all = await new Promise((resolve) => { const r = db.transaction(store).objectStore(store).getAll(); r.onsuccess = () => resolve(r.result) })
          for (const v of all) found.push(v instanceof CryptoKey ? `key, extractable: ${v.extractable}` : [v.iv ?? v, v.sealed ?? ''].map((b) => Array.from(new Uint8Array(b.buffer ?? b), (x) => x.toString(16).padStart(2, '0')).join('')).join())
        }
        db.close()
      }
      return found
    })
    assert(kept.includes('key, extractable: false'), 'there is a wrapping key')
    const { data: secret } = nip19.decode(nsec)
    for (const value of kept) assert(!value.includes(hex(secret)) && !value.includes(hex(Buffer.from(nsec))))

    const heard = page.evaluate(() => new Promise((resolve) => { db.on('identity', resolve) }))
    assert.deepEqual(await page.evaluate(() => db.logout()), device)
    assert.deepEqual(await heard, device)
    await opened(page, url, alone)
    assert.deepEqual(await identity(page), device)
  })

  scenario(`a browser signer is asked once, then per put, in ${kind}`, async (s) => {
    const { url } = await s.serve()
    const me = fresh()
    const page = await s.page(await s.sharedBrowser(kind))
    const asked = await extension(page, me)
    await opened(page, url, alone)
    const id = await login(page, { signer: true })
    assert.deepEqual([id.npub, id.type, id.locked], [me.npub, 'signer', false])
    assert.deepEqual(asked.kinds, [22278])
    assert.equal(await putCode(page, 'signed outside'), 'resolved')
    assert.deepEqual(asked.kinds, [22278, 30078])
    asked.refuse = true
    assert.equal(await putCode(page, 'no'), 'signer_refused')
    assert.deepEqual(await contents(page), ['signed outside'])
    asked.refuse = false

    await opened(page, url, alone)
    assert.deepEqual(await identity(page), id)
    assert.equal(asked.kinds.length, 2, 'a reload asks nothing')
    assert.equal(await putCode(page, 'again'), 'resolved')

    // Private records are opened by the signer.
    await page.evaluate((to) => db.put('to me only', { to: [to] }), me.npub)
    await opened(page, url, alone)
    assert.deepEqual(await contents(page), ['again', 'signed outside', 'to me only'])

    // What the signer does not open is there, sealed, and it is asked again the next time.
    await opened(page, url, alone)
    asked.refuse = true
    const sealed = () => page.evaluate(async () => (await db.all()).filter((r) => r.sealed).map(({ content, to }) => ({ content, to })))
    assert.deepEqual(await sealed(), [{ content: null, to: [me.npub] }])
    asked.refuse = false
    assert.deepEqual(await sealed(), [])

    // A signer that is passed in is gone after a reload, and window.nostr does not take its place.
    assert.equal(await page.evaluate(() => codeOf(db.login({ signer: { ...nostr } }))), 'resolved')
    const before = asked.kinds.length
    await opened(page, url, alone)
    assert.equal((await identity(page)).locked, true)
    assert.equal(await putCode(page, 'no'), 'locked')
    assert.equal(asked.kinds.length, before)
    assert.equal(await page.evaluate(() => codeOf(db.login({ signer: { ...nostr } }))), 'resolved')
    assert.equal(await putCode(page, 'by the object'), 'resolved')
    // Nobody knows whether a signer that is asked will answer: who logs out does not wait for it.
    assert.deepEqual(await page.evaluate(async () => {
      const pending = { ...nostr }
      await db.login({ signer: pending })
      pending.signEvent = () => new Promise(() => {})
      return Promise.all([codeOf(db.put('never')), codeOf(db.logout())])
    }), ['identity_changed', 'resolved'])
    await login(page, { signer: true })

    // No extension.
    await page.evaluate(() => { delete globalThis.nostr })
    assert.equal(await putCode(page, 'no'), 'signer_unavailable')
    assert.equal(await loginCode(page, { signer: true }), 'signer_unavailable')
    // One that signs something else.
    await page.evaluate(() => { globalThis.nostr = { getPublicKey: async () => 'zz', signEvent: async () => ({}) } })
    assert.equal(await loginCode(page, { signer: true }), 'signer_wrong')
    assert.equal(await putCode(page, 'no'), 'signer_wrong')
  })

  scenario(`a put is by who one was when it was called, in ${kind}`, async (s) => {
    const { url } = await s.serve()
    const page = await opened(await s.page(await s.sharedBrowser(kind)), url, alone)
    const { npub: device } = await identity(page)
    const { nsec, npub } = fresh()
    const authors = await page.evaluate(async (how) => {
      const by = (put) => put.then((r) => r.author.npub, (e) => e.code)
      const first = [by(db.put('before', { key: 'k' })), db.login(how), by(db.put('while logging in', { key: 'k' }))]
      await Promise.all(first)
      const next = [by(db.put('logged in', { key: 'k' })), db.logout()]
      await Promise.all(next)
      return (await Promise.all([...first, ...next, by(db.put('out'))])).filter((a) => typeof a === 'string')
    }, { nsec })
    assert.deepEqual(authors, [device, device, npub, device])
    assert.deepEqual(await contents(page), ['logged in', 'out', 'while logging in'])
  })

  scenario(`encrypted keys go back and forth, in ${kind}`, async (s) => {
    const { url } = await s.serve()
    const page = await opened(await s.page(await s.sharedBrowser(kind)), url, alone)
    const me = fresh()
    const ncryptsec = nip49.encrypt(me.secret, 'ÅΩẛ̣', 16, 1)
    assert.equal(await loginCode(page, { ncryptsec, passphrase: 'wrong' }), 'wrong_passphrase')
    assert.equal(await loginCode(page, { ncryptsec: `${ncryptsec}q`, passphrase: 'ÅΩẛ̣' }), 'invalid_key')
    const id = await login(page, { ncryptsec, passphrase: 'ÅΩẛ̣', npub: me.npub, remember: true })
    assert.deepEqual([id.npub, id.remembered], [me.npub, true])
    const exported = await page.evaluate(() => db.exportKey('my own words'))
    assert.equal(hex(nip49.decrypt(exported, 'my own words')), hex(me.secret))

    await opened(page, url, alone)
    assert.equal(await loginCode(page, { passphrase: 'wrong' }), 'wrong_passphrase')
    assert.equal((await identity(page)).locked, true)
    assert.equal((await login(page, { passphrase: 'ÅΩẛ̣' })).npub, me.npub)
    assert.equal((await page.evaluate(() => db.logout({ forget: true }))).remembered, false)
    assert.equal(await loginCode(page, { passphrase: 'ÅΩẛ̣' }), 'invalid_option')
  })
}

scenario('keys and records are those of Nostr', async (s) => {
  const { url } = await s.serve()
  const page = await opened(await s.page(await s.sharedBrowser('chromium')), url, alone)
  const keys = await page.evaluate(() => PeersetDB.generateKeys())
  const secret = nip19.decode(keys.nsec).data
  assert.equal(nip19.npubEncode(getPublicKey(secret)), keys.npub)
  await login(page, { nsec: keys.nsec, npub: keys.npub })

  const uuid = await page.evaluate(async () => (await db.put({ text: 'ünïcode ✓ \u007f "' }, { key: 'k', expiresIn: '1d' })).uuid)
  const event = await page.evaluate((u) => db.export(u), uuid)
  assert(verifyEvent(event))
  assert.equal(event.pubkey, getPublicKey(secret))
  assert.equal(event.kind, 30078)
  assert.equal(await page.evaluate(() => db.export('00000000-0000-8000-8000-000000000000')), null)

  // What is sealed to somebody opens with Nostr's NIP-44.
  const other = fresh()
  const sealed = await page.evaluate(async (to) => db.export((await db.put('psst', { to: [to] })).uuid), other.npub)
  assert(verifyEvent(sealed))
  const { e: sender, p: slots, s: payload } = JSON.parse(sealed.content)
  const slot = slots.find(([who]) => who === getPublicKey(other.secret))
  const contentKey = Buffer.from(nip44.decrypt(slot[1], nip44.getConversationKey(other.secret, sender)), 'hex')
  assert.equal(JSON.parse(nip44.decrypt(payload, contentKey)).c, 'psst')

  // The page logs in by refusing what is no key.
  for (const how of [{}, { nsec: 'nsec1' }, { nsec: keys.npub }, { nsec: keys.nsec, fresh: true }, { nsec: keys.nsec, npub: other.npub }]) {
    assert.match(await loginCode(page, how), /^invalid_(option|key)$/, JSON.stringify(how))
  }
  for (const how of [undefined, 1, { nsec: 1 }, { unknown: 1 }, { signer: 1 }, { fresh: false }, { nsec: keys.nsec, remember: true }]) {
    assert.equal(await loginCode(page, how), 'invalid_option', JSON.stringify(how))
  }
  assert.equal((await identity(page)).npub, keys.npub)
})

for (const kind of ['chromium', 'firefox']) {
  scenario(`a room with a password, in ${kind}`, async (s) => {
    const { url } = await s.serve()
    const browser = await s.sharedBrowser(kind)
    const [a, b, wrong, open] = await Promise.all([0, 1, 2, 3].map(() => s.page(browser)))
    const password = await (await bare(a, url)).evaluate(() => PeersetDB.generatePassword())
    assert.match(password, /^[\w-]{22}$/)
    await Promise.all([opened(a, url, { password }), opened(b, url, { password }), opened(wrong, url, { password: `${password}x` }), opened(open, url)])
    await Promise.all([live(a), live(b)])
    await a.evaluate((npub) => Promise.all([db.put('for members'), db.put('for one', { to: [npub] })]), (await identity(b)).npub)
    await holds(b, 'for members', 'for one')
    await equalRoots(a, b)
    for (const page of [wrong, open]) assert.deepEqual(await page.evaluate(() => db.peers()), [])
    const exported = await b.evaluate(async () => Promise.all((await db.all()).map((r) => db.export(r.uuid))))
    for (const event of exported) {
      assert(verifyEvent(event))
      assert.doesNotMatch(event.content, /member|one/)
    }

    await bare(a, url)
    const openCode = (o) => a.evaluate((options) => codeOf(openDb(options)), { ...alone, ...o })
    assert.equal(await openCode({ password: 'wrong' }), 'wrong_password')
    assert.equal(await openCode({}), 'wrong_password')
    assert.equal(await openCode({ password: '' }), 'invalid_option')
    assert.equal(await openCode({ password }), 'resolved')
    await a.evaluate(() => db.close())
    await a.evaluate(() => PeersetDB.erase('room'))
    assert.equal(await openCode({}), 'resolved')
  })

  scenario(`a login is told on the connections there are, in ${kind}`, async (s) => {
    const { url } = await s.serve()
    const browser = await s.sharedBrowser(kind)
    const [a, b] = await Promise.all([0, 1].map(async () => opened(await s.page(browser), url)))
    await Promise.all([live(a), live(b)])
    const [{ id }] = await b.evaluate(() => db.peers())
    const { npub } = await a.evaluate(() => db.login({ fresh: true }))
    await a.evaluate(() => db.put('as somebody new'))
    await holds(b, 'as somebody new')
    await onPage(b, 20, 'the peer has the new name', (want) => db.peers().some((p) => p.npub === want), npub)
    assert.deepEqual(await b.evaluate(() => db.peers().map((p) => p.id)), [id], 'on the same connection')
  })
}

for (const kind of ['chromium', 'firefox']) {
  scenario(`a page that does all wrong crashes nothing, in ${kind}`, async (s) => {
    const { url } = await s.serve()
    const page = await opened(await s.page(await s.sharedBrowser(kind)), url, alone)
    const codes = await page.evaluate(async () => {
      const nasty = () => { throw new Proxy({}, { get() { throw new Error('no') }, getPrototypeOf() { throw new Error('no') } }) }
      const getter = (name) => Object.defineProperty({}, name, { enumerable: true, get: nasty })
      const signers = [
        { getPublicKey: nasty },
        { getPublicKey: async () => nasty() },
        { getPublicKey: () => ({ toString: nasty }) },
        { getPublicKey: () => 'x'.repeat(1 << 22) },
        { getPublicKey: () => Promise.reject(undefined) },
        { getPublicKey: () => Promise.reject(getter('code')) },
        { getPublicKey: async () => '0'.repeat(63) + '1', signEvent: nasty },
        { getPublicKey: async () => '0'.repeat(63) + '1', signEvent: async () => getter('id') },
        { getPublicKey: async () => '0'.repeat(63) + '1', signEvent: async () => null },
        getter('getPublicKey'),
      ]
      const of = {}
      of.signers = await Promise.all(signers.map((signer) => codeOf(db.login({ signer }))))
      of.getters = await Promise.all([
        codeOf(db.login(getter('nsec'))), codeOf(db.put(1, getter('key'))), codeOf(db.put(getter('x'))), codeOf(db.logout(getter('forget'))),
        codeOf(PeersetDB.open(getter('room'))), codeOf(PeersetDB.generateKeys(getter('wasmUrl'))),
      ])
      of.options = await Promise.all([
        codeOf(db.logout(null)), codeOf(db.logout({ forget: 'no' })), codeOf(PeersetDB.generateKeys(null)), codeOf(PeersetDB.generateKeys({ x: 1 })),
        codeOf(PeersetDB.open({ room: 'other', limits: { clientSession: 2 ** 53 - 1 } })), codeOf(PeersetDB.open({ room: 'other', limits: { maxPeers: 1 } })),
        codeOf(PeersetDB.open({ room: 'other', limits: { idleTimeout: 1 } })), codeOf(PeersetDB.erase('')), codeOf(db.put(1, JSON.parse('{"__proto__":1}'))),
        codeOf(db.login({ nsec: 'x'.repeat(1e7) })), codeOf(db.exportKey()),
      ])
      return of
    })
    assert.deepEqual(codes.signers, [
      ...Array(3).fill('signer_refused'), 'signer_wrong', ...Array(2).fill('signer_refused'), ...Array(2).fill('signer_refused'), 'signer_wrong', 'signer_refused',
    ])
    assert.deepEqual([...new Set(codes.getters)].sort(), ['invalid_content', 'invalid_option'])
    assert.deepEqual(new Set(codes.options), new Set(['invalid_option']))
    assert.equal(await putCode(page, 'still alive'), 'resolved')

    // What the page's own functions throw is its own affair.
    await bare(page, url)
    const alive = await page.evaluate(async (options) => {
      globalThis.thrown = 0
      addEventListener('error', (event) => { thrown++; event.preventDefault() })
      const fail = () => { throw new Error('of the page') }
      await openDb({ ...options, onProgress: fail, moderation: { work: { bits: 8 }, custom: () => { throw { get message() { return fail() } } } } })
      return codeOf(db.put('x', { onProgress: fail }))
    }, alone)
    assert.equal(alive, 'refused_custom')
    assert.deepEqual(await page.evaluate(() => [errors, thrown > 0]), [[], true])
  })
}

scenario('a vault that cannot keep keys is told, and loses none', async (s) => {
  const { url } = await s.serve()
  const page = await opened(await s.page(await s.sharedBrowser('chromium')), url, alone)
  const device = await identity(page)
  await page.evaluate(() => db.close())
  const openCode = () => page.evaluate((o) => codeOf(openDb(o)), alone)
  // A key that cannot be read now is not made anew.
  await page.evaluate(() => {
    globalThis.get = IDBObjectStore.prototype.get
    IDBObjectStore.prototype.get = function (key) {
      if (key === 'wrapping') throw new DOMException('no keys here', 'DataCloneError')
      return get.call(this, key)
    }
  })
  assert.equal(await openCode(), 'storage_unavailable')
  await page.evaluate(() => { IDBObjectStore.prototype.get = get })
  assert.equal(await openCode(), 'resolved')
  assert.deepEqual(await identity(page), device)
})
