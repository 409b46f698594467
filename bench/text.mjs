// Seeded text that does not compress: 64 letters, each as likely as the others.
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .'

// generator returns a function that makes another text of so many bytes each time.
// The random numbers are xorshift32's (Marsaglia, 2003).
export function generator(seed, bytes) {
  let x = seed | 0 || 1
  return () => {
    let text = ''
    for (let i = 0; i < bytes; i++) {
      x ^= x << 13
      x ^= x >>> 17
      x ^= x << 5
      text += letters[(x >>> 26) & 63]
    }
    return text
  }
}
