import { coded, messageOf } from './errors.js'

// The longest answer, in characters: the JSON of the largest record, and more than that; and
// the longest of its messages that is passed on.
const maxAnswer = 1 << 20
const maxMessage = 1000

class Unavailable extends Error {}

// signer wraps a signer of NIP-07 for the engine: its functions return promises of
// text, and never throw. find returns the signer, which extensions may bring late.
export function signer(find) {
  const of = (what) => {
    const s = find()
    if (typeof what(s) !== 'function') {
      throw new Unavailable(s ? 'this signer cannot do this; a newer version of it may' : 'there is no signer on this page: window.nostr is missing')
    }
    return s
  }
  const ask = async (call) => {
    let text
    try {
      text = await call()
    } catch (cause) {
      if (cause instanceof Unavailable) throw coded('signer_unavailable', cause.message)
      throw coded('signer_refused', messageOf(cause).slice(0, maxMessage), cause)
    }
    if (text.length > maxAnswer) throw coded('signer_wrong', `${text.length} characters`)
    return text
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
