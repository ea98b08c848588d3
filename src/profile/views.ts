import { keyedHash } from '../common/ids.ts'
import { oneRow, rows, type Db, type Tx } from '../database/database.ts'
import { handlesFor } from './handle.ts'
import type { StoredProfile } from './profile.ts'
import type { Receipt } from './receipt.ts'

/** What an account has said of itself so far; undefined before the first answer. */
export function profileOf(db: Db | Tx, accountId: string): Promise<StoredProfile | undefined> {
  return oneRow<StoredProfile>(
    db,
    'select account_id as "accountId", handle, fields, audience, updated_at as "updatedAt" from profile where account_id = $1',
    [accountId],
  )
}

/** Every yes and no of an account, newest first; at most 500. */
export function receipts(db: Db | Tx, accountId: string): Promise<Receipt[]> {
  return rows<Receipt>(
    db,
    `select id, account_id as "accountId", purpose, given, wording_version as "wordingVersion", wording, language, channel, at
     from consent_receipt where account_id = $1 order by at desc, id limit 500`,
    [accountId],
  )
}

/** The first handle for that name that nobody has or had; undefined when the name has no Latin letters or all are gone. */
export async function freeHandle(db: Db, hashingKey: string, displayName: string): Promise<string | undefined> {
  const wanted = handlesFor(displayName)
  const hashes = wanted.map((handle) => keyedHash(hashingKey, handle))
  const free = await oneRow<{ handle: string }>(
    db,
    `select wanted.handle from unnest($1::text[], $2::text[]) with ordinality as wanted (handle, hash, place)
     where not exists (select from profile where profile.handle = wanted.handle)
       and not exists (select from retired_handle where retired_handle.hash = wanted.hash)
     order by wanted.place limit 1`,
    [wanted, hashes],
  )
  return free?.handle
}

/** Whether other servers know this account by its handle: from then on it cannot change, since Mastodon takes a new one for a new person. */
export async function handleIsOut(db: Db | Tx, accountId: string): Promise<boolean> {
  const out = await oneRow(
    db,
    'select 1 from person where account_id = $1 and handle is not null and retired_at is null',
    [accountId],
  )
  return out !== undefined
}
