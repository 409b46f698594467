// generatePassword makes a password for an invitation: 128 bits, of which nobody can
// guess one, in base64url.
export function generatePassword() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
