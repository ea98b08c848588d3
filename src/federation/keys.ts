import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  type webcrypto,
} from 'node:crypto'
import { promisify } from 'node:util'
import { importJwk } from '@fedify/fedify'
import type { App } from '../app.ts'
import { actorIri } from '../common/addresses.ts'
import { multikey } from '../common/multibase.ts'
import { keepKeys } from './actions.ts'
import type { SigningKey } from './cavage.ts'
import type { PublicKeys } from './documents.ts'
import { comingKeys } from './key-change-views.ts'
import { verificationMethodOf, type KeyRow, type NumberedKeyRow } from './key-row.ts'
import { keyNumber, keyRows } from './views.ts'

const generate = promisify(generateKeyPair)

/** The keys of one of our actors, ready to use. RSA signs HTTP; Ed25519 signs statements and proofs (FEP-521a, FEP-8b32). */
export type ActorKeys = {
  /** 1 for the first pairs, one more after each change. */
  readonly number: number
  readonly rsa: {
    readonly keyId: string
    readonly privateKey: webcrypto.CryptoKey
    readonly publicKey: webcrypto.CryptoKey
    readonly pem: string
  }
  readonly ed25519: {
    readonly verificationMethod: string
    readonly privateKey: KeyObject
    readonly pair: webcrypto.CryptoKeyPair
    readonly multikey: string
  }
}

// Importing a key costs more than using it; a node signs with few keys, again and again. Another process may change them: the
// number tells.
const imported = new WeakMap<App, Map<string, ActorKeys>>()

/** Makes what is missing of an actor's keys: RSA of 2048 bits, as Mastodon's, and Ed25519. Safe to call twice, or at once. */
export async function makeKeys(app: App, actorId: string): Promise<void> {
  const there = new Set((await keyRows(app.db, actorId)).map(({ kind }) => kind))
  const made: KeyRow[] = []
  if (!there.has('rsa')) made.push(await newKey('rsa'))
  if (!there.has('ed25519')) made.push(await newKey('ed25519'))
  if (made.length > 0) await keepKeys(app, actorId, made)
}

/** A new pair of one kind. */
export async function newKey(kind: 'rsa' | 'ed25519'): Promise<KeyRow> {
  const pair = kind === 'rsa' ? await generate('rsa', { modulusLength: 2048 }) : await generate('ed25519')
  const algorithm = kind === 'rsa' ? { alg: 'RS256' } : {}
  return {
    kind,
    private_jwk: JSON.stringify({
      ...pair.privateKey.export({ format: 'jwk' }),
      ...algorithm,
      key_ops: ['sign'],
      ext: true,
    }),
    public_jwk: JSON.stringify({
      ...pair.publicKey.export({ format: 'jwk' }),
      ...algorithm,
      key_ops: ['verify'],
      ext: true,
    }),
  }
}

/** The keys of one of our actors ('node', 'directory' or a person's id), or undefined until they are made. */
export async function actorKeys(app: App, actorId: string): Promise<ActorKeys | undefined> {
  let known = imported.get(app)
  if (!known) imported.set(app, (known = new Map()))
  const number = await keyNumber(app.db, actorId)
  const kept = known.get(actorId)
  if (kept?.number === number) return kept
  const found = await keyRows(app.db, actorId)
  const rsa = found.find(({ kind }) => kind === 'rsa')
  const ed25519 = found.find(({ kind }) => kind === 'ed25519')
  if (!rsa || !ed25519) return undefined
  const keys = await importKeys(actorIri(app.config.origin, actorId), rsa, ed25519)
  if (known.size >= 500) known.clear()
  known.set(actorId, keys)
  return keys
}

/** The same, where an actor without keys is a bug or a job that comes too early. */
export async function signingKeys(app: App, actorId: string): Promise<ActorKeys> {
  const keys = await actorKeys(app, actorId)
  if (!keys) throw new Error(`actor ${actorId} has no keys yet`)
  return keys
}

/** What will sign an actor's HTTP requests once its coming pairs are in use; undefined where none wait. */
export async function comingSigningKey(app: App, actorId: string): Promise<SigningKey | undefined> {
  const rsa = (await comingKeys(app.db, actorId)).find(({ kind }) => kind === 'rsa')
  if (!rsa) return undefined
  const privateKey = createPrivateKey({ key: jwk(rsa.private_jwk), format: 'jwk' })
  return { keyId: `${actorIri(app.config.origin, actorId)}#main-key`, privateKey }
}

/** The public halves of pairs that are not in use yet, as documents carry them. */
export function publicKeysOf(made: readonly KeyRow[], number: number): PublicKeys {
  const publicKey = (kind: KeyRow['kind']): KeyObject => {
    const found = made.find((key) => key.kind === kind)
    if (!found) throw new Error(`no ${kind} key was made`)
    return createPublicKey({ key: jwk(found.public_jwk), format: 'jwk' })
  }
  return { number, pem: pemOf(publicKey('rsa')), multikey: multikey(publicKey('ed25519')) }
}

// Our own rows: what newKey wrote.
function jwk(text: string): JsonWebKey {
  return JSON.parse(text) as JsonWebKey
}

function pemOf(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

async function importKeys(actor: string, rsa: NumberedKeyRow, ed25519: NumberedKeyRow): Promise<ActorKeys> {
  const edPublic = createPublicKey({ key: jwk(ed25519.public_jwk), format: 'jwk' })
  return {
    number: ed25519.number,
    rsa: {
      keyId: `${actor}#main-key`,
      privateKey: await importJwk(jwk(rsa.private_jwk), 'private'),
      publicKey: await importJwk(jwk(rsa.public_jwk), 'public'),
      pem: pemOf(createPublicKey({ key: jwk(rsa.public_jwk), format: 'jwk' })),
    },
    ed25519: {
      verificationMethod: verificationMethodOf(actor, ed25519.number),
      privateKey: createPrivateKey({ key: jwk(ed25519.private_jwk), format: 'jwk' }),
      pair: {
        privateKey: await importJwk(jwk(ed25519.private_jwk), 'private'),
        publicKey: await importJwk(jwk(ed25519.public_jwk), 'public'),
      },
      multikey: multikey(edPublic),
    },
  }
}
