import { changed, oneRow, type Tx } from '../database/database.ts'

export type NewPersonBlock = {
  readonly id: string
  readonly accountId: string
  readonly actor: string | null
  readonly domain: string | null
  readonly name: string | null
  readonly blockedAccountId: string | null
}

/** Keeps a block of a person; false when she has it already. */
export async function keepPersonBlock(tx: Tx, block: NewPersonBlock, at: Date): Promise<boolean> {
  return (
    (await changed(
      tx,
      `insert into person_block (id, account_id, actor, domain, name, blocked_account_id, blocked_at)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
      [block.id, block.accountId, block.actor, block.domain, block.name, block.blockedAccountId, at],
    )) === 1
  )
}

/** Takes back one block of a person; undefined when she has none of that id. */
export function removePersonBlock(tx: Tx, accountId: string, id: string): Promise<{ name: string | null } | undefined> {
  return oneRow(tx, 'delete from person_block where id = $1 and account_id = $2 returning name', [id, accountId])
}

/** How many a person has. */
export async function personBlocks(tx: Tx, accountId: string): Promise<number> {
  const found = await oneRow<{ count: number }>(
    tx,
    'select count(*)::int as count from person_block where account_id = $1',
    [accountId],
  )
  return found?.count ?? 0
}

/** Keeps that an actor blocked a person; the same again changes nothing. */
export async function keepReceivedBlock(
  tx: Tx,
  block: { readonly accountId: string; readonly personId: string; readonly pair: string; readonly activity: string },
  at: Date,
): Promise<void> {
  await changed(
    tx,
    `insert into received_block (account_id, person_id, pair, activity, received_at)
     values ($1, $2, decode($3, 'hex'), decode($4, 'hex'), $5)
     on conflict (account_id, pair) do update set activity = excluded.activity, person_id = excluded.person_id`,
    [block.accountId, block.personId, block.pair, block.activity, at],
  )
}

/** Forgets the block of one actor, or the one that a Block of that id made. */
export async function removeReceivedBlock(
  tx: Tx,
  by: { readonly accountId: string; readonly pair: string } | { readonly activity: string },
): Promise<void> {
  if ('activity' in by)
    await changed(tx, `delete from received_block where activity = decode($1, 'hex')`, [by.activity])
  else
    await changed(tx, `delete from received_block where account_id = $1 and pair = decode($2, 'hex')`, [
      by.accountId,
      by.pair,
    ])
}

/** Forgets what actors blocked that are nobody's any more. */
export async function forgetGoneBlocks(tx: Tx): Promise<void> {
  await changed(
    tx,
    'delete from received_block using person where person.id = person_id and person.retired_at is not null',
  )
}

/** Keeps a refused domain; the newest reason counts. */
export async function keepDomainBlock(
  tx: Tx,
  block: { readonly domain: string; readonly reason: string; readonly by: string },
  at: Date,
): Promise<void> {
  await changed(
    tx,
    `insert into domain_block (domain, reason, blocked_by, blocked_at) values ($1, $2, $3, $4)
     on conflict (domain) do update set reason = excluded.reason, blocked_by = excluded.blocked_by`,
    [block.domain, block.reason, block.by, at],
  )
}

export async function removeDomainBlock(tx: Tx, domain: string): Promise<boolean> {
  return (await changed(tx, 'delete from domain_block where domain = $1', [domain])) === 1
}
