import { t } from '../texts.js'

// Trackers tells what has happened at the trackers since it was last asked. The engine
// has no events of it; its figures are read each second.
export class Trackers {
  #before = new Map() // by URL

  // lines returns those that the figures of now give rise to.
  lines(trackers) {
    const lines = []
    for (const now of trackers) {
      const { url, connected, idle, error, offers, answers } = now
      const was = this.#before.get(url) ?? { connected: false, idle: false, offers: 0, answers: 0 }
      this.#before.set(url, now)
      const add = (what, values) => lines.push({ kind: 'signaling', text: t(`console.tracker.${what}`, { url: url.replace(/^wss?:\/\//, ''), ...values }), detail: now })
      if (connected && !was.connected) add('connected')
      if (!connected && was.connected) add('gone')
      if (idle && !was.idle) add('idle')
      if (error && error !== was.error) add('failed', { error })
      if (offers > was.offers || answers > was.answers) add('brought', { offers: t('console.offers', { n: offers - was.offers }), answers: t('console.answers', { n: answers - was.answers }) })
    }
    return lines
  }
}
