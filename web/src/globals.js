// Go's support code and Go's syscall package find one another through global
// variables, Go, fs, process and path, while the program starts. The page may
// have its own under these names.

// lend gives global variables values while fn runs, and then puts back what was
// there. fn is synchronous, so nobody else sees them.
export function lend(values, fn) {
  const names = Object.keys(values)
  const own = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name))
  try {
    for (const name of names) set(name, { value: values[name], writable: true, enumerable: true, configurable: true })
    return fn()
  } finally {
    names.forEach((name, i) => (own[i] ? set(name, own[i]) : delete globalThis[name]))
  }
}

function set(name, descriptor) {
  if (Object.getOwnPropertyDescriptor(globalThis, name)?.configurable === false) {
    globalThis[name] = descriptor.value // declared by var
  } else {
    Object.defineProperty(globalThis, name, descriptor)
  }
}
