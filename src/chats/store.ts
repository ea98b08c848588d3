import { changed, oneRow, rows, type Tx } from '../database/database.ts'
import type { Exchange, Side, Slot } from './chat.ts'
import type { Chat, What } from './record.ts'

/** Makes everything that changes the chats of these people happen one after the other; always in the same order. */
export async function lockPeople(tx: Tx, accountIds: readonly string[]): Promise<void> {
  for (const id of [...new Set(accountIds)].toSorted())
    await oneRow(tx, 'select 1 from account where id = $1 for no key update', [id])
}

/** Makes requests that come from one actor to people here happen one after the other, so that they are counted rightly. */
export async function lockAsker(tx: Tx, askerHash: string): Promise<void> {
  await rows(tx, 'select pg_advisory_xact_lock(hashtextextended($1, 28))', [askerHash])
}

/** A record as it begins. */
export type NewChat = Omit<Chat, 'state' | 'deeds'>

/** Keeps one side's record; false when this person has one of that request already. */
export async function addChat(tx: Tx, chat: NewChat): Promise<boolean> {
  const { peer, lines, exchange } = chat
  const { plan, words } = exchange
  const values: Readonly<Record<string, unknown>> = {
    id: chat.id,
    account_id: chat.accountId,
    side: chat.side,
    offer: chat.offer,
    agreement: chat.agreement,
    context: chat.context,
    flag: chat.flag,
    person_id: chat.personId,
    peer_actor: peer.actor,
    peer_host: peer.host,
    peer_name: peer.name,
    peer_organisation: peer.organisation,
    peer_role: peer.role,
    peer_country: peer.country,
    peer_handle: peer.handle,
    peer_page: peer.page,
    peer_entry: peer.entry,
    peer_account_id: peer.accountId,
    kind: chat.kind,
    why: lines.why,
    hope: lines.hope,
    bring: lines.bring,
    boundaries: chat.boundaries,
    introduced_by: chat.introducedBy,
    invited: chat.invited,
    standing: exchange.standing,
    plan_version: plan.version,
    plan_by: plan.by,
    plan_from: plan.slot?.from ?? null,
    plan_until: plan.slot?.until ?? null,
    plan_offered: textOf(plan.offered),
    asker_edition: words.asker.edition,
    asker_place: words.asker.place,
    asker_access: words.asker.access,
    asked_edition: words.asked.edition,
    asked_place: words.asked.place,
    asked_access: words.asked.access,
    lapses_at: exchange.lapsesAt,
    made_at: chat.madeAt,
    ends_at: chat.endsAt,
  }
  const names = Object.keys(values)
  const added = await changed(
    tx,
    `insert into chat (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})
     on conflict (account_id, offer) do nothing`,
    Object.values(values),
  )
  return added === 1
}

/** Writes down where one side's record stands now. */
export async function keepExchange(
  tx: Tx,
  id: string,
  { standing, plan, words }: Exchange,
  agreement: string | null,
): Promise<void> {
  await changed(
    tx,
    `update chat set standing = $2, plan_version = $3, plan_by = $4, plan_from = $5, plan_until = $6, plan_offered = $7,
       asker_edition = $8, asker_place = $9, asker_access = $10, asked_edition = $11, asked_place = $12, asked_access = $13,
       agreement = coalesce(agreement, $14)
     where id = $1`,
    [
      id,
      standing,
      plan.version,
      plan.by,
      plan.slot?.from ?? null,
      plan.slot?.until ?? null,
      textOf(plan.offered),
      words.asker.edition,
      words.asker.place,
      words.asker.access,
      words.asked.edition,
      words.asked.place,
      words.asked.access,
      agreement,
    ],
  )
}

function textOf(offered: readonly Slot[]): string {
  return JSON.stringify(offered.map(({ from, until }) => ({ from: from.getTime(), until: until.getTime() })))
}

/** Keeps what the other side must hear, after everything that waits already. */
export async function addMessage(tx: Tx, chatId: string, what: What): Promise<void> {
  await changed(tx, 'insert into chat_message (chat_id, what) values ($1, $2)', [chatId, what])
}

/** The other side heard it. */
export async function removeMessage(tx: Tx, chatId: string, number: string): Promise<void> {
  await changed(tx, 'delete from chat_message where chat_id = $1 and number = $2', [chatId, number])
}

/** Nothing of it can be told any more. */
export async function removeMessages(tx: Tx, chatId: string): Promise<void> {
  await changed(tx, 'delete from chat_message where chat_id = $1', [chatId])
}

/** One more try that came to nothing. */
export async function countAttempt(tx: Tx, chatId: string, number: string): Promise<void> {
  await changed(tx, 'update chat_message set attempts = attempts + 1 where chat_id = $1 and number = $2', [
    chatId,
    number,
  ])
}

/**
 * Takes the sending of a chat's messages until then: false while somebody else has it. Two at a time could overtake each other. `now` and
 * `until` by the node's own clock.
 */
export async function takeSending(tx: Tx, chatId: string, now: Date, until: Date): Promise<boolean> {
  return (
    (await changed(
      tx,
      'update chat set sending_until = $3 where id = $1 and (sending_until is null or sending_until <= $2)',
      [chatId, now, until],
    )) === 1
  )
}

/** Lets the next message of a chat go. */
export async function endSending(tx: Tx, chatId: string): Promise<void> {
  await changed(tx, 'update chat set sending_until = null where id = $1', [chatId])
}

/** A request that was taken back before it came, by keyed hashes alone. */
export type Undone = { readonly offerHash: string; readonly askerHash: string; readonly hostHash: string }

/** Remembers such a request until then; once more does nothing. */
export async function keepUndone(tx: Tx, { offerHash, askerHash, hostHash }: Undone, until: Date): Promise<void> {
  await changed(
    tx,
    'insert into chat_undone (offer_hash, asker_hash, host_hash, until) values ($1, $2, $3, $4) on conflict do nothing',
    [offerHash, askerHash, hostHash, until],
  )
}

export type NewChatRefusal = {
  readonly id: string
  readonly offer: string
  readonly personId: string
  readonly actor: string
  readonly host: string
  readonly madeAt: Date
  readonly endsAt: Date
}

/** Keeps the no to a request that was not let in; false when the same one was refused already. */
export async function addRefusal(tx: Tx, refusal: NewChatRefusal): Promise<boolean> {
  return (
    (await changed(
      tx,
      `insert into chat_refusal (id, offer, person_id, actor, host, made_at, ends_at) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (offer) do nothing`,
      [refusal.id, refusal.offer, refusal.personId, refusal.actor, refusal.host, refusal.madeAt, refusal.endsAt],
    )) === 1
  )
}

/** The no has reached who asked. */
export async function keepRefusalHeard(tx: Tx, id: string): Promise<void> {
  await changed(tx, 'update chat_refusal set heard = true where id = $1', [id])
}

/** Counts one more try of a no. Its row stays until its end, so that the same request is not answered twice. */
export async function countRefusalAttempt(tx: Tx, id: string): Promise<void> {
  await changed(tx, 'update chat_refusal set attempts = attempts + 1 where id = $1', [id])
}

type Pair = { readonly accountId: string; readonly side: Side; readonly peerHash: string }

/** Nobody of that hash asks her, or she asks nobody of that hash, until then. */
export async function keepPause(tx: Tx, { accountId, side, peerHash }: Pair, until: Date): Promise<void> {
  await changed(
    tx,
    `insert into chat_pause (account_id, side, peer_hash, until) values ($1, $2, $3, $4)
     on conflict (account_id, side, peer_hash) do update set until = greatest(chat_pause.until, excluded.until)`,
    [accountId, side, peerHash, until],
  )
}

/** Lets one request through until then, whether or not a flag is up; the newest who introduced them counts. */
export async function keepAdmission(
  tx: Tx,
  { accountId, side, peerHash, introducerHash }: Pair & { readonly introducerHash: string | null },
  until: Date,
): Promise<void> {
  await changed(
    tx,
    `insert into chat_admission (account_id, side, peer_hash, introducer_hash, until) values ($1, $2, $3, $4, $5)
     on conflict (account_id, side, peer_hash) do update set introducer_hash = excluded.introducer_hash,
       until = greatest(chat_admission.until, excluded.until)`,
    [accountId, side, peerHash, introducerHash, until],
  )
}

/** An admission was used. */
export async function removeAdmission(tx: Tx, { accountId, side, peerHash }: Pair): Promise<void> {
  await changed(tx, 'delete from chat_admission where account_id = $1 and side = $2 and peer_hash = $3', [
    accountId,
    side,
    peerHash,
  ])
}

/** Counts one new request of an asker. */
export async function keepArrival(tx: Tx, askerHash: string, at: Date): Promise<void> {
  await changed(tx, 'insert into chat_arrival (asker_hash, at) values ($1, $2)', [askerHash, at])
}

/** Counts her yes to a chat in that month, and returns how many that makes. */
export async function countYes(tx: Tx, accountId: string, chatId: string, month: string): Promise<number> {
  await changed(tx, 'update chat set counted_month = $2 where id = $1', [chatId, month])
  const found = await oneRow<{ agreed: number }>(
    tx,
    `insert into chat_tally (account_id, month, agreed) values ($1, $2, 1)
     on conflict (account_id, month) do update set agreed = chat_tally.agreed + 1 returning agreed`,
    [accountId, month],
  )
  return found?.agreed ?? 1
}

/** Takes a yes out of its month's count, once; returns how many are left in that month, undefined where none was counted. */
export async function giveYesBack(
  tx: Tx,
  chatId: string,
): Promise<{ readonly month: string; readonly agreed: number } | undefined> {
  return oneRow(
    tx,
    `with counted as (select account_id, counted_month from chat where id = $1 and counted_month is not null),
       given as (update chat set counted_month = null where id = $1)
     update chat_tally t set agreed = greatest(0, t.agreed - 1) from counted
     where t.account_id = counted.account_id and t.month = counted.counted_month
     returning t.month, t.agreed`,
    [chatId],
  )
}

/** Removes chats for good. */
export async function removeChats(tx: Tx, ids: readonly string[]): Promise<void> {
  await changed(tx, 'delete from chat where id = any($1)', [ids])
}

/**
 * Forgets all of one person's chats at once: what the other side's node has yet to hear stays until it has heard that they ended, without
 * a word, a time or a place.
 */
export async function forgetChatsOf(tx: Tx, accountId: string): Promise<void> {
  await changed(
    tx,
    `delete from chat_message m using chat c where c.id = m.chat_id and c.account_id = $1 and m.what not in ('undo', 'decline')`,
    [accountId],
  )
  await removeClosed(tx, accountId)
  await changed(
    tx,
    `update chat set why = '', hope = '', bring = '', peer_name = '', peer_organisation = null, peer_role = null,
       peer_country = null, peer_handle = null, peer_page = null, boundaries = '{}', introduced_by = null, invited = '{}',
       plan_from = null, plan_until = null, plan_offered = '[]', asker_place = null, asker_access = null, asked_place = null,
       asked_access = null where account_id = $1`,
    [accountId],
  )
  for (const table of ['ask_draft', 'chat_pause', 'chat_admission', 'chat_tally'])
    await changed(tx, `delete from ${table} where account_id = $1`, [accountId])
}

// Of closed accounts, once the other side's node has heard.
async function removeClosed(tx: Tx, accountId: string | null): Promise<void> {
  await changed(
    tx,
    `delete from chat c using account a where a.id = c.account_id and a.state = 'closed' and ($1::text is null or a.id = $1)
       and not exists (select from chat_message m where m.chat_id = c.id)`,
    [accountId],
  )
}

/** Removes everything whose time is over. `counted`: until then arrivals are counted no more; `month`: the one that runs. */
export async function removeEnded(tx: Tx, now: Date, counted: Date, month: string): Promise<void> {
  await changed(tx, 'delete from chat where ends_at <= $1', [now])
  await removeClosed(tx, null)
  await changed(tx, 'delete from chat_refusal where ends_at <= $1', [now])
  await changed(tx, 'delete from chat_undone where until <= $1', [now])
  await changed(tx, 'delete from chat_pause where until <= $1', [now])
  await changed(tx, 'delete from chat_admission where until <= $1', [now])
  await changed(tx, 'delete from chat_arrival where at <= $1', [counted])
  await changed(tx, 'delete from chat_tally where month < $1', [month])
}
