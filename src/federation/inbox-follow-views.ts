import { often, rows, type Reader } from '../database/database.ts'
import { pairOf } from '../safety/block-views.ts'
import type { Follower } from './follower.ts'
import type { Pair } from './inbox-follow-store.ts'

const followerColumns = `id, person_id as "personId", actor, handle, inbox, shared_inbox as "sharedInbox", follow, follows, state,
  asked_at as "askedAt", moved_to as "movedTo"`

/** A person whom everybody may see and follow now, with what she chose about it. */
export type OpenPerson = {
  readonly personId: string
  readonly accountId: string
  readonly movedTo: string | null
  readonly everybody: boolean | null
  readonly moved: boolean
}

/** Those of these people who are public now. */
export async function openPeople(
  reader: Reader,
  now: Date,
  personIds: readonly string[],
): Promise<ReadonlyMap<string, OpenPerson>> {
  const found = await rows<OpenPerson>(
    reader,
    often(`select p.id as "personId", p.account_id as "accountId", p.moved_to as "movedTo", c.everybody, coalesce(c.moved, false) as moved
     from person p join listing l on l.person_id = p.id left join follow_choice c on c.person_id = p.id
     where p.id = any($1) and p.retired_at is null and l.public and l.unlisted_since is null and l.public_document is not null
       and l.review_at > $2`),
    [personIds, now],
  )
  return new Map(found.map((person) => [person.personId, person]))
}

/** What these actors follow of these people now. */
export function followersAmong(reader: Reader, pairs: readonly Pair[]): Promise<Follower[]> {
  return rows<Follower>(
    reader,
    often(`select ${followerColumns} from unnest($1::text[], $2::text[]) as pair (person, who)
     join follower on follower.person_id = pair.person and follower.actor = pair.who`),
    [pairs.map(({ personId }) => personId), pairs.map(({ actor }) => actor)],
  )
}

/** Those of these pairs in which an older account of the actor follows already. */
export function movedAmong(reader: Reader, pairs: readonly Pair[]): Promise<Pair[]> {
  return rows<Pair>(
    reader,
    often(`select distinct person_id as "personId", moved_to as actor from unnest($1::text[], $2::text[]) as pair (person, who)
     join follower on follower.person_id = pair.person and follower.moved_to = pair.who`),
    [pairs.map(({ personId }) => personId), pairs.map(({ actor }) => actor)],
  )
}

/** Those of these pairs that are kept apart, by the person or by the actor; refused hosts are not asked for. */
export function blockedAmong(
  reader: Reader,
  pairs: readonly (Pair & { readonly accountId: string; readonly hostname: string })[],
): Promise<Pair[]> {
  return rows<Pair>(
    reader,
    often(`select person as "personId", who as actor
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as pair (person, account, who, hostname, hashed)
     where exists (select from person_block b where b.account_id = pair.account
         and (b.actor = pair.who or b.domain = any(domains_of(pair.hostname))))
       or exists (select from received_block r where r.account_id = pair.account and r.pair = decode(pair.hashed, 'hex'))`),
    [
      pairs.map(({ personId }) => personId),
      pairs.map(({ accountId }) => accountId),
      pairs.map(({ actor }) => actor),
      pairs.map(({ hostname }) => hostname),
      pairs.map(({ accountId, actor }) => pairOf(accountId, actor)),
    ],
  )
}

/** Those of these hashes under which the end of something is kept. */
export async function endedAmong(reader: Reader, hashes: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await rows<{ hash: string }>(reader, often('select hash from ended_follow where hash = any($1)'), [
    hashes,
  ])
  return new Set(found.map(({ hash }) => hash))
}
