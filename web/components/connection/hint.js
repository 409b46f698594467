// What most likely keeps this page from its peers, judged by what the engine reports.
const patientMs = 30_000

// hintOf names a text of connection.hints, or nothing.
export function hintOf({ trackers, online, aloneMs, closed }) {
  if (!online) return 'offline'
  const used = trackers.filter((s) => !s.idle)
  if (used.length > 0 && used.every((s) => !s.connected && s.error)) return 'noTracker'
  // Trackers know of others, and yet no connection opens: a NAT or a firewall is in the way.
  if (aloneMs > patientMs) return 'blocked'
  const [last] = closed
  if (last?.reason?.code === 'session_expired' && !last.reason.remote) return 'expired'
  return undefined
}
