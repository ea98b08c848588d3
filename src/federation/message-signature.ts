import { constants, createHash, timingSafeEqual, verify, type KeyObject } from 'node:crypto'
import { hour } from '../common/clock.ts'
import { isKnownStrong, isRead, type Claim, type ClaimOptions, type ReadMessage } from './cavage.ts'

// HTTP Message Signatures (RFC 9421), as far as ActivityPub uses them (FEDERATION.md, Signatures): one signature over components
// without parameters, as Mastodon and Fedify write it. Anything else is not looked into.

const signatureInput =
  /^[ \t]*([a-z*][a-z0-9_.*-]*)=(\(((?:"[a-z0-9@-]+" ?)*)\)((?:; *[a-z*][a-z0-9_.*-]*(?:=(?:"[^"\\]*"|\d+))?)*))[ \t]*$/
const longestInput = 4096
const mostComponents = 32

/** Clocks differ, and a request that is on its way is not old: an hour, as for draft-cavage. */
const longestAge = hour

/**
 * Reads the signature of a request and checks all that needs no key: its form, what it must cover (the method, the whole target, and the
 * body of a POST), its age (an hour either way) and the digest of the body. `origin` is ours, as the signer saw it. Undefined when
 * there is none or it is not good enough to ask for a key.
 */
export function messageClaimOf(
  message: ReadMessage,
  origin: string,
  now: Date,
  options: ClaimOptions,
): Claim | undefined {
  const input = message.headers.get('signature-input') ?? ''
  const [, label, whole = '', list = '', written = ''] =
    (input.length > longestInput ? null : signatureInput.exec(input)) ?? []
  if (label === undefined) return undefined
  const covered = Array.from(list.matchAll(/"([^"]*)"/g), ([, name = '']) => name)
  const parameters = parametersOf(written)
  const keyId = URL.parse(parameters?.get('keyid') ?? '')
  const signature = signatureOf(message.headers.get('signature') ?? '', label)
  if (!parameters || !keyId || !signature) return undefined
  if (!/^https?:$/.test(keyId.protocol) || keyId.username !== '' || keyId.password !== '') return undefined
  if (!coversEnough(covered, message, options) || !isTimely(parameters, now) || !hasItsBody(message)) return undefined
  const lines = covered.map((name) => [name, valueOf(name, message, origin)] as const)
  if (lines.some(([, value]) => value === undefined)) return undefined
  const text = [...lines, ['@signature-params', whole] as const].map(([name, value]) => `"${name}": ${value}`)
  const base = Buffer.from(text.join('\n'))
  return { keyId, holds: (key) => isKnownStrong(key) && verifies(base, signature, key, parameters.get('alg')) }
}

function parametersOf(written: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>()
  for (const [, name = '', quoted, bare] of written.matchAll(/; *([a-z*][a-z0-9_.*-]*)(?:=(?:"([^"\\]*)"|(\d+)))?/g)) {
    if (parameters.has(name)) return undefined
    parameters.set(name, quoted ?? bare ?? '')
  }
  return parameters
}

// Another label's signature beside it would be nobody's business, but no server that we know sends one.
function signatureOf(header: string, label: string): Buffer | undefined {
  const [, name, text = ''] = /^[ \t]*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]+={0,2}):[ \t]*$/.exec(header) ?? []
  return name === label && header.length <= longestInput ? Buffer.from(text, 'base64') : undefined
}

function coversEnough(
  covered: readonly string[],
  { method, target }: ReadMessage,
  { queryMayBeUnsigned }: ClaimOptions,
): boolean {
  const names = new Set(covered)
  if (covered.length > mostComponents || names.size !== covered.length) return false
  const coversQuery = !target.includes('?') || (queryMayBeUnsigned && isRead(method)) || names.has('@query')
  const coversTarget = names.has('@target-uri') || (names.has('@authority') && names.has('@path') && coversQuery)
  return names.has('@method') && coversTarget && (isRead(method) || names.has('content-digest'))
}

function isTimely(parameters: ReadonlyMap<string, string>, now: Date): boolean {
  const [created, expires] = [seconds(parameters.get('created')), seconds(parameters.get('expires'))]
  if (created === undefined || Math.abs(created * 1000 - now.getTime()) > longestAge) return false
  return !parameters.has('expires') || (expires !== undefined && now.getTime() <= expires * 1000)
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,11}$/.test(text) ? Number(text) : undefined
}

function valueOf(name: string, { method, target, headers }: ReadMessage, origin: string): string | undefined {
  if (!name.startsWith('@')) return headers.get(name)?.trim()
  const [path = '', ...query] = target.split('?')
  switch (name) {
    case '@method':
      return method
    case '@target-uri':
      return `${origin}${target}`
    case '@authority':
      return headers.get('host')?.toLowerCase()
    case '@scheme':
      return origin.slice(0, origin.indexOf(':'))
    case '@request-target':
      return target
    case '@path':
      return path
    case '@query':
      return `?${query.join('?')}`
    default:
      return undefined
  }
}

/** Whether Content-Digest (RFC 9530) names exactly this body, by each of the two hashes that it may use. A GET has none. */
function hasItsBody({ method, headers, body }: ReadMessage): boolean {
  if (isRead(method)) return true
  let matches = 0
  for (const one of (headers.get('content-digest') ?? '').split(',')) {
    const [, name, text = ''] = /^\s*([a-z0-9-]+)=:([A-Za-z0-9+/]+={0,2}):\s*$/.exec(one) ?? []
    if (name === undefined) return false
    if (name !== 'sha-256' && name !== 'sha-512') continue
    const given = Buffer.from(text, 'base64')
    const right = createHash(name === 'sha-256' ? 'sha256' : 'sha512')
      .update(body ?? new Uint8Array())
      .digest()
    if (body === undefined || given.length !== right.length || !timingSafeEqual(given, right)) return false
    matches += 1
  }
  return matches > 0
}

// The key says what it can do; a name that does not fit it is refused (RFC 9421 3.2).
function verifies(base: Buffer, signature: Buffer, key: KeyObject, algorithm: string | undefined): boolean {
  const isRsa = key.asymmetricKeyType === 'rsa'
  switch (algorithm ?? (isRsa ? 'rsa-v1_5-sha256' : 'ed25519')) {
    case 'rsa-v1_5-sha256':
      return isRsa && verify('sha256', base, key, signature)
    case 'rsa-pss-sha512':
      return (
        isRsa && verify('sha512', base, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }, signature)
      )
    case 'ed25519':
      return key.asymmetricKeyType === 'ed25519' && verify(null, base, key, signature)
    default:
      return false
  }
}
