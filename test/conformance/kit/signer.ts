import { createPublicKey, type KeyObject } from 'node:crypto'
import { systemClock } from '../../../src/common/clock.ts'
import { claimOf, isStrong, type Message } from '../../../src/federation/cavage.ts'
import { messageClaimOf } from '../../../src/federation/message-signature.ts'
import { term } from './wire.ts'

/** A request that came to the kit; `target` is the path and query as they stood in the request line. */
export type Incoming = {
  readonly method: string
  readonly target: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Headers
  readonly body: Buffer
}

/** Who signed a request; or what is wrong with its signature, as the end of "The request ...". */
export type Verdict = { readonly actor: string; readonly keyId: string } | { readonly fault: string }

/** A key of somebody else with the actor that lists it. */
export type OwnedKey = { readonly key: KeyObject; readonly owner: string }

/** Judges a signature by draft-cavage or RFC 9421 as FEDERATION.md, Signatures, has it; the query must be covered. */
export async function verdictOf(
  incoming: Incoming,
  origin: string,
  keyOf: (keyId: URL) => Promise<OwnedKey | undefined>,
): Promise<Verdict> {
  const headers = new Headers(incoming.headers)
  headers.set('host', new URL(origin).host)
  const { method, target, body } = incoming
  const message = { method, target, headers, ...(method === 'GET' ? {} : { body }) }
  if (headers.has('signature-input')) return byMessageSignature(message, origin, keyOf)
  if (!headers.has('signature')) return { fault: 'is not signed' }
  const claim = claimOf(message, systemClock(), { queryMayBeUnsigned: false })
  if (!claim) return { fault: 'has a signature that covers too little, is too old, or does not fit its body' }
  const known = await keyOf(claim.keyId)
  if (!known) return { fault: `is signed with ${claim.keyId.href}, which could not be read or is nobody's` }
  if (claim.holds(known.key)) return { actor: known.owner, keyId: claim.keyId.href }
  const old = claimOf(message, systemClock(), { queryMayBeUnsigned: true })
  return old?.holds(known.key)
    ? { fault: 'has a signature that leaves out the query' }
    : { fault: `has a signature that ${claim.keyId.href} did not make` }
}

async function byMessageSignature(
  message: Message,
  origin: string,
  keyOf: (keyId: URL) => Promise<OwnedKey | undefined>,
): Promise<Verdict> {
  const claim = messageClaimOf(message, origin, systemClock(), { queryMayBeUnsigned: false })
  if (!claim)
    return { fault: 'has a signature by RFC 9421 that covers too little, is too old, or does not fit its body' }
  const known = await keyOf(claim.keyId)
  if (!known) return { fault: `is signed with ${claim.keyId.href}, which could not be read or is nobody's` }
  return claim.holds(known.key)
    ? { actor: known.owner, keyId: claim.keyId.href }
    : { fault: `has a signature that ${claim.keyId.href} did not make` }
}

/** The key of that id in the document of an actor: on the actor's origin, owned by it, strong enough (FEP-fe34). */
export function keyIn(actor: unknown, keyId: string): OwnedKey | undefined {
  const owner = term(actor, 'id')
  if (typeof owner !== 'string' || URL.parse(owner)?.origin !== new URL(keyId).origin) return undefined
  const found = [term(actor, 'publicKey')].flat().find((one) => term(one, 'id') === keyId)
  const pem = term(found, 'publicKeyPem')
  if (term(found, 'owner') !== owner || typeof pem !== 'string') return undefined
  try {
    const key = createPublicKey(pem)
    return isStrong(key) ? { key, owner } : undefined
  } catch {
    return undefined // not a key
  }
}
