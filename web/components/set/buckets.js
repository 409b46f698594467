// Buckets reads the buckets of a database when they may have changed.
export class Buckets {
  #read = ''
  #all = []

  // read returns them by their start, those that are empty here and at the peer left out;
  // with a peer, each says whether it differs from the peer's.
  read(model, peer) {
    const now = [model.root, peer?.id, peer?.agreed, peer?.differing].join()
    if (now !== this.#read && !model.error) {
      this.#read = now
      this.#all = model.db.buckets(peer?.id).sort((a, b) => a.start - b.start)
    }
    return this.#all
  }
}
