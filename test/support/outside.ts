import { rows } from '../../src/database/database.ts'
import { listingOf } from '../../src/listing/views.ts'
import { requestOf, requestsOf } from '../../src/requests/views.ts'
import { directMessage, noteId, type Direct, type Software } from '../federation/shapes/messages.ts'
import type { StrangersServer } from './attacker.ts'
import type { TestNode } from './node.ts'
import { aResident, listed, type Resident } from './resident.ts'
import { signIn, type SignedIn } from './sign-in.ts'
import { sendTo } from './stranger.ts'

export type PublicPerson = Resident & { readonly actor: string; readonly mention: string }

export type Written = {
  readonly software?: Software
  readonly change?: (activity: Record<string, unknown>) => Record<string, unknown>
  readonly from?: StrangersServer
  readonly inbox?: string
  readonly inReplyTo?: string
}

let number = 0

/** The number of the newest message that was written. */
export function newestNumber(): number {
  return number
}

/** People of a node, those who write to them from a server, and what they hold. */
export function correspondence(node: TestNode, server: StrangersServer) {
  const settled = async (): Promise<void> => expect(await node.settle()).toEqual([])

  const aPublicPerson = async (handle: string): Promise<PublicPerson> => {
    const who = await aResident(node, handle, { displayName: handle })
    await listed(node, who, ['public'])
    await settled()
    const actor = `${node.url}/ap/people/${(await listingOf(node.app.db, who.id))?.personId}`
    return { ...who, actor, mention: `@${handle}@${new URL(node.url).host}` }
  }

  /** Sends it and lets the worker work. Returns the note's id. */
  const write = async (
    who: PublicPerson | readonly PublicPerson[],
    author: string,
    text: string,
    { software = 'mastodon', change = (all) => all, from = server, inbox, inReplyTo }: Written = {},
  ): Promise<string> => {
    number += 1
    const message = { author, to: to(...[who].flat()), text, number, ...(inReplyTo === undefined ? {} : { inReplyTo }) }
    expect(await sendTo(node, from, change({ ...directMessage(software, message) }), inbox)).toBe(202)
    await settled()
    return noteId(software, author, number)
  }

  /** Her requests with what is in them, opened or not. */
  const held = async (who: PublicPerson) => {
    const all = await requestsOf(node.app.db, who.id, node.time)
    return Promise.all(
      all.map(async (one) => ({ ...one, ...(await requestOf(node.app.db, who.id, one.id, node.time)) })),
    )
  }

  const textsOf = async (who: PublicPerson): Promise<readonly string[]> =>
    (await held(who)).flatMap(({ texts }) => (texts ?? []).map(({ text }) => text))

  return { settled, aPublicPerson, write, held, textsOf }
}

export type SignedInPerson = SignedIn & PublicPerson

/** Somebody public who is signed in. */
export async function aSignedInPerson(
  node: TestNode,
  server: StrangersServer,
  handle: string,
): Promise<SignedInPerson> {
  const who = await correspondence(node, server).aPublicPerson(handle)
  return Object.assign(await signIn(node, `${handle}@north.example`), who)
}

/** Every table of a node's database that has one of these words, in any column. */
export async function tablesWith(node: TestNode, words: readonly string[]): Promise<readonly string[]> {
  const tables = await rows<{ name: string }>(
    node.app.db,
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const like = words.map((_, index) => `t::text ilike '%' || $${index + 1} || '%'`).join(' or ')
    if ((await rows(node.app.db, `select 1 from ${name} t where ${like} limit 1`, words)).length > 0) found.push(name)
  }
  return found.toSorted()
}

export function to(...people: readonly PublicPerson[]): Direct['to'] {
  return people.map(({ actor, mention }) => ({ actor, handle: mention }))
}

/** The first request that waits for her. */
export async function waitingRequestOf(node: TestNode, who: SignedInPerson): Promise<string> {
  const [request] = await requestsOf(node.app.db, who.accountId, node.time)
  if (!request) throw new Error('nothing waits')
  return request.id
}
