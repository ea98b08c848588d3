import { EntitySchema } from 'typeorm'
import { changed, oneRow, rows, type Tx } from '../database/database.ts'
import type { StoredProfile } from './profile.ts'
import type { Receipt } from './receipt.ts'

export const profileEntity = new EntitySchema<StoredProfile>({
  name: 'profile',
  tableName: 'profile',
  columns: {
    accountId: { name: 'account_id', type: 'text', primary: true, primaryKeyConstraintName: 'profile_pk' },
    handle: { type: 'text', nullable: true },
    fields: { type: 'jsonb' },
    audience: { type: 'jsonb' },
    updatedAt: { name: 'updated_at', type: 'timestamptz' },
  },
  uniques: [{ name: 'profile_handle_unique', columns: ['handle'] }],
  checks: [{ name: 'profile_handle_form', expression: `handle ~ '^[a-z0-9_]{3,30}$'` }],
  foreignKeys: [
    {
      name: 'profile_account',
      target: 'account',
      columnNames: ['accountId'],
      referencedColumnNames: ['id'],
      onDelete: 'CASCADE',
    },
  ],
})

/** Makes an empty profile for an account that has none. */
export async function beginProfile(tx: Tx, accountId: string, at: Date): Promise<void> {
  await changed(
    tx,
    `insert into profile (account_id, fields, audience, updated_at) values ($1, '{}', '{}', $2) on conflict (account_id) do nothing`,
    [accountId, at],
  )
}

/** The profile of an account, locked until the transaction ends: of two saves at once, the second sees what the first kept. */
export function lockedProfile(tx: Tx, accountId: string): Promise<StoredProfile | null> {
  return tx.manager.findOne(profileEntity, { where: { accountId }, lock: { mode: 'pessimistic_write' } })
}

/** Keeps what changed of a profile. */
export async function keepProfile(
  tx: Tx,
  accountId: string,
  change: Partial<Omit<StoredProfile, 'accountId'>>,
): Promise<void> {
  await tx.manager.update(profileEntity, { accountId }, change)
}

/** Lets one transaction at a time give out handles, so that two people cannot take the same one. */
export async function lockHandles(tx: Tx): Promise<void> {
  await rows(tx, `select pg_advisory_xact_lock(hashtextextended('profile.handle', 0))`)
}

/** Whether an account other than this one has the handle, or the hash is that of a retired one. */
export async function handleUse(
  tx: Tx,
  accountId: string,
  handle: string,
  hash: string,
): Promise<'taken' | 'retired' | undefined> {
  const found = await oneRow<{ taken: boolean; retired: boolean }>(
    tx,
    `select exists (select from profile where handle = $2 and account_id <> $1) as taken,
       exists (select from retired_handle where hash = $3) as retired`,
    [accountId, handle, hash],
  )
  if (found?.taken) return 'taken'
  return found?.retired ? 'retired' : undefined
}

/** Keeps the hash of a handle that nobody may have again, and takes the handle from whoever has it. */
export async function keepRetiredHandle(tx: Tx, handle: string, hash: string, at: Date): Promise<void> {
  await changed(tx, 'insert into retired_handle (hash, retired_at) values ($1, $2) on conflict (hash) do nothing', [
    hash,
    at,
  ])
  await changed(tx, 'update profile set handle = null, updated_at = $2 where handle = $1', [handle, at])
}

/** Adds to the permission log; nothing ever changes or leaves it but with its account. */
export async function insertReceipt(tx: Tx, receipt: Receipt): Promise<void> {
  await changed(
    tx,
    `insert into consent_receipt (id, account_id, purpose, given, wording_version, wording, language, channel, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      receipt.id,
      receipt.accountId,
      receipt.purpose,
      receipt.given,
      receipt.wordingVersion,
      receipt.wording,
      receipt.language,
      receipt.channel,
      receipt.at,
    ],
  )
}
