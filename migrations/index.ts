import { readFileSync } from 'node:fs'

/** The steps that make the database, in order. A step that has been released is never edited: add another. */
export const migrations: readonly string[] = [
  '001-node',
  '002-accounts',
  '003-profile',
  '004-listing',
  '005-partners',
  '006-directory',
  '007-federation',
  '008-sets',
  '009-readings',
  '010-keys',
  '011-allow-lists',
  '012-withdrawals',
  '013-safety',
  '014-inbox',
  '015-deliveries',
  '016-requests',
  '017-posts',
  '018-pictures',
  '019-followers',
  '020-person-keys',
  '021-directory-speed',
  '022-directory-changes',
  '023-dictionary',
  '024-suggestions',
  '025-saved-searches',
  '026-tokens',
  '027-waiting-words',
  '028-chats',
  '029-asking',
  '030-learning',
  '031-introductions',
  '032-bookings',
]

/** The SQL of one step. */
export function migrationSql(name: string): string {
  return readFileSync(new URL(`${name}.sql`, import.meta.url), 'utf8')
}
