// What simple-peer needs of WebRTC. It reports the descriptions that it is given.
let made = 0

const say = message => console.log(JSON.stringify(message))

export class RTCPeerConnection {
  iceGatheringState = 'complete'
  iceConnectionState = 'new'
  connectionState = 'new'
  signalingState = 'stable'

  createDataChannel (label) { return { label, close () {} } }
  async createOffer () { return { type: 'offer', sdp: `v=0 offer ${++made} of the reference\r\n<&>é` } }
  async createAnswer () { return { type: 'answer', sdp: `answer of the reference to ${this.remoteDescription.sdp}` } }
  async setLocalDescription (description) {
    this.localDescription = description
    queueMicrotask(() => this.onicecandidate?.({ candidate: null }))
  }

  async setRemoteDescription (description) {
    this.remoteDescription = description
    say({ event: description.type, local: this.localDescription?.sdp, sdp: description.sdp })
  }

  close () {}
}

export class RTCSessionDescription {
  constructor ({ type, sdp }) { Object.assign(this, { type, sdp }) }
}

export class RTCIceCandidate {}
