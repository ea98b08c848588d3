import { EntitySchema } from 'typeorm'
import type { Tx } from '../database/database.ts'
import { isNoLimit, type Limit } from '../partners/limit.ts'
import type { LimitRow } from './limit.ts'

export const listingLimitEntity = new EntitySchema<LimitRow>({
  name: 'listing_limit',
  columns: {
    accountId: { type: 'text', name: 'account_id', primary: true, primaryKeyConstraintName: 'listing_limit_pk' },
    hosts: { type: 'text', array: true },
    countries: { type: 'text', array: true, nullable: true },
    changedAt: { type: 'timestamptz', name: 'changed_at' },
  },
  foreignKeys: [
    {
      name: 'listing_limit_account',
      target: 'account',
      columnNames: ['accountId'],
      referencedColumnNames: ['id'],
      onDelete: 'CASCADE',
    },
  ],
})

/** Keeps whom a person limits her copies to; nothing for no limit. */
export async function keepLimitOf(tx: Tx, accountId: string, limit: Limit, at: Date): Promise<void> {
  if (isNoLimit(limit)) {
    await tx.manager.delete(listingLimitEntity, { accountId })
    return
  }
  const row = {
    accountId,
    hosts: [...limit.hosts],
    countries: limit.countries && [...limit.countries],
    changedAt: at,
  }
  await tx.manager.upsert(listingLimitEntity, row, ['accountId'])
}
