import { createPublicKey, type KeyObject } from 'node:crypto'
import { day, later } from '../common/clock.ts'
import { isObject } from '../common/objects.ts'
import { hasValidProof, proofOf } from '../partners/statement.ts'
import type { JsonDocument } from './documents.ts'

/**
 * The directory's document with a proof by its Ed25519 key (FEDERATION.md 3.1): who pinned that key knows by it which RSA key signs
 * the directory's requests. The same all day long, so that caches are of use.
 */
export function vouchedFor(
  document: JsonDocument,
  { privateKey, verificationMethod }: { readonly privateKey: KeyObject; readonly verificationMethod: string },
  now: Date,
): JsonDocument {
  return {
    ...document,
    proof: proofOf(document, privateKey, verificationMethod, later(now, -(now.getTime() % day))),
  }
}

/** The RSA key in a directory's document, where the proof of the document is by its Ed25519 key; undefined for any other document. */
export function requestKeyIn(
  document: unknown,
  { directoryId, directoryKey }: { readonly directoryId: string; readonly directoryKey: string },
): KeyObject | undefined {
  if (!isObject(document) || document['id'] !== directoryId || !hasValidProof(document, directoryKey)) return undefined
  const { publicKey } = document
  if (!isObject(publicKey) || publicKey['owner'] !== directoryId || typeof publicKey['publicKeyPem'] !== 'string')
    return undefined
  try {
    return createPublicKey(publicKey['publicKeyPem'])
  } catch {
    return undefined // what is no key is none that is vouched for
  }
}
