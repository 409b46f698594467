// Log keeps the latest lines. A line holds little (see lines.js), and so a full log
// is about a megabyte.
export const maxLines = 2000

export class Log {
  lines = [] // {id, at, kind, text, npub?, detail}, the latest last
  counts = {} // by kind, of lines that are kept
  lost = 0 // lines that were dropped for newer ones
  last = null
  #next = 1

  add(line, at) {
    this.last = { ...line, id: this.#next++, at }
    this.lines.push(this.last)
    this.counts[line.kind] = (this.counts[line.kind] ?? 0) + 1
    // Many at a time: moving the rest costs the same.
    if (this.lines.length < maxLines * 1.25) return
    const gone = this.lines.splice(0, this.lines.length - maxLines)
    for (const { kind } of gone) this.counts[kind]--
    this.lost += gone.length
  }

  clear() {
    this.lines = []
    this.counts = {}
    this.lost = 0
    this.last = null
  }
}
