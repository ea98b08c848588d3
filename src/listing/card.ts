import { encodeQR } from 'qr'
import type { OwnListing } from './document.ts'

/** What a card says of a public person, wherever she puts it: that she is there, and until when her flag is up. Nothing else. */
export type PeerCard = { readonly name: string; readonly page: string; readonly openUntil?: string }

/** The card of a public person as everyone may see her now. */
export function cardOf(document: Pick<OwnListing, 'name' | 'peerChat'>, page: string): PeerCard {
  const { name, peerChat } = document
  return { name, page, ...(peerChat ? { openUntil: peerChat.endTime } : {}) }
}

/** An address as a QR code: an SVG picture, black on white, with the quiet edge of four modules that readers need (ISO/IEC 18004). */
export function qrCode(address: string): string {
  return encodeQR(address, 'svg', { ecc: 'medium', border: 4 }).replace(
    '>',
    '><rect width="100%" height="100%" fill="#fff"/>',
  )
}
