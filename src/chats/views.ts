import { day, instantOf, later } from '../common/clock.ts'
import { often, oneRow, rows, type Reader } from '../database/database.ts'
import { isBlockedFor } from '../safety/block-views.ts'
import {
  deedsOf,
  isOpen,
  latestDays,
  stateOf,
  type Deed,
  type Exchange,
  type Side,
  type Slot,
  type Standing,
} from './chat.ts'
import type { Chat, ChatRefusal, Peer, Waiting } from './record.ts'

const columns = `c.id, c.account_id as "accountId", c.side, c.offer, c.agreement, c.context, c.flag, c.person_id as "personId",
  json_build_object('actor', c.peer_actor, 'host', c.peer_host, 'name', c.peer_name, 'organisation', c.peer_organisation,
    'role', c.peer_role, 'country', c.peer_country, 'handle', c.peer_handle, 'page', c.peer_page, 'entry', c.peer_entry,
    'accountId', c.peer_account_id) as peer,
  c.kind, json_build_object('why', c.why, 'hope', c.hope, 'bring', c.bring) as lines, c.boundaries, c.introduced_by as "introducedBy", c.invited,
  c.standing, c.plan_version as version, c.plan_by as by, c.plan_from as "from", c.plan_until as until, c.plan_offered as offered,
  json_build_object('edition', c.asker_edition, 'place', c.asker_place, 'access', c.asker_access) as "askerWord",
  json_build_object('edition', c.asked_edition, 'place', c.asked_place, 'access', c.asked_access) as "askedWord",
  c.lapses_at as "lapsesAt", c.made_at as "madeAt", c.ends_at as "endsAt"`

type Row = Omit<Chat, 'exchange' | 'state' | 'deeds'> & {
  readonly standing: Standing
  readonly version: number
  readonly by: Side
  readonly from: Date | null
  readonly until: Date | null
  readonly offered: readonly { readonly from: number; readonly until: number }[]
  readonly askerWord: Exchange['words'][Side]
  readonly askedWord: Exchange['words'][Side]
  readonly lapsesAt: Date
}

function chatFrom(row: Row, now: Date): Chat {
  const { standing, version, by, from, until, offered, askerWord, askedWord, lapsesAt, ...rest } = row
  const exchange: Exchange = {
    standing,
    plan: { version, by, slot: from && until ? { from, until } : null, offered: offered.flatMap(slotFrom) },
    words: { asker: askerWord, asked: askedWord },
    lapsesAt,
  }
  const deeds = deedsOf(exchange, rest.side, now)
  // From then on no time could be agreed any more.
  const isLate = later(rest.madeAt, latestDays * day) <= now
  const isInTime = (deed: Deed): boolean => !isLate || (deed !== 'choose' && deed !== 'offer-times')
  return { ...rest, exchange, state: stateOf(exchange, now), deeds: deeds.filter(isInTime) }
}

function slotFrom(kept: { readonly from: number; readonly until: number }): readonly Slot[] {
  const [from, until] = [instantOf(kept.from), instantOf(kept.until)]
  return from && until ? [{ from, until }] : []
}

/** Chats as they are kept, whoever may see them, newest first; none whose 30 days are over. For the rules of other views and actions. */
export async function chatsWhere(
  reader: Reader,
  now: Date,
  condition: string,
  values: readonly unknown[],
): Promise<readonly Chat[]> {
  const found = await rows<Row>(
    reader,
    often(
      `select ${columns} from chat c where c.ends_at > $1 and ${condition} order by c.made_at desc, c.id limit 500`,
    ),
    [now, ...values],
  )
  return found.map((row) => chatFrom(row, now))
}

// What she, the host or a list has blocked since is not shown to her.
async function withoutBlocked(reader: Reader, chats: readonly Chat[]): Promise<readonly Chat[]> {
  const shown: Chat[] = []
  for (const chat of chats) if (!(await isBlockedFor(reader, chat.accountId, chat.peer))) shown.push(chat)
  return shown
}

/** One chat of hers; undefined for anybody else's, for one whose 30 days are over, and for one with somebody whom she blocked. */
export async function chatOf(reader: Reader, accountId: string, id: string, now: Date): Promise<Chat | undefined> {
  const [chat] = await withoutBlocked(
    reader,
    await chatsWhere(reader, now, 'c.account_id = $2 and c.id = $3', [accountId, id]),
  )
  return chat
}

/** Her chats, newest first; at most 100, of which those that are open are never left out for others. */
export async function chatsOf(reader: Reader, accountId: string, now: Date): Promise<readonly Chat[]> {
  const found = await withoutBlocked(reader, await chatsWhere(reader, now, 'c.account_id = $2', [accountId]))
  const isOver = ({ exchange }: Chat): number => Number(!isOpen(exchange, now))
  const first = new Set(found.toSorted((one, other) => isOver(one) - isOver(other)).slice(0, 100))
  return found.filter((chat) => first.has(chat))
}

/** How many of her chats wait for her: for a yes or a no, or for a choice among times. */
export async function waitingForHer(reader: Reader, accountId: string, now: Date): Promise<number> {
  const mayWait = `c.account_id = $2 and (c.standing = 'accepted' or (c.standing = 'requested' and c.side = 'asked'))`
  const found = await withoutBlocked(reader, await chatsWhere(reader, now, mayWait, [accountId]))
  return found.filter(({ deeds }) => deeds.includes('accept') || deeds.includes('choose')).length
}

/** A chat by its id, for jobs: whosever it is. Undefined when its 30 days are over. */
export async function chatById(reader: Reader, id: string, now: Date): Promise<Chat | undefined> {
  return (await chatsWhere(reader, now, 'c.id = $2', [id]))[0]
}

/** Her record of the chat with that actor which a request or a yes began. */
export async function chatAbout(
  reader: Reader,
  about: { readonly actor: string; readonly iri: string; readonly accountId?: string | undefined },
  now: Date,
): Promise<Chat | undefined> {
  const found = await chatsWhere(
    reader,
    now,
    'c.peer_actor = $2 and (c.offer = $3 or c.agreement = $3) and ($4::text is null or c.account_id = $4)',
    [about.actor, about.iri, about.accountId ?? null],
  )
  return found[0]
}

/** Whether a request was heard of before, and kept or refused. */
export async function isKnownOffer(reader: Reader, offer: string): Promise<boolean> {
  const found = await oneRow(
    reader,
    often('select 1 from chat where offer = $1 union all select 1 from chat_refusal where offer = $1 limit 1'),
    [offer],
  )
  return found !== undefined
}

/** Her chats with that actor that wait for an answer, for a time, or for their time. */
export async function openWith(
  reader: Reader,
  accountId: string,
  peer: Pick<Peer, 'actor' | 'accountId'>,
  now: Date,
): Promise<readonly Chat[]> {
  const found = await chatsWhere(reader, now, 'c.account_id = $2 and (c.peer_actor = $3 or c.peer_account_id = $4)', [
    accountId,
    peer.actor,
    peer.accountId,
  ])
  return found.filter(({ exchange }) => isOpen(exchange, now))
}

/** The oldest message that the other side of a chat has yet to hear. */
export function nextMessage(reader: Reader, chatId: string): Promise<Waiting | undefined> {
  return oneRow<Waiting>(
    reader,
    often('select number, what, attempts from chat_message where chat_id = $1 order by number limit 1'),
    [chatId],
  )
}

/** Until when one of a chat's messages is on its way; undefined when none is. */
export async function sendingUntil(reader: Reader, chatId: string): Promise<Date | undefined> {
  const found = await oneRow<{ until: Date | null }>(
    reader,
    often('select sending_until as until from chat where id = $1'),
    [chatId],
  )
  return found?.until ?? undefined
}

/** A request that was not let in, while its no is tried. */
export function refusalById(reader: Reader, id: string, now: Date): Promise<ChatRefusal | undefined> {
  return oneRow<ChatRefusal>(
    reader,
    `select id, offer, person_id as "personId", actor, host, attempts, ends_at as "endsAt" from chat_refusal where id = $1 and ends_at > $2`,
    [id, now],
  )
}

/**
 * Whether a host may read who this person is, since somebody there has an open chat with her, or is still to hear how one ended: it must
 * know her key.
 */
export async function hasOpenChatAt(reader: Reader, personId: string, host: string, now: Date): Promise<boolean> {
  const found = await chatsWhere(reader, now, 'c.person_id = $2 and c.peer_host = $3', [personId, host])
  // After its end both may still tell each other what it was worth.
  if (found.some(({ exchange, state }) => isOpen(exchange, now) || state === 'ended')) return true
  const waiting = await oneRow(
    reader,
    often(`select 1 from chat_message m join chat c on c.id = m.chat_id where c.person_id = $1 and c.peer_host = $2 and c.ends_at > $3
      union all select 1 from chat_refusal r where r.person_id = $1 and r.host = $2 and not r.heard and r.ends_at > $3`),
    [personId, host, now],
  )
  return waiting !== undefined
}

/** Requests that nobody answered in time, of which this has not been written down yet; at most `limit`. */
export function lapsedNow(reader: Reader, now: Date, limit: number): Promise<{ id: string; accountId: string }[]> {
  return rows(
    reader,
    `select id, account_id as "accountId" from chat where standing = 'requested' and lapses_at <= $1 order by lapses_at limit $2`,
    [now, limit],
  )
}
