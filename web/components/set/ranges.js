// Ranges are those of the last reconciliation, each on a lane: one that lies within
// another is below it.
const most = 400
const lanes = 6
const roundMs = 2000 // what comes after such a pause belongs to another round

export class Ranges {
  list = [] // {id, from, to, kind, out, lane}
  total = 0 // of this reconciliation; the list has the latest
  at = 0 // when the last one came
  #next = 0

  add({ peer, from, to, kind, out }, now) {
    if (now - this.at > roundMs) {
      this.list = []
      this.total = 0
    }
    this.at = now
    this.total++
    if (this.list.length >= most) this.list.splice(0, most / 4)
    const around = this.list.filter((r) => r.peer === peer && r.from <= from && r.to >= to && r.to - r.from > to - from)
    const lane = Math.min(lanes - 1, around.reduce((n, r) => Math.max(n, r.lane + 1), 0))
    this.list.push({ id: this.#next++, peer, from, to, kind, out, lane })
  }
}
