// The baseline of `inbox` and `poll`: what a signed request costs at the very least. Node's own HTTP server, the digest,
// the signature (draft-cavage-http-signatures-12, RSA-SHA256) with a key that is there already, and for a POST one row.
//   DATABASE_URL=… node bench/bare-signed.ts <file with {"keys": {"<key id>": "<PEM>"}, "etag": "…"}>
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'

// Our own bench wrote it.
const given = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as {
  readonly keys: Readonly<Record<string, string>>
  readonly etag: string
}
const keys = new Map(Object.entries(given.keys).map(([id, pem]) => [id, createPublicKey(pem)]))
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 16 })
await pool.query(
  'create table if not exists received (id bigint generated always as identity, activity text, body text)',
)

const http = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    answer(request, Buffer.concat(parts)).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(500).end(),
    )
  })
})

async function answer(request: IncomingMessage, body: Buffer): Promise<number> {
  const isPost = request.method === 'POST'
  if (isPost && request.headers['digest'] !== `SHA-256=${createHash('sha256').update(body).digest('base64')}`)
    return 401
  if (!isSigned(request)) return 401
  if (!isPost) return request.headers['if-none-match'] === given.etag ? 304 : 200
  const text = body.toString('utf8')
  const activity = JSON.parse(text) as { readonly id: string }
  await pool.query({
    name: 'keep',
    text: 'insert into received (activity, body) values ($1, $2)',
    values: [activity.id, text],
  })
  return 202
}

function isSigned(request: IncomingMessage): boolean {
  const fields = new Map(
    [...String(request.headers['signature']).matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  )
  const key = keys.get(fields.get('keyId') ?? '')
  const date = Date.parse(String(request.headers['date']))
  if (!key || Math.abs(Date.now() - date) > 3_600_000) return false
  const signed = (fields.get('headers') ?? '')
    .split(' ')
    .map((name) =>
      name === '(request-target)'
        ? `${name}: ${request.method?.toLowerCase()} ${request.url}`
        : `${name}: ${String(request.headers[name])}`,
    )
    .join('\n')
  return verify('RSA-SHA256', Buffer.from(signed), key, Buffer.from(fields.get('signature') ?? '', 'base64'))
}

http.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` }))
})
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(event, () => process.exit())
