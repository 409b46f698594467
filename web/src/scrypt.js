import { scryptAsync } from '@noble/hashes/scrypt.js'

// scrypt (RFC 7914, r = 8, p = 1) gives 32 bytes. It leaves the page its turns; WebCrypto
// has none, and Go's would hold the page for as long as it takes.
export function scrypt(passphrase, salt, logN) {
  return scryptAsync(passphrase, salt, { N: 2 ** logN, r: 8, p: 1, dkLen: 32, maxmem: 2 ** (logN + 10) + 2 ** 20 })
}
