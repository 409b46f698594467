// once returns a function that calls make when it is first called, and returns what it made
// from then on. What Intl makes takes milliseconds, which the first sight of a page can do without.
export function once(make) {
  let made
  return () => (made ??= make())
}
