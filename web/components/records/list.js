// A list of which only what is in view exists: @tanstack/virtual-core, tied to a
// scrolling element, with rows of one height but for those that are expanded.
import { defaultRangeExtractor, elementScroll, observeElementOffset, Virtualizer } from '@tanstack/virtual-core'

export class List {
  items = [] // records
  #virtual
  #element
  #unmount
  #heights = new Map() // uuid -> height of a row that is expanded
  #rowHeight = 56
  #held = null // the uuid of a row that exists even when it is out of view, or null
  #onChange

  constructor(element, onChange) {
    this.#element = element
    this.#onChange = onChange
    this.#virtual = new Virtualizer(this.#options())
    this.#unmount = this.#virtual._didMount()
    this.#virtual._willUpdate()
  }

  stop() {
    this.#unmount()
  }

  #fixed = {
    getScrollElement: () => this.#element,
    estimateSize: (i) => this.#heights.get(this.items[i].uuid) ?? this.#rowHeight,
    getItemKey: (i) => this.items[i]?.uuid ?? i,
    overscan: 6,
    scrollToFn: elementScroll,
    observeElementRect: ({ scrollElement }, tell) => observeSize(scrollElement, tell),
    observeElementOffset,
    onChange: () => this.#onChange(),
  }

  #options() {
    const held = this.#held === null ? -1 : this.index(this.#held)
    const rangeExtractor = held < 0 ? defaultRangeExtractor : (range) => {
      const seen = defaultRangeExtractor(range)
      return seen.includes(held) ? seen : [...seen, held].sort((a, b) => a - b)
    }
    return { ...this.#fixed, count: this.items.length, rangeExtractor }
  }

  // index is where a record is, or -1.
  index(uuid) {
    return this.items.findIndex((r) => r.uuid === uuid)
  }

  // hold keeps a row in existence, as the one that has the focus; null keeps none.
  hold(uuid) {
    if (uuid === this.#held) return
    this.#held = uuid
    this.#apply()
  }

  // reveal scrolls as little as it takes to see a row.
  reveal(index) {
    this.#virtual.scrollToIndex(index, { align: 'auto' })
  }

  // set shows other items. Whoever has scrolled down keeps what is before their eyes.
  set(items) {
    // As the last event told it: to ask the element would have it laid out, at each record.
    const offset = this.#virtual.scrollOffset ?? 0
    const anchor = offset > this.#rowHeight ? this.#virtual.getVirtualItemForOffset(offset) : undefined
    const uuid = anchor && this.items[anchor.index]?.uuid
    const into = anchor ? offset - anchor.start : 0
    this.items = items
    this.#virtual.measure() // the same number of rows may be other rows
    this.#apply()
    if (!uuid || items[anchor.index]?.uuid === uuid) return
    const index = this.index(uuid)
    if (index >= 0) this.#virtual.scrollToOffset(this.#virtual.getOffsetForIndex(index, 'start')[0] + into)
  }

  // expand says how high a row is that is expanded; null, that it is no more.
  expand(uuid, height) {
    if ((this.#heights.get(uuid) ?? null) === height) return
    if (height === null) this.#heights.delete(uuid)
    else this.#heights.set(uuid, height)
    const index = this.index(uuid)
    if (index >= 0) this.#virtual.resizeItem(index, height ?? this.#rowHeight)
  }

  set rowHeight(height) {
    if (height === this.#rowHeight) return
    this.#rowHeight = height
    this.#virtual.measure()
    this.#apply()
  }

  #apply() {
    this.#virtual.setOptions(this.#options())
    this.#virtual._willUpdate()
    this.#onChange()
  }

  // visible is what to render: {index, start, size} each.
  get visible() {
    return this.#virtual.getVirtualItems().filter(({ index }) => index < this.items.length)
  }

  get height() {
    return this.#virtual.getTotalSize()
  }

  // range is what a person sees: the first and the last index.
  get range() {
    const from = this.#virtual.scrollOffset ?? 0
    const to = from + (this.#virtual.scrollRect?.height ?? 0)
    const seen = this.visible.filter(({ start, size }) => start + size / 2 >= from && start + size / 2 <= to)
    return seen.length > 0 ? [seen[0].index, seen.at(-1).index] : [0, Math.max(0, this.items.length - 1)]
  }

  // page scrolls by a screenful, or to an end.
  page(where) {
    const { scrollTop, clientHeight, scrollHeight } = this.#element
    const step = clientHeight - this.#rowHeight
    const to = { first: 0, previous: scrollTop - step, next: scrollTop + step, last: scrollHeight }[where]
    this.#element.scrollTo({ top: to })
  }
}

// observeSize tells how large an element is, after it was laid out. The library's own way asks
// at once, and has all that is not laid out yet laid out for the answer.
function observeSize(element, tell) {
  const observer = new ResizeObserver(([{ contentRect: { width, height } }]) => tell({ width: Math.round(width), height: Math.round(height) }))
  observer.observe(element)
  return () => observer.disconnect()
}
