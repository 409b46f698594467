// Names and passwords for new rooms.

// Words that are easy to say to somebody across a table.
const first = ['amber', 'brisk', 'calm', 'clear', 'dawn', 'early', 'fern', 'gentle', 'golden', 'hazel', 'indigo', 'jade', 'keen', 'lunar', 'mild', 'misty', 'north', 'opal', 'pale', 'quiet', 'rapid', 'silver', 'sunny', 'tidal', 'velvet', 'violet', 'warm', 'wild', 'young', 'zesty', 'azure', 'cedar']
const second = ['badger', 'beacon', 'brook', 'canyon', 'cove', 'delta', 'falcon', 'field', 'forest', 'garden', 'harbor', 'heron', 'island', 'lagoon', 'lantern', 'maple', 'meadow', 'meteor', 'orchard', 'otter', 'pebble', 'planet', 'raven', 'reef', 'river', 'robin', 'sparrow', 'summit', 'thicket', 'valley', 'willow', 'wren']

const random = (n) => crypto.getRandomValues(new Uint8Array(n))

// newRoom makes up a name: two words that can be said, and 50 random bits that
// nobody guesses, for whoever knows the name of a room without password can enter it.
export function newRoom() {
  const [a, b, ...rest] = random(12)
  return `${first[a % 32]}-${second[b % 32]}-${rest.map((x) => (x % 32).toString(32)).join('')}`
}

// newPassword makes up one of 128 bits.
export const newPassword = () => btoa(String.fromCharCode(...random(16))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
