// Runs the server of bittorrent-tracker: node reference-server.mjs [port]
import Server from 'bittorrent-tracker/server'

const say = message => console.log(JSON.stringify(message))
const port = Number(process.argv[2] ?? 0)
const server = new Server({ http: true, udp: false, ws: true, stats: false })
server.on('error', err => { throw err })
server.on('warning', err => say({ event: 'warning', text: err.message }))
server.on('stop', () => say({ event: 'stop' }))
server.listen(port, '127.0.0.1', () => {
  say({ event: 'listening', url: `ws://127.0.0.1:${server.http.address().port}/` })
})
process.stdin.on('end', () => process.exit()).resume()
