import { createHash } from 'node:crypto'
import { canonicalForm, sha256Hex } from './canonical.ts'

export { canonicalForm } from './canonical.ts'

/** One live listing as it counts in the root: ids are unique in a set and hold no space or line break. */
export type Entry = { readonly id: string; readonly contentHash: string }

const bucketCount = 256

/** SHA-256, lower-case hex, of the RFC 8785 form of the listing as it travels, unknown terms too (FEDERATION.md 4.1). */
export function contentHash(listing: unknown): string {
  return sha256Hex(canonicalForm(listing))
}

/** Which of the 256 buckets a listing is in: the first byte of SHA-256 of its id (FEDERATION.md 4.3). */
export function bucketOf(id: string): number {
  return Number.parseInt(sha256Hex(id).slice(0, 2), 16)
}

/** The hash of one bucket, lower-case hex, whatever the order of its entries (FEDERATION.md 4.3). */
export function bucketHash(entries: readonly Entry[]): string {
  const lines = entries
    .map((entry) => ({ bytes: Buffer.from(entry.id), line: `${entry.id} ${entry.contentHash}\n` }))
    .sort((one, other) => one.bytes.compare(other.bytes))
    .map((entry) => entry.line)
  return sha256(lines.join('')).toString('hex')
}

/** The hashes of all 256 buckets, bucket 0 first. */
export function bucketHashes(entries: readonly Entry[]): readonly string[] {
  const buckets = Array.from({ length: bucketCount }, (): Entry[] => [])
  for (const entry of entries) buckets[bucketOf(entry.id)]?.push(entry)
  return buckets.map(bucketHash)
}

/** The root of a set of live listings, lower-case hex, whatever their order (FEDERATION.md 4.3). */
export function rootOf(entries: readonly Entry[]): string {
  return rootOfBuckets(bucketHashes(entries))
}

/** The root over 256 bucket hashes as a partner sends them; throws RangeError unless they are 256 SHA-256 in hex. */
export function rootOfBuckets(hashes: readonly string[]): string {
  if (hashes.length !== bucketCount || !hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash))) {
    throw new RangeError('Not 256 bucket hashes')
  }
  return sha256(Buffer.from(hashes.join(''), 'hex')).toString('hex')
}

function sha256(input: string | Uint8Array): Buffer {
  return createHash('sha256').update(input).digest()
}
