// A QR code as one path of an SVG, always dark on white: cameras want it so.
import { svg } from 'lit-html'
import { encode } from 'uqr'
import { t } from '../texts.js'

const border = 2 // modules of quiet around it; the card it lies on gives the rest

export function qrCode(text) {
  const { data, size } = encode(text, { ecc: 'M', border })
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return svg`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label=${t('invite.qr')} shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"></path><path fill="#191926" d=${path}></path></svg>`
}
