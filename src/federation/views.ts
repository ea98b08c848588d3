import { often, oneRow, rows, type Db } from '../database/database.ts'
import { movedToSetting } from '../database/settings.ts'
import type { Follower } from './follower.ts'
import { mostKeyChanges } from '../partners/key-change.ts'
import type { NumberedKeyRow } from './key-row.ts'

/** Both key pairs of an actor, as far as they are made. */
export function keyRows(db: Db, actorId: string): Promise<NumberedKeyRow[]> {
  return rows<NumberedKeyRow>(db, 'select kind, private_jwk, public_jwk, number from actor_key where actor_id = $1', [
    actorId,
  ])
}

/** Which pairs an actor uses now: they change together, so one number says whether those that are held are still right. */
export async function keyNumber(db: Db, actorId: string): Promise<number | undefined> {
  const found = await oneRow<{ number: number }>(
    db,
    often(`select number from actor_key where actor_id = $1 and kind = 'ed25519'`),
    [actorId],
  )
  return found?.number
}

/** Every actor that has keys: 'node', 'directory' and people's ids. */
export async function actorsWithKeys(db: Db): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(db, 'select distinct actor_id as id from actor_key order by 1')
  return found.map(({ id }) => id)
}

/** When the directory's keys were made, or last changed. */
export async function directoryKeysSince(db: Db): Promise<Date | undefined> {
  const found = await oneRow<{ since: Date }>(
    db,
    `select coalesce(changed_at, made_at) as since from actor_key where actor_id = 'directory' and kind = 'ed25519'`,
  )
  return found?.since
}

export type KeyChangeRow = { readonly number: number; readonly changedAt: Date; readonly document: string }

/** The newest changes of the directory's key, oldest first: as many as are served. */
export function keyChanges(db: Db): Promise<KeyChangeRow[]> {
  return rows<KeyChangeRow>(
    db,
    `select number, changed_at as "changedAt", document from
       (select * from key_change order by number desc limit ${mostKeyChanges}) newest order by number`,
  )
}

export type DeliveryToDo = {
  readonly id: string
  readonly activityId: string
  readonly inbox: string
  readonly state: string
  readonly attempts: number
  readonly sender: string
  readonly body: string
  readonly giveUpAt: Date
  /** It tells of somebody, or something, that has been taken back since: only a Delete may still go out. */
  readonly isOver: boolean
}

/** One delivery with the body that it sends, or undefined when it is gone. */
export function deliveryToDo(db: Db, id: string): Promise<DeliveryToDo | undefined> {
  return oneRow<DeliveryToDo>(
    db,
    often(`select d.id, d.activity_id as "activityId", d.inbox, d.state, d.attempts, a.sender, a.body, a.give_up_at as "giveUpAt",
       not a.id like '%#delete' and (
         exists (select from person p where p.id = a.sender and p.retired_at is not null)
         or exists (select from flag_note n where n.person_id = a.sender and n.deleted_at is not null
                    and (n.body::json ->> 'id') || '/activity' = a.id)) as "isOver"
     from delivery d join outgoing_activity a on a.id = d.activity_id where d.id = $1`),
    [id],
  )
}

const followerColumns = `id, person_id as "personId", actor, handle, inbox, shared_inbox as "sharedInbox", follow, state, asked_at as "askedAt"`

/** The followers of a person, those who wait first; at most 500. */
export function followersOf(db: Db, personId: string): Promise<Follower[]> {
  return rows<Follower>(
    db,
    `select ${followerColumns} from follower where person_id = $1 and state <> 'rejected' order by state desc, asked_at limit 500`,
    [personId],
  )
}

export function followerById(db: Db, id: string): Promise<Follower | undefined> {
  return oneRow<Follower>(db, `select ${followerColumns} from follower where id = $1`, [id])
}

/** Where a person's activities go: each accepted follower's shared inbox where there is one, once. */
export async function followerInboxes(db: Db, personId: string): Promise<readonly string[]> {
  const found = await rows<{ inbox: string }>(
    db,
    `select distinct coalesce(shared_inbox, inbox) as inbox from follower where person_id = $1 and state = 'accepted'`,
    [personId],
  )
  return found.map(({ inbox }) => inbox)
}

/** Every inbox that a person's activities were ever sent to, for the Delete. */
export async function inboxesEverUsed(db: Db, personId: string): Promise<readonly string[]> {
  const found = await rows<{ inbox: string }>(
    db,
    `select distinct d.inbox from delivery d join outgoing_activity a on a.id = d.activity_id where a.sender = $1
     union select coalesce(shared_inbox, inbox) from follower where person_id = $1`,
    [personId],
  )
  return found.map(({ inbox }) => inbox)
}

export type FlagNote = {
  readonly flagId: string
  readonly personId: string
  readonly body: string
  readonly deletedAt: Date | null
}

export function noteOfFlag(db: Db, flagId: string): Promise<FlagNote | undefined> {
  return oneRow<FlagNote>(
    db,
    `select flag_id as "flagId", person_id as "personId", body, deleted_at as "deletedAt" from flag_note where flag_id = $1`,
    [flagId],
  )
}

/** The Note with that number of a person, deleted ones too. */
export function noteByNumber(db: Db, personId: string, number: number): Promise<FlagNote | undefined> {
  return oneRow<FlagNote>(
    db,
    `select n.flag_id as "flagId", n.person_id as "personId", n.body, n.deleted_at as "deletedAt"
     from flag_note n join chat_flag f on f.id = n.flag_id where n.person_id = $1 and f.number = $2`,
    [personId, number],
  )
}

/** How many Notes of a person can be read now. */
export async function noteCount(db: Db, personId: string): Promise<number> {
  const found = await oneRow<{ count: number }>(
    db,
    'select count(*)::int as count from flag_note where person_id = $1 and deleted_at is null',
    [personId],
  )
  return found?.count ?? 0
}

export async function wasReceived(db: Db, id: string): Promise<boolean> {
  return (await oneRow(db, 'select 1 from received_activity where id = $1', [id])) !== undefined
}

export async function cached(db: Db, key: string, now: Date): Promise<unknown> {
  const found = await oneRow<{ value: unknown }>(
    db,
    'select value from federation_cache where key = $1 and expires_at > $2',
    [key, now],
  )
  return found?.value
}

/** What the directory says of itself: how many people it lists to all partner nodes, since when there is one, and where it moves to. */
export async function directoryFacts(
  db: Db,
): Promise<{ readonly listed: number; readonly since: Date; readonly movedTo: string | null }> {
  const found = await oneRow<{ listed: number; since: Date; movedTo: string | null }>(
    db,
    // Without those that are limited: a node from which somebody is hidden could tell it by comparing with its own statement.
    `select (select count(*)::int from published_listing l where l.document is not null
         and not exists (select 1 from published_limit where listing_id = l.id)) as listed, made_at as since,
       (select value from setting where name = '${movedToSetting}') as "movedTo"
     from actor_key where actor_id = 'directory' order by made_at limit 1`,
  )
  if (!found) throw new Error('the directory has no keys yet')
  return found
}
