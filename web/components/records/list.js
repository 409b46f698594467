// A list of which only what is in view exists: @tanstack/virtual-core, tied to a
// scrolling element, with rows of one height but for those that are expanded.
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core'

export class List {
  items = [] // records
  #virtual
  #element
  #unmount
  #heights = new Map() // uuid -> height of a row that is expanded
  #rowHeight = 56
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
    observeElementRect,
    observeElementOffset,
    onChange: () => this.#onChange(),
  }

  #options() {
    return { ...this.#fixed, count: this.items.length }
  }

  // set shows other items. Whoever has scrolled down keeps what is before their eyes.
  set(items) {
    const anchor = this.#element.scrollTop > this.#rowHeight ? this.#virtual.getVirtualItemForOffset(this.#element.scrollTop) : undefined
    const uuid = anchor && this.items[anchor.index]?.uuid
    const into = anchor ? this.#element.scrollTop - anchor.start : 0
    this.items = items
    this.#virtual.measure() // the same number of rows may be other rows
    this.#apply()
    if (!uuid || items[anchor.index]?.uuid === uuid) return
    const index = items.findIndex((r) => r.uuid === uuid)
    if (index >= 0) this.#virtual.scrollToOffset(this.#virtual.getOffsetForIndex(index, 'start')[0] + into)
  }

  // expand says how high a row is that is expanded; null, that it is no more.
  expand(uuid, height) {
    if ((this.#heights.get(uuid) ?? null) === height) return
    if (height === null) this.#heights.delete(uuid)
    else this.#heights.set(uuid, height)
    const index = this.items.findIndex((r) => r.uuid === uuid)
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
    const [from, to] = [this.#element.scrollTop, this.#element.scrollTop + this.#element.clientHeight]
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
