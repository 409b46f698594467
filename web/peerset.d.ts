/**
 * peerset.DB: a database for web pages that needs no server. Browsers in one
 * room find each other through public trackers, connect directly by WebRTC, and
 * bring their sets of signed records into agreement.
 *
 * ```js
 * import PeersetDB from './peerset.mjs'
 *
 * const db = await PeersetDB.open({ room: 'my-room' })
 * db.on('record', (record) => console.log(record.content))
 * await db.put({ text: 'hello' })
 * ```
 *
 * As a classic script, `peerset.js` sets the global `PeersetDB` instead.
 *
 * Times are milliseconds since 1970. Every promise that is rejected, and every
 * method that throws, does so with a {@link PeersetError}.
 */
export class PeersetDB {
  private constructor()

  /**
   * Opens a database and starts to look for peers. Everything that this browser
   * holds of the room is there when the promise resolves; what peers hold
   * comes in later.
   *
   * The first call loads the engine, `peerset.wasm`; further databases on the
   * same page share it.
   *
   * Rejects with `invalid_option`, `invalid_policy`, `invalid_room`, `wrong_password`, `insecure_context`,
   * `unsupported`, `load_failed`, `storage_unavailable`, `storage_blocked`,
   * `storage_full`, `webrtc_unavailable` or `engine_crashed`.
   */
  static open(options: OpenOptions): Promise<PeersetDB>

  /** Makes a fresh key, for whoever will keep it. It is stored nowhere. */
  static generateKeys(options?: Pick<OpenOptions, 'wasmUrl'>): Promise<Keys>

  /**
   * Makes a password for an invitation: 128 random bits in 22 characters, which
   * nobody guesses.
   */
  static generatePassword(): string

  /**
   * Removes what this browser holds of a room, its bans and pins included; the identity
   * stays. Databases that have it open fail with `storage_closed` from then on: close them
   * first. Peers keep what they hold, and a database that is opened again gets it from them.
   *
   * Rejects with `invalid_option`, `storage_blocked` or `storage_unavailable`.
   */
  static erase(room: string): Promise<void>

  /**
   * Stores a record. The promise resolves when it is durable in this browser;
   * connected peers get it right after.
   *
   * `content` is anything that JSON can hold, at most 63 KiB of it. Without
   * `uuid` and `key` a new record is made.
   *
   * Its author is who `identity()` is when `put` is called. A login or logout that follows
   * changes nothing about that, unless a signer is asked for this record: then it rejects
   * with `identity_changed`, since nobody knows whether the signer will ever answer.
   *
   * Rejects with `invalid_content`, `invalid_option`, `not_found` (no record has
   * this `uuid`), `not_author`, `refused_…` (a rule), `locked`, `session_expired`, `identity_changed`,
   * `signer_refused`, `signer_unavailable`, `signer_wrong`, `stale`, `storage_full`, `storage_closed`
   * or `closed`.
   */
  put<T = unknown>(content: T, options?: PutOptions): Promise<PeersetRecord<T>>

  /**
   * Returns a record, or null if no record has this uuid. One that is sealed to others
   * has `sealed` and no content.
   */
  get<T = any>(uuid: string): Promise<PeersetRecord<T> | null>

  /**
   * Returns a record as the Nostr event that it is (NIP-01), or null if no record has
   * this uuid: any Nostr library can verify it. What is sealed stays sealed.
   */
  export(uuid: string): Promise<NostrEvent | null>

  /**
   * Returns all records that can be read, the oldest version first. A signer is asked
   * for those that are sealed to it. From its first refusal on it is asked for none of the
   * others until the next call, and those that it did not open are there with `sealed` and
   * without content.
   */
  all<T = any>(): Promise<PeersetRecord<T>[]>

  /**
   * Deletes a record of one's own, here and at all peers.
   *
   * Rejects with `invalid_option`, `not_found`, `not_author`, `refused_…` (a rule about
   * authors), `locked`, `session_expired`, `identity_changed` (as in `put`), `signer_refused`,
   * `signer_unavailable`, `signer_wrong`, `stale`, `storage_full`, `storage_closed` or `closed`.
   */
  delete(uuid: string): Promise<void>

  /**
   * Calls `listener` with every event of a type from now on. What it returns ends
   * that, as `off` does. A listener is called once per event even if it was given
   * twice; one that throws disturbs neither the others nor the database, and its
   * error is reported as an uncaught one.
   */
  on<K extends keyof PeersetEvents>(type: K, listener: (event: PeersetEvents[K]) => void): () => void

  /** Ends what `on` began. */
  off<K extends keyof PeersetEvents>(type: K, listener: (event: PeersetEvents[K]) => void): void

  /** Returns the connections of this moment. */
  peers(): Peer[]

  /**
   * Returns the hash, in hex, of all that is held: databases that hold the same
   * have the same root.
   */
  root(): string

  /** Returns figures of this moment. */
  stats(): Stats

  /**
   * Returns who the records that are put here are by. Without a login it is a key that
   * was made on first use, is kept in this browser, and is the same in all rooms of
   * this site; with `storage: 'memory'` it is a new one each time.
   */
  identity(): Identity

  /**
   * Makes somebody the author of what is put from now on, in this database, and in
   * those of this site that are opened later. The identity signs, once, a certificate
   * for a session of a day at most, which answers peers and survives reloads; the
   * secret key does not. After a reload the page reads and syncs, and `put` rejects with
   * `locked` until the next login, but with `signer: true`: `window.nostr` is asked again.
   *
   * Rejects with `invalid_option`, `invalid_key`, `wrong_passphrase`, `signer_refused`,
   * `signer_unavailable`, `signer_wrong`, `storage_full`, `storage_unavailable`,
   * `cancelled` (another login or logout was called after it) or `closed`; who was logged in
   * before still is then.
   */
  login(how: Login): Promise<Identity>

  /**
   * Ends a login: the secrets of it are overwritten, and the device's key is the identity
   * again. Records stay. With `forget` the key that is remembered is removed, too.
   *
   * The identity changes at once. The promise resolves when what was put before is done,
   * because the secret is needed till then; puts that wait for a signer reject.
   */
  logout(options?: { forget?: boolean }): Promise<Identity>

  /**
   * Returns the secret key of the identity, encrypted by a passphrase: an `ncryptsec`
   * (NIP-49).
   *
   * Rejects with `locked`, `session_expired`, `signer_unavailable` (a signer keeps its
   * key to itself), `invalid_option` or `closed`.
   */
  exportKey(passphrase: string): Promise<string>

  /** Returns the policy, and what it has done since the database was opened. */
  moderation(): Moderation

  /** Returns the bans that hold, the one that ends first first. */
  bans(): Ban[]

  /**
   * Keeps somebody away while it lasts, by default a day: connections are ended, and what
   * they write is refused, whoever brings it. It is kept over reloads. Rejects with
   * `invalid_key`, `invalid_option`, `storage_full`, `storage_unavailable` or `closed`.
   */
  ban(npub: string, options?: { for?: Duration; reason?: string }): Promise<Ban>

  /** Ends a ban, and forgets what it was for. */
  unban(npub: string): Promise<void>

  /** Ends a connection, by its `id`; the peer may come again. Rejects with `not_found`. */
  disconnect(peer: string): Promise<void>

  /**
   * Ignores what a peer pushes and announces, for as long as the connection lasts, or ends
   * that. Rejects with `not_found`.
   */
  mute(peer: string, on?: boolean): Promise<void>

  /**
   * Keeps a record when storage gets short, until `unpin`. It expires, and falls below the
   * retention, all the same. Rejects with `not_found`, `invalid_option` or `storage_full`.
   */
  pin(uuid: string): Promise<void>

  /** Ends what `pin` began. */
  unpin(uuid: string): Promise<void>

  /**
   * Removes now what has expired or is older than the retention, which otherwise goes by and
   * by; `removed` is the number of records.
   */
  prune(): Promise<{ removed: number }>

  /** Returns the buckets that are not empty, beside those of a peer if its `id` is given. */
  buckets(peer?: string): Bucket[]

  /** Compares buckets with all peers now, without waiting until it is due. */
  compare(): void

  /** Lets `stats().traffic` and `stats().ended` start anew. */
  resetStats(): void

  /**
   * Says goodbye to the peers, finishes what is being stored, and closes the
   * database. From then on everything else fails with `closed`; calling it again
   * does nothing.
   */
  close(): Promise<void>
}

export default PeersetDB

declare global {
  /** What the classic script `peerset.js` sets. */
  var PeersetDB: typeof import('./peerset.js').PeersetDB
}

export interface OpenOptions {
  /**
   * Name of the room, 1 to 256 bytes of UTF-8. Without a password whoever knows it
   * can read and write.
   */
  room: string
  /**
   * Makes the room one of those who know it: records are encrypted here, on the way and
   * at the peers. Two passwords make two rooms of one name, and with a wrong one nobody
   * is there; where this browser holds records of the room it is checked (`wrong_password`).
   * Stretching it takes a few tenths of a second. See `generatePassword`.
   */
  password?: string
  /** What peers and logins may take; see Limits for the defaults. */
  limits?: Limits
  /**
   * Which records this page takes and passes on, its own included: `'open'` for all,
   * `'standard'`, `'strict'`, or rules of one's own. Default: `'standard'`. See
   * docs/moderation.md.
   */
  moderation?: Policy
  /**
   * Called while `peerset.wasm` is loaded, with the bytes that are there and those
   * there will be, 0 if that is unknown. Not called for what is loaded already.
   */
  onProgress?: (loaded: number, total: number) => void
  /**
   * WebSocket URLs of the WebTorrent trackers through which peers find each
   * other. Default: a list of public ones. With an empty list no peer is found.
   */
  trackers?: string[]
  /** Where `peerset.wasm` is. Default: beside the script. */
  wasmUrl?: string | URL
  /**
   * Where records and the device key are kept: `'indexeddb'`, in this browser, or
   * `'memory'`, nowhere. Default: `'indexeddb'`.
   */
  storage?: 'indexeddb' | 'memory'
  /**
   * STUN and TURN servers, as RTCPeerConnection takes them. Default: public STUN
   * servers, or none where the page and all trackers are on this machine.
   */
  iceServers?: IceServer[]
  /** The most peers to connect to, 1 to 200. Default: 20. */
  maxPeers?: number
  /**
   * How much time one bucket covers, from a minute on: milliseconds, or such as
   * `'6h'`. Peers compare buckets, so all pages of a room must give the
   * same; where they do not there is an `error` event, `bucket_mismatch`. Default: `'1d'`.
   */
  bucket?: Duration
  /**
   * How long a record is kept after its last version, at least a bucket: milliseconds,
   * or such as `'90d'`. Default: `'90d'`.
   */
  retention?: Duration
}

/**
 * Limits of sessions. A peer that exceeds one is turned away, and both sides are told
 * the reason. Times are milliseconds, or such as `'15m'`.
 */
export interface Limits {
  /** Until a peer says hello, 1 s to 5 minutes. Default: 10 s. */
  handshakeTimeout?: Duration
  /** Until a peer proves who it is, and then until it is ready, 1 s to 5 minutes. Default: 10 s. */
  challengeTimeout?: Duration
  /** Of silence, although it was pinged, 3 s to 5 minutes. Default: 30 s. */
  idleTimeout?: Duration
  /** After which peers prove anew who they are, while sync goes on, 5 s to a day. Default: `'1h'`. */
  peerSession?: Duration
  /**
   * From a login on, after which it has to be repeated, a minute to 30 days. Default:
   * `'1d'`, which is also the most where the secret key is not on the page.
   */
  clientSession?: Duration
  /** Connections with one npub. Default: 8. */
  sessionsPerIdentity?: number
  /** Of a peer, over ten seconds, records that were asked for aside; 100 at least. Default: 1,000. */
  messagesPerSecond?: number
  /** Of a peer, over ten seconds, records that were asked for aside; 4 MiB at least. Default: 16 MiB. */
  bytesPerSecond?: number
  /** Bytes. Default and most: 73,728. */
  maxMessage?: number
  /** Bytes of a record with its signature, 1,024 at least. Default and most: 65,536. */
  maxRecord?: number
}

/**
 * A policy: one of three, or an object that extends one (`'standard'`, if it does not say)
 * and gives rules by name: false for off, true for on, or parameters. An unknown rule or
 * parameter is an error (`invalid_policy`) that names it.
 */
export type Policy = PolicyName | ({ extends?: PolicyName; custom?: OwnRule | OwnRuleOptions } & Rules)

export type PolicyName = 'open' | 'standard' | 'strict'

/** The rules by name, with their parameters as docs/moderation.md lists them. */
export type Rules = {
  [rule in
    | 'time' | 'deny' | 'allow' | 'work' | 'schema' | 'linkField' | 'noLinks' | 'badWords' | 'moderators'
    | 'duplicates' | 'rate' | 'quota' | 'similar' | 'connection']?: boolean | Record<string, unknown>
}

/**
 * The page's own rule: it returns true, or why a record is refused. One that throws, or
 * gives no answer in time, refuses for now.
 */
export type OwnRule = (record: PeersetRecord) => true | string | Promise<true | string>

export interface OwnRuleOptions {
  judge: OwnRule
  /** Name and version enter the hash of the policy. */
  name?: string
  version?: string
  /** Milliseconds until it counts as no answer. Default: 2,000. */
  deadline?: number
}

export interface Keys {
  /** The public key (NIP-19). */
  npub: string
  /** The secret key (NIP-19): who has it is you. */
  nsec: string
}

/** How to log in. `npub`, if given, must be the identity that results. */
export type Login = { npub?: string } & (
  /** A secret key. With `remember` it is kept here, encrypted by that passphrase. */
  | { nsec: string; remember?: string }
  /** An encrypted key (NIP-49). With `remember: true` it is kept here. */
  | { ncryptsec: string; passphrase: string; remember?: true | string }
  /**
   * A browser extension: `true` for `window.nostr` (NIP-07), or an object that is like it.
   * After a reload `window.nostr` is asked again; an object is gone, and the identity is
   * locked until it is passed again.
   */
  | { signer: true | Signer }
  /** A fresh key. */
  | { fresh: true; remember?: string }
  /** The key that is remembered here. */
  | { passphrase: string }
)

/** A signer of NIP-07, such as `window.nostr`. */
export interface Signer {
  getPublicKey(): Promise<string>
  signEvent(event: { created_at: number; kind: number; tags: string[][]; content: string }): Promise<unknown>
  nip44?: { decrypt(pubkey: string, payload: string): Promise<string> }
}

export interface Identity extends Author {
  /** `device`: a key made and kept here; `key`: a login by key; `signer`: by a signer. */
  type: 'device' | 'key' | 'signer'
  /** Whether `put` fails until the next login: the secret key is not here. */
  locked: boolean
  /** Whether a key is kept here, encrypted: its passphrase is enough to log in. */
  remembered: boolean
  /** When the login ends, or null for never. */
  expires: number | null
}

/** Milliseconds, whole seconds of them; or minutes, hours or days. */
export type Duration = number | `${number}m` | `${number}h` | `${number}d`

export interface IceServer {
  /** Such as `'stun:host:port'` or `'turn:host:port?transport=tcp'`. */
  urls: string | string[]
  /** For TURN. */
  username?: string
  /** For TURN. */
  credential?: string
}

export interface PutOptions {
  /** An existing record of one's own, of which this is a new version. */
  uuid?: string
  /**
   * A name for the record, at most 1,024 bytes: one author's record of one name
   * is one record, however often it is put. Excludes `uuid`.
   */
  key?: string
  /** Name of the collection that the record belongs to, at most 128 bytes. */
  collection?: string
  /** Where the record belongs. */
  geo?: Geo
  /**
   * npubs of those who can read it, 99 at most beside its author: all others carry it
   * sealed. A new version goes to those of the last one unless it says otherwise; `[]`
   * opens it to everybody in the room.
   */
  to?: string[]
  /** How long it lives, whole seconds, at most the retention: ms, or such as `'15m'`. */
  expiresIn?: Duration
  /**
   * Where the policy asks for a proof of work: called while it is searched for, with the
   * number of tries and that of tries that are needed on the average.
   */
  onProgress?: (tries: number, expected: number) => void
}

export interface Geo {
  /** Degrees, −90 to 90. */
  latitude: number
  /** Degrees, −180 to 180. */
  longitude: number
}

/** A record: signed by its author, and checked before it came here. */
export interface PeersetRecord<T = any> {
  uuid: string
  /** The name that the author gave the record. */
  key?: string
  /** When the record was first published, by its author's clock. */
  created_at: number
  /** When this version was, in whole seconds. Versions are ordered by it. */
  updated_at: number
  /** Start of the bucket, by default the day (UTC), that `updated_at` is in. */
  bucket: number
  collection?: string
  author: Author
  content: T
  geo?: Geo
  /** npubs of those who can read it. Missing if everybody in the room can. */
  to?: string[]
  /** When it expires. */
  expires_at?: number
  /** True for a record that is sealed to others, or not opened by the signer: its content is null. */
  sealed?: true
  integrity: Integrity
}

/** An event of Nostr (NIP-01). Keys, hash and signature are in hex. */
export interface NostrEvent {
  id: string
  pubkey: string
  /** Seconds since 1970. */
  created_at: number
  kind: number
  tags: string[][]
  content: string
  sig: string
}

export interface Author {
  /** Public key, as in Nostr (NIP-19). */
  npub: string
}

export interface Integrity {
  /** SHA-256 of the record as a Nostr event (NIP-01), in hex. */
  hash: string
  /** Schnorr signature (BIP-340) of the hash, in hex. */
  signature: string
}

export interface PeersetEvents {
  /**
   * A record was stored, one's own or a peer's: a new one or a new version. There is none
   * for what is sealed to others.
   */
  record: PeersetRecord
  /** A record was deleted by its author. */
  delete: Deletion
  /** A connection changed its state. */
  peer: Peer
  /** A record was refused by a rule, a peer's or one's own. */
  refused: Judged
  /**
   * A record was taken in, and a rule has something to say about it. Or, `local`, one of one's own that was held
   * breaks a rule of a policy that has become stricter: it stays, and no peer gets it from this page.
   */
  flagged: Judged
  /** A peer was warned, muted or disconnected for what it did. */
  strike: Strike
  /** Somebody was banned, by strikes or by `ban`. */
  ban: Ban
  /** A ban was ended by `unban`. */
  unban: Author
  /** Records were removed. */
  prune: Pruned
  /** A range of time was compared with a peer. */
  range: Range
  /** A tracker brought a session description that was not used: whoever sent it is no member of the room, or tampers. */
  signaling: Signaling
  /** Somebody logged in or out, or the time of a login is over. */
  identity: Identity
  /**
   * Records could not be stored (`storage_full` and others): one's own, whose
   * promises are rejected, or a peer's, which is asked for them again later. Or
   * a peer was turned away for another `bucket` (`bucket_mismatch`), or the
   * engine crashed (`engine_crashed`; open the database again).
   * Without a listener the error goes to the console.
   */
  error: PeersetError
}

/** A record that a rule refused or flagged. */
export interface Judged {
  at: number
  rule: string
  /** For people. */
  reason: string
  /**
   * `pure` rules know the record only, `set` rules all records, and `local` ones this
   * page, which asks for the record again when the reason may have lapsed.
   */
  class: 'pure' | 'set' | 'local'
  action: 'refuse' | 'flag'
  /** Of the record. */
  hash: string
  /** Of the record. */
  uuid: string
  /** npub. Missing where a record that was held had to go, and could no longer be read. */
  author?: string
  /** npub of the peer that brought it. */
  carrier?: string
  /** The `id` of the connection. */
  peer?: string
  /** Whether this page has put it, or held it. */
  local: boolean
}

export interface Strike {
  npub: string
  action: 'warn' | 'mute' | 'disconnect'
}

export interface Ban {
  npub: string
  until: number
  /** How many bans by strikes there were, this one included; each is longer. */
  count: number
  /** For people. */
  reason: string
  /** Whether it was made by `ban`. */
  manual: boolean
}

export interface Pruned {
  why: 'expired' | 'past' | 'evicted'
  uuids: string[]
}

export interface Range {
  /** The `id` of the connection. */
  peer: string
  from: number
  to: number
  /** What was said of it: hashes of buckets, a fingerprint, or the ids in it. */
  kind: 'hash' | 'fingerprint' | 'ids'
  /** How many ids, with `ids`. */
  ids: number
  /** Whether this side said it. */
  out: boolean
}

export interface Signaling {
  what: string
  /** For people. */
  text: string
}

export interface Moderation {
  name: PolicyName | 'custom'
  /** Hash of the policy, in hex: peers that have the same refuse the same. */
  hash: string
  /** In the order of evaluation. */
  rules: { name: string; class: 'pure' | 'set' | 'local'; refused: number; flagged: number }[]
  /** The last 100 records that were refused or flagged, the latest last. */
  recent: Judged[]
}

export interface Bucket {
  start: number
  /** Records, and marks of deleted and refused ones. */
  records: number
  /** In hex. Missing where there are none. */
  hash?: string
  /** Whether the peer has others. Missing as long as that is not known. */
  differs?: boolean
}

export interface Deletion {
  uuid: string
  author: Author
}

export interface Peer {
  /** Names the connection, on this page. */
  id: string
  /** Who the peer is. Missing until the peer has proved it. */
  npub?: string
  state: PeerState
  /** Round trip of the last ping in milliseconds, or null before the first. */
  rtt: number | null
  /** When the connection was made. */
  since: number
  /** Whether both held the same when they last compared, but for `unavailable`. */
  agreed: boolean
  /**
   * With `agreed`: records that the peer knows of and cannot give, because its
   * moderation refused them.
   */
  unavailable: number
  /** Without `agreed`: how many of the buckets that the peer told of differ from ours. */
  differing: number
  /** Records that are to come from this peer. */
  wanted: number
  /** Whether this side made the offer. */
  offerer: boolean
  /** Hash of the peer's policy, in hex. Missing until the peer has proved who it is. */
  policy?: string
  /** Number of the session on this connection: peers prove anew who they are now and then. */
  session: number
  /** When that session began. */
  renewed: number
  /** By how many ms the peer's clock is ahead, or null before the first ping. */
  clockSkew: number | null
  /** By how many records the sets differ at least, or null if that is not known. */
  behind: number | null
  /** Whether what it pushes and announces is ignored. */
  muted: boolean
  traffic: Traffic
  /** Why the connection ended. In the event of state `closed` only. */
  reason?: CloseReason
}

/**
 * How far a connection has got: `dialing`, `challenged` and `authenticated` are
 * the handshake, `syncing` the first comparison; `live` peers have all that
 * the other has, and hear of news as it comes.
 */
export type PeerState = 'dialing' | 'challenged' | 'authenticated' | 'syncing' | 'live' | 'closed'

/** Bytes of messages since the connection was made, and counts of records. */
export interface Traffic {
  /** Bytes of records. */
  recordsIn: number
  recordsOut: number
  /** Bytes of root and bucket hashes, which tell the buckets that differ. */
  bucketsIn: number
  bucketsOut: number
  /** Bytes of ranges, which tell the records that differ in those buckets. */
  rangesIn: number
  rangesOut: number
  /** Bytes of lists of ids. */
  idsIn: number
  idsOut: number
  /** Bytes of handshakes and pings. */
  otherIn: number
  otherOut: number
  /** Records received. */
  bodies: number
  /** Those of them that were here already. */
  duplicates: number
  /** Ids announced to the peer. */
  announced: number
}

export interface CloseReason {
  /** Stable, such as `closed`, `connection_lost` or `timeout`. */
  code: string
  /** For people. */
  text: string
  /** Whether the peer gave the reason. */
  remote: boolean
}

export interface Stats {
  /** Records, and marks of deleted and refused ones. */
  records: number
  /** Ids of records that were refused. */
  refused: number
  pinned: number
  /** Nothing older is kept. */
  horizon: number
  /** When the database was opened. */
  opened: number
  /** Since when `traffic` and `ended` are counted. */
  since: number
  /** Of all connections. */
  traffic: Traffic
  /** How many connections ended, by reason. */
  ended: Record<string, number>
  limits: { [name in keyof Required<Limits>]: number }
  maxPeers: number
  /** By how many ms the peers' clocks are ahead: the median. */
  clockSkew: number
  /** Bytes that the engine has taken. */
  memory: number
  trackers: TrackerStatus[]
}

export interface TrackerStatus {
  url: string
  connected: boolean
  /** Not used for now, because others are. */
  idle: boolean
  /** Offers and answers of peers that it has brought. */
  offers: number
  answers: number
  /** Peers in the room by its last report, oneself included; 0 if unknown. */
  peers: number
  /** Its last failure. Missing while all is well. */
  error?: string
  /** When `connected` last changed. Missing before the first connection. */
  since?: number
}

/** What promises are rejected with, and methods throw. */
export interface PeersetError extends Error {
  name: 'PeersetError'
  /** Stable, unlike the message, which says what to do. */
  code: ErrorCode
  /** The rule that refused a record, such as `badWords`. */
  rule?: string
}

/**
 * | code | meaning |
 * |---|---|
 * | `invalid_option` | an argument is unknown, missing or out of range; the message names it |
 * | `invalid_room` | the name of the room is empty, too long or not valid text |
 * | `invalid_content` | the content has no JSON form, or is too large |
 * | `invalid_key` | what should be a key is none |
 * | `wrong_password` | this browser holds records of the room under another password |
 * | `wrong_passphrase` | the passphrase does not open the key, or the key is damaged |
 * | `invalid_policy` | `moderation` has an unknown rule or parameter; the message names it |
 * | `refused_…` | a rule refused the record, such as `refused_bad_words`; `rule` names it |
 * | `locked` | the secret key is not on this page; log in |
 * | `identity_changed` | somebody logged in or out before the signer answered; put it again |
 * | `session_expired` | the time of the login is over; log in, or log out |
 * | `signer_refused` | the signer said no |
 * | `signer_unavailable` | there is no signer, or it cannot do this |
 * | `signer_wrong` | the signer gave back something else than it was asked for |
 * | `insecure_context` | the page is neither https nor on this machine |
 * | `not_found` | no record has this uuid |
 * | `not_author` | the record belongs to somebody else |
 * | `stale` | a newer version came in between |
 * | `closed` | the database was closed |
 * | `cancelled`, `timeout` | the operation did not come to its end, such as a login that another one followed |
 * | `bucket_mismatch` | a page of this room gives another `bucket` |
 * | `storage_full` | the quota of this site or the disk is full |
 * | `storage_blocked` | another tab holds an older version of the storage open |
 * | `storage_closed` | the browser closed the storage |
 * | `storage_unavailable` | the browser has no storage for this site |
 * | `webrtc_unavailable` | the browser makes no WebRTC connections |
 * | `unsupported` | this browser, or a worker, lacks something; the message names it |
 * | `load_failed` | `peerset.wasm` could not be loaded |
 * | `engine_crashed` | the engine ended because of a bug; open the database again |
 * | `internal` | any other error: a bug |
 */
export type ErrorCode =
  | 'invalid_option'
  | 'invalid_room'
  | 'invalid_content'
  | 'invalid_key'
  | 'wrong_password'
  | 'wrong_passphrase'
  | 'invalid_policy'
  | `refused_${string}`
  | 'locked'
  | 'identity_changed'
  | 'session_expired'
  | 'signer_refused'
  | 'signer_unavailable'
  | 'signer_wrong'
  | 'insecure_context'
  | 'not_found'
  | 'not_author'
  | 'stale'
  | 'closed'
  | 'cancelled'
  | 'bucket_mismatch'
  | 'timeout'
  | 'storage_full'
  | 'storage_blocked'
  | 'storage_closed'
  | 'storage_unavailable'
  | 'webrtc_unavailable'
  | 'unsupported'
  | 'load_failed'
  | 'engine_crashed'
  | 'internal'
