// The entry of peerset.js, a script without import and export.
import { PeersetDB, setDefaultWasmUrl } from './database.js'

// currentScript is known only now. A script that was pasted into the page has no
// src; then the page's own address is the best guess.
const script = globalThis.document?.currentScript?.src || globalThis.document?.baseURI
if (script) setDefaultWasmUrl(new URL('peerset.wasm', script))

globalThis.PeersetDB = PeersetDB
