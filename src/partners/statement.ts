import { createHash, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { day, minute } from '../common/clock.ts'
import { decodeMultibase, encodeMultibase, publicKeyFromMultikey } from '../common/multibase.ts'
import { isObject } from '../common/objects.ts'
import { leaseDays } from './partner.ts'
import { canonicalForm } from './set.ts'

/** What a directory says about its set of listings to the one who asks (FEDERATION.md 4.3); times are RFC 3339 UTC. */
export type UnsignedStatement = {
  readonly '@context'?: unknown
  readonly id: string
  readonly type: 'DirectoryStatement'
  readonly attributedTo: string
  readonly epoch: string
  readonly seq: number
  readonly totalItems: number
  readonly root: string
  readonly issued: string
  readonly validUntil: string
}

/** A Data Integrity proof with cryptosuite eddsa-jcs-2022 (FEP-8b32, W3C vc-di-eddsa 3.3). */
export type Proof = {
  readonly '@context'?: unknown
  readonly type: 'DataIntegrityProof'
  readonly cryptosuite: 'eddsa-jcs-2022'
  readonly verificationMethod: string
  readonly proofPurpose: 'assertionMethod'
  readonly created: string
  readonly proofValue: string
}

/** A statement with the proof of its directory. */
export type Statement = UnsignedStatement & { readonly proof: Proof }

/** What a subscriber knows of an origin: the directory it subscribed to and the newest statement it verified. */
export type StatementStored = {
  readonly directoryId: string
  readonly newest?: Pick<Statement, 'epoch' | 'seq' | 'issued'>
}

/** Why a statement with a good proof is still not believed. */
export type StatementRefusal =
  | 'other-directory'
  | 'unreadable-time'
  | 'issued-in-future'
  | 'lease-too-long'
  | 'expired'
  | 'older-than-stored'
  | 'seq-went-back'

/** Believed, and within the epoch we know or in a new one (take a snapshot); or refused. */
export type StatementVerdict =
  | { readonly accepted: 'same-epoch' | 'new-epoch' }
  | { readonly refused: StatementRefusal }

const clockTolerance = 5 * minute

const proofTerms: readonly string[] = [
  '@context',
  'type',
  'cryptosuite',
  'verificationMethod',
  'proofPurpose',
  'created',
  'proofValue',
]

/** The statement with a proof by the Ed25519 key of its directory; `created` is cut to the second. */
export function signStatement(
  unsigned: UnsignedStatement,
  privateKey: KeyObject,
  verificationMethod: string,
  createdAt: Date,
): Statement {
  return { ...unsigned, proof: proofOf(unsigned, privateKey, verificationMethod, createdAt) }
}

/** Is this, as it came over the wire, a statement signed with this key under the name of its own directory? */
export function verifyStatement(statement: unknown, publicKey: string | KeyObject): boolean {
  if (!isObject(statement) || statement['type'] !== 'DirectoryStatement' || !isObject(statement['proof'])) return false
  const { verificationMethod } = statement['proof']
  if (typeof verificationMethod !== 'string') return false
  return verificationMethod.split('#')[0] === statement['attributedTo'] && hasValidProof(statement, publicKey)
}

/** Rules of FEDERATION.md 5, step 1, and the longest lease of 4.3. The proof and the schema are not checked here. */
export function judgeStatement(statement: Statement, stored: StatementStored, now: Date): StatementVerdict {
  if (statement.attributedTo !== stored.directoryId) return { refused: 'other-directory' }
  const issued = Date.parse(statement.issued)
  const validUntil = Date.parse(statement.validUntil)
  if (Number.isNaN(issued) || Number.isNaN(validUntil)) return { refused: 'unreadable-time' }
  if (issued > now.getTime() + clockTolerance) return { refused: 'issued-in-future' }
  if (validUntil > issued + leaseDays * day + clockTolerance) return { refused: 'lease-too-long' }
  if (validUntil <= now.getTime()) return { refused: 'expired' }

  const { newest } = stored
  if (newest === undefined) return { accepted: 'new-epoch' }
  if (issued < Date.parse(newest.issued)) return { refused: 'older-than-stored' }
  if (statement.epoch !== newest.epoch) return { accepted: 'new-epoch' }
  if (statement.seq < newest.seq) return { refused: 'seq-went-back' }
  return { accepted: 'same-epoch' }
}

/** The proof for any document without one (vc-di-eddsa 3.3.1); it takes the `@context` of the document, if any. */
export function proofOf(document: object, privateKey: KeyObject, verificationMethod: string, createdAt: Date): Proof {
  const options = {
    ...contextOf(document),
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-jcs-2022',
    verificationMethod,
    proofPurpose: 'assertionMethod',
    created: `${createdAt.toISOString().slice(0, 19)}Z`,
  } as const
  return { ...options, proofValue: encodeMultibase(sign(null, bytesToSign(document, options), privateKey)) }
}

/** Does the one proof of this document fit this key (vc-di-eddsa 3.3.2)? Whose key it is, and when, is not checked. */
export function hasValidProof(document: unknown, publicKey: string | KeyObject): boolean {
  if (!isObject(document)) return false
  const { proof, ...unsigned } = document
  if (!isObject(proof) || !isOurKindOfProof(proof)) return false
  const { proofValue, ...options } = proof
  const signature = typeof proofValue === 'string' ? decodeMultibase(proofValue) : undefined
  const key = typeof publicKey === 'string' ? publicKeyFromMultikey(publicKey) : publicKey
  if (signature?.length !== 64 || key?.asymmetricKeyType !== 'ed25519') return false

  let signed: Buffer
  try {
    if (!sameContext(options, unsigned)) return false
    signed = bytesToSign(unsigned, { ...options, ...contextOf(unsigned) })
  } catch {
    // No canonical form, so nobody can have signed it.
    return false
  }
  return verify(null, signed, key, signature)
}

function bytesToSign(document: object, options: object): Buffer {
  return Buffer.concat([sha256(canonicalForm(options)), sha256(canonicalForm(document))])
}

// A term such as `expires` or `domain` would have to be obeyed, so an unknown one makes the proof unusable.
function isOurKindOfProof(proof: Readonly<Record<string, unknown>>): boolean {
  return (
    proof['type'] === 'DataIntegrityProof' &&
    proof['cryptosuite'] === 'eddsa-jcs-2022' &&
    proof['proofPurpose'] === 'assertionMethod' &&
    typeof proof['verificationMethod'] === 'string' &&
    typeof proof['created'] === 'string' &&
    Object.keys(proof).every((term) => proofTerms.includes(term))
  )
}

// The specification also lets a document gain contexts after those of its proof. Ours never does, and an equal
// context leaves nothing in the document that is not signed. Fedify leaves it out of the proof, but signs it.
function sameContext(options: object, unsigned: object): boolean {
  return !('@context' in options) || canonicalForm(contextOf(options)) === canonicalForm(contextOf(unsigned))
}

function contextOf(document: object): { readonly '@context'?: unknown } {
  return '@context' in document && document['@context'] !== undefined ? { '@context': document['@context'] } : {}
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
