/**
 * The panes of peerset.DB as web components. Importing this file defines them:
 *
 * ```html
 * <peerset-panel><peerset-graph></peerset-graph><peerset-records></peerset-records></peerset-panel>
 * ```
 *
 * ```js
 * import PeersetDB from './peerset.mjs'
 * import './peerset-ui.mjs'
 *
 * const panel = document.querySelector('peerset-panel')
 * panel.options = { room: 'my-room' }
 * panel.db = await PeersetDB.open(panel.options)
 * ```
 *
 * Panes look for a panel around them, through shadow roots; one that stands alone is
 * given its `db`. All are themed by custom properties, `--peerset-accent` and others:
 * see web/components/tokens.css.
 */
import type { OpenOptions, PeersetDB, PeersetError } from './peerset.mjs'

/** A pane of one database. */
export class Pane extends HTMLElement {
  /** What it shows: its own, or that of the panel around it. Set null for the latter. */
  get db(): PeersetDB | null
  set db(db: PeersetDB | null)
}

/** Gives a database to all panes inside; with nothing inside it shows all there are. */
export interface Panel extends HTMLElement {
  /** Exchanged at any time: the panes follow at once. */
  db: PeersetDB | null
  /** What `db` was opened with, for what needs it; set it first. */
  options: OpenOptions | null
}

/** The invitation: a link, its QR code, a button to copy it. */
export interface Invite extends Pane {
  /** Default: the address of the page. */
  href: string
}

/** The room's name, password and media. It asks the page to open what was entered. */
export interface Room extends Pane {
  /** Default: those of the panel. */
  options: OpenOptions | null
  /** Opens the dialog in which the room is changed. */
  edit(): void
}

/** Who one is; its dialog logs in and out. */
export interface Identity extends Pane {
  /** Opens the dialog. */
  open(): void
}

/** A name for a new room, that nobody guesses. */
export function newRoom(): string

declare global {
  interface HTMLElementTagNameMap {
    'peerset-panel': Panel
    'peerset-panes': Pane
    'peerset-graph': Pane
    'peerset-records': Pane
    'peerset-compose': Pane
    'peerset-generate': Pane
    'peerset-map': Pane
    'peerset-room': Room
    'peerset-invite': Invite
    'peerset-identity': Identity
    'peerset-set': Pane
    'peerset-figures': Pane
    'peerset-connection': Pane
    'peerset-moderation': Pane
    'peerset-console': Pane
  }
  interface HTMLElementEventMap {
    /** A pane asks the page to open the database anew with options that changed. */
    'peerset-open': CustomEvent<Partial<OpenOptions>>
    /** What the user asked for failed. The pane shows it unless the event is cancelled. */
    'peerset-error': CustomEvent<PeersetError>
    /** `<peerset-map>`: the uuids of the records at a place that was chosen. */
    'peerset-pick': CustomEvent<string[]>
  }
}
