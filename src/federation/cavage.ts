import { createHash, sign, timingSafeEqual, verify, type KeyObject } from 'node:crypto'
import { hour, instantOf } from '../common/clock.ts'

// draft-cavage-http-signatures-12, as far as ActivityPub uses it (FEDERATION.md, Signatures): RSA with SHA-256.

type HeaderFields = { get(name: string): string | null; has(name: string): boolean }

/** A request as a signature sees it; `target` is the path and query exactly as they stand in the request line. */
export type Message = {
  readonly method: string
  readonly target: string
  readonly headers: Headers
  readonly body?: Uint8Array | undefined
}

/** One that is only read. */
export type ReadMessage = Omit<Message, 'headers'> & { readonly headers: HeaderFields }

export type SigningKey = { readonly keyId: string; readonly privateKey: KeyObject }

/** What a signature says of itself before any key is known; `holds` tells whether this key made it. */
export type Claim = { readonly keyId: URL; readonly holds: (key: KeyObject) => boolean }

export type ClaimOptions = {
  /** Old signers leave the query out of `(request-target)`. Where it carries meaning, they must not. Never for a POST. */
  readonly queryMayBeUnsigned: boolean
}

/** The headers of `message` with host, date, digest and signature of `key`: what Mastodon, GoToSocial, Misskey and snac2 verify. */
export function signedHeaders(message: Message & { readonly host: string }, key: SigningKey, now: Date): Headers {
  const headers = new Headers(message.headers)
  headers.set('host', message.host)
  headers.set('date', now.toUTCString())
  if (!isRead(message.method))
    headers.set('digest', `SHA-256=${sha256(message.body ?? new Uint8Array()).toString('base64')}`)
  const names = ['(request-target)', 'host', 'date', ...(isRead(message.method) ? [] : ['digest', 'content-type'])]
  const covered = names.filter((name) => name.startsWith('(') || headers.has(name))
  const text = signingString(covered, { ...message, headers }, message.target)
  if (text === undefined) throw new Error('a request that cannot be signed')
  const signature = sign('sha256', Buffer.from(text), key.privateKey).toString('base64')
  headers.set(
    'signature',
    `keyId="${key.keyId}",algorithm="rsa-sha256",headers="${covered.join(' ')}",signature="${signature}"`,
  )
  return headers
}

/**
 * Reads the signature of a request and checks all that needs no key: its form, what it must cover, its age (an hour either
 * way) and the digest of the body. Undefined when there is none or it is not good enough to ask for a key.
 */
export function claimOf(message: ReadMessage, now: Date, { queryMayBeUnsigned }: ClaimOptions): Claim | undefined {
  const given = readSignature(message.headers.get('signature') ?? '')
  if (!given || !coversEnough(given, message) || !isTimely(given, message.headers, now) || !hasItsBody(message))
    return undefined
  const path = message.target.split('?')[0] ?? ''
  const targets =
    queryMayBeUnsigned && isRead(message.method) && path !== message.target ? [message.target, path] : [message.target]
  const texts = targets.map((target) => signingString(given.covered, message, target, given))
  return {
    keyId: given.keyId,
    holds: (key) =>
      key.asymmetricKeyType === 'rsa' &&
      isKnownStrong(key) &&
      texts.some((text) => text !== undefined && verify('sha256', Buffer.from(text), key, given.signature)),
  }
}

/** Whether a public key is fit to be believed: RSA of 2048 bits or more, and not so large that checking it is an attack. */
export function isStrong(key: KeyObject): boolean {
  if (key.type !== 'public') return false
  if (key.asymmetricKeyType !== 'rsa') return key.asymmetricKeyType === 'ed25519'
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  return modulusLength >= 2048 && modulusLength <= 8192 && publicExponent >= 3n && publicExponent <= 0xffff_ffffn
}

/** The text that is signed (draft 2.3), or undefined where a header that it names is missing. */
export function signingString(
  covered: readonly string[],
  { method, headers }: Pick<ReadMessage, 'method' | 'headers'>,
  target: string,
  times: { readonly created?: string; readonly expires?: string } = {},
): string | undefined {
  const lines: string[] = []
  for (const name of covered) {
    const value =
      name === '(request-target)'
        ? `${method.toLowerCase()} ${target}`
        : name === '(created)'
          ? times.created
          : name === '(expires)'
            ? times.expires
            : headers.get(name)
    if (value === undefined || value === null) return undefined
    lines.push(`${name}: ${value}`)
  }
  return lines.join('\n')
}

// Looking into a key costs more than remembering that it was looked into; a key never changes.
const strong = new WeakSet<KeyObject>()

/** The same as isStrong, for a key that is asked about again and again. */
export function isKnownStrong(key: KeyObject): boolean {
  if (strong.has(key)) return true
  if (!isStrong(key)) return false
  strong.add(key)
  return true
}

type Given = {
  readonly keyId: URL
  readonly covered: readonly string[]
  readonly signature: Buffer
  readonly created?: string
  readonly expires?: string
}

/** Characters of a Signature header: room for RSA of 8192 bits and a long key id. */
const longestHeader = 4096
const mostCovered = 32
const coveredName = /^(\((request-target|created|expires)\)|[a-z0-9!#$%&'*+.^_`|~-]+)$/

/** The parts of a Signature header (draft 2.1), or undefined. Unknown parts are passed over, repeated ones are not. */
function readSignature(header: string): Given | undefined {
  if (header.length > longestHeader) return undefined
  const parts = partsOf(header)
  const keyId = webAddress(parts?.get('keyId'))
  const signature = base64(parts?.get('signature'))
  if (!parts || !keyId || !signature) return undefined
  const covered = (parts.get('headers') ?? '(created)').split(' ')
  if (covered.length > mostCovered || new Set(covered).size !== covered.length) return undefined
  if (!covered.every((name) => coveredName.test(name))) return undefined
  const algorithm = parts.get('algorithm')
  if (algorithm !== undefined && algorithm !== 'rsa-sha256' && algorithm !== 'hs2019') return undefined
  // The old algorithm names came before these two (draft 2.3).
  if (algorithm === 'rsa-sha256' && (covered.includes('(created)') || covered.includes('(expires)'))) return undefined
  const created = parts.get('created')
  const expires = parts.get('expires')
  if (created !== undefined && !/^\d{1,11}$/.test(created)) return undefined
  if (expires !== undefined && !/^\d{1,11}(\.\d{1,9})?$/.test(expires)) return undefined
  return {
    keyId,
    covered,
    signature,
    ...(created === undefined ? {} : { created }),
    ...(expires === undefined ? {} : { expires }),
  }
}

function partsOf(header: string): Map<string, string> | undefined {
  const part = /[ \t]*([A-Za-z][A-Za-z0-9_-]*)=(?:"([ -!#-[\]-~]*)"|(\d[\d.]*))[ \t]*(,|$)/y
  const parts = new Map<string, string>()
  const seen = new Set<string>()
  for (;;) {
    const found = part.exec(header)
    const [, name, quoted, bare, end] = found ?? []
    if (name === undefined || seen.has(name.toLowerCase())) return undefined
    seen.add(name.toLowerCase())
    parts.set(name, quoted ?? bare ?? '')
    if (end === '') return parts
  }
}

function webAddress(text: string | undefined): URL | undefined {
  const url = text === undefined ? null : URL.parse(text)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined
  return url.username === '' && url.password === '' ? url : undefined
}

function base64(text: string | undefined): Buffer | undefined {
  if (text === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  const written = bytes.toString('base64')
  return written === text || written.replaceAll('=', '') === text.replaceAll('=', '') ? bytes : undefined
}

function coversEnough({ covered }: Given, { method }: ReadMessage): boolean {
  const needed = ['(request-target)', 'host', ...(isRead(method) ? [] : ['digest'])]
  return needed.every((name) => covered.includes(name)) && (covered.includes('date') || covered.includes('(created)'))
}

/** Clocks differ, and a request that is on its way is not old: an hour, as Fedify's inbox has it. */
const longestAge = hour

function isTimely({ covered, created, expires }: Given, headers: HeaderFields, now: Date): boolean {
  const isNear = (instant: Date | undefined): boolean =>
    instant !== undefined && Math.abs(instant.getTime() - now.getTime()) <= longestAge
  if (covered.includes('date') && !isNear(httpDate(headers.get('date')))) return false
  if (created !== undefined && !isNear(instantOf(Number(created) * 1000))) return false
  return expires === undefined || now.getTime() <= Number(expires) * 1000
}

// The one form that RFC 9110 5.6.7 lets senders write.
function httpDate(value: string | null): Date | undefined {
  return value !== null && /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value)
    ? instantOf(value)
    : undefined
}

/** Whether the Digest header (RFC 3230) names exactly this body by SHA-256. A GET has none. */
function hasItsBody({ method, headers, body }: ReadMessage): boolean {
  if (isRead(method)) return true
  const digests = (headers.get('digest') ?? '').split(',').flatMap((one) => {
    const [, name, value] = /^\s*([A-Za-z0-9-]+)=(\S+)\s*$/.exec(one) ?? []
    return name?.toLowerCase() === 'sha-256' ? [base64(value)] : []
  })
  const [digest] = digests
  if (!body || !digest || digests.length !== 1 || digest.length !== 32) return false
  return timingSafeEqual(digest, sha256(body))
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** Whether a method only reads, so that there is no body to sign. */
export function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}
