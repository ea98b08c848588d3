import { changed, often, oneRow, rows, type Reader, type Tx } from '../database/database.ts'
import type { FollowerState, Following, Partner, PartnerCard } from './partner.ts'

/** The columns of a Partner, for every query that reads one. */
export const partnerColumns = `p.id, p.host, p.origin, p.directory_id as "directoryId", p.inbox, p.listings_url as "listingsUrl",
  p.statement_url as "statementUrl", p.name, p.organisation, p.country, p.policy, p.listed, p.directory_key as "directoryKey", p.vouches,
  p.following, p.follow_id as "followId", p.follower, p.their_follow as "theirFollow", p.their_have::float8 as "theirHave",
  p.their_root as "theirRoot", p.their_poll as "theirPoll", p.their_epoch as "theirEpoch", p.follower_ended_at as "followerEndedAt",
  p.key_changed_at as "keyChangedAt", p.offered_key as "offeredKey", p.former_key as "formerKey", p.moved_to as "movedTo", p.moved_at as "movedAt",
  p.created_at as "createdAt", p.updated_at as "updatedAt"`

/** A partner by one of its names, or undefined. */
export function findPartner(
  reader: Reader,
  by: 'id' | 'host' | 'directory_id',
  value: string | number,
): Promise<Partner | undefined> {
  return oneRow<Partner>(reader, often(`select ${partnerColumns} from partner p where p.${by} = $1`), [value])
}

/** The same, locked: nobody else changes it before this transaction ends. Rows that name it may still be added, whoever holds what else. */
export function lockPartner(
  tx: Tx,
  by: 'id' | 'host' | 'directory_id',
  value: string | number,
): Promise<Partner | undefined> {
  return oneRow<Partner>(tx, often(`select ${partnerColumns} from partner p where p.${by} = $1 for no key update`), [
    value,
  ])
}

/** Keeps a node that we had never met, and returns it; undefined when another transaction kept it first. */
export function addPartner(tx: Tx, card: PartnerCard, at: Date): Promise<Partner | undefined> {
  return oneRow<Partner>(
    tx,
    `insert into partner as p (host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, country, policy,
       listed, directory_key, vouches, following, follower, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'no', 'no', $14, $14)
     on conflict do nothing returning ${partnerColumns}`,
    [...cardValues(card), at],
  )
}

/** Keeps what a known node says of itself now. Whether its key may change is for the caller to judge. */
export async function keepCard(tx: Tx, id: number, card: PartnerCard, at: Date): Promise<void> {
  await changed(
    tx,
    `update partner set host = $1, origin = $2, directory_id = $3, inbox = $4, listings_url = $5, statement_url = $6, name = $7,
       organisation = $8, country = $9, policy = $10, listed = $11, directory_key = $12, updated_at = $14, offered_key = null,
       vouches = $13 or (vouches and directory_key = $12),
       former_key = case when directory_key <> $12 then directory_key else former_key end where id = $15`,
    [...cardValues(card), at, id],
  )
}

function cardValues(card: PartnerCard): readonly unknown[] {
  return [
    card.host,
    card.origin,
    card.directoryId,
    card.inbox,
    card.listingsUrl,
    card.statementUrl,
    card.name,
    card.organisation,
    card.country,
    card.policy,
    card.listed,
    card.directoryKey,
    card.vouches,
  ]
}

/** Keeps where a partner moves to; null when it does not, or not any more. */
export async function keepMove(tx: Tx, id: number, to: string | null, at: Date): Promise<void> {
  await changed(tx, 'update partner set moved_to = $2, moved_at = $3 where id = $1', [id, to, to === null ? null : at])
}

/** Sets whether we subscribe; `followId` when there is a new Follow. */
export async function setFollowing(
  tx: Tx,
  id: number,
  following: Following,
  at: Date,
  followId?: string,
): Promise<void> {
  await changed(
    tx,
    'update partner set following = $2, follow_id = coalesce($3, follow_id), updated_at = $4 where id = $1',
    [id, following, followId ?? null, at],
  )
}

/** Sets whether they subscribe; `theirFollow` when there is a new Follow. */
export async function setFollower(
  tx: Tx,
  id: number,
  follower: FollowerState,
  at: Date,
  theirFollow?: string,
): Promise<void> {
  await changed(
    tx,
    'update partner set follower = $2, their_follow = coalesce($3, their_follow), updated_at = $4 where id = $1',
    [id, follower, theirFollow ?? null, at],
  )
}

/** Ends an accepted follower: what it says from now on that it holds is the confirmation that it erased. */
export async function endFollower(tx: Tx, id: number, at: Date): Promise<void> {
  await changed(
    tx,
    `update partner set follower = 'ended', their_have = null, their_root = null, their_poll = null, follower_ended_at = $2, updated_at = $2
     where id = $1`,
    [id, at],
  )
}

/** Writes down what a partner says it holds of us (FEDERATION.md 4.3), and the epoch of the statement that it is given. */
export async function keepAcknowledgement(
  tx: Tx,
  id: number,
  said: { readonly have: number | null; readonly root: string | null; readonly epoch: string },
  at: Date,
): Promise<void> {
  await changed(
    tx,
    often('update partner set their_have = $2, their_root = $3, their_epoch = $4, their_poll = $5 where id = $1'),
    [id, said.have, said.root, said.epoch, at],
  )
}

/** Locks every partner that reads us, in one order. */
export async function lockFollowers(tx: Tx): Promise<void> {
  await rows(tx, `select 1 from partner where follower = 'accepted' order by id for no key update`)
}

/** What partners said that they hold counts no more: the numbers begin to mean something else. Only under lockFollowers. */
export async function forgetAcknowledgements(tx: Tx): Promise<void> {
  await changed(tx, `update partner set their_have = null, their_root = null where follower = 'accepted'`)
}
