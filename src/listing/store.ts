import { EntitySchema } from 'typeorm'
import { changed, oneRow, type Tx } from '../database/database.ts'
import type { ChatFlag } from './flag.ts'
import type { Listing, Person, WithdrawnListing } from './listing.ts'

export const personEntity = new EntitySchema<Person>({
  name: 'person',
  columns: {
    id: { type: 'text', primary: true, primaryKeyConstraintName: 'person_pk' },
    accountId: { type: 'text', name: 'account_id', nullable: true },
    handle: { type: 'text', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    publicSince: { type: 'timestamptz', name: 'public_since', nullable: true },
    retiredAt: { type: 'timestamptz', name: 'retired_at', nullable: true },
    movedTo: { type: 'text', name: 'moved_to', nullable: true },
    movedToName: { type: 'text', name: 'moved_to_name', nullable: true },
    movedAt: { type: 'timestamptz', name: 'moved_at', nullable: true },
  },
  foreignKeys: [
    {
      name: 'person_account',
      target: 'account',
      columnNames: ['accountId'],
      referencedColumnNames: ['id'],
      onDelete: 'SET NULL',
    },
  ],
  indices: [
    { name: 'person_current', columns: ['accountId'], unique: true, where: 'retired_at is null' },
    { name: 'person_handle', columns: ['handle'], unique: true, where: 'retired_at is null' },
  ],
})

export const listingEntity = new EntitySchema<Listing>({
  name: 'listing',
  columns: {
    id: { type: 'text', primary: true, primaryKeyConstraintName: 'listing_pk' },
    accountId: { type: 'text', name: 'account_id' },
    personId: { type: 'text', name: 'person_id' },
    here: { type: 'boolean' },
    partners: { type: 'boolean' },
    public: { type: 'boolean' },
    discovery: { type: 'boolean' },
    publishedAt: { type: 'timestamptz', name: 'published_at' },
    updatedAt: { type: 'timestamptz', name: 'updated_at' },
    reviewAt: { type: 'timestamptz', name: 'review_at' },
    reviewAskedAt: { type: 'timestamptz', name: 'review_asked_at', nullable: true },
    membersDocument: { type: 'text', name: 'members_document', nullable: true },
    partnersDocument: { type: 'text', name: 'partners_document', nullable: true },
    publicDocument: { type: 'text', name: 'public_document', nullable: true },
    announcedFlag: { type: 'text', name: 'announced_flag', nullable: true },
    unlistedSince: { type: 'timestamptz', name: 'unlisted_since', nullable: true },
  },
  foreignKeys: [
    {
      name: 'listing_account',
      target: 'account',
      columnNames: ['accountId'],
      referencedColumnNames: ['id'],
      onDelete: 'CASCADE',
    },
    { name: 'listing_person', target: 'person', columnNames: ['personId'], referencedColumnNames: ['id'] },
  ],
  uniques: [{ name: 'listing_account_unique', columns: ['accountId'] }],
  checks: [
    { name: 'listing_some_scope', expression: 'here or partners or public' },
    { name: 'listing_discovery_needs_public', expression: 'public or not discovery' },
  ],
})

export const withdrawnListingEntity = new EntitySchema<WithdrawnListing>({
  name: 'withdrawn_listing',
  columns: {
    id: { type: 'text', primary: true, primaryKeyConstraintName: 'withdrawn_listing_pk' },
    accountId: { type: 'text', name: 'account_id' },
    withdrawnAt: { type: 'timestamptz', name: 'withdrawn_at' },
  },
  foreignKeys: [
    {
      name: 'withdrawn_listing_account',
      target: 'account',
      columnNames: ['accountId'],
      referencedColumnNames: ['id'],
      onDelete: 'CASCADE',
    },
  ],
  indices: [{ name: 'withdrawn_listing_account_at', columns: ['accountId', 'withdrawnAt'] }],
})

export const chatFlagEntity = new EntitySchema<ChatFlag>({
  name: 'chat_flag',
  columns: {
    id: { type: 'text', primary: true, primaryKeyConstraintName: 'chat_flag_pk' },
    accountId: { type: 'text', name: 'account_id' },
    number: { type: 'integer' },
    kinds: { type: 'text', array: true },
    boundaries: { type: 'text', array: true },
    capacity: { type: 'integer' },
    hiddenHere: { type: 'boolean', name: 'hidden_here' },
    openedAt: { type: 'timestamptz', name: 'opened_at' },
    endsAt: { type: 'timestamptz', name: 'ends_at' },
    pausedUntil: { type: 'timestamptz', name: 'paused_until', nullable: true },
    fullUntil: { type: 'timestamptz', name: 'full_until', nullable: true },
    closedAt: { type: 'timestamptz', name: 'closed_at', nullable: true },
    closedBecause: { type: 'text', name: 'closed_because', nullable: true },
    renewalAskedAt: { type: 'timestamptz', name: 'renewal_asked_at', nullable: true },
  },
  foreignKeys: [
    {
      name: 'chat_flag_account',
      target: 'account',
      columnNames: ['accountId'],
      referencedColumnNames: ['id'],
      onDelete: 'CASCADE',
    },
  ],
  uniques: [{ name: 'chat_flag_number_unique', columns: ['accountId', 'number'] }],
  checks: [
    { name: 'chat_flag_capacity_range', expression: 'capacity between 1 and 4' },
    { name: 'chat_flag_at_most_90_days', expression: "ends_at <= opened_at + interval '91 days'" },
    { name: 'chat_flag_reason_known', expression: "closed_because in ('person', 'lapsed', 'withdrawn', 'replaced')" },
  ],
  indices: [
    { name: 'chat_flag_open', columns: ['accountId'], unique: true, where: 'closed_at is null' },
    { name: 'chat_flag_ends', columns: ['endsAt'], where: 'closed_at is null' },
  ],
})

/** Makes everything that changes one person's listing happen one after the other. Returns the account's language, or undefined when it is gone. */
/** Whose listing it is: the language for words, and whether the account may still say yes. */
export type Owner = { readonly language: 'en' | 'cy'; readonly state: 'waiting' | 'active' | 'closed' }

export function lockOwner(tx: Tx, accountId: string): Promise<Owner | undefined> {
  return oneRow(tx, 'select language, state from account where id = $1 for no key update', [accountId])
}

export async function addPerson(tx: Tx, person: Person): Promise<void> {
  await tx.manager.insert(personEntity, person)
}

export async function changePerson(
  tx: Tx,
  id: string,
  change: Partial<Pick<Person, 'handle' | 'publicSince' | 'retiredAt'>>,
): Promise<void> {
  await tx.manager.update(personEntity, { id }, change)
}

/** Forgets a person whom nobody outside could ever read without being approved. */
export async function removePerson(tx: Tx, id: string): Promise<void> {
  await tx.manager.delete(personEntity, { id })
}

export async function addListing(tx: Tx, listing: Listing): Promise<void> {
  await tx.manager.insert(listingEntity, listing)
}

/** Changes what is kept of a listing; its ids too, since a narrowed listing gets new ones. */
export async function changeListing(
  tx: Tx,
  accountId: string,
  change: Partial<Omit<Listing, 'accountId'>>,
): Promise<void> {
  await tx.manager.update(listingEntity, { accountId }, change)
}

export async function removeListing(tx: Tx, accountId: string): Promise<void> {
  await tx.manager.delete(listingEntity, { accountId })
}

/** Remembers whose listing was withdrawn from partner nodes. */
export async function keepWithdrawal(tx: Tx, withdrawn: WithdrawnListing): Promise<void> {
  await tx.manager.insert(withdrawnListingEntity, withdrawn)
}

export async function removeWithdrawals(tx: Tx, before: Date): Promise<number> {
  return changed(tx, 'delete from withdrawn_listing where withdrawn_at < $1', [before])
}

/** Adds a flag with the next number of its owner. Numbers are part of addresses, so none is used twice. */
export async function addFlag(tx: Tx, flag: Omit<ChatFlag, 'number'>): Promise<ChatFlag> {
  const last = await oneRow<{ number: number }>(
    tx,
    'select coalesce(max(number), 0) as number from chat_flag where account_id = $1',
    [flag.accountId],
  )
  const numbered: ChatFlag = { ...flag, number: (last?.number ?? 0) + 1 }
  await tx.manager.insert(chatFlagEntity, { ...numbered, kinds: [...flag.kinds], boundaries: [...flag.boundaries] })
  return numbered
}

export async function changeFlag(
  tx: Tx,
  id: string,
  change: Partial<Pick<ChatFlag, 'pausedUntil' | 'fullUntil' | 'closedAt' | 'closedBecause' | 'renewalAskedAt'>>,
): Promise<void> {
  await tx.manager.update(chatFlagEntity, { id }, change)
}
