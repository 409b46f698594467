// The ways to log in: what each asks for, and what db.login gets of it.
const passphrase = { name: 'passphrase', secret: true }
// Keeps the key in this browser, encrypted.
const remember = { name: 'remember', secret: true, optional: true }

export const ways = [
  { name: 'unlock', fields: [passphrase], fits: (me) => me.locked || me.type === 'device', login: ({ passphrase: p }) => ({ passphrase: p }) },
  { name: 'signer', fields: [], fits: () => Boolean(globalThis.nostr), login: () => ({ signer: true }) },
  { name: 'nsec', fields: [{ name: 'nsec', secret: true }, remember], fits: () => true, login: given('nsec', 'remember') },
  { name: 'ncryptsec', fields: [{ name: 'ncryptsec' }, passphrase], fits: () => false, login: given('ncryptsec', 'passphrase') },
  { name: 'fresh', fields: [remember], fits: () => false, login: (values) => ({ fresh: true, ...given('remember')(values) }) },
]

// given passes on what was filled in.
function given(...names) {
  return (values) => Object.fromEntries(names.filter((n) => values[n]).map((n) => [n, values[n]]))
}
