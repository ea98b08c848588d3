import { sha256Hex } from '../common/ids.ts'
import { often, oneRow, rows, type Reader } from '../database/database.ts'
import { nameOfHost } from './domain.ts'

/** How long the answer for one host may be old, in milliseconds. In the process that blocks, it is never. */
const rememberedFor = 5_000
const mostRemembered = 5_000

type Remembered = Map<string, { readonly refused: boolean; readonly until: number }>

const remembered = new WeakMap<object, Remembered>()

/**
 * Whether nothing may come from a host, be sent to it or be shown of it: a domain that is refused here, or that a list names,
 * with everything below it. A list alone never refuses a partner node. Costs nothing for five seconds after it was asked.
 */
export async function isRefusedHost(reader: Reader, host: string): Promise<boolean> {
  const name = nameOfHost(host)
  if (name === undefined) return false
  if (reader.manager.queryRunner) return askRefused(reader, name) // what a transaction sees is not for others
  const known = rememberedBy(reader)
  const now = performance.now()
  const last = known.get(name)
  if (last && last.until > now) return last.refused
  const refused = await askRefused(reader, name)
  if (known.size >= mostRemembered) known.clear()
  known.set(name, { refused, until: now + rememberedFor })
  return refused
}

/** Forgets what this process remembers of hosts: after every change of what is refused. */
export function forgetRemembered(reader: Reader): void {
  remembered.delete(reader.manager.connection)
}

function rememberedBy(reader: Reader): Remembered {
  const { connection } = reader.manager
  const known = remembered.get(connection) ?? new Map()
  remembered.set(connection, known)
  return known
}

async function askRefused(reader: Reader, name: string): Promise<boolean> {
  const found = await oneRow<{ refused: boolean }>(reader, often('select refused_host($1) as refused'), [name])
  return found?.refused === true
}

/**
 * Whether a person and an actor are kept apart: its host is refused, she blocked it or its server, or it blocked her. `host` is
 * that of the actor.
 */
export async function isBlockedFor(
  reader: Reader,
  personAccountId: string,
  { actor, host }: { readonly actor: string; readonly host: string },
): Promise<boolean> {
  if (await isRefusedHost(reader, host)) return true
  const found = await oneRow(
    reader,
    often(`select 1 from person_block b where b.account_id = $1 and (b.actor = $2 or b.domain = any(domains_of($3)))
     union all select 1 from received_block r where r.account_id = $1 and r.pair = decode($4, 'hex') limit 1`),
    [personAccountId, actor, nameOfHost(host) ?? host, pairOf(personAccountId, actor)],
  )
  return found !== undefined
}

/** Whether a person blocked anybody, or somebody her. */
export async function hasBlocks(reader: Reader, accountId: string): Promise<boolean> {
  const found = await oneRow(
    reader,
    often(`select 1 where exists (select from person_block where account_id = $1)
      or exists (select from received_block where account_id = $1)`),
    [accountId],
  )
  return found !== undefined
}

/** What is kept of an actor that blocked a person: enough to know it again, and not who it is. */
export function pairOf(accountId: string, actor: string): string {
  return sha256Hex(`${accountId}\n${actor}`)
}

/** One block of a person, as her own list shows it. */
export type PersonBlock = {
  readonly id: string
  readonly actor: string | null
  readonly domain: string | null
  readonly name: string | null
  readonly blockedAt: Date
}

/** Whom a person blocked, newest first; at most 500. */
export function blocksOf(reader: Reader, accountId: string): Promise<PersonBlock[]> {
  return rows<PersonBlock>(
    reader,
    `select id, actor, domain, name, blocked_at as "blockedAt" from person_block where account_id = $1
     order by blocked_at desc, id limit 500`,
    [accountId],
  )
}
