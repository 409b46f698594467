// The entry of peerset.mjs. Bundlers know this form of URL and copy the wasm along.
import { PeersetDB, setDefaultWasmUrl } from './database.js'

setDefaultWasmUrl(new URL('peerset.wasm', import.meta.url))

export { PeersetDB, PeersetDB as default }
