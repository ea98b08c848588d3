// The least that a snapshot needs: fetches the same pages, parses them, and copies what is in them into the same two tables. One pass,
// one transaction each; nothing is checked, signed hashes are not compared, and nobody could search meanwhile.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import pg from 'pg'
import { from } from 'pg-copy-streams'
import type { ListingDocument } from '../src/directory/document.ts'
import type { Prepared } from './load.ts'

const { to, requests } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as {
  readonly to: string
  readonly requests: readonly Prepared[]
}
const databaseUrl = process.env['DATABASE_URL'] ?? ''
const numbers = new Map<string, number>()
const entries = await copyInto(
  'directory_entry (lid, origin_id, audience, ends_at, flag_ends_at, listing_id, facets, tsv, doc)',
)
const copies = await copyInto('copy (origin_id, bucket, id, seq, content_hash)')
const begin = performance.now()
let rows = 0
for (const request of requests) {
  const { host: _, ...headers } = request.headers
  const answer = await fetch(to + request.path, { headers })
  if (answer.status !== 200) throw new Error(`a page was answered ${answer.status}`)
  const { orderedItems } = (await answer.json()) as { readonly orderedItems: readonly ListingDocument[] }
  rows += orderedItems.length
  await entries.write(orderedItems.map(entryLine).join(''))
  await copies.write(orderedItems.map(copyLine).join(''))
}
await entries.end()
await copies.end()
const { user, system } = process.cpuUsage()
console.log(JSON.stringify({ seconds: (performance.now() - begin) / 1000, rows, work: (user + system) / 1000 }))

async function copyInto(table: string) {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const stream = client.query(from(`copy ${table} from stdin`))
  return {
    async write(text: string): Promise<void> {
      if (!stream.write(text)) await once(stream, 'drain')
    },
    async end(): Promise<void> {
      stream.end()
      await once(stream, 'finish')
      await client.end()
    },
  }
}

function entryLine(one: ListingDocument): string {
  const { peerChat, worksFor } = one
  const facets = [
    ...one.hasOccupation.map((role) => role.occupationalCategory ?? ''),
    worksFor.sector ?? '',
    worksFor.addressCountry ?? '',
    ...(one.knowsLanguage ?? []).map(({ tag }) => tag),
    ...(one.shares ?? []).map((iri) => `share ${iri}`),
    ...(one.wantsToTry ?? []).map((iri) => `want ${iri}`),
    ...(peerChat?.kinds ?? []),
  ].map(numberOf)
  const said = [one.name, worksFor.name, one.summary, ...one.hasOccupation.map(({ name }) => name)].join(' ')
  const words = [...new Set(said.toLowerCase().match(/[\p{L}\p{N}]+/gu))].map((word) => `'${word}':1A`)
  return line([
    (createHash('sha256').update(one.id).digest().readBigUInt64BE() >> 1n).toString(),
    1,
    1,
    one.endTime,
    peerChat?.endTime,
    one.id,
    `{${facets.join(',')}}`,
    words.join(' '),
    JSON.stringify(one),
  ])
}

function copyLine(one: ListingDocument): string {
  const bucket = createHash('sha256').update(one.id).digest().readUInt8(0)
  const hash = createHash('sha256').update(JSON.stringify(one)).digest('hex')
  return line([1, bucket, one.id, one.seq, `\\x${hash}`])
}

function numberOf(value: string): number {
  const known = numbers.get(value) ?? numbers.size + 100
  numbers.set(value, known)
  return known
}

function line(values: readonly (string | number | undefined)[]): string {
  const cells = values.map((value) =>
    value === undefined
      ? '\\N'
      : String(value).replaceAll(/[\\\n\t\r]/g, (mark) =>
          mark === '\\' ? '\\\\' : mark === '\n' ? '\\n' : mark === '\t' ? '\\t' : '\\r',
        ),
  )
  return `${cells.join('\t')}\n`
}
