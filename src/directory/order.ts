import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Who a row of the directory is for: people signed in on this node, or anybody. */
export type Audience = 'members' | 'public'

/** The number that an audience has in the table. */
export const audienceNumber: Readonly<Record<Audience, 1 | 2>> = { members: 1, public: 2 }

/**
 * The place of a listing in the order drawn by lot, at least 0 and below 2^63. Lasting, without pattern, and because the
 * secret stays here no origin can choose ids that come first (docs/decisions/an-order-drawn-by-lot.md).
 */
export function placeOf(secret: string, audience: Audience, listingId: string): bigint {
  return drawn(`${secret}\n${audience}\n${listingId}`)
}

/** Where the order starts on a day (YYYY-MM-DD): another place every day, the same for everybody. */
export function startOf(secret: string, day: string): bigint {
  return drawn(`${secret}\nstart\n${day}`)
}

function drawn(text: string): bigint {
  return createHash('sha256').update(text, 'utf8').digest().readBigUInt64BE() >> 1n
}

/** A place as it stands in an address: 13 characters, digits and lower-case letters. */
export function keyOf(place: bigint): string {
  return place.toString(36).padStart(13, '0')
}

/** The place that a key stands for, or undefined when it is no key. */
export function placeOfKey(key: string): bigint | undefined {
  if (!/^[0-9a-z]{13}$/.test(key)) return undefined
  const place = Array.from(key).reduce((sum, character) => sum * 36n + BigInt(Number.parseInt(character, 36)), 0n)
  return place < 1n << 63n ? place : undefined
}

/**
 * Where a page of results ended: the start of its ring (so that midnight changes nothing), the last place shown, the
 * round of the search that it was shown in (views.ts), from 0 on, and, where that is the round of similar words, which words
 * were taken for errors (a bit each, so that whoever comes meanwhile changes nothing).
 */
export type Cursor = {
  readonly start: bigint
  readonly last: bigint
  readonly round: number
  readonly doubted?: number | undefined
}

/** A stretch of the order: the places above `above`, up to and with `upTo`. */
export type Stretch = { readonly above: bigint; readonly upTo: bigint }

/** What of the ring comes after a place, up to and with its start: one stretch, or two where it goes on from the beginning. */
export function ringAfter(start: bigint, last: bigint | undefined): readonly Stretch[] {
  const toStart = (above: bigint): Stretch => ({ above, upTo: start })
  if (last !== undefined && last <= start) return [toStart(last)]
  return [{ above: last ?? start, upTo: lastPlace }, toStart(-1n)]
}

const lastPlace = (1n << 63n) - 1n

/** The first part of a stretch, which has a share (above 0, at most 1) of the whole ring, or less where the stretch ends. */
export function beginningOf({ above, upTo }: Stretch, share: number): Stretch {
  const end = above + 1n + BigInt(Math.floor(share * 2 ** 53)) * (1n << 10n)
  return { above, upTo: end < upTo ? end : upTo }
}

const bodyLength = 19

/** A cursor as it travels: 36 characters, opaque, with our own mark. */
export function cursorText(secret: string, cursor: Cursor): string {
  const body = Buffer.alloc(bodyLength)
  body.writeBigUInt64BE(cursor.start, 0)
  body.writeBigUInt64BE(cursor.last, 8)
  body.writeUInt8(cursor.round, 16)
  body.writeUInt16BE(cursor.doubted ?? 0, 17)
  return Buffer.concat([body, mark(secret, body)]).toString('base64url')
}

/** Reads a cursor that we gave out; undefined for anything else. */
export function readCursor(secret: string, text: string): Cursor | undefined {
  if (!/^[A-Za-z0-9_-]{36}$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  const body = bytes.subarray(0, bodyLength)
  if (!timingSafeEqual(bytes.subarray(bodyLength), mark(secret, body))) return undefined
  return {
    start: body.readBigUInt64BE(0),
    last: body.readBigUInt64BE(8),
    round: body.readUInt8(16),
    doubted: body.readUInt16BE(17),
  }
}

function mark(secret: string, body: Buffer): Buffer {
  return createHmac('sha256', secret).update('cursor\n').update(body).digest().subarray(0, 8)
}
