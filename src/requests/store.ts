import { changed, oneRow, type Tx } from '../database/database.ts'
import type { Author, Message, RequestKind } from './request.ts'

/** Makes everything that changes one person's requests happen one after the other. */
export async function lockPerson(tx: Tx, accountId: string): Promise<void> {
  await oneRow(tx, 'select 1 from account where id = $1 for no key update', [accountId])
}

export type NewRequest = Author & {
  readonly id: string
  readonly kind: RequestKind
  readonly accountId: string
  readonly personId: string
  readonly context: string
}

export async function addRequest(tx: Tx, request: NewRequest): Promise<void> {
  await changed(
    tx,
    `insert into request (id, kind, account_id, person_id, actor, host, handle, name, page, inbox, context)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      request.id,
      request.kind,
      request.accountId,
      request.personId,
      request.actor,
      request.host,
      request.handle,
      request.name,
      request.page,
      request.inbox,
      request.context,
    ],
  )
}

/** What their server says of them now: an inbox may have moved since they first wrote. */
export async function refreshAuthor(tx: Tx, requestId: string, author: Author): Promise<void> {
  await changed(tx, 'update request set handle = $2, name = $3, page = $4, inbox = $5 where id = $1', [
    requestId,
    author.handle,
    author.name,
    author.page,
    author.inbox,
  ])
}

/** Keeps one text; false when the same note is there already. */
export async function addText(tx: Tx, requestId: string, id: string, message: Message, endsAt: Date): Promise<boolean> {
  return (
    (await changed(
      tx,
      `insert into request_text (id, request_id, note, in_reply_to, text, left_out, published_at, came_at, ends_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (request_id, note) do nothing`,
      [
        id,
        requestId,
        message.note,
        message.inReplyTo,
        message.text,
        message.leftOut,
        message.publishedAt,
        message.cameAt,
        endsAt,
      ],
    )) === 1
  )
}

/** Removes a request of hers with everything in it; who wrote it, or undefined when it is not there. */
export function removeRequest(tx: Tx, accountId: string, id: string): Promise<{ actor: string } | undefined> {
  return oneRow(tx, 'delete from request where id = $1 and account_id = $2 returning actor', [id, accountId])
}

/** Removes what a person id was asked: it ended. */
export async function removeRequestsOf(tx: Tx, personId: string): Promise<void> {
  await changed(tx, 'delete from request where person_id = $1', [personId])
}

/** Removes what an actor that is gone asked anybody. */
export async function removeRequestsFrom(tx: Tx, actor: string): Promise<void> {
  await changed(tx, 'delete from request where actor = $1', [actor])
}

/** Removes one text wherever its author sent it. */
export async function removeText(tx: Tx, actor: string, note: string): Promise<number> {
  return changed(
    tx,
    'delete from request_text t using request r where r.id = t.request_id and t.note = $1 and r.actor = $2',
    [note, actor],
  )
}

/** Puts a new text in the place of one that nobody has opened, and beside one that was read. */
export async function changeText(
  tx: Tx,
  actor: string,
  note: string,
  change: { readonly text: string; readonly leftOut: boolean },
): Promise<void> {
  await changed(
    tx,
    `update request_text t set
       text = case when t.seen_at is null then $3 else t.text end,
       changed_text = case when t.seen_at is null or t.text = $3 then null else $3 end,
       left_out = t.left_out or $4
     from request r where r.id = t.request_id and t.note = $1 and r.actor = $2`,
    [note, actor, change.text, change.leftOut],
  )
}

/** Marks every text of a request as opened, for herself alone. */
export async function markSeen(tx: Tx, requestId: string, at: Date): Promise<void> {
  await changed(tx, 'update request_text set seen_at = $2 where request_id = $1 and seen_at is null', [requestId, at])
}

/** Removes requests of which neither a text, an answer nor a time is left. */
export async function removeEmpty(tx: Tx): Promise<void> {
  await changed(
    tx,
    `delete from request r where not exists (select from request_text t where t.request_id = r.id)
       and not exists (select from request_answer a where a.request_id = r.id)
       and not exists (select from request_meeting m where m.request_id = r.id)`,
  )
}

/** Removes everything whose time is over, and requests of people who are not public any more. */
export async function removeEnded(tx: Tx, now: Date, counted: Date): Promise<void> {
  await changed(tx, 'delete from request_text where ends_at <= $1', [now])
  await changed(tx, 'delete from request_answer where ends_at <= $1', [now])
  await changed(tx, 'delete from request_meeting where ends_at <= $1', [now])
  await changed(tx, 'delete from request_pause where until <= $1', [now])
  await changed(tx, 'delete from request_arrival where at <= $1', [counted])
  await changed(
    tx,
    `delete from request r where not exists (
       select from listing l join person p on p.id = l.person_id where p.id = r.person_id and l.public and p.retired_at is null)`,
  )
  await removeEmpty(tx)
}

export type NewAnswer = {
  readonly id: string
  readonly requestId: string
  readonly inReplyTo: string
  readonly text: string
  readonly madeAt: Date
  readonly endsAt: Date
}

export async function addAnswer(tx: Tx, answer: NewAnswer): Promise<void> {
  await changed(
    tx,
    `insert into request_answer (id, request_id, in_reply_to, text, state, attempts, made_at, ends_at)
     values ($1, $2, $3, $4, 'waiting', 0, $5, $6)`,
    [answer.id, answer.requestId, answer.inReplyTo, answer.text, answer.madeAt, answer.endsAt],
  )
}

/** Empties an answer of hers; false when there is none of that id, or she took it back already. */
export async function emptyAnswer(tx: Tx, accountId: string, id: string, at: Date): Promise<boolean> {
  return (
    (await changed(
      tx,
      `update request_answer a set text = '', taken_back_at = $3, state = 'waiting', attempts = 0
       from request r where r.id = a.request_id and a.id = $1 and r.account_id = $2 and a.taken_back_at is null`,
      [id, accountId, at],
    )) === 1
  )
}

/** Writes down how sending went; false when it is about what she has taken back since, or nothing is left of it. */
export async function keepSending(
  tx: Tx,
  id: string,
  isTakenBack: boolean,
  state: 'waiting' | 'sent' | 'failed',
): Promise<boolean> {
  return (
    (await changed(
      tx,
      `update request_answer set state = $3, attempts = attempts + 1
       where id = $1 and (taken_back_at is not null) = $2 and state = 'waiting'`,
      [id, isTakenBack, state],
    )) === 1
  )
}

/** Has the Delete of an answer sent again, if she took that answer back; false otherwise. */
export async function keepOvertaken(tx: Tx, id: string): Promise<boolean> {
  const again = `update request_answer set state = 'waiting' where id = $1 and taken_back_at is not null`
  return (await changed(tx, again, [id])) === 1
}

/** Lets nobody of that hash ask her again until then. */
export async function keepPause(tx: Tx, accountId: string, actorHash: string, until: Date): Promise<void> {
  await changed(
    tx,
    `insert into request_pause (account_id, actor_hash, until) values ($1, $2, $3)
     on conflict (account_id, actor_hash) do update set until = greatest(request_pause.until, excluded.until)`,
    [accountId, actorHash, until],
  )
}

/** Counts one new request. */
export async function keepArrival(tx: Tx, accountId: string, hostHash: string, at: Date): Promise<void> {
  await changed(tx, 'insert into request_arrival (account_id, host_hash, at) values ($1, $2, $3)', [
    accountId,
    hostHash,
    at,
  ])
}

export async function keepChoice(
  tx: Tx,
  accountId: string,
  choice: { readonly takesOutside: boolean; readonly wantsMail: boolean },
): Promise<void> {
  await changed(
    tx,
    `insert into request_choice (account_id, takes_outside, wants_mail) values ($1, $2, $3)
     on conflict (account_id) do update set takes_outside = excluded.takes_outside, wants_mail = excluded.wants_mail`,
    [accountId, choice.takesOutside, choice.wantsMail],
  )
}
