import { coded } from './errors.js'

// signer wraps a signer of NIP-07 for the engine: its functions return promises of
// text, and never throw. find returns the signer, which extensions may bring late.
export function signer(find) {
  const of = (what) => {
    const s = find()
    if (typeof what(s) !== 'function') {
      throw coded('signer_unavailable', s ? 'this signer cannot do this; a newer version of it may' : 'there is no signer on this page: window.nostr is missing')
    }
    return s
  }
  const ask = async (call) => {
    try {
      return await call()
    } catch (cause) {
      if (cause?.code === 'signer_unavailable' && cause.name === 'PeersetError') throw cause
      throw coded('signer_refused', cause?.message ?? String(cause), cause)
    }
  }
  return {
    publicKey: () => ask(async () => String(await of((s) => s?.getPublicKey).getPublicKey())),
    sign: (text) => ask(async () => {
      const s = of((found) => found?.signEvent)
      const { pubkey, ...asked } = JSON.parse(text)
      const got = await s.signEvent(asked)
      const { id, pubkey: author, created_at, kind, tags, content, sig } = Object(got)
      return JSON.stringify({ id, pubkey: author, created_at, kind, tags, content, sig })
    }),
    decrypt: (sender, payload) => ask(async () => String(await of((s) => s?.nip44?.decrypt).nip44.decrypt(sender, payload))),
  }
}

// pageSigner is the one that an extension puts on the page.
export const pageSigner = signer(() => globalThis.nostr)
