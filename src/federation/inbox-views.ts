import { often, oneRow, rows, type Reader } from '../database/database.ts'
import { entryByPerson } from '../directory/views.ts'
import { hashOfNote } from './received.ts'

/** What is kept of actors' documents that were fetched since then, as JSON texts by their ids. */
export async function remoteActorsKept(
  reader: Reader,
  ids: readonly string[],
  since: Date,
): Promise<ReadonlyMap<string, string>> {
  const found = await rows<{ id: string; document: string }>(
    reader,
    often('select id, document from remote_actor where id = any($1) and fetched_at >= $2'),
    [ids, since],
  )
  return new Map(found.map(({ id, document }) => [id, document]))
}

/** The actor whose address that is, or the address of whose key, one step below it, if we dealt with it before or list it. */
export async function knownActor(reader: Reader, now: Date, id: string): Promise<string | undefined> {
  const ids = [id, id.replace(/\/[^/]*$/, '')]
  const found = await oneRow<{ id: string }>(
    reader,
    often(`select id from remote_actor where id = any($1) union all select actor from follower where actor = any($1)
     union all select directory_id from partner where directory_id = any($1) limit 1`),
    [ids],
  )
  if (found) return found.id
  for (const one of ids) if (await entryByPerson(reader, now, { audience: 'members' }, one)) return one
  return undefined
}

/** Whether any actor of an origin was read within a week, or is a partner's. */
export async function hasActorsOf(reader: Reader, origin: string): Promise<boolean> {
  const found = await oneRow(
    reader,
    `select 1 from remote_actor where id ^@ $1 union all select 1 from partner where origin || '/' = $1 limit 1`,
    [`${origin}/`],
  )
  return found !== undefined
}

/** One activity that waits for a worker, as it was kept. */
export type WaitingActivity = {
  readonly number: string
  readonly id: string
  readonly actor: string
  readonly body: string
  readonly receivedAt: Date
  readonly failures: number
}

const waitingColumns = 'number, id, actor, body, received_at as "receivedAt", failures'

/** The oldest that wait; none of an actor of whom an earlier one was set aside. */
export function waitingActivities(reader: Reader, most: number): Promise<WaitingActivity[]> {
  return rows<WaitingActivity>(
    reader,
    often(`select ${waitingColumns} from inbox_activity
     where not aside and not exists (select from inbox_activity before where before.aside and before.actor = inbox_activity.actor)
     order by number limit $1`),
    [most],
  )
}

/** One that was set aside; undefined once it is done. */
export function activityAside(reader: Reader, number: string): Promise<WaitingActivity | undefined> {
  return oneRow<WaitingActivity>(
    reader,
    often(`select ${waitingColumns} from inbox_activity where number = $1 and aside`),
    [number],
  )
}

/** Those of these Notes that somebody here got as a message. */
export async function notesHeld(reader: Reader, notes: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await rows<{ note: string }>(
    reader,
    often('select distinct note from request_text where note = any($1)'),
    [notes],
  )
  return new Set(found.map(({ note }) => note))
}

/** Whether an actor took a Note of its own back within 30 days, whether or not that Note was here. */
export async function isWithdrawn(reader: Reader, actor: string, note: string): Promise<boolean> {
  const found = await oneRow(reader, often(`select 1 from withdrawn_note where hash = decode($1, 'hex')`), [
    hashOfNote(actor, note),
  ])
  return found !== undefined
}

/** How many activities of each host wait. */
export async function waitingByHost(reader: Reader): Promise<ReadonlyMap<string, number>> {
  const found = await rows<{ host: string; count: number }>(
    reader,
    'select host, count(*)::int as count from inbox_activity group by host',
  )
  return new Map(found.map(({ host, count }) => [host, count]))
}
