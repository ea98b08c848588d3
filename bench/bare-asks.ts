// The baseline of what a node asks others in `mesh`: signs (RSA-SHA256), sends, and writes one row for each answer.
//   DATABASE_URL=… node bench/bare-asks.ts <file with {"keyId": …, "key": "<PEM>"}>
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { Agent, request as send } from 'undici'
import { signedHeaders } from '../src/federation/cavage.ts'
import { obey } from './orders.ts'

export type AsksOrder = {
  readonly method: 'GET' | 'POST'
  readonly urls: readonly string[]
  readonly body?: string
}

// Our own bench wrote it.
const given = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as {
  readonly keyId: string
  readonly key: string
}
const key = { keyId: given.keyId, privateKey: createPrivateKey(given.key) }
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 4 })
await pool.query('create table if not exists asked (url text primary key, etag text, at timestamptz not null)')
const dispatcher = new Agent({ connections: 20, pipelining: 1, keepAliveTimeout: 4_000 })
const etags = new Map<string, string>()
const atOnce = 4

obey<AsksOrder>(async ({ method, urls, body }) => {
  const left = [...urls]
  const askInTurn = async (): Promise<void> => {
    for (let url = left.shift(); url !== undefined; url = left.shift()) await ask(method, url, body)
  }
  await Promise.all(Array.from({ length: atOnce }, askInTurn))
})

async function ask(method: 'GET' | 'POST', url: string, body: string | undefined): Promise<void> {
  const { host, pathname, search } = new URL(url)
  const etag = etags.get(url)
  const own = new Headers(method === 'POST' ? { 'content-type': 'application/activity+json' } : {})
  if (etag !== undefined) own.set('if-none-match', etag)
  const message = { method, target: pathname + search, headers: own, host }
  const headers = signedHeaders(
    { ...message, body: body === undefined ? undefined : Buffer.from(body) },
    key,
    new Date(),
  )
  const options = { dispatcher, method, headers: Object.fromEntries(headers), body: body ?? null }
  const answer = await send(url, options)
  await answer.body.dump()
  const given = answer.headers['etag']
  if (typeof given === 'string') etags.set(url, given)
  await pool.query({
    name: 'keep',
    text: `insert into asked (url, etag, at) values ($1, $2, now())
      on conflict (url) do update set etag = excluded.etag, at = excluded.at`,
    values: [url, given ?? null],
  })
}

for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(event, () => process.exit())
console.log(JSON.stringify({ url: 'none' }))
