import { createHash, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const ed25519 = Buffer.from([0xed, 0x01])

// Decoding takes time by the square of the length, and strangers choose the length. A signature has 88 characters.
const longestText = 128

/** Base58btc of the bytes after a `z`, as in Multibase (W3C Controlled Identifiers 1.0, section 2.4). */
export function encodeMultibase(bytes: Uint8Array): string {
  const zeros = bytes.findIndex((byte) => byte !== 0)
  const leading = zeros === -1 ? bytes.length : zeros
  let rest = BigInt(`0x0${Buffer.from(bytes).toString('hex')}`)
  let digits = ''
  while (rest > 0n) {
    digits = alphabet.charAt(Number(rest % 58n)) + digits
    rest /= 58n
  }
  return `z${'1'.repeat(leading)}${digits}`
}

/** The bytes of a base58btc Multibase text; undefined if it is none or has more than 128 characters. */
export function decodeMultibase(text: string): Uint8Array | undefined {
  if (!text.startsWith('z') || text.length > longestText) return undefined
  let number = 0n
  for (const character of text.slice(1)) {
    const digit = alphabet.indexOf(character)
    if (digit === -1) return undefined
    number = number * 58n + BigInt(digit)
  }
  const leading = /^z(1*)/.exec(text)?.[1]?.length ?? 0
  const hex = number === 0n ? '' : number.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return new Uint8Array([...Array<number>(leading).fill(0), ...bytes])
}

/** The `publicKeyMultibase` of an Ed25519 key (Multikey, FEP-521a); throws RangeError for a key of another kind. */
export function multikey(publicKey: KeyObject): string {
  const { crv, x } = publicKey.export({ format: 'jwk' })
  if (crv !== 'Ed25519' || x === undefined) throw new RangeError('Not an Ed25519 key')
  return encodeMultibase(Buffer.concat([ed25519, Buffer.from(x, 'base64url')]))
}

/** The key behind a `publicKeyMultibase`; undefined if it is not an Ed25519 Multikey. Is it on the curve? Not checked. */
export function publicKeyFromMultikey(publicKeyMultibase: string): KeyObject | undefined {
  const raw = rawEd25519Key(publicKeyMultibase)
  if (raw === undefined) return undefined
  const x = Buffer.from(raw).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

/** What two administrators read to each other (FEDERATION.md 3): SHA-256 in groups of four; RangeError if it is no key. */
export function fingerprint(publicKeyMultibase: string): string {
  const raw = rawEd25519Key(publicKeyMultibase)
  if (raw === undefined) throw new RangeError('Not an Ed25519 Multikey')
  const hex = createHash('sha256').update(raw).digest('hex')
  return (hex.match(/.{4}/g) ?? []).join(' ')
}

function rawEd25519Key(publicKeyMultibase: string): Uint8Array | undefined {
  const bytes = decodeMultibase(publicKeyMultibase)
  if (bytes?.length !== 34 || !ed25519.equals(bytes.subarray(0, 2))) return undefined
  return bytes.subarray(2)
}
