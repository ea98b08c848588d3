import { createHash, KeyObject, sign } from 'node:crypto'
import { request as send } from 'node:http'
import { rows } from '../../src/database/database.ts'
import { signedHeaders } from '../../src/federation/cavage.ts'
import type { StrangersServer } from '../support/attacker.ts'
import type { TestNode } from '../support/node.ts'

/** How a POST differs from what an honest server sends. */
export type Oddity = {
  readonly path?: string
  readonly keyId?: string
  readonly headers?: Readonly<Record<string, string>>
  /** When it says that it was signed. */
  readonly at?: Date
  /** The host that is signed. */
  readonly host?: string
  /** The body that is sent in place of the one that is signed. */
  readonly sends?: string
  readonly without?: readonly string[]
}

export type Answered = { readonly status: number; readonly retryAfter: string | null; readonly text: string }

/** POSTs a body to an inbox as a server of the fediverse does: signed by draft-cavage with the stranger's key. */
export async function post(
  node: Pick<TestNode, 'url'>,
  stranger: StrangersServer,
  actor: string,
  body: string | Buffer,
  odd: Oddity = {},
): Promise<Answered> {
  const path = odd.path ?? '/ap/inbox'
  const bytes = Buffer.from(body)
  const signed = signedHeaders(
    {
      method: 'POST',
      target: path,
      headers: new Headers({ 'content-type': 'application/activity+json', ...odd.headers }),
      host: odd.host ?? new URL(node.url).host,
      body: bytes,
    },
    { keyId: odd.keyId ?? `${actor}#main-key`, privateKey: KeyObject.from(stranger.rsa.privateKey) },
    odd.at ?? new Date(),
  )
  signed.delete('host')
  for (const name of odd.without ?? []) signed.delete(name)
  return sent(node, path, signed, odd.sends === undefined ? bytes : Buffer.from(odd.sends))
}

/** The same by RFC 9421. `covers` are its components; `digest` is of another body where it is given. */
export async function postByMessageSignature(
  node: Pick<TestNode, 'url'>,
  stranger: StrangersServer,
  actor: string,
  body: string,
  odd: { readonly covers?: readonly string[]; readonly digestOf?: string; readonly created?: number } = {},
): Promise<Answered> {
  const digest = `sha-256=:${createHash('sha256')
    .update(odd.digestOf ?? body)
    .digest('base64')}:`
  const values: Record<string, string> = {
    '@method': 'POST',
    '@target-uri': `${node.url}/ap/inbox`,
    'content-digest': digest,
    'content-type': 'application/activity+json',
  }
  const covers = odd.covers ?? Object.keys(values)
  const created = odd.created ?? Math.floor(Date.now() / 1000)
  const parameters = `(${covers.map((name) => `"${name}"`).join(' ')});created=${created};keyid="${actor}#main-key"`
  const base = [...covers.map((name) => `"${name}": ${values[name]}`), `"@signature-params": ${parameters}`].join('\n')
  const signature = sign('sha256', Buffer.from(base), KeyObject.from(stranger.rsa.privateKey)).toString('base64')
  const headers = new Headers({
    'content-type': 'application/activity+json',
    'content-digest': digest,
    'signature-input': `sig1=${parameters}`,
    signature: `sig1=:${signature}:`,
  })
  return sent(node, '/ap/inbox', headers, Buffer.from(body))
}

function sent(node: Pick<TestNode, 'url'>, path: string, headers: Headers, body: Buffer): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(node.url)
    const request = send({ hostname, port, path, method: 'POST', headers: Object.fromEntries(headers) }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          retryAfter: answer.headers['retry-after'] ?? null,
          text: Buffer.concat(parts).toString('utf8'),
        }),
      )
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** The ids of what waits for a worker, in the order in which it came. */
export async function waiting(node: TestNode): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(node.app.db, 'select id from inbox_activity order by number')
  return found.map(({ id }) => id)
}
