// turn resolves when the browser has had its turn: what the page waits for, such as a frame,
// comes between. It is no timer, for those are slowed in hidden tabs.
export const turn = () => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    resolve()
  }
  port2.postMessage(null)
})
