import { createHash, sign as makeSignature, type KeyObject } from 'node:crypto'
import { sendRaw, type RawAnswer, type Scene, type Stranger } from './scene.ts'

/** What a request says; every part can be bent, and what is left out is as it should be. */
export type Bent = {
  readonly by?: Stranger
  readonly method?: string
  /** The target in the request line. */
  readonly path?: string
  readonly body?: unknown
  readonly contentType?: string | undefined
  /** Headers beside the usual ones, as they are, also the same one twice; a name of the usual ones takes its place. */
  readonly headers?: readonly (readonly [string, string])[]
  /** What is signed, where it is not what is sent. */
  readonly signed?: {
    readonly method?: string
    readonly path?: string
    readonly host?: string
    readonly date?: string
    readonly digest?: string
  }
  readonly date?: string
  readonly digest?: string | undefined
  readonly covered?: readonly string[]
  readonly algorithm?: string | undefined
  readonly created?: number
  readonly expires?: number
  readonly keyId?: string
  readonly key?: KeyObject
  readonly hash?: string
  /** Writes the Signature header in another form; undefined is none. */
  readonly write?: (parts: {
    readonly keyId: string
    readonly covered: string
    readonly signature: string
  }) => string | undefined
  /** The bytes of the whole request, bent at last. */
  readonly bytes?: (head: string, body: Buffer) => readonly (string | Buffer)[]
}

/** An activity of a stranger with everything that makes it readable. */
export function anActivity(scene: Scene, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const { actor } = scene.mallory
  return {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `${actor}#${(counter += 1)}-${Date.now()}`,
    type: 'Follow',
    actor,
    object: personIri(scene, scene.asha),
    ...changes,
  }
}
let counter = 0

export function personIri(scene: Pick<Scene, 'node'>, id: string): string {
  return `${scene.node.url}/ap/people/${id}`
}

export function digestOf(body: Buffer): string {
  return `SHA-256=${createHash('sha256').update(body).digest('base64')}`
}

function bodyOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? ''))
}

/** Sends a signed request, bent as told. */
export function post(scene: Scene, bent: Bent): Promise<RawAnswer> {
  const by = bent.by ?? scene.mallory
  const method = bent.method ?? 'POST'
  const path = bent.path ?? '/ap/inbox'
  const host = new URL(scene.node.url).host
  const body = bodyOf(bent.body)
  const usual = new Map<string, string | undefined>([
    ['host', host],
    ['date', bent.date ?? new Date().toUTCString()],
    ['digest', 'digest' in bent ? bent.digest : digestOf(body)],
    ['content-type', 'contentType' in bent ? bent.contentType : 'application/activity+json'],
    ['content-length', String(body.length)],
    ['connection', 'close'],
  ])
  for (const [name] of bent.headers ?? []) if (usual.has(name)) usual.delete(name)
  const values = new Map([...usual, ...(bent.headers ?? [])])
  const signed = bent.signed ?? {}
  const covered = bent.covered ?? ['(request-target)', 'host', 'date', 'digest', 'content-type']
  const text = covered
    .map((name) => {
      const value =
        name === '(request-target)'
          ? `${(signed.method ?? method).toLowerCase()} ${signed.path ?? path}`
          : name === '(created)'
            ? String(bent.created)
            : name === '(expires)'
              ? String(bent.expires)
              : name === 'host'
                ? (signed.host ?? host)
                : name === 'date'
                  ? (signed.date ?? values.get('date'))
                  : name === 'digest'
                    ? (signed.digest ?? values.get('digest'))
                    : values.get(name.toLowerCase())
      return `${name}: ${value ?? ''}`
    })
    .join('\n')
  const signature = makeSignature(bent.hash ?? 'sha256', Buffer.from(text), bent.key ?? by.privateKey).toString(
    'base64',
  )
  const keyId = bent.keyId ?? by.keyId
  const usualForm = [
    `keyId="${keyId}"`,
    ...('algorithm' in bent
      ? bent.algorithm === undefined
        ? []
        : [`algorithm="${bent.algorithm}"`]
      : ['algorithm="rsa-sha256"']),
    ...(bent.created === undefined ? [] : [`created=${bent.created}`]),
    ...(bent.expires === undefined ? [] : [`expires=${bent.expires}`]),
    `headers="${covered.join(' ')}"`,
    `signature="${signature}"`,
  ].join(',')
  const header = bent.write ? bent.write({ keyId, covered: covered.join(' '), signature }) : usualForm
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...[...usual].flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`])),
    ...(bent.headers ?? []).map(([name, value]) => `${name}: ${value}`),
    ...(header === undefined ? [] : [`signature: ${header}`]),
  ]
  const head = `${lines.join('\r\n')}\r\n\r\n`
  return sendRaw(scene, bent.bytes ? bent.bytes(head, body) : [head, body])
}
