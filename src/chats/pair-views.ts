import type { App } from '../app.ts'
import { later } from '../common/clock.ts'
import { keyedHash } from '../common/ids.ts'
import { often, oneRow, type Reader } from '../database/database.ts'
import { countedFor } from '../requests/request.ts'
import { isBlockedFor } from '../safety/block-views.ts'
import { mostADay, type Side } from './chat.ts'
import type { Peer } from './record.ts'

/** What is kept of the other one after a chat is gone: enough to know her again here, and nowhere else. */
export function peerHash({ secrets }: Pick<App, 'secrets'>, peer: Pick<Peer, 'actor' | 'accountId'>): string {
  return keyedHash(secrets.hashing, peer.accountId === null ? `chat ${peer.actor}` : `chat here ${peer.accountId}`)
}

/** What requests of one person are counted under: her account here, whoever she is outside, or her actor elsewhere. */
export function askerHash({ secrets }: Pick<App, 'secrets'>, asker: { accountId: string } | { actor: string }): string {
  return keyedHash(secrets.hashing, 'accountId' in asker ? `asks ${asker.accountId}` : `asks from ${asker.actor}`)
}

/** Whether somebody asked as many as one may in a day. */
export async function hasAskedEnough(reader: Reader, hash: string, now: Date): Promise<boolean> {
  const found = await oneRow<{ asked: number }>(
    reader,
    often('select count(*)::int as asked from chat_arrival where asker_hash = $1 and at > $2'),
    [hash, later(now, -countedFor)],
  )
  return (found?.asked ?? 0) >= mostADay
}

/** At most so many requests of one actor and of one host are refused in a day; further ones are passed over. */
const mostRefused = { ofActor: 20, ofHost: 1_000 } as const

/** Whether so many requests from there were refused that no further no is kept and sent. */
export async function wereRefusedEnough(
  reader: Reader,
  { actor, host }: Pick<Peer, 'actor' | 'host'>,
  now: Date,
): Promise<boolean> {
  const found = await oneRow<{ actors: number; hosts: number }>(
    reader,
    often(`select (select count(*)::int from chat_refusal where actor = $1 and made_at > $3) as actors,
      (select count(*)::int from chat_refusal where host = $2 and made_at > $3) as hosts`),
    [actor, host, later(now, -countedFor)],
  )
  return (found?.actors ?? 0) >= mostRefused.ofActor || (found?.hosts ?? 0) >= mostRefused.ofHost
}

/** At most so many requests of one actor and of one host that were taken back before they came are remembered. */
const mostUndone = { ofActor: 20, ofHost: 500 } as const

/** What is kept of a request that was taken back before it came. */
export function undoneHashes(
  needs: Pick<App, 'secrets'>,
  { actor, offer }: { readonly actor: string; readonly offer: string },
): { readonly offerHash: string; readonly askerHash: string; readonly hostHash: string } {
  const { hashing } = needs.secrets
  return {
    offerHash: keyedHash(hashing, `undone ${actor} ${offer}`),
    askerHash: askerHash(needs, { actor }),
    hostHash: keyedHash(hashing, `undone at ${new URL(actor).host}`),
  }
}

/** Whether a request was taken back before it came. */
export async function isUndone(reader: Reader, offerHash: string, now: Date): Promise<boolean> {
  const found = await oneRow(reader, often('select 1 from chat_undone where offer_hash = $1 and until > $2'), [
    offerHash,
    now,
  ])
  return found !== undefined
}

/** Whether no more of them are remembered of that actor or host. */
export async function areUndoneEnough(
  reader: Reader,
  { askerHash: asker, hostHash }: { readonly askerHash: string; readonly hostHash: string },
): Promise<boolean> {
  const found = await oneRow<{ actors: number; hosts: number }>(
    reader,
    often(`select (select count(*)::int from chat_undone where asker_hash = $1) as actors,
      (select count(*)::int from chat_undone where host_hash = $2) as hosts`),
    [asker, hostHash],
  )
  return (found?.actors ?? 0) >= mostUndone.ofActor || (found?.hosts ?? 0) >= mostUndone.ofHost
}

type Pair = { readonly accountId: string; readonly side: Side; readonly peerHash: string }

/** Whether a no between these two is less than 14 days old. */
export async function isPaused(reader: Reader, pair: Pair, now: Date): Promise<boolean> {
  const found = await oneRow(
    reader,
    often('select 1 from chat_pause where account_id = $1 and side = $2 and peer_hash = $3 and until > $4'),
    [pair.accountId, pair.side, pair.peerHash, now],
  )
  return found !== undefined
}

/** One request between two people that is let through although no flag is up, and the hash of who introduced them. */
export type Admission = { readonly introducerHash: string | null }

/** The admission of one to ask the other, until it is used; undefined where nobody introduced them. */
export function admissionOf(reader: Reader, pair: Pair, now: Date): Promise<Admission | undefined> {
  return oneRow<Admission>(
    reader,
    often(`select introducer_hash as "introducerHash" from chat_admission
      where account_id = $1 and side = $2 and peer_hash = $3 and until > $4`),
    [pair.accountId, pair.side, pair.peerHash, now],
  )
}

/** Who introduced the two, where it is who their admission says; null for any other name. */
export function introducerIn(
  needs: Pick<App, 'secrets'>,
  admission: Admission | undefined,
  claimed: string | null,
): string | null {
  if (claimed === null || admission === undefined) return null
  return introducerHash(needs, claimed) === admission.introducerHash ? claimed : null
}

/** What is kept of who introduced two people: enough to know her name again when it is told. */
export function introducerHash({ secrets }: Pick<App, 'secrets'>, actor: string): string {
  return keyedHash(secrets.hashing, `introduces ${actor}`)
}

/** Whether two people are kept apart by either of them, by this node or by a list. `own`: the actor as whom the other knows her. */
export async function areApart(
  reader: Reader,
  accountId: string,
  peer: Pick<Peer, 'actor' | 'host' | 'accountId'>,
  own: { readonly actor: string; readonly host: string },
): Promise<boolean> {
  if (await isBlockedFor(reader, accountId, peer)) return true
  if (peer.accountId === null) return false
  const found = await oneRow(
    reader,
    often(`select 1 from person_block where (account_id = $1 and blocked_account_id = $2)
      or (account_id = $2 and blocked_account_id = $1)`),
    [accountId, peer.accountId],
  )
  return found !== undefined || isBlockedFor(reader, peer.accountId, own)
}
