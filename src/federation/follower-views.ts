import { sha256Hex } from '../common/ids.ts'
import { often, oneRow, rows, type Reader } from '../database/database.ts'
import type { Follower, FollowerState } from './follower.ts'

const columns = `id, person_id as "personId", actor, handle, inbox, shared_inbox as "sharedInbox", follow, follows, state,
  asked_at as "askedAt", moved_to as "movedTo"`

/** How many followers one page shows. */
export const followersOnPage = 50

/** One page of a person's followers in one state, those who asked first at the top; pages count from 1. */
export function followersPage(
  reader: Reader,
  personId: string,
  state: FollowerState,
  page: number,
): Promise<Follower[]> {
  return rows<Follower>(
    reader,
    `select ${columns} from follower where person_id = $1 and state = $2 order by asked_at, id limit ${followersOnPage} offset $3`,
    [personId, state, (page - 1) * followersOnPage],
  )
}

/** How many followers of a person are in each state: for her own eyes. */
export async function followerCounts(
  reader: Reader,
  personId: string,
): Promise<Readonly<Record<FollowerState, number>>> {
  const found = await rows<{ state: FollowerState; count: number }>(
    reader,
    'select state, count(*)::int as count from follower where person_id = $1 group by state',
    [personId],
  )
  const of = (state: FollowerState): number => found.find((one) => one.state === state)?.count ?? 0
  return { waiting: of('waiting'), accepted: of('accepted'), rejected: of('rejected') }
}

export function followerById(reader: Reader, id: string): Promise<Follower | undefined> {
  return oneRow<Follower>(reader, `select ${columns} from follower where id = $1`, [id])
}

/** What an actor follows of one person; undefined when it does not. */
export function followerOf(reader: Reader, personId: string, actor: string): Promise<Follower | undefined> {
  return oneRow<Follower>(reader, often(`select ${columns} from follower where person_id = $1 and actor = $2`), [
    personId,
    actor,
  ])
}

/** Everything that an actor follows here. */
export function followedBy(reader: Reader, actor: string): Promise<Follower[]> {
  return rows<Follower>(reader, `select ${columns} from follower where actor = $1 order by id`, [actor])
}

/** Who follows a person and has moved to that actor. */
export function movedFollowers(reader: Reader, personId: string, to: string): Promise<Follower[]> {
  return rows<Follower>(reader, `select ${columns} from follower where person_id = $1 and moved_to = $2 order by id`, [
    personId,
    to,
  ])
}

/** Whether any of these was taken back or is gone: ids of Follows, or actors. */
export async function isEnded(reader: Reader, ids: readonly string[]): Promise<boolean> {
  const found = await oneRow(reader, often('select 1 from ended_follow where hash = any($1)'), [
    ids.map((id) => sha256Hex(id)),
  ])
  return found !== undefined
}

/** A person who may be followed, and what she chose about it; undefined when she left. */
export type Followed = {
  readonly accountId: string
  readonly movedTo: string | null
  /** Null: as her node's host has it. */
  readonly everybody: boolean | null
  readonly moved: boolean
}

export function followed(reader: Reader, personId: string): Promise<Followed | undefined> {
  return oneRow<Followed>(
    reader,
    often(`select p.account_id as "accountId", p.moved_to as "movedTo", c.everybody, coalesce(c.moved, false) as moved
     from person p left join follow_choice c on c.person_id = p.id
     where p.id = $1 and p.retired_at is null and p.account_id is not null`),
    [personId],
  )
}

/** Whether an old account of hers moved to her since then. */
export async function anAliasMovedSince(reader: Reader, personId: string, since: Date): Promise<boolean> {
  const found = await oneRow(reader, 'select 1 from person_alias where person_id = $1 and moved_here_at > $2 limit 1', [
    personId,
    since,
  ])
  return found !== undefined
}

/** What a person's actor says beside her listing. */
export type ActorMarks = {
  readonly alsoKnownAs: readonly string[]
  /** Null: as her node's host has it. */
  readonly everybody: boolean | null
}

export async function actorMarks(reader: Reader, personId: string): Promise<ActorMarks> {
  const found = await oneRow<ActorMarks>(
    reader,
    often(`select array(select actor from person_alias where person_id = $1 order by added_at, actor) as "alsoKnownAs",
       (select everybody from follow_choice where person_id = $1) as everybody`),
    [personId],
  )
  return found ?? { alsoKnownAs: [], everybody: null }
}
