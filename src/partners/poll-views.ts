import { often, oneRow, rows, type Reader } from '../database/database.ts'
import type { Known } from './acknowledgement.ts'
import type { FollowerState } from './partner.ts'

/** Everything that a poll needs to know of one who asks: whether it may read, what it held, and the statement that it would get. */
export type AskingPartner = Known & {
  readonly id: number
  readonly directoryId: string
  /** The pinned key, and whether it vouches for the one that signs requests. */
  readonly directoryKey: string
  readonly vouches: boolean
  readonly follower: FollowerState
  readonly followerEndedAt: Date | null
  /** Whether something is hidden from it, so that its set is not everybody's. */
  readonly hasOwnSet: boolean
  /** Of the kept statement for it; null when one must be signed first. */
  readonly etag: string | null
  readonly issuedAt: Date | null
}

const statementJoin = `cross join directory_state s
  cross join lateral (select exists (select 1 from hidden_listing h where h.partner_id = p.id) as own) o
  left join partner_statement ps on ps.partner_id = p.id and ps.epoch = s.epoch and ps.seq = s.seq`

/**
 * Who these directories are to us, in one query, by the id of the directory. Strangers are left out, and partners that show another key
 * than the pinned one: whoever that is now, nobody has compared it.
 */
export async function askingPartners(
  reader: Reader,
  directoryIds: readonly string[],
): Promise<ReadonlyMap<string, AskingPartner>> {
  const found = await rows<AskingPartner>(
    reader,
    often(`select p.id, p.directory_id as "directoryId", p.directory_key as "directoryKey", p.vouches, p.follower, p.follower_ended_at as "followerEndedAt",
       p.their_have::float8 as "theirHave", p.their_root as "theirRoot", p.their_poll as "theirPoll", p.their_epoch as "theirEpoch",
       s.epoch, s.seq::float8 as seq, o.own as "hasOwnSet",
       case when o.own then ps.etag when s.statement is not null then s.statement_etag end as etag,
       case when o.own then ps.issued_at when s.statement is not null then s.issued_at end as "issuedAt"
     from partner p ${statementJoin} 
     where p.directory_id = any($1) and (p.follower <> 'accepted' or p.offered_key is null)`),
    [directoryIds],
  )
  return new Map(found.map((one) => [one.directoryId, one]))
}

/** The kept statement for one partner, if there is one for the set as it stands. */
export function keptStatement(
  reader: Reader,
  partnerId: number,
): Promise<{ readonly statement: string | null; readonly issuedAt: Date | null } | undefined> {
  return oneRow(
    reader,
    `select case when o.own then ps.statement else s.statement end as statement,
       case when o.own then ps.issued_at else s.issued_at end as "issuedAt"
     from partner p ${statementJoin} where p.id = $1`,
    [partnerId],
  )
}
