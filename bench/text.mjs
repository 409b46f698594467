// Seeded text of words that the rules of moderation, which are on, have nothing against.
const words = `above actor added agent album alert amber angle ankle apple arena arrow audio autumn badge baker
basic beach bench birch blade blaze board brand bread brick brief brook broom brush cabin cable camel canal
candy cedar chair chalk charm chart chess child civic clean clerk cliff climb clock cloud coast comet coral
craft crane cream creek crown curve cycle daily dance delta depth diary draft dream dress drift eagle earth`.split(/\s+/)

// generator returns a function that makes another text of so many bytes each time.
// The random numbers are xorshift32's (Marsaglia, 2003).
export function generator(seed, bytes) {
  let x = seed | 0 || 1
  return () => {
    let text = ''
    while (text.length < bytes) {
      x ^= x << 13
      x ^= x >>> 17
      x ^= x << 5
      text += `${words[(x >>> 26) & 63]} `
    }
    return text.slice(0, bytes)
  }
}
