// Figures, each with what it has to reach: a row is { what, value, unit } and perhaps max,
// min, or a note on the target.

export function median(xs) {
  const s = [...xs].sort((a, b) => a - b)
  return s.length % 2 ? s[(s.length - 1) / 2] : (s[s.length / 2 - 1] + s[s.length / 2]) / 2
}

// medians makes one object of many that have the same numbers in them.
export function medians(objects) {
  return Object.fromEntries(Object.entries(objects[0])
    .filter(([, value]) => typeof value === 'number')
    .map(([key]) => [key, median(objects.map((o) => o[key]))]))
}

export function groupBy(xs, key) {
  const groups = new Map()
  for (const x of xs) groups.set(key(x), [...(groups.get(key(x)) ?? []), x])
  return groups
}

// number is three digits at least, and all of those before the point.
export const number = (x) => x.toLocaleString('en', { maximumSignificantDigits: 3, maximumFractionDigits: 0, roundingPriority: 'morePrecision' })

const target = ({ max, min, note }) => [
  max !== undefined ? `≤ ${number(max)}` : min !== undefined ? `≥ ${number(min)}` : '',
  note ? `(${note})` : '',
].filter(Boolean).join(' ')

const mark = ({ value, max, min }) => {
  if (max === undefined && min === undefined) return ''
  return value > (max ?? Infinity) || value < (min ?? -Infinity) ? 'OVER' : 'ok'
}

// printTable prints lines of cells, flush right but for the first column and those in left.
export function printTable(head, lines, left = []) {
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map((l) => l[i].length)))
  const pad = (cell, i) => (i === 0 || left.includes(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))
  for (const line of [head, widths.map((w) => '─'.repeat(w)), ...lines]) console.log(line.map(pad).join('  ').trimEnd())
}

// printRows prints rows with their targets, and whether they reach them.
export function printRows(title, rows) {
  console.log()
  printTable([title, 'figure', 'unit', 'target', ''], rows.map((r) => [r.what, number(r.value), r.unit, target(r), mark(r)]), [2, 3, 4])
}
