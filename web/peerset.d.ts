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
   * Rejects with `invalid_option`, `invalid_room`, `unsupported`, `load_failed`,
   * `storage_unavailable`, `storage_blocked`, `storage_full`,
   * `webrtc_unavailable` or `engine_crashed`.
   */
  static open(options: OpenOptions): Promise<PeersetDB>

  /**
   * Stores a record. The promise resolves when it is durable in this browser;
   * connected peers get it right after.
   *
   * `content` is anything that JSON can hold, at most 63 KiB of it. Without
   * `uuid` and `key` a new record is made.
   *
   * Rejects with `invalid_content`, `invalid_option`, `not_found` (no record has
   * this `uuid`), `not_author`, `stale`, `storage_full`, `storage_closed` or
   * `closed`.
   */
  put<T = unknown>(content: T, options?: PutOptions): Promise<PeersetRecord<T>>

  /** Returns a record, or null if no record has this uuid. */
  get<T = any>(uuid: string): Promise<PeersetRecord<T> | null>

  /** Returns all records, the oldest version first. */
  all<T = any>(): Promise<PeersetRecord<T>[]>

  /**
   * Deletes a record of one's own, here and at all peers.
   *
   * Rejects with `invalid_option`, `not_found`, `not_author`, `stale`,
   * `storage_full`, `storage_closed` or `closed`.
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
   * Returns the author of the records that are put here: a key that was made on
   * first use, is kept in this browser, and is the same in all rooms of this
   * site. With `storage: 'memory'` it is a new one each time.
   */
  identity(): Author

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
   * Name of the room, 1 to 256 bytes of UTF-8. Whoever knows it can read and
   * write.
   */
  room: string
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
  integrity: Integrity
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
  /** A record was stored, one's own or a peer's: a new one or a new version. */
  record: PeersetRecord
  /** A record was deleted by its author. */
  delete: Deletion
  /** A connection changed its state. */
  peer: Peer
  /**
   * Records could not be stored (`storage_full` and others): one's own, whose
   * promises are rejected, or a peer's, which is asked for them again later. Or
   * a peer was turned away for another `bucket` (`bucket_mismatch`), or the
   * engine crashed (`engine_crashed`; open the database again).
   * Without a listener the error goes to the console.
   */
  error: PeersetError
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
  /** Bytes spent on finding differences. */
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
  /** Records, and marks of deleted ones. */
  records: number
  trackers: TrackerStatus[]
}

export interface TrackerStatus {
  url: string
  connected: boolean
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
}

/**
 * | code | meaning |
 * |---|---|
 * | `invalid_option` | an argument is unknown, missing or out of range; the message names it |
 * | `invalid_room` | the name of the room is empty, too long or not valid text |
 * | `invalid_content` | the content has no JSON form, or is too large |
 * | `invalid_key` | what should be a key is none |
 * | `not_found` | no record has this uuid |
 * | `not_author` | the record belongs to somebody else |
 * | `stale` | a newer version came in between |
 * | `closed` | the database was closed |
 * | `cancelled`, `timeout` | the operation did not come to its end |
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
