import { createHash, createHmac, randomBytes } from 'node:crypto'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** A random, opaque id of 20 characters (100 bits, Crockford base 32, lower case); safe in a path. */
export function randomId(): string {
  return Array.from(randomBytes(20), (byte) => alphabet[byte & 31]).join('')
}

/** A random secret of 32 bytes for a link or a session, in base64url (43 characters). */
export function randomToken(): string {
  return randomBytes(32).toString('base64url')
}

/** SHA-256 of a text in lower-case hex: how tokens and addresses are kept where only equality matters. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

/** HMAC-SHA-256 in lower-case hex under a key of this node: comparable here, meaningless elsewhere. */
export function keyedHash(key: string, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('hex')
}
