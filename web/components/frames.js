// Work for the next frame. What does not fit into one waits for the one after it, so that
// many panes that change at once never hold up the page together.

const budgetMs = 6 // of the 16 that a frame has; the browser needs its part
const patienceMs = 500 // frames do not come to a page that is hidden

let waiting = []
let asked = false

// nextFrame calls fn before the next frame, or soon on a page to which no frames come.
// Functions are called in the order in which they were handed in.
export function nextFrame(fn) {
  waiting.push(fn)
  if (!asked) ask()
}

function ask() {
  asked = true
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer)
    run(performance.now() + budgetMs)
  })
  const timer = setTimeout(() => {
    cancelAnimationFrame(frame)
    run(Infinity)
  }, patienceMs)
}

function run(until) {
  let done = 0
  // What is handed in meanwhile is done in this frame too, if there is time.
  while (done < waiting.length && (done === 0 || performance.now() < until)) {
    try {
      waiting[done++]()
    } catch (error) {
      reportError(error) // one's fault is not the others'
    }
  }
  waiting = waiting.slice(done)
  asked = false
  if (waiting.length > 0) ask()
}
