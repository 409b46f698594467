// Runs the client of bittorrent-tracker: node reference-client.mjs <tracker> <info hash in hex>
import { register } from 'node:module'

const fake = new URL('fake-webrtc.mjs', import.meta.url).href
register('data:text/javascript,' + encodeURIComponent(`
  export const resolve = (name, context, next) => name === 'webrtc-polyfill'
    ? { url: ${JSON.stringify(fake)}, shortCircuit: true }
    : next(name, context)
`))
const { default: Client } = await import('bittorrent-tracker/client')

const say = message => console.log(JSON.stringify(message))
const [tracker, infoHash] = process.argv.slice(2)
const client = new Client({
  infoHash,
  peerId: Buffer.from('-WW0001-\xff\x80\x00abcdefghi', 'latin1'),
  announce: [tracker],
  port: 1, // for trackers of other kinds; nothing listens
  wrtc: {}
})
client.on('error', err => { throw err })
client.on('warning', err => say({ event: 'warning', text: err.message }))
client.on('update', ({ complete, incomplete }) => say({ event: 'update', peers: complete + incomplete }))
client.on('scrape', ({ complete, incomplete }) => say({ event: 'scrape', peers: complete + incomplete }))
client.start({ left: 1 })
process.stdin.on('data', command => {
  if (String(command).trim() === 'scrape') client.scrape()
}).on('end', () => process.exit())
