// Waiting for what a test expects, with a deadline and a name for it.

// within rejects when a promise takes longer.
export function within(seconds, what, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`after ${seconds} s still waiting: ${what}`)), seconds * 1000)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

const pollMs = 50

// until asks again and again until the answer is truthy, and returns it.
export async function until(seconds, what, ask) {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const answer = await within(seconds, what, Promise.resolve(ask()))
    if (answer) return answer
    if (Date.now() > deadline) throw new Error(`after ${seconds} s still waiting: ${what}; last answer: ${JSON.stringify(answer)}`)
    await new Promise((resolve) => { setTimeout(resolve, pollMs) })
  }
}

// onPage is until with a question that the page answers.
export function onPage(page, seconds, what, fn, ...args) {
  return until(seconds, what, () => page.evaluate(fn, ...args))
}
